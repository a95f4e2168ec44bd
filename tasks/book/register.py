"""The register: one row a case, and where each of its columns comes from."""

from collections.abc import Callable
from dataclasses import dataclass

from openpyxl import Workbook

from rules.mask import mask
from tasks.book.cells import HOURS, MOMENT, SHARE, TEXT, Column, Table, Value
from tasks.book.tally import Decider, Reckoned
from tasks.book.words import DECIDERS, REGISTER, STATUSES, URGENCIES, VERDICTS, Words

#: Rows of a sheet, less the head (Excel specifications and limits).
MOST_ROWS = 1_048_575


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the register and where its value comes from."""

    column: Column
    value: Callable[[Words, Reckoned], Value]


def _text(header: str, width: int, value: Callable[[Words, Reckoned], Value]) -> Field:
    return Field(Column(header, width, TEXT), value)


def _moment(header: str, name: str) -> Field:
    return Field(Column(header, 17, MOMENT), lambda w, c: w.local(getattr(c.entry, name)))


def _hours(header: str, name: str) -> Field:
    return Field(Column(header, 11, HOURS), lambda _, c: _rounded(getattr(c, name)))


def _rounded(hours: float | None) -> float | None:
    return None if hours is None else round(hours, 4)  # to the third of a second


def _decided(words: Words, case: Reckoned) -> str:
    if case.decider is Decider.PERSON:
        return words.person(case.entry.decided_by)
    return DECIDERS["machine"] if case.decider else ""


FIELDS: tuple[Field, ...] = (
    _text("번호", 13, lambda _, c: c.entry.number),
    _moment("접수", "received_at"),
    _text("네트워크", 13, lambda w, c: w.network(c.entry.account_id)),
    _text("계정", 28, lambda w, c: w.account(c.entry.account_id)),
    _text("개인 계정", 10, lambda w, c: w.personal(c.entry.account_id)),
    _text("유형", 11, lambda w, c: w.kind(c.entry.kind)),
    _text("긴급", 7, lambda _, c: URGENCIES[c.entry.urgency]),
    _text("담당 기관", 20, lambda w, c: w.office(c.entry.office_id)),
    _text("기관 구분", 10, lambda w, c: w.office_kind(c.entry.office_id)),
    _text("곳(자치구)", 11, lambda w, c: w.office(c.entry.district_id)),
    _text("담당자", 12, lambda w, c: w.person(c.entry.caseworker)),
    _text("상태", 14, lambda _, c: STATUSES[c.entry.status]),
    _moment("처리기한", "due_at"),
    _moment("첫 회신", "first_reply_at"),
    _moment("답변", "answered_at"),
    _moment("답변 전달", "replied_at"),
    _hours("첫 회신까지 경과(시간)", "first_elapsed"),
    _hours("첫 회신까지 근무(시간)", "first_working"),
    _hours("답변까지 경과(시간)", "answer_elapsed"),
    _hours("답변까지 근무(시간)", "answer_working"),
    _text("기한 경과", 10, lambda _, c: "경과" if c.overdue else ""),
    Field(Column("연장(회)", 8), lambda _, c: c.entry.extensions),
    Field(Column("반려(회)", 8), lambda _, c: c.entry.hand_backs),
    _text("기관 결정", 12, _decided),
    Field(Column("기계 확신도", 9, SHARE), lambda _, c: c.entry.confidence),
    _text("표본 판정", 9, lambda _, c: VERDICTS[c.entry.right]),
    _text("내용(개인정보 가림)", 80, lambda _, c: mask(c.entry.text)),
)


class Register:
    """The register: one row a case, written out as it comes."""

    def __init__(self, book: Workbook, words: Words) -> None:
        self._words = words
        self._table = Table(book, REGISTER, [field.column for field in FIELDS])

    def append(self, case: Reckoned) -> None:
        self._table.append([field.value(self._words, case) for field in FIELDS])

    def finish(self) -> None:
        self._table.finish()
