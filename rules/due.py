"""The law's clock: until when a case must be answered, and why then.

Source: Civil Petitions Treatment Act, art. 19. Five days or less, and hours, count in working
hours from the moment of receipt, eight to a day. Six days or more count in days, the first one
included, days off left out, until the end of the last working day. Weeks, months and years run by
the calendar (Civil Act, art. 159 to 161): they end on the day before the corresponding one, or on
the next working day when that one is off. What arrives outside working time arrives, for every
count, at the next working moment.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from registry.model import DayOff
from rules.calendar import OPENS, WorkingCalendar
from rules.counting import Due, DueStep, by_calendar, by_days, by_hours, day_text
from rules.terms import Term, Unit, parse_term, terms_for

__all__ = [
    "Due",
    "DueStep",
    "ExtensionRefused",
    "Pause",
    "Term",
    "Unit",
    "due",
    "due_around",
    "explanation",
    "extend",
    "parse_term",
    "progress_notice_at",
    "steps_of",
    "survey",
    "terms_for",
]

#: Terms of this many days or fewer count in working hours (Act, art. 19 (1)).
MOST_DAYS_IN_HOURS = 5
HOURS_A_DAY = 8
#: An office extends once; a second time with the citizen's consent (decree, art. 21).
MOST_EXTENSIONS = 2
#: A site survey of a grievance may take this many calendar days uncounted (decree, art. 17).
MOST_SURVEY_DAYS = 14
SURVEY = "현장조사"
#: A case beyond this is owed a progress notice, and again each time as much has gone by.
PROGRESS_EVERY = timedelta(days=30)

_ONE_DAY = timedelta(days=1)


class ExtensionRefused(ValueError):
    """The law does not allow this extension."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Local dates, both included, that do not count towards a term."""

    first: date
    last: date
    reason: str

    def days(self) -> Iterator[DayOff]:
        for n in range((self.last - self.first).days + 1):
            yield DayOff(day=self.first + n * _ONE_DAY, name=self.reason)


def survey(first: date, last: date) -> Pause:
    """A site survey as a pause. Raises `ValueError` when it takes longer than the law lets it."""
    taken = (last - first).days + 1
    if not 1 <= taken <= MOST_SURVEY_DAYS:
        raise ValueError(
            f"a survey from {first} to {last} takes {taken} days; "
            f"1 to {MOST_SURVEY_DAYS} are left out of the count, the rest is the office's own time"
        )
    return Pause(first, last, SURVEY)


def due(
    received_at: datetime, term: Term, calendar: WorkingCalendar, *, pauses: Iterable[Pause] = ()
) -> Due:
    """Until when an office must answer what it received at `received_at` (aware).

    Raises `ValueError` on a naive datetime, `YearNotCovered` where the calendar ends.
    """
    off = {day.day: day for pause in pauses for day in pause.days()}
    calendar = calendar.also_closed(off.values())
    start = calendar.next_working_moment(received_at)
    before = _waited(received_at, start, calendar)
    if _in_hours(term):
        hours = term.amount * (1 if term.unit is Unit.HOURS else HOURS_A_DAY)
        counted = by_hours(start, hours, calendar)
    elif term.unit is Unit.DAYS:
        counted = by_days(start, term.amount, calendar)
    else:
        counted = by_calendar(start, term, calendar, sorted(off))
    return Due(counted.at, (*before, *counted.steps))


def extend(
    due_at: datetime,
    original: Term,
    by: Term,
    calendar: WorkingCalendar,
    *,
    already: int = 0,
    consent: bool = False,
) -> Due:
    """The due date after an extension, counted on from the present one.

    The office may extend once by at most the original term, and once more with the citizen's
    consent; `already` says how often it did. Raises `ExtensionRefused` for anything beyond.
    """
    if already >= MOST_EXTENSIONS or (already == 1 and not consent):
        raise ExtensionRefused(
            f"extended {already} times already; a second extension needs the citizen's consent, "
            "a third is not possible"
        )
    extended = due(due_at, by, calendar)
    if extended.at > due(due_at, original, calendar).at:
        raise ExtensionRefused(f"{by} is longer than the original term, {original}")
    return extended


