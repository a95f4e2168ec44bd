"""What may or may not be out: its account is read until that is known."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from rules.outbox import PATIENCE, SETTLING, DeliveryState, absent
from store.outbox.outcomes import needs_person
from store.outbox.rows import count
from store.tables import Delivery, Message, Post

_D = DeliveryState


def to_settle(session: Session, *, at: datetime) -> bool:
    """Whether settling could come to anything now: a doubt to look for, or a sender that may be dead."""
    held = Delivery.state.in_([_D.CLAIMED, _D.IN_FLIGHT])
    return session.scalar(select(Delivery.id).where(or_(held, _due(at))).limit(1)) is not None


def doubts(session: Session, *, at: datetime, limit: int = 500) -> list[Delivery]:
    """Deliveries in doubt that may be looked for now, those that waited longest first."""
    query = select(Delivery).where(_due(at)).order_by(Delivery.not_before, Delivery.id)
    return list(session.scalars(query.limit(limit)))


def _due(at: datetime) -> ColumnElement[bool]:
    return and_(
        Delivery.state == _D.IN_DOUBT,
        # attempted later than now: the clock was set back since; looking costs nothing
        or_(Delivery.not_before <= at, Delivery.attempted_at > at),
    )


def not_found(
    session: Session, delivery_id: int, *, at: datetime, settling: timedelta = SETTLING
) -> DeliveryState:
    """A complete reading that began at `at` did not show it.

    It counts where it began late enough: two that ran side by side are one. Returns what the
    delivery is now: still in doubt, or queued where it is proved absent.
    """
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery.state != _D.IN_DOUBT:
        return delivery.state
    if delivery.attempted_at is not None and delivery.attempted_at > at:
        _count_anew(session, delivery, at)
        delivery.not_before = at + settling
    elif delivery.not_before <= at:
        delivery.readings += 1
        delivery.not_before = at + settling
    if absent(delivery.readings):
        delivery.state, delivery.not_before = _D.QUEUED, at
        delivery.cause = f"absent: absent in {delivery.readings} readings after: {delivery.cause}"
    session.flush()
    return delivery.state


def _count_anew(session: Session, delivery: Delivery, at: datetime) -> None:
    """The clock was set back since the attempt, or had been wrong: when it was is not known.

    But it was not before the post that it answers was written, by the network's own clock.
    """
    written = select(Post.created_at).join(Message, Message.post_id == Post.id)
    answered = session.scalar(written.where(Message.id == delivery.message_id))
    delivery.attempted_at = at
    delivery.first_attempt_at = min(at, answered or at)


def unread(session: Session, delivery_id: int, cause: str, *, at: datetime) -> None:
    """Its account could not be read: it waits in doubt, behind those not looked for yet.

    After a day of that a person looks.
    """
    attempted_at = session.get_one(Delivery, delivery_id).attempted_at
    if attempted_at is not None and at - attempted_at >= PATIENCE:
        needs_person(
            session, delivery_id, f"unread: it may be out, but nobody could look: {cause}", at=at
        )
        return
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == _D.IN_DOUBT, Delivery.not_before <= at)
        .values(not_before=at)
    )


def take_back(
    session: Session, dead: Sequence[str], *, at: datetime, settling: timedelta = SETTLING
) -> tuple[int, int]:
    """What provably dead senders held: claimed rows were never sent, in_flight ones may be.

    Their settling counts from `at`: until its death was proved, the sender may have been sending.

    Returns how many went back to the queue, and how many are now in doubt.
    """
    held = Delivery.holder.in_(dead)
    queued = count(
        session,
        update(Delivery)
        .where(held, Delivery.state == _D.CLAIMED)
        .values(state=_D.QUEUED, holder=None),
    )
    doubted = count(
        session,
        update(Delivery)
        .where(held, Delivery.state == _D.IN_FLIGHT)
        .values(
            state=_D.IN_DOUBT, holder=None, cause="died: its sender died", not_before=at + settling
        ),
    )
    return queued, doubted
