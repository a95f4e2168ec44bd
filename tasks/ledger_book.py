"""The ledger's workbook: summary, register, groups, days and charts, in that order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from openpyxl import Workbook

from rules.mask import mask
from tasks.ledger_cells import COUNT, DAY, HOURS, MOMENT, SHARE, TEXT, Column, Table, Value
from tasks.ledger_month import Month
from tasks.ledger_tally import Decider, Figures, Reckoned, Tally, share
from tasks.ledger_words import (
    DAYS,
    DECIDERS,
    LABELS,
    LATER,
    REGISTER,
    SHEETS,
    STATUSES,
    TOTAL,
    URGENCIES,
    VERDICTS,
    WEEKDAYS,
    Words,
)

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


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of figures on the sheets of groups."""

    header: str
    number_format: str
    value: Callable[[Tally, Tally], Value]  # of the group, and of the whole month


FIGURES: tuple[Figure, ...] = (
    Figure("접수", COUNT, lambda t, _: t.received),
    Figure("접수 비율", SHARE, lambda t, all: share(t.received, all.received)),
    Figure("첫 회신", COUNT, lambda t, _: t.first_replied),
    Figure("첫 회신까지 경과 평균(시간)", HOURS, lambda t, _: t.first_elapsed.mean()),
    Figure("첫 회신까지 경과 중앙값(시간)", HOURS, lambda t, _: t.first_elapsed.median()),
    Figure("첫 회신까지 근무 평균(시간)", HOURS, lambda t, _: t.first_working.mean()),
    Figure("첫 회신까지 근무 중앙값(시간)", HOURS, lambda t, _: t.first_working.median()),
    Figure("답변", COUNT, lambda t, _: t.answered),
    Figure("답변까지 경과 평균(시간)", HOURS, lambda t, _: t.answer_elapsed.mean()),
    Figure("답변까지 경과 중앙값(시간)", HOURS, lambda t, _: t.answer_elapsed.median()),
    Figure("답변까지 근무 평균(시간)", HOURS, lambda t, _: t.answer_working.mean()),
    Figure("답변까지 근무 중앙값(시간)", HOURS, lambda t, _: t.answer_working.median()),
    Figure("답변 전달", COUNT, lambda t, _: t.replied),
    Figure("기한 있음", COUNT, lambda t, _: t.with_due),
    Figure("기한 경과", COUNT, lambda t, _: t.overdue),
    Figure("기한 경과 비율", SHARE, lambda t, _: share(t.overdue, t.with_due)),
    Figure("반려(회)", COUNT, lambda t, _: t.hand_backs),
    Figure("기계가 결정", COUNT, lambda t, _: t.by_machine),
    Figure("사람이 결정", COUNT, lambda t, _: t.by_person),
    Figure("미결정", COUNT, lambda t, _: t.undecided),
    Figure("표본", COUNT, lambda t, _: t.sampled),
    Figure("표본 중 기계가 맞음", COUNT, lambda t, _: t.right),
    Figure("표본 정확도", SHARE, lambda t, _: share(t.right, t.sampled)),
)


def write_group(book: Workbook, grouping: str, figures: Figures, words: Words) -> int:
    """A sheet with a row for each group, the largest first; returns how many."""
    headers, label = LABELS[grouping]
    columns = [Column(header, 22, TEXT) for header in headers]
    columns += [Column(figure.header, 12, figure.number_format) for figure in FIGURES]
    table = Table(book, SHEETS[grouping], columns, keep=len(headers))
    groups = sorted(figures.by[grouping].items(), key=lambda group: (-group[1].received, group[0]))
    for key, tally in groups:
        table.append([*label(words, key), *_figures(tally, figures.all)])
    table.finish([TOTAL, *[""] * (len(headers) - 1), *_figures(figures.all, figures.all)])
    return len(groups)


def _figures(tally: Tally, everything: Tally) -> list[Value]:
    return [figure.value(tally, everything) for figure in FIGURES]


def write_days(
    book: Workbook, month: Month, figures: Figures, why_closed: Callable[[date], str]
) -> None:
    """A row for each day of the month, and one for what came after it, so that the sums agree."""
    widths = {"날짜": (12, DAY), "요일": (7, TEXT), "휴일": (16, TEXT)}
    columns = [Column(header, *shown) for header, shown in widths.items()]
    columns += [Column(header) for header in ("접수", "답변", "답변 전달")]
    table = Table(book, DAYS, columns)
    counts = (figures.received_on, figures.answered_on, figures.replied_on)
    for day in month.days():
        weekday = WEEKDAYS[day.weekday()]
        closed = why_closed(day)
        held = "" if closed == f"{weekday}요일" else closed
        table.append([day, weekday, held, *(count[day] for count in counts)])
    last = month.days()[-1]
    later = [sum(n for day, n in count.items() if day > last) for count in counts]
    table.append([LATER, "", "", *later])
    table.finish([TOTAL, "", "", *(count.total() for count in counts)])