def due_around(
    due_at: datetime,
    pause: Pause,
    calendar: WorkingCalendar,
    *,
    since: datetime,
    instead_of: Pause | None = None,
) -> Due:
    """The due date with one more pause left out: what was left at its start is left after it.

    `since`: when the count began. `instead_of` begins on the same date and is what `due_at` reckons with already: a pause that
    ended otherwise. For days and working hours it is what `due` counts with `pauses`.
    """
    counted = calendar.local(calendar.next_working_moment(since)).date()
    begins = calendar.at(max(pause.first, counted), OPENS)
    reckoned = calendar.also_closed(instead_of.days()) if instead_of else calendar
    left = reckoned.working_time(begins, due_at)
    at = calendar.also_closed(pause.days()).add_working_time(begins, left)
    return Due(at, steps_of(pause, at, calendar))


def steps_of(pause: Pause, due_at: datetime, calendar: WorkingCalendar) -> tuple[DueStep, ...]:
    """How a pause is told: its days, and the last day (of `due_at`) that it leads to."""
    last = DueStep(calendar.local(due_at).date(), True, f"{pause.reason} 뒤의 마지막 날")
    return (*(DueStep(day.day, False, pause.reason) for day in pause.days()), last)


def progress_notice_at(received_at: datetime, nth: int, calendar: WorkingCalendar) -> datetime:
    """When the citizen of an unanswered case is owed the nth progress notice (from 1), in UTC.

    Every 30 calendar days from receipt, at the first working moment after them.
    """
    return calendar.next_working_moment(received_at + nth * PROGRESS_EVERY)


def explanation(
    received_at: datetime,
    term: Term,
    calendar: WorkingCalendar,
    *,
    by: Term | None = None,
    pauses: Sequence[Pause] = (),
) -> list[str]:
    """Korean lines that say what was computed and why; `by` is an extension.

    Raises what `due` and `extend` raise.
    """
    first = due(received_at, term, calendar, pauses=pauses)
    lines = [f"접수 {_moment(received_at, calendar)}, 처리기간 {term}", _rule(term)]
    lines += [f"  {step}" for step in first.steps]
    lines.append(f"처리기한 {_moment(first.at, calendar)}")
    if by is not None:
        extended = extend(first.at, term, by, calendar)
        lines += [f"연장 {by}", _rule(by)]
        lines += [f"  {step}" for step in extended.steps]
        lines.append(f"연장 뒤 처리기한 {_moment(extended.at, calendar)}")
    return lines


def _waited(received_at: datetime, start: datetime, calendar: WorkingCalendar) -> Iterator[DueStep]:
    """The dates between receipt and the working moment from which it counts."""
    first = calendar.local(start).date()
    for day in calendar.days_from(calendar.local(received_at).date()):
        if day >= first:
            return
        yield DueStep(day, False, calendar.why_closed(day) or "근무시간이 끝난 뒤")


def _in_hours(term: Term) -> bool:
    return term.unit is Unit.HOURS or (term.unit is Unit.DAYS and term.amount <= MOST_DAYS_IN_HOURS)


def _rule(term: Term) -> str:
    if _in_hours(term):
        return "근무시간으로 셉니다. 하루 8시간(09~18시, 점심 12~13시 제외), 토요일과 공휴일 제외"
    if term.unit is Unit.DAYS:
        return "일 단위로 셉니다. 첫날 포함, 토요일과 공휴일 제외, 마지막 날 18시까지"
    return "달력대로 셉니다. 마지막 날이 토요일이나 공휴일이면 다음 근무일 18시까지"


def _moment(at: datetime, calendar: WorkingCalendar) -> str:
    local = calendar.local(at)
    return f"{day_text(local.date())} {local:%H:%M}"
