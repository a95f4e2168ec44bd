"""A bulletin's proof as a workbook: sums, and one row for each account."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | datetime | None

#: What a spreadsheet takes for a formula or an error (OWASP, CSV injection).
_RISKY = ("=", "+", "-", "@", "\t", "\r", "#")
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_HEAD = {"font": Font(bold=True, color="FFFFFF"), "fill": PatternFill("solid", fgColor="063A74")}


def proof_book(
    *,
    summary: Sequence[tuple[str, Value]],
    heads: Sequence[tuple[str, float]],
    rows: Sequence[Sequence[Value]],
) -> bytes:
    """The file. `heads` are names and widths of the columns; texts hold nothing that XML refuses."""
    book = Workbook(write_only=True)
    sums = _sheet(book, "요약", (28, 60))
    for label, value in summary:
        sums.append([_cell(sums, label, bold=True), _cell(sums, value)])
    accounts = _sheet(book, "계정", [width for _, width in heads])
    accounts.freeze_panes = "B2"
    accounts.append([_cell(accounts, name, head=True) for name, _ in heads])
    for row in rows:
        accounts.append([_cell(accounts, value) for value in row])
    accounts.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet(book: Workbook, title: str, widths: Sequence[float]) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    return sheet


def _cell(sheet: Worksheet, value: Value, *, head: bool = False, bold: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl would make a formula of "=" and an error of "#REF!"
        # so that editing the cell makes no formula of it either
        cell.quotePrefix = value.startswith(_RISKY)
    elif isinstance(value, datetime):
        cell.number_format = _MOMENT
    if head:
        cell.font, cell.fill = _HEAD["font"], _HEAD["fill"]
    elif bold:
        cell.font = Font(bold=True)
    return cell
