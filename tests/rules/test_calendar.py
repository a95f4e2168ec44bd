"""Working days and hours of Seoul."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from registry.model import DayOff
from rules.calendar import HALVES, WorkingCalendar, YearNotCovered

SEOUL = ZoneInfo("Asia/Seoul")


def seoul(*days_off: DayOff) -> WorkingCalendar:
    return WorkingCalendar("KR", days_off, "Asia/Seoul")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-01-01", "신정연휴"),
        ("2026-02-16", "설날 전날"),
        ("2026-02-17", "설날"),
        ("2026-03-02", "삼일절 대체 휴일"),
        ("2026-05-01", "노동절"),
        ("2026-05-25", "부처님오신날 대체 휴일"),
        ("2026-06-03", "지방선거일"),
        ("2026-07-17", "제헌절"),
        ("2026-09-24", "추석 전날"),
        ("2026-09-25", "추석"),
        ("2026-10-05", "개천절 대체 휴일"),
        ("2027-02-09", "설날 대체 휴일"),
        ("2028-04-12", "국회의원 선거일"),
        ("2026-09-19", "토요일"),
        ("2026-09-20", "일요일"),
        ("2026-09-28", ""),
    ],
)
def test_a_day_says_why_the_offices_are_closed(day: str, why: str) -> None:
    assert seoul().why_closed(date.fromisoformat(day)) == why
    assert seoul().is_working_day(date.fromisoformat(day)) is (why == "")


def test_the_names_are_korean_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_US")
    assert seoul().why_closed(date(2026, 10, 9)) == "한글날"


def test_the_city_closes_a_day_of_its_own() -> None:
    founding = DayOff(day=date(2026, 10, 28), name="서울시민의 날")
    assert seoul(founding).why_closed(date(2026, 10, 28)) == "서울시민의 날"
    assert seoul(DayOff(day=date(2026, 10, 28), name="")).why_closed(date(2026, 10, 28))


def test_the_city_works_on_a_holiday_or_a_saturday() -> None:
    open_ = (
        DayOff(day=date(2026, 10, 9), name="근무", works=True),
        DayOff(day=date(2026, 10, 10), name="근무", works=True),
    )
    assert seoul(*open_).is_working_day(date(2026, 10, 9))
    assert seoul(*open_).is_working_day(date(2026, 10, 10))


def test_more_days_off_leave_the_first_calendar_as_it_was() -> None:
    first = seoul(DayOff(day=date(2026, 10, 28), name="서울시민의 날"))
    more = first.also_closed([DayOff(day=date(2026, 10, 29), name="현장조사")])
    assert not more.is_working_day(date(2026, 10, 28))
    assert not more.is_working_day(date(2026, 10, 29))
    assert first.is_working_day(date(2026, 10, 29))


def test_years_it_does_not_know_are_refused_with_the_ones_it_does() -> None:
    with pytest.raises(YearNotCovered, match="2101-01-03 is outside 1948-2100"):
        seoul().is_working_day(date(2101, 1, 3))
    assert 2026 in seoul().years
    assert 1947 not in seoul().years


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ValueError, match="country 'ZZ'"):
        WorkingCalendar("ZZ", (), "Asia/Seoul")


def test_another_country_brings_its_own_weekend() -> None:
    riyadh = WorkingCalendar("SA", (), "Asia/Riyadh")
    assert riyadh.is_working_day(date(2026, 10, 11))  # a Sunday
    assert not riyadh.is_working_day(date(2026, 10, 9))  # a Friday


def test_a_working_day_has_eight_hours() -> None:
    hours = [datetime.combine(date.min, e) - datetime.combine(date.min, s) for s, e in HALVES]
    assert sum(hours, timedelta()) == timedelta(hours=8)
    assert seoul().working_minutes(at("2026-09-28T00:00"), at("2026-09-29T00:00")) == 480


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-09-28T09:00", "2026-09-28T09:00", 0),
        ("2026-09-28T10:00", "2026-09-28T09:00", 0),
        ("2026-09-28T11:30", "2026-09-28T13:30", 60),
        ("2026-09-28T12:10", "2026-09-28T12:50", 0),
        ("2026-09-28T17:59:00", "2026-09-29T09:01", 2),
        ("2026-09-28T17:59:30", "2026-09-28T23:00", 0),  # half a minute is not a whole one
        ("2026-09-23T17:00", "2026-09-28T10:00", 120),  # over Chuseok
        ("2026-09-24T00:00", "2026-09-27T23:59", 0),
    ],
)
def test_working_minutes_leave_lunch_nights_and_days_off_out(
    start: str, end: str, minutes: int
) -> None:
    assert seoul().working_minutes(at(start), at(end)) == minutes


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-09-28T09:00", 8, "2026-09-28T18:00"),
        ("2026-09-28T08:59", 3, "2026-09-28T12:00"),
        ("2026-09-28T12:30", 1, "2026-09-28T14:00"),
        ("2026-09-28T16:20", 8, "2026-09-29T16:20"),
        ("2026-09-28T18:00", 1, "2026-09-29T10:00"),
        ("2026-09-23T17:00", 2, "2026-09-28T10:00"),
    ],
)
def test_working_time_is_added_over_lunch_nights_and_days_off(
    start: str, hours: int, end: str
) -> None:
    assert seoul().add_working_time(at(start), timedelta(hours=hours)) == at(end)


@pytest.mark.parametrize(
    ("received", "counts_from"),
    [
        ("2026-09-28T08:59", "2026-09-28T09:00"),
        ("2026-09-28T10:15:30", "2026-09-28T10:15:30"),
        ("2026-09-28T12:30", "2026-09-28T13:00"),
        ("2026-09-28T17:59:59", "2026-09-28T17:59:59"),
        ("2026-09-28T18:00:00", "2026-09-29T09:00"),
        ("2026-09-19T10:00", "2026-09-21T09:00"),
        ("2026-12-31T19:00", "2027-01-04T09:00"),
    ],
)
def test_the_next_working_moment(received: str, counts_from: str) -> None:
    moment = seoul().next_working_moment(at(received))
    assert moment == at(counts_from)
    assert moment.tzinfo is UTC


def test_the_next_working_day_may_be_the_day_itself() -> None:
    assert seoul().next_working_day(date(2026, 9, 28)) == date(2026, 9, 28)
    assert seoul().next_working_day(date(2026, 9, 24)) == date(2026, 9, 28)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        seoul().next_working_moment(datetime(2026, 9, 28, 9))


def test_summer_time_shifts_no_office_hour() -> None:
    berlin = WorkingCalendar("DE", (), "Europe/Berlin")
    friday = datetime(2026, 3, 27, 17, tzinfo=ZoneInfo("Europe/Berlin"))
    monday = berlin.add_working_time(friday, timedelta(hours=2))
    assert berlin.local(monday).time() == time(10)
    assert berlin.working_minutes(friday, monday) == 120
