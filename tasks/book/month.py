"""The ledger's month on the city's calendar, and what its making may refuse."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class LedgerError(RuntimeError):
    """The ledger cannot be made; the message says why and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month in the city's zone. A case belongs to the month in which it was received there."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month of `2026-11`. Raises `LedgerError` for anything else."""
        found = _MONTH.fullmatch(text.strip())
        # The last year is out since its December ends in a year that dates do not reach.
        if found is None or not 1 <= int(found[1]) < date.max.year:
            raise LedgerError(f"{text!r} is no month: write year and month, such as 2026-11")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def before(cls, at: datetime, tz: ZoneInfo) -> Self:
        """The month before the one that a moment falls in, on the city's clock."""
        last = at.astimezone(tz).date().replace(day=1) - timedelta(days=1)
        return cls(last.year, last.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def first(self) -> date:
        return date(self.year, self.month, 1)

    def days(self) -> list[date]:
        """Every local date of the month."""
        length = (self.next().first() - self.first()).days
        return [self.first() + timedelta(days=n) for n in range(length)]

    def bounds(self, tz: ZoneInfo) -> tuple[datetime, datetime]:
        """When the month begins and when the next one does, in UTC."""
        start, end = (
            datetime(month.year, month.month, 1, tzinfo=tz).astimezone(UTC)
            for month in (self, self.next())
        )
        return start, end
