"""A registry as one workbook, a sheet for each table: what administrators work in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet.worksheet import Worksheet

from registry import workbook_help
from registry.archive import refuse_dangerous
from registry.cells import write as cell_value
from registry.draft import Cell as DraftCell
from registry.draft import Draft, Refused, Row, Table
from registry.mistakes import RegistryError, whole
from registry.model import Registry
from registry.sheets import HELP_SHEET, SHEETS, Column, Sheet
from registry.tables import rows_of

WIDEST = 64  # columns that are read; the widest sheet has 13
RISKY = ("=", "+", "-", "@", "\t", "\r", "#")
"""What a spreadsheet takes for a formula or an error (OWASP, CSV injection)."""
REFUSED = {
    "f": ("수식은 받지 않습니다.", "수식이 아니라 값을 적으세요(값만 붙여넣기)."),
    "e": ("오류 값입니다.", "오류를 고쳐 값을 적으세요."),
}


def write(registry: Registry, path: Path) -> None:
    """Write the registry with help, validation lists and frozen headers; text stays text."""
    book = Workbook()
    book.remove(book.worksheets[0])
    workbook_help.write_guide(book.create_sheet(HELP_SHEET))
    for sheet in SHEETS.values():
        page = book.create_sheet(sheet.name)
        workbook_help.write_header(page, sheet)
        _write_rows(page, registry, sheet)
        workbook_help.add_lists(page, sheet)
        workbook_help.add_city_help(page, sheet)
    book.active = 1
    book.save(path)


def _write_rows(page: Worksheet, registry: Registry, sheet: Sheet) -> None:
    for number, row in enumerate(rows_of(registry, sheet.name), start=2):
        for place, column in enumerate(sheet.columns, start=1):
            _write_cell(page.cell(number, place), column, row[column.name])


def _write_cell(cell: Cell | MergedCell, column: Column, value: object) -> None:
    held = cell_value(value, column)
    cell.value = held
    cell.alignment = workbook_help.WRAPPED
    if isinstance(held, str):
        cell.data_type = "s"  # openpyxl would make a formula of "=" and an error of "#REF!"
        cell.number_format = "@"
        cell.quotePrefix = held.startswith(RISKY)  # and Excel, when the cell is edited
    else:
        cell.number_format = "yyyy-mm-dd"


def read(path: Path) -> Draft:
    """Every sheet as it stands, except the help; a formula or an error is kept as `Refused`.

    Raises `RegistryError` for a file that must not be opened (`archive.refuse_dangerous`) or cannot.
    """
    refuse_dangerous(path)
    try:
        return _read(path)
    except Exception as error:  # openpyxl raises whatever a broken part happens to cause
        problem, right = "엑셀 파일을 읽을 수 없습니다.", "엑셀에서 열어 다시 저장하세요."
        raise RegistryError([whole(path.name, "", problem, right)]) from error


def _read(path: Path) -> Draft:
    book = load_workbook(path, read_only=True, keep_links=False)
    try:
        pages = [page for page in book.worksheets if page.title != HELP_SHEET]
        return Draft(tables=[_table(page) for page in pages])
    finally:
        book.close()


def _table(page: Worksheet) -> Table:
    title, sheet = page.title, page.title.lower()
    if sheet not in SHEETS:
        return Table(title=title, sheet=sheet, header=(), rows=())  # refused by its name alone
    rows = list(_rows(page))
    header = rows.pop(0).cells if rows and rows[0].number == 1 else ()
    return Table(title=title, sheet=sheet, header=header, rows=rows)


def _rows(page: Worksheet) -> Iterator[Row]:
    """The rows that hold something; a sheet may have a million that hold nothing."""
    if isinstance(page, ReadOnlyWorksheet):
        page.reset_dimensions()  # what a file says of its size need not be true
    before = None
    for number, line in enumerate(page.iter_rows(max_col=WIDEST), start=1):
        if line is not before:  # openpyxl repeats one object for all rows that are not in the file
            before = line
            if cells := _trimmed([_typed(cell) for cell in line]):
                yield Row(number=number, cells=cells)


def _typed(cell: Any) -> DraftCell:
    """The value of one of openpyxl's cells, of which it has four kinds without a common type."""
    value: DraftCell = cell.value
    problem = REFUSED.get(cell.data_type) if value is not None else None
    if problem is None:
        return value
    formula = getattr(value, "text", value)  # an array formula is an object
    return Refused(text=str(formula), problem=problem[0], right=problem[1])


def _trimmed(cells: list[DraftCell]) -> list[DraftCell]:
    """Without the empty cells at the end, which every row is filled up with."""
    while cells and cells[-1] is None:
        cells.pop()
    return cells
