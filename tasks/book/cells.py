"""Cells of the ledger: text stays text, moments are dates, and a sheet has a head that stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from rules.clean import cell_text

COUNT, HOURS, SHARE = "#,##0", "#,##0.00", "0.0%"
DAY, MOMENT, TEXT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm", "General"

#: What a spreadsheet takes for a formula or an error (OWASP, CSV injection).
RISKY = ("=", "+", "-", "@", "\t", "\r", "#")
#: Points: room for a header of three lines.
HEAD_HEIGHT = 48

Value = str | int | float | date | None

_HEAD = {
    "font": Font(bold=True, color="FFFFFF"),
    "fill": PatternFill("solid", fgColor="063A74"),
    "alignment": Alignment(horizontal="center", vertical="center", wrap_text=True),
}
_BOLD = {"font": Font(bold=True), "fill": PatternFill("solid", fgColor="E7F0FA")}
_TITLE = {"font": Font(bold=True, size=16)}
_NOTE = {"font": Font(color="58616A"), "alignment": Alignment(wrap_text=True)}
STYLES: Mapping[str, Mapping[str, object]] = {
    "plain": {},
    "left": {"alignment": Alignment(horizontal="left")},
    "head": _HEAD,
    "bold": _BOLD,
    "title": _TITLE,
    "note": _NOTE,
}


class Pen:
    """Writes cells of one format, one after another: each replaces the one before.

    A streamed sheet writes a row out as it is appended, so one object serves a whole column, which
    saves a fifth of the time of a new styled cell for each value. Never append two
    cells of the same pen in one row.
    """

    def __init__(self, sheet: Worksheet, number_format: str, style: str = "plain") -> None:
        self._cell, self._quoted = (WriteOnlyCell(sheet) for _ in range(2))
        for cell in (self._cell, self._quoted):
            cell.number_format = number_format
            for part, value in STYLES[style].items():
                setattr(cell, part, value)
        self._quoted.quotePrefix = True  # so that editing the cell makes no formula of it either

    def write(self, value: Value) -> Cell | None:
        """The value as a cell; None for nothing."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._cell.value = value
            return self._cell
        text = cell_text(value)
        cell = self._quoted if text.startswith(RISKY) else self._cell
        cell.value = text
        cell.data_type = "s"  # openpyxl would make a formula of "=" and an error of "#REF!"
        return cell


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, its width in characters, and how its values are shown."""

    header: str
    width: int = 10
    number_format: str = COUNT


class Table:
    """A sheet with one head row that stays in view, and rows under it."""

    def __init__(
        self, book: Workbook, title: str, columns: Sequence[Column], *, keep: int = 1
    ) -> None:
        self.sheet = streamed(book, title, [column.width for column in columns])
        self.columns = columns
        self.rows = 0
        self.sheet.freeze_panes = f"{get_column_letter(keep + 1)}2"
        self.sheet.print_title_rows = "1:1"
        self.sheet.row_dimensions[1].height = HEAD_HEIGHT
        self.sheet.append([one(self.sheet, column.header, style="head") for column in columns])
        self._pens = [Pen(self.sheet, column.number_format) for column in columns]

    def append(self, values: Sequence[Value]) -> None:
        """One more row, a value for each column."""
        self.sheet.append([pen.write(v) for pen, v in zip(self._pens, values, strict=True)])
        self.rows += 1

    def finish(self, total: Sequence[Value] = ()) -> None:
        """Add the filter over the rows, and below it the line of totals."""
        last = get_column_letter(len(self.columns))
        self.sheet.auto_filter.ref = f"A1:{last}{self.rows + 1}"
        if total:
            self.sheet.append(
                [
                    one(self.sheet, value, column.number_format, "bold")
                    for column, value in zip(self.columns, total, strict=True)
                ]
            )


def streamed(
    book: Workbook, title: str, widths: Sequence[float], *, one_page: bool = False
) -> Worksheet:
    """A new sheet with these column widths, printed as wide as a page, or on one page.

    The book must be write-only: its sheets have the members of `Worksheet` that are used here.
    """
    sheet: Worksheet = book.create_sheet(title)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "portrait" if one_page else "landscape"
    sheet.page_setup.fitToHeight = int(one_page)
    return sheet


def one(
    sheet: Worksheet, value: Value, number_format: str = TEXT, style: str = "plain"
) -> Cell | None:
    """A single cell, safe as all others."""
    return Pen(sheet, number_format, style).write(value)
