"""What of a bulletin only a person can put up, and what waits below a post that never came out."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from registry.model import Registry
from rules.bulletin import Way
from rules.outbox import DeliveryState
from store import bulletin_mails
from store.outbox import needs_person
from store.tables import Bulletin, Delivery, Mail, Message

_D = DeliveryState

#: In one of these a post will not come out by itself.
_NOT_OUT = (_D.FAILED, _D.CANCELLED, _D.NEEDS_PERSON)


def for_a_person(session: Session, *, at: datetime) -> list[tuple[Delivery, Bulletin]]:
    """What waits for a person's hands, was not asked for yet, and still holds.

    Of an exercise nothing: its accounts are twins that nobody signs in to, and its words must
    not come to stand on the real ones.
    """
    query = (
        select(Delivery, Bulletin)
        .join(Message, Delivery.message_id == Message.id)
        .join(Bulletin, Message.bulletin_id == Bulletin.id)
        .where(
            Delivery.state == _D.NEEDS_PERSON,
            Delivery.way != Way.POINTER,  # everybody was told by the message itself
            Bulletin.exercise.is_(False),
            Bulletin.superseded_by_id.is_(None),
            Bulletin.stopped_at.is_(None),
            Bulletin.expires_at > at,
        )
        .order_by(Delivery.id)
    )
    found = [(row[0], row[1]) for row in session.execute(query)]
    asked = {
        number
        for bulletin_id in {bulletin.id for _, bulletin in found}
        for number in _asked(session, bulletin_id)
    }
    return [(row, bulletin) for row, bulletin in found if row.id not in asked]


def ask(session: Session, registry: Registry, *, at: datetime) -> int:
    """Ask the people of these accounts, once for each delivery; returns for how many."""
    waiting = for_a_person(session, at=at)
    for row, bulletin in waiting:
        account = registry.accounts.get(row.account_id)
        if account is not None:
            bulletin_mails.ask_by_hand(session, registry, bulletin, row, account, at=at)
    return len(waiting)


def _asked(session: Session, bulletin_id: int) -> set[int]:
    begins = f"bulletin_by_hand:{bulletin_id}:"
    keys = session.scalars(
        select(Mail.key).where(Mail.event == "bulletin_by_hand", Mail.key.startswith(begins))
    )
    return {int(key.split(":")[2]) for key in keys}


def behind(session: Session) -> list[tuple[Delivery, DeliveryState]]:
    """Parts that can never go: the part before each will not come out by itself."""
    before = aliased(Delivery)
    query = (
        select(Delivery, before.state)
        .join(
            before,
            (before.message_id == Delivery.message_id)
            & (before.account_id == Delivery.account_id)
            & (before.part == Delivery.part - 1),
        )
        .where(
            Delivery.state == _D.QUEUED,
            Delivery.part > 1,
            before.state.in_(_NOT_OUT),
        )
        .order_by(Delivery.part, Delivery.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def settle_behind(session: Session, *, at: datetime) -> int:
    """Let each share what became of the part before it, or nothing would ever be finished.

    The rest of an answer that a network refused is a person's matter, as its beginning is.
    """
    settled = 0
    while found := behind(session):  # the next part is behind this one
        for row, state in found:
            if state is _D.NEEDS_PERSON or (state is _D.FAILED and not row.wave):
                needs_person(session, row.id, "behind: the part before it needs a person", at=at)
            else:
                cancelled = update(Delivery).where(
                    Delivery.id == row.id, Delivery.state == _D.QUEUED
                )
                why = "behind: the part before it did not come out"
                session.execute(cancelled.values(state=_D.CANCELLED, settled_at=at, cause=why))
        settled += len(found)
    return settled
