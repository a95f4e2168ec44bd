"""What helps whoever works in the workbook: a guide, notes on headers, lists to choose from."""

from collections.abc import Iterable

from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from registry.sheets import CITY_KEYS, HAZARDS, SHEETS, Column, Kind, Sheet

LAST = 20_001  # lists reach this row: as many accounts as a whole country has
BOLD = Font(bold=True)
HEADER = PatternFill("solid", fgColor="D9E7F5")
WRAPPED = Alignment(vertical="top", wrap_text=True)
AUTHOR = "해치"
GUIDE = (
    "해치 등록부",
    "시트마다 표 하나입니다. 첫 줄(열 이름)과 시트 이름은 바꾸지 마세요.",
    "열 이름 칸에 마우스를 올리면 설명이 보입니다. 정해진 값은 칸의 목록에서 고를 수 있습니다.",
    "수식은 쓰지 마세요. 값만 적습니다. 가져올 때 모두 검사하며, 잘못이 하나라도 있으면 아무것도 바뀌지 않습니다.",
    "줄을 지우면 그 줄은 더 쓰지 않게 됩니다. 이미 접수된 건의 기록은 그대로 남습니다.",
    "이 시트(도움말)는 가져올 때 읽지 않습니다.",
)
LISTED_FROM = {Kind.OFFICE: "offices", Kind.ACCOUNT: "accounts"}


def write_guide(page: Worksheet) -> None:
    """The first sheet: how to work in the file, and every column of every table."""
    for number, line in enumerate(GUIDE, start=1):
        page.cell(number, 1, line).font = BOLD if number == 1 else Font()
    page.append([])
    page.append(["시트", "열", "꼭 필요", "설명"])
    for cell in page[page.max_row]:
        cell.font, cell.fill = BOLD, HEADER
    for sheet in SHEETS.values():
        page.append([sheet.name, "", "", f"{sheet.title}: {sheet.help}"])
        for column in sheet.columns:
            page.append(["", column.name, "예" if column.needed else "", column.help])
    for letter, width in zip("ABCD", (14, 16, 10, 110), strict=True):
        page.column_dimensions[letter].width = width


def write_header(page: Worksheet, sheet: Sheet) -> None:
    """The column names, each with its help as a note; frozen, and wide enough."""
    for place, column in enumerate(sheet.columns, start=1):
        cell = page.cell(1, place, column.name)
        cell.font, cell.fill = BOLD, HEADER
        need = "꼭 필요합니다." if column.needed else "비워도 됩니다."
        cell.comment = _note(f"{column.help}\n{need}")
        width = page.column_dimensions[get_column_letter(place)]
        width.width = column.width
        if column.kind is not Kind.DAY:
            width.number_format = "@"  # Excel must not make numbers and dates of what is typed
    page.freeze_panes = "B2"
    page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}1"


def add_lists(page: Worksheet, sheet: Sheet) -> None:
    """The lists to choose from, for every column that has fixed values."""
    for place, column in enumerate(sheet.columns, start=1):
        listed = _list(column)
        if listed is not None:
            listed.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{LAST}")
            page.add_data_validation(listed)


def add_city_help(page: Worksheet, sheet: Sheet) -> None:
    """The city's sheet has its help beside each value."""
    if sheet.name == "city":
        for row in page.iter_rows(min_row=2, max_col=1):
            row[0].comment = _note(CITY_KEYS[str(row[0].value)])


def _note(text: str) -> Comment:
    return Comment(text, AUTHOR, height=110, width=320)


def _list(column: Column) -> DataValidation | None:
    if column.choices:
        return _validation(column, DataValidation(type="list", formula1=_words(column.choices)))
    if column.kind in LISTED_FROM:
        ids = _ids(LISTED_FROM[column.kind])
        return _validation(column, DataValidation(type="list", formula1=ids))
    if column.kind is Kind.DAY:
        days = DataValidation(type="date", operator="greaterThan", formula1="36526")  # 2000-01-01
        return _validation(column, days)
    if column.name == "hazard":  # a city may name its own, so the list only proposes
        hazards = DataValidation(type="list", formula1=_words(HAZARDS), errorStyle="information")
        return _validation(column, hazards)
    return None


def _words(words: Iterable[str]) -> str:
    return f'"{",".join(words)}"'


def _ids(sheet: str) -> str:
    """The ids on a sheet, as many as there are: a list with blanks would allow anything."""
    return f"OFFSET({sheet}!$A$2,0,0,COUNTA({sheet}!$A:$A)-1,1)"


def _validation(column: Column, listed: DataValidation) -> DataValidation:
    listed.allow_blank = not column.needed
    listed.showErrorMessage = listed.showInputMessage = True
    listed.errorTitle = listed.promptTitle = column.name
    listed.error = listed.prompt = column.help
    return listed
