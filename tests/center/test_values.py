"""Small decisions on plain values: how soon, how it looks, how alike."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from center.due_badge import DueBadge, due_badge, near_until
from center.show import Show, marked
from center.similar import LEAST, likeness
from rules.calendar import WorkingCalendar
from rules.case import Status
from store.tables import Case

SEOUL = WorkingCalendar("KR", (), "Asia/Seoul")
#: A Friday, 11:00 in Seoul.
FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


def case(due_in: timedelta | None, status: Status = Status.ASSIGNED) -> Case:
    return Case(status=status, due_at=None if due_in is None else FRIDAY + due_in)


@pytest.mark.parametrize(
    ("due_in", "badge"),
    [
        (timedelta(minutes=-1), DueBadge.OVERDUE),
        (timedelta(hours=7), DueBadge.TODAY),
        (timedelta(days=3), DueBadge.NEAR),  # Monday is the next working day
        (timedelta(days=4), DueBadge.LATER),
        (None, DueBadge.NONE),
    ],
)
def test_a_badge_says_how_soon(due_in: timedelta | None, badge: DueBadge) -> None:
    assert due_badge(case(due_in), FRIDAY, SEOUL) is badge


@pytest.mark.parametrize("status", [Status.ANSWERED, Status.REPLIED, Status.DISMISSED])
def test_what_was_answered_is_not_overdue(status: Status) -> None:
    assert due_badge(case(timedelta(days=-1), status), FRIDAY, SEOUL) is DueBadge.NONE


def test_near_ends_with_the_next_working_day() -> None:
    assert near_until(FRIDAY, SEOUL) == datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


def test_where_the_calendar_ends_tomorrow_is_near() -> None:
    last = datetime(SEOUL.years[-1], 12, 31, 2, 0, tzinfo=UTC)
    assert SEOUL.local(near_until(last, SEOUL)).date() == date(SEOUL.years[-1] + 1, 1, 2)


def test_what_is_left_is_counted_as_people_count_days() -> None:
    show = Show("Asia/Seoul")
    sunday = datetime(2026, 11, 22, 9, 8, tzinfo=UTC)
    assert show.until(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), sunday) == "3일"
    assert show.until(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), sunday) == "23시간"
    assert show.late(datetime(2026, 11, 18, 10, 0, tzinfo=UTC), sunday) == "4일"


def test_times_are_shown_on_the_citys_clock() -> None:
    show = Show("Asia/Seoul")
    assert show.when(datetime(2026, 12, 31, 15, 30, tzinfo=UTC)) == "2027. 1. 1.(금) 00:30"
    assert show.day(datetime(2026, 11, 27, 9, 0, tzinfo=UTC)) == "11월 27일(금) 18:00"
    assert show.when(None) == show.day(None) == ""
    assert show.iso(datetime(2026, 11, 27, 9, 0, tzinfo=UTC)) == "2026-11-27T18:00+09:00"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=5), "1분"),
        (timedelta(minutes=59), "59분"),
        (timedelta(hours=47), "47시간"),
        (timedelta(days=2), "2일"),
        (timedelta(days=-3), "3일"),
    ],
)
def test_lengths_of_time_are_said_in_their_largest_unit(length: timedelta, words: str) -> None:
    assert Show("Asia/Seoul").span(length) == words


@given(st.text(), st.lists(st.text(max_size=5), max_size=5))
def test_marking_words_never_changes_the_text(text: str, words: list[str]) -> None:
    assert "".join(piece for piece, _ in marked(text, words)) == text


def test_the_same_matter_in_other_words_is_alike_and_another_is_not() -> None:
    same, other, empty = likeness(
        "시청 앞 횡단보도 신호등이 꺼졌어요",
        ["시청역 횡단보도 신호등 꺼져 있음", "어린이집 보육료는 언제 나오나요", ""],
    )
    assert same >= LEAST > other
    assert empty == 0


@given(st.text(), st.text())
def test_likeness_is_a_share_and_works_both_ways(one: str, other: str) -> None:
    (there,), (back,) = likeness(one, [other]), likeness(other, [one])
    assert 0 <= there <= 1
    assert there == back
