"""What an open event still asks for: reports, audits, updates."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from rules.bulletin import UPDATE_WITHIN, BulletinState
from store.tables import Bulletin, Event

#: So long after a bulletin is finished its table is compared with the timelines.
AUDITED_AFTER = timedelta(minutes=10)

#: The run that sends a bulletin reports it; what it left untold after so long is told all the same.
TOLD_AFTER = timedelta(minutes=1)


def untold(session: Session, *, at: datetime) -> list[Bulletin]:
    """Finished bulletins whose report nobody was mailed."""
    return _finished(session, Bulletin.told_at.is_(None), at=at, since=TOLD_AFTER)


def to_audit(session: Session, *, at: datetime) -> list[Bulletin]:
    """Bulletins that were finished long enough ago, and not audited yet."""
    return _finished(session, Bulletin.audited_at.is_(None), at=at, since=AUDITED_AFTER)


def _finished(
    session: Session, which: ColumnElement[bool], *, at: datetime, since: timedelta
) -> list[Bulletin]:
    # finished later than now: the clock was set back since, and its times mean nothing
    long_ago = or_(Bulletin.finished_at <= at - since, Bulletin.finished_at > at)
    query = select(Bulletin).where(which, Bulletin.state == BulletinState.APPROVED, long_ago)
    return list(session.scalars(query.order_by(Bulletin.id)))


def latest(session: Session, event_id: int) -> Bulletin | None:
    """The event's last approved bulletin."""
    query = (
        select(Bulletin)
        .where(Bulletin.event_id == event_id, Bulletin.state == BulletinState.APPROVED)
        .order_by(Bulletin.approved_at.desc(), Bulletin.id.desc())
    )
    return session.scalars(query).first()


def needing_update(session: Session, *, at: datetime) -> list[tuple[Event, Bulletin]]:
    """Open events, with their last bulletin, that said nothing for too long, or nothing that holds.

    Each is named once in that time after a bulletin; the rows are held until the transaction
    ends, so that nobody else asks at the same moment.
    """
    query = (
        select(Event)
        .where(Event.opened_at.is_not(None), Event.closed_at.is_(None))
        .order_by(Event.id)
        .with_for_update(skip_locked=True)
    )
    found = []
    for event in session.scalars(query):
        last = latest(session, event.id)
        if last is not None and _silent(last, at=at) and not _asked(event, last, at=at):
            found.append((event, last))
    return found


def _silent(last: Bulletin, *, at: datetime) -> bool:
    said = last.approved_at or at
    return at - said >= UPDATE_WITHIN or last.expires_at <= at


def _asked(event: Event, last: Bulletin, *, at: datetime) -> bool:
    """Whether an update was asked for since the last bulletin, and just now."""
    if event.asked_at is None or (last.approved_at and event.asked_at < last.approved_at):
        return False
    return at - event.asked_at < UPDATE_WITHIN
