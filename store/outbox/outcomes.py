"""What became of a message that left: what the network answered, what was read, what a person did."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from rules.bulletin import Way
from rules.outbox import PATIENCE, SETTLING, UNSETTLED, DeliveryState, wait_after
from store.outbox.rows import ROWS, count
from store.tables import Delivery

_D = DeliveryState

_MAY_BE_PUBLISHED = (*UNSETTLED, _D.QUEUED, _D.NEEDS_PERSON, _D.FAILED)
_ALL_PUBLISHED = (
    update(ROWS)
    .where(
        ROWS.c.id == bindparam("row"),
        or_(*(ROWS.c.state == state for state in _MAY_BE_PUBLISHED)),
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
    return _answered(
        session,
        delivery_id,
        holder,
        state=_D.IN_DOUBT,
        cause=cause,
        not_before=at + settling,
    )


def failed(session: Session, delivery_id: int, cause: str, *, holder: str, at: datetime) -> bool:
    """The network refused it for good, and said why."""
    return _answered(
        session,
        delivery_id,
        holder,
        state=_D.FAILED,
        cause=cause,
        settled_at=at,
    )


def in_own_words(
    session: Session, delivery_id: int, cause: str, *, holder: str, at: datetime
) -> bool:
    """The network would not pass the lead's post on: the account says it in its own words."""
    return _answered(
        session,
        delivery_id,
        holder,
        state=_D.QUEUED,
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
    return _answered(
        session,
        delivery.id,
        holder,
        state=state,
        cause=cause,
        not_before=at + wait_after(delivery.tries, asked),
    )


def prepared(session: Session, delivery_id: int, what: str, *, holder: str) -> bool:
    """What the network made ready for it, while it is theirs who asked: for the next try, if any."""
    mine = (ROWS.c.state == _D.IN_FLIGHT, ROWS.c.holder == holder)
    ready = update(ROWS).where(ROWS.c.id == delivery_id, *mine).values(prepared=what)
    return count(session, ready) == 1


def held(session: Session, delivery_id: int, *, holder: str) -> bool:
    """Whether it is on its way with this sender, and with no other."""
    mine = (ROWS.c.id == delivery_id, ROWS.c.state == _D.IN_FLIGHT, ROWS.c.holder == holder)
    return session.scalar(select(ROWS.c.id).where(*mine)) is not None


def needs_person(session: Session, delivery_id: int, cause: str, *, at: datetime) -> bool:
    """Only a person can tell, or do it."""
    return _settle(
        session,
        delivery_id,
        (_D.IN_FLIGHT, _D.IN_DOUBT, _D.QUEUED),
        state=_D.NEEDS_PERSON,
        cause=cause,
        settled_at=at,
    )


def _answered(session: Session, delivery_id: int, holder: str, **values: Any) -> bool:
    """What the network answered whoever sent it, while it is theirs.

    Else it was taken from who asks too late, and may be on its way with another.
    """
    return _settle(session, delivery_id, (_D.IN_FLIGHT,), ROWS.c.holder == holder, **values)


def _settle(
    session: Session,
    delivery_id: int,
    while_in: Sequence[DeliveryState],
    *more: ColumnElement[bool],
    **values: Any,
) -> bool:
    """Change a row that is in one of these states; nobody holds it any more."""
    # on the table, without the mapper: eighty of these go into one commit
    where = update(ROWS).where(ROWS.c.id == delivery_id, ROWS.c.state.in_(while_in), *more)
    settled = count(session, where.values(holder=None, **values)) == 1
    held = session.identity_map.get(identity_key(Delivery, delivery_id))
    if held is not None:
        session.refresh(held)
    return settled
