"""What may go now, and that it leaves: claimed first, then written ahead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from rules.outbox import UNSETTLED, DeliveryState
from store.outbox.rows import ROWS
from store.tables import Delivery, Event

_D = DeliveryState

# Made once: SQLAlchemy takes longer to build these than SQLite to answer them.
_before = aliased(Delivery)
_elder = aliased(Delivery)
_other = aliased(Delivery)
_bulletin = aliased(Delivery)

_BEHIND_ITS_PART = exists().where(
    _before.message_id == Delivery.message_id,
    _before.account_id == Delivery.account_id,
    _before.part == Delivery.part - 1,
    _before.state != _D.PUBLISHED,
)

_BEHIND_ITS_ELDER = exists().where(
    _elder.id == Delivery.after_id, _elder.state.in_([_D.QUEUED, *sorted(UNSETTLED)])
)

_ACCOUNT_IS_SENDING = exists().where(
    _other.account_id == Delivery.account_id,
    _other.exercise == Delivery.exercise,
    _other.state.in_([_D.CLAIMED, _D.IN_FLIGHT]),
)

#: While a disaster holds ordinary replies, and while this account has a bulletin to send.
_REPLIES_WAIT = or_(
    exists().where(
        Event.exercise.is_(False), Event.opened_at.is_not(None), Event.resumed_at.is_(None)
    ),
    exists().where(
        _bulletin.account_id == Delivery.account_id,
        _bulletin.exercise.is_(False),
        _bulletin.wave > 0,
        _bulletin.state == _D.QUEUED,
        _bulletin.dropped.is_(None),
    ),
)


def _queued(rows: Any) -> ColumnElement[bool]:
    """By the moment that the statement is executed with, as `at`."""
    at = bindparam("at", type_=rows.not_before.type)
    return and_(
        rows.state == _D.QUEUED,
        rows.held.is_(False),
        rows.dropped.is_(None),
        # queued later than now: the clock was set back since, and its times mean nothing
        or_(rows.not_before <= at, rows.queued_at > at),
        or_(rows.expires_at.is_(None), rows.expires_at > at),
    )


_WAITING = select(ROWS.c.id).where(_queued(ROWS.c)).limit(1)

_FIRST_OF_EACH_ACCOUNT = (
    select(func.min(Delivery.id))
    .where(
        _queued(Delivery),
        ~_BEHIND_ITS_PART,
        ~_BEHIND_ITS_ELDER,
        ~_ACCOUNT_IS_SENDING,
        or_(Delivery.wave > 0, ~_REPLIES_WAIT),
    )
    .group_by(Delivery.account_id, Delivery.exercise)
    .order_by(func.min(Delivery.wave), func.min(Delivery.id))
    .limit(bindparam("most", type_=Integer))
)

_CLAIM = (
    update(Delivery)
    # the state is asked again: on PostgreSQL two senders may have read the same rows
    .where(Delivery.id.in_(_FIRST_OF_EACH_ACCOUNT.scalar_subquery()), Delivery.state == _D.QUEUED)
    .values(state=_D.CLAIMED, holder=bindparam("taken_by"))
    .returning(Delivery)
)


_MINE = and_(
    ROWS.c.id.in_(bindparam("claimed", expanding=True)),
    ROWS.c.state == _D.CLAIMED,
    ROWS.c.holder == bindparam("held_by"),
)
_NOW = bindparam("now", type_=ROWS.c.attempted_at.type)

_DEPART = (
    update(ROWS)
    .where(_MINE, ROWS.c.dropped.is_(None))
    .values(
        state=_D.IN_FLIGHT,
        attempted_at=_NOW,
        first_attempt_at=func.coalesce(ROWS.c.first_attempt_at, _NOW),
        tries=ROWS.c.tries + 1,
        readings=0,
    )
    .returning(ROWS.c.id)
)

_CANCEL_DROPPED = (
    update(ROWS)
    .where(_MINE, ROWS.c.dropped.is_not(None))
    .values(state=_D.CANCELLED, holder=None, settled_at=_NOW, cause=ROWS.c.dropped)
)


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether anything is queued that could go now, perhaps behind something else."""
    return session.scalar(_WAITING, {"at": at}) is not None


def take(session: Session, holder: str, *, at: datetime, limit: int) -> list[Delivery]:
    """Claim deliveries that may go now: at most one for each account, parts in order.

    Bulletins go wave by wave and before replies; a part goes only after the part before it has
    its id, and what takes the place of an older bulletin only after that one is settled there.
    """
    claimed = session.scalars(
        _CLAIM,
        {"at": at, "most": limit, "taken_by": holder},
        # nothing of it was read in this session before
        execution_options={"synchronize_session": False},
    )
    return sorted(claimed, key=lambda delivery: (delivery.wave, delivery.id))


def depart(session: Session, holder: str, ids: Sequence[int], *, at: datetime) -> set[int]:
    """Write ahead that these are about to be sent; returns those that may be.

    Commit before the first byte leaves. What another process has taken back is not returned,
    nor what was dropped since it was claimed: that is cancelled.
    """
    asked = {"claimed": list(ids), "held_by": holder, "now": at}
    connection = session.connection()
    left = set(connection.scalars(_DEPART, asked))
    if len(left) < len(ids):
        connection.execute(_CANCEL_DROPPED, asked)
    return left
