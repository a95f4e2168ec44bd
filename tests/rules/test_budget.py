"""A budget holds in every window, wherever one begins to count."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.budget import part_of, waits

NOON = datetime(2026, 12, 3, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class A:
    """A share of a budget."""

    limit: int = 3
    cost: int = 1
    key: str = "x posts"
    window: timedelta = WINDOW


def test_what_is_left_goes_at_once() -> None:
    assert waits(A(), {NOON: 2}, NOON) is None


def test_what_is_used_up_waits_until_its_oldest_part_is_out_of_the_window() -> None:
    used = {NOON: 1, NOON + timedelta(minutes=3): 2}

    assert waits(A(), used, NOON + timedelta(minutes=5)) == timedelta(minutes=11.5)
    assert waits(A(), used, NOON + timedelta(minutes=16.5)) is None


def test_a_share_that_is_dearer_than_the_whole_budget_waits_a_window() -> None:
    assert waits(A(limit=3, cost=4), {}, NOON) == WINDOW


@given(
    st.lists(st.floats(min_value=0, max_value=90), max_size=120),
    st.integers(min_value=1, max_value=9),
)
def test_no_window_ever_holds_more_than_the_limit(minutes: list[float], limit: int) -> None:
    used: Counter[datetime] = Counter()
    went: list[datetime] = []
    for at in sorted(NOON + timedelta(minutes=minute) for minute in minutes):
        if waits(A(limit=limit), used, at) is None:
            used[part_of(WINDOW, at)] += 1
            went.append(at)

    for first in went:
        assert sum(first <= at < first + WINDOW for at in went) <= limit


@given(st.lists(st.integers(min_value=0, max_value=20), max_size=9))
def test_whoever_waits_as_told_may_go_then(parts: list[int]) -> None:
    used = {NOON + number * WINDOW / 10: n for number, n in enumerate(parts)}
    at = NOON + timedelta(minutes=14)

    if wait := waits(A(limit=20), used, at):
        assert waits(A(limit=20), used, at + wait) is None


def test_what_a_clock_counted_that_was_ahead_holds_nobody_up() -> None:
    tomorrow = NOON + timedelta(days=1)

    assert waits(A(), {part_of(WINDOW, tomorrow): 3}, NOON) is None
