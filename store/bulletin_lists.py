"""Lists of events and bulletins, for those who watch over them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from rules.bulletin import BulletinState, Way
from rules.outbox import DeliveryState
from store.broadcast import is_late
from store.tables import Bulletin, Delivery, Event, Message


def pressing(session: Session) -> list[Event]:
    """Real events that are open, or whose replies nobody has let go on; oldest first."""
    query = select(Event).where(
        Event.exercise.is_(False),
        Event.opened_at.is_not(None),
        or_(Event.closed_at.is_(None), Event.resumed_at.is_(None)),
    )
    return list(session.scalars(query.order_by(Event.id)))


def drafts(session: Session, *, at: datetime) -> list[Bulletin]:
    """Bulletins that wait for a second person and still may go, oldest first."""
    query = _bulletins().where(Bulletin.state == BulletinState.DRAFT).order_by(Bulletin.id)
    return [one for one in session.scalars(query) if not is_late(one, at=at)]


def latest(session: Session, *, limit: int = 30) -> list[Bulletin]:
    """The bulletins that were submitted last, newest first."""
    return list(session.scalars(_bulletins().order_by(Bulletin.id.desc()).limit(limit)))


def tallies(session: Session, bulletins: Sequence[Bulletin]) -> dict[int, dict[DeliveryState, int]]:
    """How many accounts are in which state, for each of these bulletins that was approved."""
    query = (
        select(Message.bulletin_id, Delivery.state, func.count())
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Message.bulletin_id.in_([one.id for one in bulletins]), Delivery.part == 1)
        .group_by(Message.bulletin_id, Delivery.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for bulletin_id, state, count in session.execute(query).tuples():
        if bulletin_id is not None:
            found.setdefault(bulletin_id, {})[state] = count
    return found


def by_hand(session: Session) -> list[tuple[Bulletin, int]]:
    """Bulletins with texts that wait for a person, and how many; newest first."""
    query = (
        select(Bulletin, func.count())
        .join(Message, Message.bulletin_id == Bulletin.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Delivery.state.in_([DeliveryState.NEEDS_PERSON, DeliveryState.FAILED]),
            Delivery.way != Way.POINTER,
        )
        .group_by(Bulletin.id)
        .order_by(Bulletin.id.desc())
    )
    return list(session.execute(query).tuples())


def last_approved(session: Session, event: Event) -> Bulletin | None:
    """What was approved last in an event."""
    query = _bulletins().where(
        Bulletin.event_id == event.id, Bulletin.state == BulletinState.APPROVED
    )
    return session.scalars(query.order_by(Bulletin.approved_at.desc(), Bulletin.id.desc())).first()


def _bulletins() -> Select[tuple[Bulletin]]:
    return select(Bulletin).options(joinedload(Bulletin.event))
