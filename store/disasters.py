"""What everybody may know of disasters; and which bulletin a CAP message means."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from rules.bulletin import BulletinState
from store.tables import Bulletin, Event

_NUMBER = re.compile(r"(\d{4}-\d{1,2}-\d{1,9})\]$")
_SLUG = re.compile(r"\d{4}-\d{1,2}-\d{1,9}", re.ASCII)


def slug_of(bulletin: Bulletin) -> str:
    """`2026-12-3`: the number in a marker; real ones and exercises count apart."""
    found = _NUMBER.search(bulletin.marker)
    return found[1] if found else str(bulletin.id)


def by_slug(session: Session, slug: str, *, exercise: bool = False) -> Bulletin | None:
    """The approved bulletin whose marker has this number."""
    if not _SLUG.fullmatch(slug):
        return None
    query = select(Bulletin).where(
        Bulletin.exercise == exercise,
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.marker.endswith(f" {slug}]"),
    )
    return session.scalar(query.options(joinedload(Bulletin.event)))


def standing_now(session: Session, *, at: datetime) -> list[Bulletin]:
    """Real bulletins that are approved, not superseded and not expired, newest first."""
    query = select(Bulletin).where(
        Bulletin.exercise.is_(False),
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.superseded_by_id.is_(None),
        Bulletin.expires_at > at,
    )
    query = query.options(joinedload(Bulletin.event))
    return list(session.scalars(query.order_by(Bulletin.id.desc())))


def public_event(session: Session, public_id: str) -> Event | None:
    """The event behind a public address, once something of it was approved."""
    query = select(Event).where(Event.public_id == public_id, Event.opened_at.is_not(None))
    return session.scalar(query)


def approved_of(event: Event) -> list[Bulletin]:
    """Its bulletins that went out, newest first."""
    return [one for one in reversed(event.bulletins) if one.state is BulletinState.APPROVED]


def elders_of(session: Session, bulletin: Bulletin) -> Sequence[Bulletin]:
    """What it refers to; every older one of its event where nothing stood any more."""
    if bulletin.refers_to:
        return [session.get_one(Bulletin, elder) for elder in bulletin.refers_to]
    return [one for one in reversed(approved_of(bulletin.event)) if one.id < bulletin.id]


def from_cap(session: Session, sender: str, identifier: str) -> Bulletin | None:
    """The bulletin that an alert from outside became."""
    return session.scalar(
        select(Bulletin).where(Bulletin.cap_sender == sender, Bulletin.cap_identifier == identifier)
    )
