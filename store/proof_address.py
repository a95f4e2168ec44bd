"""What a person put up, named by its address: whether reading its account has shown it.

None of this changes what became of a delivery: published stays final. While it is looked for,
`not_before` is when next, and `readings` how many complete ones did not show it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

from registry.ask import called, entries_of
from registry.model import Registry, Role
from rules.outbox import DeliveryState
from rules.proof_address import (
    ENOUGH,
    FIRST_LOOK,
    LOOKED_FOR,
    Proof,
    next_look,
    post_name,
    proof,
)
from store.bulletin_mails import POST_PAGE
from store.mails import queue_mail
from store.registry import addresses
from store.removed import coming_down
from store.tables import Case, Delivery, Message, Post

#: How the cause of a delivery begins that a person put up, and of no other.
PUT_UP = "by hand: put up, "

#: Reasons why a person put it up elsewhere than on its own account.
_ELSEWHERE = ("; before: no_account:", "; before: closed:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """A delivery to look for. It cannot be older than `since`, when it was decided on (UTC)."""

    delivery: Delivery
    since: datetime
    to_citizen: bool  # else it is a bulletin's


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look showed: whether it is there, None where nothing is known.

    `below`: it was looked for below the post that it answers, else among the account's own.
    """

    delivery_id: int
    found: bool | None
    below: bool = False


def name(delivery: Delivery, url: str, *, at: datetime) -> None:
    """A person says that it is up, and where: it is looked for from now on."""
    delivery.url, delivery.remote_id = url, post_name(url)
    delivery.readings, delivery.not_before = 0, at + FIRST_LOOK


def correct(delivery: Delivery, url: str, *, instead: str, who: str, at: datetime) -> bool:
    """Another address `instead` of the one that was named; False where there is nothing to correct.

    What was named before stays in the cause.
    """
    if not _by_hand(delivery) or delivery.seen_at is not None or delivery.url != instead:
        return False
    delivery.cause = f"{PUT_UP}{who}; before: {instead}, {delivery.cause}"
    name(delivery, url, at=at)
    return True


def proof_of(delivery: Delivery, *, at: datetime) -> Proof | None:
    """What is known of a post that a person put up; None for any other delivery."""
    if not _by_hand(delivery) or delivery.settled_at is None:
        return None
    return proof(
        settled_at=delivery.settled_at,
        not_before=delivery.not_before,
        seen_at=delivery.seen_at,
        readings=delivery.readings,
        at=at,
    )


def due(session: Session, *, at: datetime, limit: int = 200) -> list[Sought]:
    """What may be looked for now, those first that waited longest."""
    query = select(Delivery, Message.at, Message.case_id).join(Message)
    query = query.where(_due(at)).order_by(Delivery.not_before, Delivery.id).limit(limit)
    return [
        Sought(delivery=row, since=since, to_citizen=case_id is not None)
        for row, since, case_id in session.execute(query)
    ]


def looked(
    session: Session, registry: Registry, look: Look, *, begun: datetime, at: datetime
) -> None:
    """Write down what a look that began at `begun` showed; people are told once, after `ENOUGH`.

    Of two looks side by side one counts, and none at an address that was corrected meanwhile.
    """
    query = select(Delivery).where(Delivery.id == look.delivery_id, _due(begun))
    row = session.scalar(query.with_for_update(of=Delivery))
    if row is None or row.settled_at is None:
        return
    if look.found:
        row.seen_at = at
        return
    row.not_before = at + next_look(at - row.settled_at)
    if look.found is False:
        row.readings += 1
        if row.readings == ENOUGH:
            _tell(session, registry, row, below=look.below, at=at)


def _due(at: datetime) -> ColumnElement[bool]:
    """The state is not asked for: its index would lead a database through all that is published."""
    # what answers a private post was brought over in a message, and no timeline has it
    unseen = exists().where(
        Message.id == Delivery.message_id,
        Post.id == Message.post_id,
        or_(Post.public.is_(False), Post.withdrawn_at.is_not(None)),
    )
    return and_(
        Delivery.settled_at >= at - LOOKED_FOR,
        Delivery.not_before <= at,
        Delivery.seen_at.is_(None),
        Delivery.cause.startswith(PUT_UP),
        not_(or_(*(Delivery.cause.contains(why, autoescape=True) for why in _ELSEWHERE))),
        not_(unseen),
        not_(coming_down()),
    )


def _by_hand(delivery: Delivery) -> bool:
    return delivery.state is DeliveryState.PUBLISHED and delivery.cause.startswith(PUT_UP)


def _tell(
    session: Session, registry: Registry, row: Delivery, *, below: bool, at: datetime
) -> None:
    """Who put it up, and the managers of the account's office."""
    account = registry.accounts.get(row.account_id)
    who = row.cause.removeprefix(PUT_UP).partition("; before: ")[0]
    people = {one.email for one in entries_of(registry, who)}
    people |= set(addresses(session, Role.MANAGER, account.office)) if account else set()
    message = row.message
    facts = {
        "account": f"{account.name} ({account.id})" if account else row.account_id,
        "who": called(registry, who),
        "exercise": row.exercise,
        "marker": row.marker,
        "text": row.text,
        "url": row.url,
        "readings": row.readings,
        "below": below,
    }
    path = (
        POST_PAGE.format(message.bulletin_id, row.id)
        if message.bulletin_id is not None
        else f"/outbox/{row.id}"
    )
    for address in sorted(people):
        queue_mail(
            session,
            "proof_missing",
            address,
            key=f"proof_missing:{row.id}:{address}",
            at=at,
            case=session.get(Case, message.case_id) if message.case_id is not None else None,
            path=path,
            facts=facts,
        )
