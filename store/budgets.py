"""The networks' budgets: one account of them for all workers, and what was counted for the month."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, or_, select
from sqlalchemy.orm import Session

from rules.budget import Share, over, part_of, waits
from store.posts import insert_for
from store.tables import Spent

_SPENT: Table = Spent.__table__  # type: ignore[assignment]  # it is a table, and says FromClause

_COUNTED = "counted "
"""How the keys begin of what is only counted, a month at a time."""

_Used = dict[str, dict[datetime, int]]


def take(
    session: Session, asked: Sequence[Sequence[Share]], *, at: datetime
) -> list[timedelta | None]:
    """Take the shares of each request, all of them or none; how long each has to wait, None: not.

    Whoever calls this at the same time for the same budgets waits until this is committed.
    """
    shares = {share.key: share for request in asked for share in request}
    _add(session, {(key, part_of(share.window, at)): 0 for key, share in shares.items()})
    used = _used(session, shares.values(), at)
    taken: Counter[tuple[str, datetime]] = Counter()
    answers: list[timedelta | None] = []
    for request in asked:
        longest = max(
            (wait for share in request if (wait := waits(share, used[share.key], at)) is not None),
            default=None,
        )
        answers.append(longest)
        if longest is None:
            for share in request:
                part = part_of(share.window, at)
                used[share.key][part] = used[share.key].get(part, 0) + share.cost
                taken[share.key, part] += share.cost
    _add(session, taken)
    return answers


def count(session: Session, amounts: Mapping[tuple[str, str], int], *, at: datetime) -> None:
    """Count what has no limit, such as calls that have a price, by network and what it was."""
    since = _month_of(at)
    _add(
        session,
        {(f"{_COUNTED}{network} {what}", since): n for (network, what), n in amounts.items()},
    )


def counted(session: Session, network: str, month: datetime) -> dict[str, int]:
    """What was counted for a network in the month (UTC) that this moment lies in."""
    begins = f"{_COUNTED}{network} "
    rows = session.execute(
        select(_SPENT.c.key, _SPENT.c.amount).where(
            _SPENT.c.since == _month_of(month), _SPENT.c.key.startswith(begins, autoescape=True)
        )
    )
    return {key.removeprefix(begins): amount for key, amount in rows}


def _month_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _used(session: Session, shares: Iterable[Share], at: datetime) -> _Used:
    """What was used of each budget, by the part of its window; parts that are over are forgotten."""
    windows = {share.key: share.window for share in shares}
    used: _Used = defaultdict(dict)
    forgotten: list[Any] = []
    for key, since, amount in session.execute(
        select(_SPENT.c.key, _SPENT.c.since, _SPENT.c.amount).where(_SPENT.c.key.in_(windows))
    ):
        if over(windows[key], since, at):
            forgotten.append(and_(_SPENT.c.key == key, _SPENT.c.since == since))
        else:
            used[key][since] = amount
    if forgotten:
        session.execute(delete(_SPENT).where(or_(*forgotten)))
    return used


def _add(session: Session, amounts: Mapping[tuple[str, datetime], int]) -> None:
    """Add to the rows, in one order for all: on PostgreSQL that is what others wait for."""
    if not amounts:
        return
    insert = insert_for(session, _SPENT)
    added = insert.on_conflict_do_update(
        index_elements=[_SPENT.c.key, _SPENT.c.since],
        set_={"amount": _SPENT.c.amount + insert.excluded.amount},
    )
    session.execute(
        added,
        [
            {"key": key, "since": since, "amount": amount}
            for (key, since), amount in sorted(amounts.items())
        ],
    )
