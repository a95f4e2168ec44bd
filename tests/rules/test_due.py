"""The law's clock, branch by branch."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Regime
from rules.calendar import WorkingCalendar
from rules.due import (
    ExtensionRefused,
    Pause,
    Term,
    Unit,
    due,
    due_around,
    explanation,
    extend,
    parse_term,
    progress_notice_at,
    survey,
    terms_for,
)
from rules.kind import Kind

SEOUL = ZoneInfo("Asia/Seoul")
CALENDAR = WorkingCalendar("KR", (), SEOUL)

moments = st.datetimes(datetime(2025, 6, 1), datetime(2028, 6, 1), timezones=st.just(SEOUL))
terms = st.one_of(
    st.builds(Term, st.integers(1, 60), st.just(Unit.HOURS)),
    st.builds(Term, st.integers(1, 40), st.just(Unit.DAYS)),
    st.builds(Term, st.integers(1, 10), st.just(Unit.WEEKS)),
    st.builds(Term, st.integers(1, 14), st.just(Unit.MONTHS)),
    st.builds(Term, st.integers(1, 2), st.just(Unit.YEARS)),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def due_at(received: str, term: str, *, pauses: Sequence[Pause] = ()) -> str:
    """When it is due, on the city's clock."""
    counted = due(at(received), parse_term(term), CALENDAR, pauses=pauses)
    assert counted.at.tzinfo is UTC
    return counted.at.astimezone(SEOUL).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("received", "term", "expected"),
    [
        # hours and five days or less: working hours from the moment of receipt
        ("2026-09-28T10:00", "3h", "2026-09-28T14:00"),
        ("2026-09-28T12:30", "3h", "2026-09-28T16:00"),
        ("2026-09-28T16:20", "3h", "2026-09-29T10:20"),
        ("2026-09-28T18:00:00", "3h", "2026-09-29T12:00"),
        ("2026-09-28T08:59", "3h", "2026-09-28T12:00"),
        ("2026-09-19T11:00", "3h", "2026-09-21T12:00"),  # on a Saturday
        ("2026-09-28T16:20", "1d", "2026-09-29T16:20"),
        ("2026-09-28T09:00", "3d", "2026-09-30T18:00"),
        ("2026-09-28T12:30", "3d", "2026-10-01T12:00"),  # lunch ends where the morning does
        ("2026-09-22T16:20", "3d", "2026-09-29T16:20"),  # over Chuseok
        ("2026-09-28T16:20", "5d", "2026-10-06T16:20"),  # over a substitute holiday
        ("2026-06-02T15:00", "1d", "2026-06-04T15:00"),  # over the local election
        ("2026-12-31T15:00", "1d", "2027-01-04T15:00"),  # over new year and a weekend
        # six days or more: days, the first one included, to the end of the working day
        ("2026-09-28T16:20", "6d", "2026-10-06T18:00"),
        ("2026-09-28T09:00", "7d", "2026-10-07T18:00"),
        ("2026-09-28T08:59", "7d", "2026-10-07T18:00"),
        ("2026-09-28T12:30", "7d", "2026-10-07T18:00"),
        ("2026-09-28T17:59:59", "7d", "2026-10-07T18:00"),
        ("2026-09-28T18:00:00", "7d", "2026-10-08T18:00"),
        ("2026-09-24T16:20", "7d", "2026-10-07T18:00"),  # on the day before Chuseok
        ("2026-09-19T11:00", "7d", "2026-10-01T18:00"),  # on a Saturday
        ("2026-06-01T09:00", "7d", "2026-06-10T18:00"),  # the election is left out
        ("2026-12-24T10:00", "7d", "2027-01-05T18:00"),
        ("2026-09-01T10:00", "14d", "2026-09-18T18:00"),
        # weeks, months, years: the day before the corresponding one
        ("2026-09-01T10:00", "2w", "2026-09-14T18:00"),
        ("2026-09-14T10:00", "2w", "2026-09-28T18:00"),  # the 27th is a Sunday after Chuseok
        ("2026-09-01T10:00", "1m", "2026-09-30T18:00"),
        ("2026-09-15T10:00", "1m", "2026-10-14T18:00"),
        ("2026-08-31T10:00", "1m", "2026-09-30T18:00"),  # no 31st: the month's last day
        ("2026-12-31T10:00", "2m", "2027-03-02T18:00"),  # 28 Feb is a Sunday, 1 March a holiday
        ("2028-02-29T10:00", "1y", "2029-02-28T18:00"),
        ("2026-09-01T10:00", "1y", "2027-08-31T18:00"),
        ("2026-12-15T10:00", "1m", "2027-01-14T18:00"),
    ],
)
def test_a_term_ends_when_the_law_says(received: str, term: str, expected: str) -> None:
    assert due_at(received, term) == expected


