"""What must not go any more: stopped, superseded, needless or expired, as long as it is not out."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from rules.outbox import UNSETTLED, DeliveryState
from store.outbox.rows import ROWS, count
from store.tables import Delivery

_D = DeliveryState


def drop(session: Session, which: ColumnElement[bool], why: str, *, at: datetime) -> int:
    """None of these may go any more, unless it is out; returns how many provably will not.

    One that is in flight, or in doubt, is still settled by reading.
    """
    session.execute(
        update(Delivery)
        .where(
            which, Delivery.state.in_([_D.QUEUED, *sorted(UNSETTLED)]), Delivery.dropped.is_(None)
        )
        .values(dropped=why)
    )
    return cancel_dropped(session, at=at)


def must_not_go(session: Session, *, at: datetime) -> bool:
    """Whether anything is queued that `cancel_dropped` would take out."""
    return session.scalar(_ANY_DROPPED, {"at": at}) is not None


def cancel_dropped(session: Session, *, at: datetime) -> int:
    """What must not go any more, and is provably not out: dropped, or expired. Returns how many."""
    return count(
        session,
        update(Delivery)
        .where(_dropped(at))
        .values(
            state=_D.CANCELLED,
            settled_at=at,
            cause=func.coalesce(Delivery.dropped, "expired: its time was over before it was sent"),
        ),
    )


def _dropped(at: Any) -> ColumnElement[bool]:
    expired = and_(Delivery.expires_at.is_not(None), Delivery.expires_at <= at)
    return and_(Delivery.state == _D.QUEUED, or_(Delivery.dropped.is_not(None), expired))


#: Made once, as the sender asks it at every look.
_ANY_DROPPED = (
    select(ROWS.c.id).where(_dropped(bindparam("at", type_=ROWS.c.expires_at.type))).limit(1)
)
