"""How soon a case is due, in one word."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from rules.calendar import WorkingCalendar, YearNotCovered
from rules.case import Status
from store.lists import OWED
from store.tables import Case


class DueBadge(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    NEAR = "near"  # on the next working day
    LATER = "later"
    NONE = "none"  # nothing is due: no date, or the office has answered


def due_badge(case: Case, now: datetime, calendar: WorkingCalendar) -> DueBadge:
    """How soon this case is due at `now` (aware), by the city's days."""
    waits = case.status in OWED or case.status is Status.TRIAGE
    if case.due_at is None or not waits:
        return DueBadge.NONE
    if case.due_at < now:
        return DueBadge.OVERDUE
    day, today = calendar.local(case.due_at).date(), calendar.local(now).date()
    if day == today:
        return DueBadge.TODAY
    return DueBadge.NEAR if day <= next_working_day(today, calendar) else DueBadge.LATER


def next_working_day(today: date, calendar: WorkingCalendar) -> date:
    """The first working day after today; tomorrow, where the calendar does not reach."""
    tomorrow = today + timedelta(days=1)
    try:
        return calendar.next_working_day(tomorrow)
    except YearNotCovered:
        return tomorrow


def near_until(now: datetime, calendar: WorkingCalendar) -> datetime:
    """The end of the next working day: what is due before is near."""
    day = next_working_day(calendar.local(now).date(), calendar)
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), calendar.tz)
