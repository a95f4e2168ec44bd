"""The three ways the law counts a term: by working hours, by working days, by the calendar.

Source: Civil Petitions Treatment Act, art. 19; Civil Act, art. 159 to 161.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rules.calendar import CLOSES, OPENS, WorkingCalendar
from rules.terms import Term, Unit

_ONE_DAY = timedelta(days=1)
_WEEKDAYS = "월화수목금토일"


@dataclass(frozen=True, slots=True)
class DueStep:
    """One local date of a count: whether it counted, and (Korean) how much or why not."""

    day: date
    counted: bool
    note: str

    def __str__(self) -> str:
        return f"{day_text(self.day)}  {'포함' if self.counted else '제외'}  {self.note}"


@dataclass(frozen=True, slots=True)
class Due:
    """`at`: the last moment, in UTC. `steps`: how it was counted, one line a date."""

    at: datetime
    steps: tuple[DueStep, ...]


def by_hours(start: datetime, hours: int, calendar: WorkingCalendar) -> Due:
    """Working hours from a working moment on; one step a date with the time it gave."""
    at = calendar.add_working_time(start, timedelta(hours=hours))
    steps = []
    day, last = calendar.local(start).date(), calendar.local(at).date()
    while day <= last:
        closed = calendar.why_closed(day)
        spent = calendar.working_minutes(
            max(start, calendar.at(day, OPENS)), min(at, calendar.at(day, CLOSES))
        )
        steps.append(DueStep(day, not closed, closed or _duration(spent)))
        day += _ONE_DAY
    return Due(at, tuple(steps))


def by_days(start: datetime, days: int, calendar: WorkingCalendar) -> Due:
    """Working days, the first one included, until the last one closes."""
    steps: list[DueStep] = []
    left = days
    for day in calendar.days_from(calendar.local(start).date()):
        closed = calendar.why_closed(day)
        left -= not closed
        steps.append(DueStep(day, not closed, closed or f"{days - left}일째"))
        if left == 0:
            break
    return Due(calendar.at(steps[-1].day, CLOSES), tuple(steps))


def by_calendar(
    start: datetime, term: Term, calendar: WorkingCalendar, paused: Sequence[date]
) -> Due:
    """Weeks, months or years from a date on, longer by each paused day (sorted) within them.

    The last day rolls on to a working day.
    """
    first = calendar.local(start).date()
    last = _last_day(first, term)
    steps = [DueStep(first, True, "첫날")]
    for day in paused:
        if first <= day <= last:
            steps.append(DueStep(day, False, calendar.why_closed(day)))
            last += _ONE_DAY
    while closed := calendar.why_closed(last):
        steps.append(DueStep(last, False, f"마지막 날이 쉬는 날: {closed}"))
        last += _ONE_DAY
    steps.append(DueStep(last, True, f"{term}의 마지막 날"))
    return Due(calendar.at(last, CLOSES), tuple(steps))


def _last_day(first: date, term: Term) -> date:
    """The day before the corresponding one; the month's last day if it has none."""
    if term.unit is Unit.WEEKS:
        return first + timedelta(weeks=term.amount) - _ONE_DAY
    months = term.amount * (12 if term.unit is Unit.YEARS else 1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    if first.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, first.day) - _ONE_DAY


def day_text(day: date) -> str:
    """A local date as Korean readers write it: `2026-09-24 (목)`."""
    return f"{day} ({_WEEKDAYS[day.weekday()]})"


def _duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return (
        " ".join(part for part in (hours and f"{hours}시간", rest and f"{rest}분") if part) or "0분"
    )
