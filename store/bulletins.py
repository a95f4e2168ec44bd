"""What is asked of bulletins and their events."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import SAME_WITHIN, BulletinKind, BulletinState, Hazard, Way
from rules.outbox import UNSETTLED, DeliveryState
from store.tables import Bulletin, Delivery, Event, Message

#: An account in one of these carries a message, or may.
CARRIES = frozenset({*UNSETTLED, DeliveryState.PUBLISHED, DeliveryState.NEEDS_PERSON})


def bulletin_of(session: Session, marker_or_id: str) -> Bulletin | None:
    """A bulletin by its marker, with or without brackets, or by its number."""
    asked = marker_or_id.strip()
    if asked.isascii() and asked.isdigit():
        return session.get(Bulletin, int(asked))
    return session.scalar(select(Bulletin).where(Bulletin.marker == f"[{asked.strip('[]')}]"))


def bulletins_named(session: Session, asked: str) -> list[Bulletin]:
    """The one bulletin of a marker or number, or all of an event's by its number; oldest first."""
    found = bulletin_of(session, asked)
    if found is not None:
        return [found]
    event = event_of(session, asked.upper())
    return list(event.bulletins) if event else []


def event_of(session: Session, number: str) -> Event | None:
    """An event by its number, such as `D2026-4`."""
    return session.scalar(select(Event).where(Event.number == number.strip()))


def open_events(session: Session, *, exercise: bool) -> list[Event]:
    """Events between their first approved bulletin and their all-clear."""
    query = select(Event).where(
        Event.opened_at.is_not(None), Event.closed_at.is_(None), Event.exercise == exercise
    )
    return list(session.scalars(query.order_by(Event.id)))


def standing(session: Session, event_id: int, *, at: datetime) -> list[Bulletin]:
    """The event's bulletins that are approved, not superseded and not expired; oldest first."""
    query = select(Bulletin).where(
        Bulletin.event_id == event_id,
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.superseded_by_id.is_(None),
        Bulletin.expires_at > at,
    )
    return list(session.scalars(query.order_by(Bulletin.id)))


def approved_besides(session: Session, bulletin: Bulletin) -> list[int]:
    """The ids of its event's other bulletins that were approved, whether they hold or not."""
    query = select(Bulletin.id).where(
        Bulletin.event_id == bulletin.event_id,
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.id != bulletin.id,
    )
    return list(session.scalars(query.order_by(Bulletin.id)))


def alerts_like(
    session: Session,
    *,
    exercise: bool,
    hazard: Hazard,
    districts: Sequence[str],
    at: datetime,
) -> list[Bulletin]:
    """Alerts for the same hazard and area that were approved within a day, oldest first."""
    query = (
        select(Bulletin)
        .join(Bulletin.event)
        .where(
            Bulletin.exercise == exercise,
            Bulletin.kind == BulletinKind.ALERT,
            Bulletin.approved_at > at - SAME_WITHIN,
            Event.hazard == hazard,
        )
        .order_by(Bulletin.id)
    )
    return [one for one in session.scalars(query) if set(one.districts) == set(districts)]


def deliveries_of(session: Session, bulletin_id: int) -> list[Delivery]:
    """What a bulletin says on its accounts, by wave, account and part; without its pointers."""
    query = (
        select(Delivery)
        .join(Message)
        .where(Message.bulletin_id == bulletin_id, Delivery.way != Way.POINTER)
    )
    order = (Delivery.wave, Delivery.account_id, Delivery.part)
    return list(session.scalars(query.order_by(*order)))


def carriers_of(session: Session, bulletins: Sequence[int]) -> dict[str, int]:
    """The accounts that carry one of these bulletins, or may, each with its last such delivery."""
    query = (
        select(Delivery.account_id, Delivery.id)
        .join(Message)
        .where(Message.bulletin_id.in_(bulletins), Delivery.part == 1, Delivery.state.in_(CARRIES))
        .order_by(Delivery.id)
    )
    return dict(session.execute(query).tuples().all())
