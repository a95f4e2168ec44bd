"""From raw rows to values, cell by cell, each mistake kept with its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.cells import read
from registry.cleaning import UnfitError, typed
from registry.draft import Cell, Row, Table
from registry.mistakes import Mistake, suggestion, whole
from registry.sheets import SHEETS, Column, Kind

UNSHOWN = "(보이지 않음)"  # what stands in a credential's cell may be a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row whose cells were read. `values` lacks the columns that hold a mistake."""

    title: str
    number: int
    places: Mapping[str, int]
    cells: Sequence[Cell]
    values: Mapping[str, object]

    def get(self, column: str) -> str:
        """The column's value as text; empty where it holds a mistake."""
        value = self.values.get(column)
        return "" if value is None else str(value)

    def mistake(self, column: str, problem: str, right: str) -> Mistake:
        """A mistake in this row's cell of that column."""
        place = self.places[column]
        return Mistake(
            sheet=self.title,
            cell=cell_name(place, self.number),
            value=typed(self.cells[place]) if place < len(self.cells) else "",
            problem=problem,
            right=right,
        )


@dataclass(slots=True)
class Book:
    """Everything read so far: the entries of each sheet, and what is wrong or doubtful."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)

    def of(self, sheet: str) -> list[Entry]:
        return self.entries.get(sheet, [])


def cell_name(place: int, number: int) -> str:
    """A cell as a spreadsheet names it: (0, 7) is A7, (27, 1) is AB1."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{number}"


def add(book: Book, table: Table) -> None:
    """Read one table into the book; its mistakes too."""
    wrong = list(_header_mistakes(table))
    book.mistakes += wrong
    if any(mistake.cell == "" for mistake in wrong):
        return  # without its columns every row would be called wrong
    places = {typed(cell).lower(): place for place, cell in enumerate(table.header) if typed(cell)}
    kept = book.entries.setdefault(table.sheet, [])
    for row in table.rows:
        if any(typed(cell) for cell in row.cells):
            kept.append(_entry(book, table, row, places))


def _header_mistakes(table: Table) -> Iterator[Mistake]:
    known = SHEETS[table.sheet].names()
    seen: set[str] = set()
    for place, cell in enumerate(table.header):
        name = typed(cell)
        problem = _header_problem(name.lower(), known, seen)
        seen.add(name.lower())
        if name and problem:
            yield Mistake(
                sheet=table.title,
                cell=cell_name(place, 1),
                value=name,
                problem=problem,
                right=suggestion(name, [column for column in known if column not in seen]),
            )
    for name in known:
        if name not in seen:
            right = f"첫 줄에 다음 열이 모두 있어야 합니다: {', '.join(known)}."
            yield whole(table.title, name, "이 열이 없습니다.", right)


def _header_problem(name: str, known: Sequence[str], seen: set[str]) -> str:
    if name in seen:
        return "같은 이름의 열이 두 번 있습니다."
    return "" if name in known else "모르는 열입니다."


def _entry(book: Book, table: Table, row: Row, places: Mapping[str, int]) -> Entry:
    values: dict[str, object] = {}
    entry = Entry(
        title=table.title, number=row.number, places=places, cells=row.cells, values=values
    )
    for column in SHEETS[table.sheet].columns:
        place = places[column.name]
        cell = row.cells[place] if place < len(row.cells) else None
        try:
            values[column.name] = read(cell, column)
        except UnfitError as unfit:
            book.mistakes.append(_unfit(entry, column, unfit))
    book.mistakes += _stray(table, row)
    return entry


def _unfit(entry: Entry, column: Column, unfit: UnfitError) -> Mistake:
    mistake = entry.mistake(column.name, unfit.problem, unfit.right)
    if column.kind is not Kind.CREDENTIAL:
        return mistake
    return replace(mistake, value=UNSHOWN)


def _stray(table: Table, row: Row) -> Iterator[Mistake]:
    """Cells to the right of the last header: in a CSV, a comma that was not quoted."""
    for place, cell in enumerate(row.cells):
        headed = place < len(table.header) and typed(table.header[place])
        if typed(cell) and not headed:
            yield Mistake(
                sheet=table.title,
                cell=cell_name(place, row.number),
                value=typed(cell),
                problem="제목이 없는 열에 값이 있습니다.",
                right="값을 지우거나, 쉼표가 든 글이라면 큰따옴표로 감싸세요.",
            )
