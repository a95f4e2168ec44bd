"""Which days and hours count as working time in a city."""

from collections.abc import Iterable, Iterator
from copy import copy
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from holidays import country_holidays

from registry.model import DayOff

OPENS = time(9)
CLOSES = time(18)
#: The two halves of a working day, without the lunch hour: eight hours together.
HALVES = ((OPENS, time(12)), (time(13), CLOSES))

_WEEKDAYS = ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일")
_ONE_DAY = timedelta(days=1)


class YearNotCovered(ValueError):
    """The public holidays of this year are not known, so nothing can be counted in it."""


class WorkingCalendar:
    """The working days and hours of one city.

    `country` is a country code of the `holidays` package; its public holidays count, lunar and
    substitute ones and election days included. `days_off` are the city's own days: closed on
    top of that, or (`works`) open although the day is a holiday or a weekend. `tz` is the city's
    zone. Every moment taken must be aware; every moment given back is in UTC. Whatever touches a
    year outside `years` raises `YearNotCovered`.
    """

    def __init__(self, country: str, days_off: Iterable[DayOff], tz: str | ZoneInfo) -> None:
        self.tz = ZoneInfo(tz) if isinstance(tz, str) else tz
        self.country = country
        self._own = {off.day: off for off in days_off}
        try:
            known = country_holidays(country)
        except NotImplementedError:
            raise ValueError(
                f"no public holidays are known for country {country!r}; "
                "use a country code of the `holidays` package, such as 'KR'"
            ) from None
        # Without a language the machine's own locale would choose the names.
        self._holidays = country_holidays(country, language=known.default_language)

    @property
    def years(self) -> range:
        """The years whose public holidays are known."""
        return range(self._holidays.start_year, self._holidays.end_year + 1)

    def is_working_day(self, day: date) -> bool:
        """Whether the offices are open on this local date."""
        return not self.why_closed(day)

    def why_closed(self, day: date) -> str:
        """The Korean name of what closes the offices on this local date; empty if they are open."""
        if day.year not in self.years:
            raise YearNotCovered(
                f"{day} is outside {self.years[0]}-{self.years[-1]}, the years whose public "
                f"holidays in {self.country} are known; check the date, or update `holidays`"
            )
        own = self._own.get(day)
        if own is not None:
            return "" if own.works else own.name or "휴무일"
        name = str(self._holidays.get(day, ""))
        if not name and day.weekday() in self._holidays.weekend:
            return _WEEKDAYS[day.weekday()]
        return name

    def also_closed(self, days_off: Iterable[DayOff]) -> "WorkingCalendar":
        """The same calendar with more days on which nothing is counted."""
        other = copy(self)
        other._own = self._own | {off.day: off for off in days_off}
        return other

    def local(self, at: datetime) -> datetime:
        """The same moment on the city's clock. Raises `ValueError` on a naive datetime."""
        if at.tzinfo is None:
            raise ValueError(f"{at} says no time zone; give an aware datetime")
        return at.astimezone(self.tz)

    def at(self, day: date, clock: time) -> datetime:
        """A local date and time of day as a moment in UTC."""
        return datetime.combine(day, clock, self.tz).astimezone(UTC)

    def days_from(self, day: date) -> Iterator[date]:
        """This local date and every later one, without end."""
        while True:
            yield day
            day += _ONE_DAY

    def next_working_day(self, day: date) -> date:
        """This local date if the offices are open on it, else the first later one that they are."""
        return next(d for d in self.days_from(day) if self.is_working_day(d))

    def next_working_moment(self, at: datetime) -> datetime:
        """This moment if it lies in working time, else when working time starts again.

        18:00:00 sharp is no longer working time and 12:00:00 is lunch; 09:00:00 and 13:00:00 are in.
        """
        return next(self._stretches(at))[0]

    def add_working_time(self, start: datetime, amount: timedelta) -> datetime:
        """The moment (UTC) at which `amount` of working time has gone by since `start`.

        Eight hours from Monday 09:00 end on Monday 18:00, not on Tuesday 09:00.
        """
        stretches = self._stretches(start)
        while True:
            opens, closes = next(stretches)
            if amount <= closes - opens:
                return opens + amount
            amount -= closes - opens

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two aware moments; none if `end` is not later."""
        total = timedelta()
        if end <= start:
            return total
        for opens, closes in self._stretches(start):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def working_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of working time between two aware moments; 0 if `end` is not later."""
        return self.working_time(start, end) // timedelta(minutes=1)

    def _stretches(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of working time from a moment on: half-open stretches in UTC, without end."""
        start = self.local(at).astimezone(UTC)
        for day in self.days_from(self.local(at).date()):
            if not self.is_working_day(day):
                continue
            for opens, closes in HALVES:
                if start < self.at(day, closes):
                    yield max(self.at(day, opens), start), self.at(day, closes)
