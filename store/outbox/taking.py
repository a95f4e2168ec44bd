"""What may go now, and that it leaves: claimed first, then written ahead."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from rules.outbox import UNSETTLED, DeliveryState
from store.outbox.rows import ROWS
from store.tables import Delivery, Event

_D = DeliveryState


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether anything is queued that could go now, perhaps behind something else."""
    found = select(ROWS.c.id).where(_queued(ROWS.c, at)).limit(1)
    return session.scalar(found) is not None


def take(session: Session, holder: str, *, at: datetime, limit: int) -> list[Delivery]:
    """Claim deliveries that may go now: at most one for each account, parts in order.

    Bulletins go wave by wave and before replies; a part goes only after the part before it has
    its id, and what takes the place of an older bulletin only after that one is settled there.
    """
    first = (
        select(func.min(Delivery.id))
        .where(
            _queued(Delivery, at),
            ~_behind_its_part(),
            ~_behind_its_elder(),
            ~_account_is_sending(),
            or_(Delivery.wave > 0, ~_replies_wait()),
        )
        .group_by(Delivery.account_id, Delivery.exercise)
        .order_by(func.min(Delivery.wave), func.min(Delivery.id))
        .limit(limit)
    )
    claim = (
        update(Delivery)
        # the state is asked again: on PostgreSQL two senders may have read the same rows
        .where(Delivery.id.in_(first.scalar_subquery()), Delivery.state == _D.QUEUED)
        .values(state=_D.CLAIMED, holder=holder)
        .returning(Delivery)
    )
    return sorted(session.scalars(claim).all(), key=lambda delivery: (delivery.wave, delivery.id))


def depart(session: Session, holder: str, ids: Sequence[int], *, at: datetime) -> set[int]:
    """Write ahead that these are about to be sent; returns those that may be.

    Commit before the first byte leaves. What another process has taken back is not returned,
    nor what was dropped since it was claimed: that is cancelled.
    """
    mine = and_(Delivery.id.in_(ids), Delivery.state == _D.CLAIMED, Delivery.holder == holder)
    session.execute(
        update(Delivery)
        .where(mine, Delivery.dropped.is_not(None))
        .values(state=_D.CANCELLED, holder=None, settled_at=at, cause=Delivery.dropped)
    )
    written = (
        update(Delivery)
        .where(mine)
        .values(
            state=_D.IN_FLIGHT,
            attempted_at=at,
            first_attempt_at=func.coalesce(Delivery.first_attempt_at, at),
            tries=Delivery.tries + 1,
            readings=0,
        )
        .returning(Delivery.id)
    )
    return set(session.scalars(written))


def _queued(rows: Any, at: datetime) -> ColumnElement[bool]:
    return and_(
        rows.state == _D.QUEUED,
        rows.held.is_(False),
        rows.dropped.is_(None),
        # queued later than now: the clock was set back since, and its times mean nothing
        or_(rows.not_before <= at, rows.queued_at > at),
        or_(rows.expires_at.is_(None), rows.expires_at > at),
    )


def _behind_its_part() -> ColumnElement[bool]:
    before = aliased(Delivery)
    return exists().where(
        before.message_id == Delivery.message_id,
        before.account_id == Delivery.account_id,
        before.part == Delivery.part - 1,
        before.state != _D.PUBLISHED,
    )


def _behind_its_elder() -> ColumnElement[bool]:
    elder = aliased(Delivery)
    return exists().where(
        elder.id == Delivery.after_id, elder.state.in_([_D.QUEUED, *sorted(UNSETTLED)])
    )


def _account_is_sending() -> ColumnElement[bool]:
    other = aliased(Delivery)
    return exists().where(
        other.account_id == Delivery.account_id,
        other.exercise == Delivery.exercise,
        other.state.in_([_D.CLAIMED, _D.IN_FLIGHT]),
    )


def _replies_wait() -> ColumnElement[bool]:
    """While a disaster holds ordinary replies, and while this account has a bulletin to send."""
    bulletin = aliased(Delivery)
    holding = exists().where(
        Event.exercise.is_(False), Event.opened_at.is_not(None), Event.resumed_at.is_(None)
    )
    before = exists().where(
        bulletin.account_id == Delivery.account_id,
        bulletin.exercise.is_(False),
        bulletin.wave > 0,
        bulletin.state == _D.QUEUED,
        bulletin.dropped.is_(None),
    )
    return or_(holding, before)
