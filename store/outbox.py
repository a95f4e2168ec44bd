"""The outbox: every message on its way, and the only ways its state changes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Update,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.util import identity_key

from rules.bulletin import Way
from rules.outbox import PATIENCE, SETTLING, UNSETTLED, DeliveryState, absent, wait_after
from store.tables import Delivery, Event, Message, Post

_D = DeliveryState
_ROWS: Table = Delivery.__table__  # type: ignore[assignment]  # it is a table, and says FromClause

_MAY_BE_PUBLISHED = (*UNSETTLED, _D.QUEUED, _D.NEEDS_PERSON, _D.FAILED)
_ALL_PUBLISHED = (
    update(_ROWS)
    .where(
        _ROWS.c.id == bindparam("row"),
        or_(*(_ROWS.c.state == state for state in _MAY_BE_PUBLISHED)),
    )
    .values(
        state=_D.PUBLISHED,
        remote_id=bindparam("known_as"),
        url=bindparam("stands_at"),
        settled_at=bindparam("now"),
        holder=None,
        cause="",
    )
)


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether anything is queued that could go now, perhaps behind something else."""
    found = select(_ROWS.c.id).where(_queued(_ROWS.c, at)).limit(1)
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


def must_not_go(session: Session, *, at: datetime) -> bool:
    """Whether anything is queued that `cancel_dropped` would take out."""
    return session.scalar(select(Delivery.id).where(_dropped(at)).limit(1)) is not None


def cancel_dropped(session: Session, *, at: datetime) -> int:
    """What must not go any more, and is provably not out: dropped, or expired. Returns how many."""
    return _count(
        session,
        update(Delivery)
        .where(_dropped(at))
        .values(
            state=_D.CANCELLED,
            settled_at=at,
            cause=func.coalesce(Delivery.dropped, "expired: its time was over before it was sent"),
        ),
    )


def _dropped(at: datetime) -> ColumnElement[bool]:
    expired = and_(Delivery.expires_at.is_not(None), Delivery.expires_at <= at)
    return and_(Delivery.state == _D.QUEUED, or_(Delivery.dropped.is_not(None), expired))


def published(
    session: Session, delivery_id: int, *, remote_id: str, url: str, at: datetime
) -> bool:
    """It is out, under this id. Knowing that is right from any state but a final one."""
    return _settle(
        session,
        delivery_id,
        _MAY_BE_PUBLISHED,
        state=_D.PUBLISHED,
        remote_id=remote_id,
        url=url,
        settled_at=at,
        holder=None,
        cause="",
    )


def all_published(session: Session, ids: Sequence[tuple[int, str, str]], *, at: datetime) -> None:
    """The same for many at once: delivery's id, remote id, url."""
    if ids:
        rows = [{"row": row, "known_as": known_as, "stands_at": url} for row, known_as, url in ids]
        session.connection().execute(_ALL_PUBLISHED, [row | {"now": at} for row in rows])


def in_doubt(
    session: Session,
    delivery_id: int,
    cause: str,
    *,
    holder: str,
    at: datetime,
    settling: timedelta = SETTLING,
) -> bool:
    """It may or may not be out: only reading the account can tell, `settling` from now."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT,),
        sent_by=holder,
        state=_D.IN_DOUBT,
        holder=None,
        cause=cause,
        not_before=at + settling,
    )


def failed(session: Session, delivery_id: int, cause: str, *, holder: str, at: datetime) -> bool:
    """The network refused it for good, and said why."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT,),
        sent_by=holder,
        state=_D.FAILED,
        holder=None,
        cause=cause,
        settled_at=at,
    )


