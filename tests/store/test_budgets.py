"""Budgets are one account for all workers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from store import budgets
from store.engine import Store
from store.tables import Spent
from tests.builders import NOW


@dataclass(frozen=True)
class A:
    """A share of a budget."""

    key: str = "x posts account x_seoul"
    limit: int = 5
    cost: int = 1
    window: timedelta = timedelta(minutes=15)


def taken(store: Store, *requests: list[A], later: float = 0) -> list[float | None]:
    """Seconds that each of these requests has to wait, `later` minutes after ten o'clock."""
    with store.write() as session:
        waits = budgets.take(session, requests, at=NOW + timedelta(minutes=later))
    return [None if wait is None else wait.total_seconds() for wait in waits]


def test_a_budget_lasts_for_so_many_requests_and_then_says_how_long(store: Store) -> None:
    assert taken(store, *[[A()]] * 6) == [None] * 5 + [990.0]
    assert taken(store, [A()], later=10) == [390.0]
    assert taken(store, [A()], later=16.5) == [None]


def test_a_request_takes_all_of_its_shares_or_none(store: Store) -> None:
    whole = A(key="x posts app x", limit=1)

    assert taken(store, [A(), whole], [A(), whole]) == [None, 990.0]
    assert taken(store, *[[A()]] * 4) == [None] * 4


def test_accounts_have_budgets_of_their_own(store: Store) -> None:
    assert taken(store, *[[A()]] * 5, [A(key="x posts account x_fire")]) == [None] * 6


def test_many_workers_at_once_never_take_more_than_there_is(store: Store) -> None:
    def worker(_number: int) -> float | None:
        return taken(store, [A(limit=12), A(key="all", limit=100)])[0]

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(worker, range(30)))

    assert waits.count(None) == 12


def test_what_is_over_is_forgotten(store: Store) -> None:
    for minute in range(0, 60, 2):
        taken(store, [A()], later=minute)

    with store.read() as session:
        assert (session.scalar(select(func.count()).select_from(Spent)) or 0) <= 11


@pytest.mark.parametrize("month", [NOW, NOW + timedelta(days=20)])
def test_what_has_a_price_is_counted_by_the_month(store: Store, month: datetime) -> None:
    with store.write() as session:
        budgets.count(session, {("x", "post read"): 40, ("x", "post created"): 1}, at=NOW)
        budgets.count(session, {("x", "post read"): 2}, at=NOW + timedelta(days=3))
        budgets.count(session, {("x", "post read"): 7}, at=NOW + timedelta(days=31))
        budgets.count(session, {("xx", "post read"): 9}, at=NOW)

    with store.read() as session:
        assert budgets.counted(session, "x", month) == {"post read": 42, "post created": 1}
