"""The sheets of figures: a row for each office, account, network, kind and district, and each day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from openpyxl import Workbook

from tasks.book.cells import COUNT, DAY, HOURS, SHARE, TEXT, Column, Table, Value
from tasks.book.month import Month
from tasks.book.tally import Figures, Tally, share
from tasks.book.words import DAYS, LABELS, LATER, SHEETS, TOTAL, WEEKDAYS, Words


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