def in_own_words(
    session: Session, delivery_id: int, cause: str, *, holder: str, at: datetime
) -> bool:
    """The network would not pass the lead's post on: the account says it in its own words."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT,),
        sent_by=holder,
        state=_D.QUEUED,
        holder=None,
        way=Way.POST,
        shares=None,
        cause=cause,
        not_before=at,
    )


def again(
    session: Session,
    delivery_id: int,
    cause: str,
    *,
    holder: str,
    at: datetime,
    asked: float | None = None,
) -> bool:
    """Provably nothing was sent: it goes again later, or to a person after a day of that."""
    delivery = session.get_one(Delivery, delivery_id)
    if at - delivery.queued_at >= PATIENCE:
        state = _D.NEEDS_PERSON
        cause = f"tired: {delivery.tries} tries, the last one: {cause}"
    else:
        state = _D.QUEUED
    return _settle(
        session,
        delivery.id,
        (_D.IN_FLIGHT,),
        sent_by=holder,
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
    """Deliveries in doubt that may be looked for now, those that waited longest first."""
    query = select(Delivery).where(
        Delivery.state == _D.IN_DOUBT,
        # attempted later than now: the clock was set back since; looking costs nothing
        or_(Delivery.not_before <= at, Delivery.attempted_at > at),
    )
    return list(session.scalars(query.order_by(Delivery.not_before, Delivery.id).limit(limit)))


def not_found(
    session: Session, delivery_id: int, *, at: datetime, settling: timedelta = SETTLING
) -> DeliveryState:
    """A complete reading that began at `at` did not show it.

    It counts where it began late enough: two that ran side by side are one. Returns what the
    delivery is now: still in doubt, or queued where it is proved absent.
    """
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery.state != _D.IN_DOUBT:
        return delivery.state
    if delivery.attempted_at is not None and delivery.attempted_at > at:
        _count_anew(session, delivery, at)
        delivery.not_before = at + settling
    elif delivery.not_before <= at:
        delivery.readings += 1
        delivery.not_before = at + settling
    if absent(delivery.readings):
        delivery.state, delivery.not_before = _D.QUEUED, at
        delivery.cause = f"absent: absent in {delivery.readings} readings after: {delivery.cause}"
    session.flush()
    return delivery.state


def _count_anew(session: Session, delivery: Delivery, at: datetime) -> None:
    """The clock was set back since the attempt, or had been wrong: when it was is not known.

    But it was not before the post that it answers was written, by the network's own clock.
    """
    written = select(Post.created_at).join(Message, Message.post_id == Post.id)
    answered = session.scalar(written.where(Message.id == delivery.message_id))
    delivery.attempted_at = at
    delivery.first_attempt_at = min(at, answered or at)


def unread(session: Session, delivery_id: int, cause: str, *, at: datetime) -> None:
    """Its account could not be read: it waits in doubt, behind those not looked for yet.

    After a day of that a person looks.
    """
    attempted_at = session.get_one(Delivery, delivery_id).attempted_at
    if attempted_at is not None and at - attempted_at >= PATIENCE:
        needs_person(
            session, delivery_id, f"unread: it may be out, but nobody could look: {cause}", at=at
        )
        return
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == _D.IN_DOUBT, Delivery.not_before <= at)
        .values(not_before=at)
    )


def take_back(
    session: Session, dead: Sequence[str], *, at: datetime, settling: timedelta = SETTLING
) -> tuple[int, int]:
    """What provably dead senders held: claimed rows were never sent, in_flight ones may be.

    Their settling counts from `at`: until its death was proved, the sender may have been sending.

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
        .values(
            state=_D.IN_DOUBT, holder=None, cause="died: its sender died", not_before=at + settling
        ),
    )
    return queued, doubted


def _settle(
    session: Session,
    delivery_id: int,
    while_in: Sequence[DeliveryState],
    *,
    sent_by: str | None = None,
    **values: Any,
) -> bool:
    # on the table, without the mapper: eighty of these go into one commit
    where = update(_ROWS).where(_ROWS.c.id == delivery_id, _ROWS.c.state.in_(while_in))
    if sent_by is not None:
        # it was taken from whoever asks too late, and may be on its way with another
        where = where.where(_ROWS.c.holder == sent_by)
    settled = _count(session, where.values(**values)) == 1
    held = session.identity_map.get(identity_key(Delivery, delivery_id))
    if held is not None:
        session.refresh(held)
    return settled


def _count(session: Session, statement: Update) -> int:
    result: Any = session.execute(statement)
    return int(result.rowcount)
