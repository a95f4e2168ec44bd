"""Working hours between two moments, fast enough for a month of cases."""

from bisect import bisect_right
from datetime import date, datetime, time, timedelta

from rules.calendar import HALVES, WorkingCalendar

_ONE_DAY = timedelta(days=1)


class WorkingClock:
    """The same as `WorkingCalendar.working_time`, for moments between two local dates.

    The calendar looks at each day anew; here every stretch of working time stands in a table with
    the seconds before it, so that a question costs two look-ups. A moment outside the dates is
    asked of the calendar itself. Raises `rules.calendar.YearNotCovered` as the calendar does.
    """

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        self._calendar = calendar
        self._from, self._to = (
            calendar.at(day, time.min).timestamp() for day in (first, last + _ONE_DAY)
        )
        self._opens: list[float] = []
        self._closes: list[float] = []
        self._before: list[float] = []  # working seconds before the stretch of this place opens
        total = 0.0
        for offset in range((last - first).days + 1):
            day = first + offset * _ONE_DAY
            if not calendar.is_working_day(day):
                continue
            for opens, closes in HALVES:
                start, end = (calendar.at(day, clock).timestamp() for clock in (opens, closes))
                self._opens.append(start)
                self._closes.append(end)
                self._before.append(total)
                total += end - start

    def hours(self, start: datetime, end: datetime) -> float:
        """Working hours from one aware moment to another; 0 if `end` is not later."""
        since, until = start.timestamp(), end.timestamp()
        if until <= since:
            return 0.0
        if since < self._from or until > self._to:
            return self._calendar.working_time(start, end) / timedelta(hours=1)
        return (self._until(until) - self._until(since)) / 3600

    def _until(self, moment: float) -> float:
        """Working seconds from the beginning of the table to a moment within it."""
        place = bisect_right(self._opens, moment) - 1
        if place < 0:
            return 0.0
        return self._before[place] + min(moment, self._closes[place]) - self._opens[place]