@given(moments, st.timedeltas(timedelta(), timedelta(days=40)), terms)
def test_what_arrives_later_is_never_due_earlier(
    received: datetime, later: timedelta, term: Term
) -> None:
    assert due(received, term, CALENDAR).at <= due(received + later, term, CALENDAR).at


@given(moments, terms)
def test_nothing_is_due_on_a_day_off_or_before_it_was_received(
    received: datetime, term: Term
) -> None:
    counted = due(received, term, CALENDAR)
    local = counted.at.astimezone(SEOUL)
    assert CALENDAR.is_working_day(local.date())
    assert 9 <= local.hour <= 18
    assert counted.at > received


@given(moments, terms)
def test_more_time_is_never_due_earlier(received: datetime, term: Term) -> None:
    more = Term(term.amount + 1, term.unit)
    assert due(received, more, CALENDAR).at >= due(received, term, CALENDAR).at


@given(moments, terms)
def test_the_steps_end_on_the_due_date_and_leave_no_day_twice(
    received: datetime, term: Term
) -> None:
    counted = due(received, term, CALENDAR)
    days = [step.day for step in counted.steps if step.note != "첫날"]
    assert days[-1] == counted.at.astimezone(SEOUL).date()
    assert days == sorted(set(days))
    assert all(step.note for step in counted.steps)


@given(moments, st.integers(1, 14), st.integers(6, 30))
def test_a_survey_never_shortens_a_term(received: datetime, days: int, term: int) -> None:
    first = received.date() + timedelta(days=2)
    pause = survey(first, first + timedelta(days=days - 1))
    with_survey = due(received, Term(term, Unit.DAYS), CALENDAR, pauses=[pause])
    without = due(received, Term(term, Unit.DAYS), CALENDAR)
    assert with_survey.at >= without.at
    assert not pause.first <= with_survey.at.astimezone(SEOUL).date() <= pause.last


def test_a_survey_is_left_out_of_the_count() -> None:
    pause = survey(date(2026, 9, 29), date(2026, 9, 30))
    assert due_at("2026-09-28T10:00", "7d") == "2026-10-07T18:00"
    assert due_at("2026-09-28T10:00", "7d", pauses=[pause]) == "2026-10-12T18:00"
    assert due_at("2026-09-28T10:00", "2d", pauses=[pause]) == "2026-10-02T10:00"


def test_a_survey_moves_a_month_by_its_days_once() -> None:
    twice = [
        survey(date(2026, 9, 8), date(2026, 9, 9)),
        survey(date(2026, 9, 9), date(2026, 9, 10)),
    ]
    assert due_at("2026-09-01T10:00", "1m", pauses=twice) == "2026-10-06T18:00"


@given(moments, st.integers(1, 14), st.integers(1, 14), st.integers(6, 30), st.integers(0, 5))
def test_a_survey_that_begins_or_ends_later_on_gives_what_a_new_count_would(
    received: datetime, days: int, fewer: int, amount: int, after: int
) -> None:
    term = Term(amount, Unit.DAYS)
    first = received.date() + timedelta(days=after)
    long, short = (survey(first, first + timedelta(days=n - 1)) for n in (days, fewer))
    without, with_long, with_short = (
        due(received, term, CALENDAR, pauses=pauses).at for pauses in ([], [long], [short])
    )
    assert due_around(without, long, CALENDAR, since=received).at == with_long
    ended = due_around(with_long, short, CALENDAR, since=received, instead_of=long)
    assert ended.at == with_short


@pytest.mark.parametrize(("last", "days"), [(date(2026, 9, 15), 15), (date(2026, 8, 31), 0)])
def test_a_survey_takes_between_one_and_fourteen_days(last: date, days: int) -> None:
    with pytest.raises(ValueError, match=f"takes {days} days"):
        survey(date(2026, 9, 1), last)


def test_an_extension_counts_on_from_the_due_date() -> None:
    first = due(at("2026-09-24T16:20"), Term(7, Unit.DAYS), CALENDAR)
    extended = extend(first.at, Term(7, Unit.DAYS), Term(7, Unit.DAYS), CALENDAR)
    assert extended.at == at("2026-10-19T18:00")


def test_an_extension_of_working_hours_counts_on_from_the_hour() -> None:
    extended = extend(at("2026-09-29T16:20"), Term(1, Unit.DAYS), Term(8, Unit.HOURS), CALENDAR)
    assert extended.at == at("2026-09-30T16:20")


@pytest.mark.parametrize("by", ["8d", "2w", "1m"])
def test_an_extension_is_no_longer_than_the_original_term(by: str) -> None:
    with pytest.raises(ExtensionRefused, match="longer than the original term, 7일"):
        extend(at("2026-10-07T18:00"), Term(7, Unit.DAYS), parse_term(by), CALENDAR)


