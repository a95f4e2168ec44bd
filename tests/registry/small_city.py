"""A small valid city, and ways to spoil it."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from openpyxl import Workbook

from registry.check import Checked, check
from registry.draft import Cell, Draft, Row, Table
from registry.sheets import SHEETS

DEFAULTS: dict[str, dict[str, Cell]] = {
    "city": {},
    "accounts": {"network": "x", "name": "계정", "office": "traffic", "active": "yes"},
    "offices": {"kind": "department", "name": "부서", "duties": "하는 일", "regime": "social"},
    "staff": {"name": "김하나", "office": "traffic", "role": "caseworker"},
    "hashtags": {"purpose": "event"},
    "days_off": {"name": "쉬는 날"},
    "examples": {"office": "traffic"},
}


class SmallCity:
    """Two offices, three accounts, four people. Rows count from 2, as in a spreadsheet."""

    def __init__(self) -> None:
        self.headers: dict[str, list[Cell]] = {
            name: list(sheet.names()) for name, sheet in SHEETS.items()
        }
        self.rows: dict[str, list[dict[str, Cell]]] = {name: [] for name in SHEETS}
        self._settle()

    def _settle(self) -> None:
        for key, value in {
            "id": "haenam",
            "name": "해남시",
            "timezone": "Asia/Seoul",
            "calendar": "KR",
            "phone": "061-120",
            "language": "ko",
            "short": "해남",
            "name_en": "Haenam",
            "name_zh": "海南",
            "name_ja": "海南",
        }.items():
            self.add("city", key=key, value=value)
        self.add("accounts", id="x_city", handle="city", flagship="yes", disaster_role="lead")
        self.add("accounts", id="x_mayor", handle="mayor", personal="yes")
        self.add("accounts", id="page", network="facebook", handle="page")
        self.add("offices", id="traffic", email="traffic@haenam.example")
        self.add("offices", id="mapo", kind="district", email="mapo@haenam.example")
        self.add("staff", email="kim@haenam.example", role="manager")
        self.add("staff", email="lee@haenam.example", office="mapo", role="manager")
        self.add("staff", email="park@haenam.example", role="comms_team")
        self.add("staff", email="choi@haenam.example", role="administrator")

    def add(self, sheet: str, **cells: Cell) -> Self:
        """One more row; what is not given has a default."""
        self.rows[sheet].append(DEFAULTS[sheet] | cells)
        return self

    def put(self, sheet: str, number: int, **cells: Cell) -> Self:
        """Other values in the row of that number."""
        self.rows[sheet][number - 2].update(cells)
        return self

    def drop(self, sheet: str, number: int) -> Self:
        """Without the row of that number."""
        del self.rows[sheet][number - 2]
        return self

    def without(self, sheet: str) -> Self:
        """Without the whole sheet."""
        del self.rows[sheet]
        return self

    def draft(self) -> Draft:
        tables = [self._table(sheet) for sheet in self.rows]
        return Draft(tables=tables)

    def _table(self, sheet: str) -> Table:
        rows = [Row(number=n, cells=line) for n, line in enumerate(self._lines(sheet), start=2)]
        return Table(title=sheet, sheet=sheet, header=self.headers[sheet], rows=rows)

    def _lines(self, sheet: str) -> Iterator[list[Cell]]:
        for row in self.rows[sheet]:
            yield [row.get(str(name), "") for name in self.headers[sheet]]

    def checked(self) -> Checked:
        return check(self.draft())

    def mistakes(self) -> list[str]:
        """Every mistake as a person reads it."""
        return [str(mistake) for mistake in self.checked().mistakes]

    def folder(self, path: Path) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        for sheet in self.rows:
            with (path / f"{sheet}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([self.headers[sheet], *self._lines(sheet)])
        return path

    def workbook(self, path: Path) -> Path:
        """As somebody would type it, without our help; strings with "=" become formulas."""
        book = Workbook()
        book.remove(book.worksheets[0])
        for sheet in self.rows:
            page = book.create_sheet(sheet)
            page.append(self.headers[sheet])
            for line in self._lines(sheet):
                page.append([None if cell == "" else cell for cell in line])
        book.save(path)
        return path
