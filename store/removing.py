"""What is left of removals to do: which posts come down now, and what became of each try."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from registry.model import Registry
from rules.outbox import wait_after
from store import removal_mails
from store.proof_address import PUT_UP
from store.tables import Bulletin, Delivery, Message, Removal

#: After so many tries that came to nothing people are asked for their hands, too.
ENOUGH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """A post that two people agreed to take down. `put_up`: by a person, who named its address."""

    removal_id: int
    account_id: str
    exercise: bool
    remote_id: str
    put_up: bool


def due(session: Session, *, at: datetime, limit: int = 200) -> list[Doomed]:
    """What a program may try to take down now, longest agreed first."""
    query = (
        select(Removal, Delivery)
        .join(Delivery, Removal.delivery_id == Delivery.id)
        .where(
            Removal.agreed_at.is_not(None),
            Removal.removed_at.is_(None),
            # agreed later than now: the clock was set back since, and its times mean nothing
            or_(Removal.not_before <= at, Removal.agreed_at > at),
            Removal.not_before.is_not(None),
        )
        .order_by(Removal.agreed_at, Removal.id)
        .limit(limit)
    )
    return [
        Doomed(
            removal_id=removal.id,
            account_id=delivery.account_id,
            exercise=delivery.exercise,
            remote_id=removal.remote_id,
            put_up=delivery.cause.startswith(PUT_UP),
        )
        for removal, delivery in session.execute(query)
    ]


def taken_down(session: Session, removal_id: int, *, at: datetime) -> None:
    """It is gone. Knowing that is right at any time; the first moment counts."""
    done = update(Removal).where(Removal.id == removal_id, Removal.removed_at.is_(None))
    session.execute(done.values(removed_at=at, cause="", not_before=None))


def still_up(
    session: Session,
    registry: Registry,
    removal_id: int,
    cause: str,
    *,
    at: datetime,
    asked: float | None = None,
    by_hand: bool = False,
    refused: bool = False,
) -> None:
    """It is not known to be gone, and why: it is tried again later, or only a person can do it.

    `asked` is the network's own `Retry-After` in seconds. Where no program can, where it was
    refused, and after `ENOUGH` tries the account's people are asked, once.
    """
    removal = session.get_one(Removal, removal_id, with_for_update=True, populate_existing=True)
    if removal.removed_at is not None:
        return  # another run saw it go
    removal.tries += 1
    removal.cause = cause
    removal.not_before = None if by_hand else at + wait_after(removal.tries, asked)
    if (by_hand or refused or removal.tries >= ENOUGH) and removal.by_hand_at is None:
        _ask(session, registry, removal, at=at)


def _ask(session: Session, registry: Registry, removal: Removal, *, at: datetime) -> None:
    """Of an exercise nobody: its accounts are twins that nobody signs in to."""
    delivery = session.get_one(Delivery, removal.delivery_id)
    if delivery.exercise:
        return
    removal.by_hand_at = at
    message = session.get_one(Message, delivery.message_id)
    bulletin = session.get_one(Bulletin, message.bulletin_id)
    removal_mails.ask_for_hands(session, registry, bulletin, delivery, removal, at=at)
