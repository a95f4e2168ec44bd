"""What is asked of bulletins and their events."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import BulletinState
from store.tables import Bulletin, Delivery, Event, Message, Notice


def bulletin_of(session: Session, marker_or_id: str) -> Bulletin | None:
    """A bulletin by its marker, with or without brackets, or by its number."""
    asked = marker_or_id.strip()
    if asked.isascii() and asked.isdigit():
        return session.get(Bulletin, int(asked))
    return session.scalar(select(Bulletin).where(Bulletin.marker == f"[{asked.strip('[]')}]"))


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


def deliveries_of(session: Session, bulletin_id: int) -> list[Delivery]:
    """What a bulletin put into the outbox, by wave, account and part."""
    query = select(Delivery).join(Message).where(Message.bulletin_id == bulletin_id)
    order = (Delivery.wave, Delivery.account_id, Delivery.part)
    return list(session.scalars(query.order_by(*order)))


def notices_of(session: Session, bulletin_id: int) -> list[Notice]:
    """The districts' desks that were told of a bulletin, by office."""
    query = select(Notice).where(Notice.bulletin_id == bulletin_id)
    return list(session.scalars(query.order_by(Notice.office_id)))
