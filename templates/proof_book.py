"""A bulletin's proof as a workbook: sums, one row for each account, one for each desk."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from templates.causes import told

Value = str | int | float | datetime | None
Facts = Mapping[str, Any]

#: What a spreadsheet takes for a formula or an error (OWASP, CSV injection).
_RISKY = ("=", "+", "-", "@", "\t", "\r", "#")
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_HEAD = {"font": Font(bold=True, color="FFFFFF"), "fill": PatternFill("solid", fgColor="063A74")}

_ACCOUNT_HEADS = (
    ("계정", 22),
    ("이름", 26),
    ("네트워크", 13),
    ("상태", 16),
    ("차례", 7),
    ("방식", 10),
    ("링크", 44),
    ("게시 시각", 20),
    ("확인 시각", 20),
    ("승인 뒤(초)", 12),
    ("시도(회)", 9),
    ("사유", 44),
    ("내용", 80),
    ("글 내리기", 14),
    ("자세한 사유", 44),
)
_DESK_HEADS = (
    ("자치구", 20),
    ("알린 시각", 20),
    ("다시 알린 시각", 20),
    ("확인 시각", 20),
    ("확인한 사람", 34),
)
_WAYS = {"post": "직접 게시", "link": "링크", "repost": "재게시", "": ""}
_REMOVALS = {"asked": "요청됨", "agreed": "내리는 중", "removed": "내림", "": ""}


def proof_book(facts: Facts) -> bytes:
    """The file, of what `store.proof_rows` gives: texts hold nothing that XML refuses."""
    book = Workbook(write_only=True)
    sums = _sheet(book, "요약", (28, 60))
    for label, value in _sums(facts):
        sums.append([_cell(sums, label, bold=True), _cell(sums, value)])
    _table(book, "계정", _ACCOUNT_HEADS, [_account(one) for one in facts["accounts"]])
    _table(book, "자치구", _DESK_HEADS, [_desk(one) for one in facts["desks"]])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _sums(facts: Facts) -> Iterator[tuple[str, Value]]:
    yield "표식", facts["marker"]
    yield "구분", "모의훈련 (실제 상황이 아님)" if facts["exercise"] else "실제 상황"
    yield "재난", facts["hazard"]
    yield "종류", facts["kind"]
    yield "사건", facts["event"]
    yield "지역", facts["area"]
    yield "올린 사람", facts["submitted_by"]
    yield "승인한 사람", facts["approved_by"]
    yield "승인 시각", facts["approved_at"]
    yield "혼자 승인한 이유", facts["alone_why"]
    yield "멈춘 사람", facts["stopped_by"]
    yield "끝난 시각", facts["finished_at"]
    yield from _times(facts)
    yield from ((name, count) for name, count in facts["counts"])
    yield "합계 (등록부의 모든 계정)", len(facts["accounts"])
    yield "알린 자치구", len(facts["desks"])
    yield "확인한 자치구", facts["acknowledged"]


def _times(facts: Facts) -> Iterator[tuple[str, Value]]:
    """What was stopped half-way never reached 95 %, and perhaps no leader."""
    if facts["stopped"]:
        yield "대표 계정", facts["leader"] or "정하기 전에 멈춤"
        yield "나간 글이 모두 나가기까지(초)", facts["all_seconds"]
        return
    yield "대표 계정", facts["leader"] or "없음 (모두 직접 게시)"
    yield "대표 계정까지(초)", facts["lead_seconds"]
    yield "95%까지(초)", facts["most_seconds"]
    yield "마지막 계정까지(초)", facts["all_seconds"]


def _account(one: Facts) -> list[Value]:
    why = told(one["cause"]) if one["cause"] else None
    return [
        one["id"],
        one["name"],
        one["network"],
        one["fate"],
        one["wave"],
        _WAYS[one["way"]],
        one["url"],
        one["sent_at"],
        one["seen_at"],
        one["seconds"],
        one["tries"],
        str(why) if why else "",
        one["text"],
        _REMOVALS[one["removal"]],
        why.detail if why else "",
    ]


def _desk(one: Facts) -> list[Value]:
    return [one["office"], one["told_at"], one["reminded_at"], one["at"], one["by"]]


def _table(
    book: Workbook, title: str, heads: Sequence[tuple[str, float]], rows: Sequence[Sequence[Value]]
) -> None:
    """A sheet with a head that stays, and a filter over all of it."""
    sheet = _sheet(book, title, [width for _, width in heads])
    sheet.freeze_panes = "B2"
    sheet.append([_cell(sheet, name, head=True) for name, _ in heads])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(rows) + 1}"


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
