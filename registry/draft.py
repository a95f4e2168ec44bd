"""A registry as somebody typed it: raw cells, not yet checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from registry.mistakes import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A cell that its reader will not take a value from, such as a formula."""

    text: str
    problem: str
    right: str


Cell: TypeAlias = str | int | float | bool | datetime | date | time | timedelta | Refused | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `number` is the one a spreadsheet shows, the header being 1."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One CSV file or one sheet. `title` is its name there; `sheet` the table it belongs to."""

    title: str
    sheet: str
    header: Sequence[Cell]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was read, the sheets that could not be read at all, and why."""

    tables: Sequence[Table]
    unread: Sequence[str] = ()
    mistakes: Sequence[Mistake] = ()
