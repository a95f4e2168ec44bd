"""What somebody must know who is about to approve a bulletin."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import REFERRING, SAME_WITHIN, BulletinKind, BulletinState
from store.tables import Bulletin, Delivery, Event, Message
from store.waves import CARRIES


def carriers(session: Session, bulletin: Bulletin) -> frozenset[str] | None:
    """The accounts that carry, or may carry, what this one refers to, as it is now.

    None for a first alert, which goes to every account.
    """
    if bulletin.kind not in REFERRING:
        return None
    elders = select(Bulletin.id).where(
        Bulletin.event_id == bulletin.event_id,
        Bulletin.state == BulletinState.APPROVED,
        Bulletin.id != bulletin.id,
    )
    query = (
        select(Delivery.account_id)
        .join(Message)
        .where(
            Message.bulletin_id.in_(elders),
            Delivery.part == 1,
            # what is queued of the older one is dropped by the approval
            Delivery.state.in_(CARRIES),
        )
    )
    return frozenset(session.scalars(query))


def alike(session: Session, bulletin: Bulletin, *, at: datetime) -> list[Bulletin]:
    """Other alerts for the same hazard and area that were approved within a day, oldest first."""
    if bulletin.kind is not BulletinKind.ALERT:
        return []
    query = (
        select(Bulletin)
        .join(Bulletin.event)
        .where(
            Bulletin.id != bulletin.id,
            Bulletin.exercise == bulletin.exercise,
            Bulletin.kind == BulletinKind.ALERT,
            Bulletin.approved_at > at - SAME_WITHIN,
            Event.hazard == bulletin.event.hazard,
        )
        .order_by(Bulletin.id)
    )
    return [one for one in session.scalars(query) if set(one.districts) == set(bulletin.districts)]
