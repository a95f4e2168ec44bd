"""The outbox: every message on its way, and the only ways its state changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from rules.outbox import MOST_TRIES, SETTLING, UNSETTLED, DeliveryState, absent, wait_after
from store.tables import Delivery

_D = DeliveryState


def take(
    session: Session, holder: str, *, at: datetime, limit: int, busy: Sequence[str] = ()
) -> list[Delivery]:
    """Claim deliveries that may go now: at most one for each account, parts in order.

    `busy` are accounts that this sender is waiting for. A part goes only after the part before
    it has its id.
    """
    before, other = aliased(Delivery), aliased(Delivery)
    waits = exists().where(
        before.message_id == Delivery.message_id,
        before.account_id == Delivery.account_id,
        before.part == Delivery.part - 1,
        before.state != _D.PUBLISHED,
    )
    sending = exists().where(
        other.account_id == Delivery.account_id, other.state.in_([_D.CLAIMED, _D.IN_FLIGHT])
    )
    first = (
        select(func.min(Delivery.id))
        .where(
            Delivery.state == _D.QUEUED,
            Delivery.not_before <= at,
            Delivery.account_id.not_in(busy),
            ~waits,
            ~sending,
        )
        .group_by(Delivery.account_id)
        .order_by(func.min(Delivery.id))
        .limit(limit)
    )
    claim = (
        update(Delivery)
        # the state is asked again: on PostgreSQL two senders may have read the same rows
        .where(Delivery.id.in_(first.scalar_subquery()), Delivery.state == _D.QUEUED)
        .values(state=_D.CLAIMED, holder=holder)
        .returning(Delivery)
    )
    return sorted(session.scalars(claim).all(), key=lambda delivery: delivery.id)


def depart(session: Session, holder: str, ids: Sequence[int], *, at: datetime) -> set[int]:
    """Write ahead that these are about to be sent; returns those that may be.

    Commit before the first byte leaves. What another process has taken back is not returned.
    """
    written = (
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == _D.CLAIMED, Delivery.holder == holder)
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


def published(
    session: Session, delivery_id: int, *, remote_id: str, url: str, at: datetime
) -> bool:
    """It is out, under this id. Knowing that is right from any state but a final one."""
    return _settle(
        session,
        delivery_id,
        (*UNSETTLED, _D.QUEUED, _D.NEEDS_PERSON, _D.FAILED),
        state=_D.PUBLISHED,
        remote_id=remote_id,
        url=url,
        settled_at=at,
        holder=None,
        cause="",
    )


def in_doubt(session: Session, delivery_id: int, cause: str) -> bool:
    """It may or may not be out: only reading the account can tell."""
    return _settle(
        session, delivery_id, (_D.IN_FLIGHT,), state=_D.IN_DOUBT, holder=None, cause=cause
    )


def failed(session: Session, delivery_id: int, cause: str, *, at: datetime) -> bool:
    """The network refused it for good, and said why."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT,),
        state=_D.FAILED,
        holder=None,
        cause=cause,
        settled_at=at,
    )


def again(
    session: Session, delivery_id: int, cause: str, *, at: datetime, asked: float | None = None
) -> bool:
    """Provably nothing was sent: it goes again later, or to a person after too many tries."""
    delivery = session.get_one(Delivery, delivery_id)
    if delivery.tries >= MOST_TRIES:
        state = _D.NEEDS_PERSON
        cause = f"{delivery.tries} tries, the last one: {cause}"
    else:
        state = _D.QUEUED
    return _settle(
        session,
        delivery.id,
        (_D.IN_FLIGHT, _D.CLAIMED),
        state=state,
        holder=None,
        cause=cause,
        not_before=at + wait_after(delivery.tries, asked),
    )


def needs_person(session: Session, delivery_id: int, cause: str, *, at: datetime) -> bool:
    """Only a person can tell, or do it."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT, _D.IN_DOUBT, _D.QUEUED),
        state=_D.NEEDS_PERSON,
        holder=None,
        cause=cause,
        settled_at=at,
    )


def doubts(session: Session, *, at: datetime, limit: int = 500) -> list[Delivery]:
    """Deliveries in doubt whose settling time has passed, oldest first."""
    query = select(Delivery).where(
        Delivery.state == _D.IN_DOUBT, Delivery.attempted_at <= at - SETTLING
    )
    return list(session.scalars(query.order_by(Delivery.id).limit(limit)))


def not_found(session: Session, delivery_id: int, *, at: datetime) -> DeliveryState:
    """A complete reading, begun after the settling time, did not show it.

    Returns what it is now: still in doubt, or queued where it is proved absent.
    """
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    if delivery.state != _D.IN_DOUBT or delivery.attempted_at is None:
        return delivery.state
    delivery.readings += 1
    if absent(delivery.readings, delivery.attempted_at, at):
        delivery.state, delivery.not_before = _D.QUEUED, at
        delivery.cause = f"absent in {delivery.readings} readings after: {delivery.cause}"
    session.flush()
    return delivery.state


def take_back(session: Session, dead: Sequence[str]) -> tuple[int, int]:
    """What provably dead senders held: claimed rows were never sent, in_flight ones may be.

    Returns how many went back to the queue, and how many are now in doubt.
    """
    held = Delivery.holder.in_(dead)
    queued = _count(
        session,
        update(Delivery)
        .where(held, Delivery.state == _D.CLAIMED)
        .values(state=_D.QUEUED, holder=None),
    )
    doubted = _count(
        session,
        update(Delivery)
        .where(held, Delivery.state == _D.IN_FLIGHT)
        .values(state=_D.IN_DOUBT, holder=None, cause="its sender died"),
    )
    return queued, doubted


def _settle(
    session: Session, delivery_id: int, while_in: Sequence[DeliveryState], **values: Any
) -> bool:
    where = update(Delivery).where(Delivery.id == delivery_id, Delivery.state.in_(while_in))
    return _count(session, where.values(**values)) == 1


def _count(session: Session, statement: Update) -> int:
    result: Any = session.execute(statement)
    return int(result.rowcount)
