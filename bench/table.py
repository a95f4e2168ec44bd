"""Printing what was measured."""

from collections.abc import Iterable
from typing import NamedTuple
from unicodedata import east_asian_width


class Row(NamedTuple):
    """One measurement: what, the figure with its unit, and what was asked."""

    what: str
    measured: str
    asked: str


def show(title: str, rows: Iterable[Row]) -> None:
    """Print a table with aligned columns, and before it each row as soon as it is measured."""
    table = [Row("what", "measured", "asked")]
    for row in rows:
        print(f"… {row.what}: {row.measured}", flush=True)
        table.append(row)
    widths = [max(_width(row[column]) for row in table) for column in range(3)]
    print(f"\n{title}")
    for row in table:
        cells = (cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True))
        print("  " + "   ".join(cells).rstrip(), flush=True)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
