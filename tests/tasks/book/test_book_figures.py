"""How the ledger counts: hours, shares, what is overdue, and who decided."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from registry.model import DayOff
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.kind import Urgency
from store.ledger import Entry
from store.tables import MACHINE
from tasks.book.clock import WorkingClock
from tasks.book.month import Month
from tasks.book.tally import Decider, Spread, decider, is_overdue, reckon, share

SEOUL = ZoneInfo("Asia/Seoul")
CALENDAR = WorkingCalendar("KR", [DayOff(day=date(2026, 9, 3), name="쉬는 날")], SEOUL)
#: Chuseok 2026 and a day of the city's own lie in it.
CLOCK = WorkingClock(CALENDAR, date(2026, 9, 1), date(2026, 10, 10))
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)

# also before the table begins, after it ends, and across
_moments = st.datetimes(datetime(2026, 8, 25), datetime(2026, 10, 16), timezones=st.just(UTC))


@hypothesis_settings(max_examples=300, deadline=None)
@given(_moments, _moments)
def test_the_table_of_hours_says_what_the_calendar_says(start: datetime, end: datetime) -> None:
    asked = CALENDAR.working_time(start, end) / timedelta(hours=1)
    assert CLOCK.hours(start, end) == pytest.approx(asked, abs=1e-6)


def test_the_lunch_hour_the_night_and_a_holiday_take_no_working_time() -> None:
    before_chuseok = datetime(2026, 9, 23, 11, tzinfo=SEOUL)
    after_it = datetime(2026, 9, 28, 10, tzinfo=SEOUL)
    assert CLOCK.hours(before_chuseok, after_it) == 7


def _entry(**more: Any) -> Entry:
    return Entry(
        **{
            "number": "2026-000001",
            "status": Status.ASSIGNED,
            "kind": None,
            "urgency": Urgency.NORMAL,
            "account_id": "x_seoul",
            "office_id": "traffic",
            "district_id": None,
            "caseworker": None,
            "received_at": MONDAY,
            "first_reply_at": None,
            "answered_at": None,
            "replied_at": None,
            "due_at": MONDAY + timedelta(hours=10),
            "extensions": 0,
            "hand_backs": 0,
            "decided_by": MACHINE,
            "confidence": 0.9,
            "right": None,
            "text": "",
            **more,
        }
    )


def _after(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("entry", "overdue"),
    [
        (_entry(), True),
        (_entry(due_at=None), False),
        (_entry(due_at=_after(30)), False),
        (_entry(status=Status.REPLIED, answered_at=_after(9)), False),
        (_entry(status=Status.REPLIED, answered_at=_after(11)), True),
        (_entry(status=Status.ANSWERED, answered_at=_after(9)), False),
        # reopened: the answer in time did not do, and a new one is owed
        (_entry(status=Status.ROUTED, answered_at=_after(9)), True),
        (_entry(status=Status.DISMISSED), False),
        (_entry(status=Status.WITHDRAWN), False),
    ],
)
def test_a_case_is_overdue_when_its_answer_came_late_or_is_still_owed(
    entry: Entry, overdue: bool
) -> None:
    assert is_overdue(entry, now=_after(24)) is overdue


@pytest.mark.parametrize(
    ("entry", "who"),
    [
        (_entry(), Decider.MACHINE),
        (_entry(decided_by="comms@comms.example"), Decider.PERSON),
        (_entry(status=Status.DISMISSED, office_id=None), Decider.MACHINE),
        (_entry(status=Status.RECEIVED, decided_by=None), None),
        (_entry(status=Status.TRIAGE), None),  # handed back: the decision no longer stands
    ],
)
def test_who_decided_is_the_one_who_said_last(entry: Entry, who: Decider | None) -> None:
    assert decider(entry) is who


def test_an_answer_before_its_question_by_a_networks_clock_took_no_time() -> None:
    case = reckon(_entry(first_reply_at=_after(-0.1)), CLOCK, now=_after(1))
    assert (case.first_elapsed, case.first_working, case.answer_elapsed) == (0, 0, None)


def _spread(*hours: float) -> Spread:
    spread = Spread()
    for one in hours:
        spread.add(one)
    spread.add(None)
    return spread


def test_nine_of_ten_are_counted_as_a_spreadsheet_does() -> None:
    spread = _spread(*range(1, 11))
    assert (spread.mean(), spread.median(), spread.p90()) == (5.5, 5.5, 9.1)


def test_of_nothing_there_is_no_middle_and_of_one_it_is_the_one() -> None:
    assert (_spread().mean(), _spread().median(), _spread().p90()) == (None, None, None)
    assert (_spread(3).mean(), _spread(3).median(), _spread(3).p90()) == (3, 3, 3)


def test_a_share_of_nothing_is_no_share() -> None:
    assert (share(1, 4), share(0, 0)) == (0.25, None)


def test_months_follow_each_other_over_the_year_and_know_their_days() -> None:
    december = Month.parse("2026-12")
    assert (str(december.next()), len(december.days())) == ("2027-01", 31)
    assert len(Month.parse("2028-02").days()) == 29


def test_a_month_begins_at_the_citys_midnight() -> None:
    assert Month.parse("2026-11").bounds(SEOUL) == (
        datetime(2026, 10, 31, 15, tzinfo=UTC),
        datetime(2026, 11, 30, 15, tzinfo=UTC),
    )
