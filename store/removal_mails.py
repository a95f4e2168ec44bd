"""Whom the removal of a post is told: recorded in the very transaction that causes it."""

from datetime import datetime

from sqlalchemy.orm import Session

from registry.ask import called
from registry.model import Registry, Role
from store.bulletin_mails import POST_PAGE, facts_of
from store.mails import Told, queue_mails
from store.registry import addresses
from store.tables import Bulletin, Delivery, Removal


def ask_to_agree(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    delivery: Delivery,
    removal: Removal,
    *,
    at: datetime,
) -> None:
    """Everyone who may agree gets the link to the post; who asked may not."""
    others = set(addresses(session, Role.ADMINISTRATOR)) - {removal.asked_by}
    _tell(session, registry, "removal_asked", sorted(others), bulletin, delivery, removal, at=at)


def ask_for_hands(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    delivery: Delivery,
    removal: Removal,
    *,
    at: datetime,
) -> None:
    """The account's office, and the comms team, take down what no program could."""
    account = registry.accounts.get(delivery.account_id)
    managers = addresses(session, Role.MANAGER, account.office) if account else []
    people = sorted({*managers, *addresses(session, Role.COMMS_TEAM)})
    _tell(session, registry, "removal_by_hand", people, bulletin, delivery, removal, at=at)


def _tell(
    session: Session,
    registry: Registry,
    event: str,
    people: list[str],
    bulletin: Bulletin,
    delivery: Delivery,
    removal: Removal,
    *,
    at: datetime,
) -> None:
    account = registry.accounts.get(delivery.account_id)
    facts = facts_of(bulletin, registry) | {
        "account": account.name if account else delivery.account_id,
        "text": removal.text,
        "url": removal.url,
        "why": removal.why,
        "asked_by": called(registry, removal.asked_by),
        "code": removal.cause,
    }
    told = [
        Told(
            to=address,
            key=f"{event}:{removal.id}:{address}",
            path=POST_PAGE.format(bulletin.id, delivery.id),
            facts=facts,
        )
        for address in people
    ]
    queue_mails(session, event, told, at=at)