def test_a_second_extension_needs_consent_and_a_third_is_refused() -> None:
    week = Term(7, Unit.DAYS)
    due_before = at("2026-10-07T18:00")
    with pytest.raises(ExtensionRefused, match="consent"):
        extend(due_before, week, week, CALENDAR, already=1)
    assert extend(due_before, week, week, CALENDAR, already=1, consent=True).at > due_before
    with pytest.raises(ExtensionRefused):
        extend(due_before, week, week, CALENDAR, already=2, consent=True)


def test_a_progress_notice_is_owed_every_thirty_days_on_a_working_day() -> None:
    received = at("2026-08-25T16:20")
    assert progress_notice_at(received, 1, CALENDAR) == at("2026-09-28T09:00")  # after Chuseok
    assert progress_notice_at(received, 2, CALENDAR) == at("2026-10-26T09:00")  # a Saturday before


@pytest.mark.parametrize(
    ("kind", "statutory", "social"),
    [
        (Kind.LAW_QUESTION, "14일", "7일"),
        (Kind.QUESTION, "7일", "3일"),
        (Kind.SUGGESTION, "14일", "7일"),
        (Kind.GRIEVANCE, "7일", "5일"),
        (Kind.COMPLAINT, "7일", "3일"),
        (Kind.TIP, "7일", "3일"),
        ("anything else", "3근무시간", "3근무시간"),
        (Kind.THANKS, "None", "None"),
        (Kind.CHATTER, "None", "None"),
        (Kind.ABUSE, "None", "None"),
        (Kind.ADVERTISING, "None", "None"),
    ],
)
def test_each_kind_has_its_term_in_each_regime(kind: str, statutory: str, social: str) -> None:
    assert str(terms_for(Regime.STATUTORY, kind)) == statutory
    assert str(terms_for(Regime.SOCIAL, kind)) == social


@given(moments, st.sampled_from([*Kind, "other"]))
def test_the_citys_own_clock_is_never_slower_than_the_law(received: datetime, kind: str) -> None:
    social, statutory = terms_for(Regime.SOCIAL, kind), terms_for(Regime.STATUTORY, kind)
    assert (social is None) == (statutory is None)
    if social and statutory:
        assert due(received, social, CALENDAR).at <= due(received, statutory, CALENDAR).at


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [("7d", 7, Unit.DAYS), (" 3H ", 3, Unit.HOURS), ("2w", 2, Unit.WEEKS), ("1m", 1, Unit.MONTHS)],
)
def test_a_term_is_written_as_number_and_unit(text: str, amount: int, unit: Unit) -> None:
    assert parse_term(text) == Term(amount, unit)


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "-1d", "7 d", "7x", "1.5h", "７d", "99999d"])
def test_anything_else_is_no_term_and_says_what_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"3h .working hours.*7d"):
        parse_term(text)


def test_a_naive_receipt_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due(datetime(2026, 9, 28, 9), Term(7, Unit.DAYS), CALENDAR)


def test_the_explanation_goes_line_by_line() -> None:
    week = Term(7, Unit.DAYS)
    lines = explanation(at("2026-09-24T16:20"), week, CALENDAR, by=week)
    assert lines[0] == "접수 2026-09-24 (목) 16:20, 처리기간 7일"
    assert "  2026-09-24 (목)  제외  추석 전날" in lines
    assert "  2026-09-28 (월)  포함  1일째" in lines
    assert "  2026-10-05 (월)  제외  개천절 대체 휴일" in lines
    assert "처리기한 2026-10-07 (수) 18:00" in lines
    assert "연장 7일" in lines
    assert lines[-1] == "연장 뒤 처리기한 2026-10-19 (월) 18:00"


def test_the_explanation_of_hours_says_how_many_each_day_gave() -> None:
    lines = explanation(at("2026-09-28T16:20"), Term(1, Unit.DAYS), CALENDAR)
    assert "  2026-09-28 (월)  포함  1시간 40분" in lines
    assert "  2026-09-29 (화)  포함  6시간 20분" in lines
    assert lines[-1] == "처리기한 2026-09-29 (화) 16:20"


def test_the_explanation_of_a_month_says_why_it_ends_later() -> None:
    lines = explanation(at("2026-09-14T18:30"), Term(2, Unit.WEEKS), CALENDAR)
    assert "  2026-09-14 (월)  제외  근무시간이 끝난 뒤" in lines
    assert "  2026-09-15 (화)  포함  첫날" in lines
    assert lines[-1] == "처리기한 2026-09-28 (월) 18:00"
