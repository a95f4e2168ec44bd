"""Making the ledger: the month's cases are read once, counted and written out as they come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from rules.calendar import YearNotCovered
from store import ledger as questions
from tasks.book import file
from tasks.book.charts import write_charts
from tasks.book.clock import WorkingClock
from tasks.book.groups import write_days, write_group
from tasks.book.month import LedgerError, Month
from tasks.book.register import MOST_ROWS, Register
from tasks.book.summary import Cover, Summary
from tasks.book.tally import Figures, reckon
from tasks.book.words import SHEETS, Words
from tasks.workplace import Workplace

#: A line of progress after so many cases, which is every few seconds.
PROGRESS = 10_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A ledger that was made: where it lies and what it counts."""

    path: Path
    month: str
    received: int
    answered: int
    replied: int
    overdue: int
    hand_backs: int
    personal: int
    to_districts: int
    by_machine: int
    by_person: int
    sampled: int
    right: int

    def __str__(self) -> str:
        return (
            f"{self.month}: {self.received:,} received, {self.answered:,} answered, "
            f"{self.replied:,} replied, {self.overdue:,} overdue; written to {self.path}"
        )


def make_ledger(
    place: Workplace, month: str, to: Path | None = None, *, say: Say = print
) -> Ledger:
    """Write the ledger of a month such as `2026-11`: the cases received in it, in the city's zone.

    `to` is a file, or a folder for a file of the usual name; by default it lies in `var/ledger/`.
    A file that is there is replaced whole or not at all. `say` gets a line every few seconds.
    Raises `LedgerError` for what is no month, one that has not begun, one whose holidays are not
    known, more cases than a sheet holds, and a place that cannot be written or has no room.
    """
    cover = _cover(place, Month.parse(month))
    path = file.target(place.settings, cover.month, to)
    with file.clear_errors(path), file.streaming() as book:
        summary = Summary(book)
        figures, words = _write_register(place, book, cover, say)
        groups = {name: write_group(book, name, figures, words) for name in SHEETS}
        write_days(book, cover.month, figures, place.calendar.why_closed)
        write_charts(book, cover.month, groups)
        summary.write(cover, figures, words)
        file.save(book, path, cover.made_at)
    return _made(path, cover.month, figures)


def remake_ledgers(place: Workplace, *, say: Say = print) -> int:
    """Make those ledgers of `var/ledger/` anew from whose cases a citizen deleted a post since.

    What a citizen deletes is gone from files within a day: let this run every night. Returns how
    many were made anew. Raises as `make_ledger` does.
    """
    tz, remade = place.calendar.tz, 0
    for path, month in file.kept(place.settings):
        since = file.made_at(path, tz)
        with place.store.read() as session:
            outdated = questions.withdrawn_since(session, since, *month.bounds(tz))
        if outdated:
            say(str(make_ledger(place, str(month), say=say)))
            remade += 1
    return remade


def last_month(place: Workplace) -> str:
    """The month before this one, on the city's clock, such as `2026-10`."""
    return str(Month.before(place.now(), place.calendar.tz))


def _cover(place: Workplace, month: Month) -> Cover:
    tz, now = place.calendar.tz, place.now()
    start, end = month.bounds(tz)
    if now < start:
        raise LedgerError(f"{month} has not begun yet in {tz.key}; name an earlier month")
    return Cover(
        city=place.registry.city.name,
        mode=place.settings.mode,
        month=month,
        made_at=now,
        complete=now >= end,
    )


def _write_register(
    place: Workplace, book: Workbook, cover: Cover, say: Say
) -> tuple[Figures, Words]:
    tz, month = place.calendar.tz, cover.month
    clock = _clock(place, month, cover.made_at)
    with place.store.read() as session:
        total = questions.count(session, *month.bounds(tz))
        if total > MOST_ROWS:
            raise LedgerError(f"{month} has {total:,} cases, and a sheet holds {MOST_ROWS:,}")
        names = questions.names(session)
        figures, words = Figures(names, tz), Words(names=names, tz=tz)
        register = Register(book, words)
        for number, entry in enumerate(questions.entries(session, *month.bounds(tz)), start=1):
            case = reckon(entry, clock, cover.made_at)
            register.append(case)
            figures.add(case)
            if number % PROGRESS == 0:
                say(f"{month}: {number:,} of {total:,} cases")
        register.finish()
    return figures, words


def _clock(place: Workplace, month: Month, now: datetime) -> WorkingClock:
    last = max(month.days()[-1], place.calendar.local(now).date())
    try:
        return WorkingClock(place.calendar, month.first(), last)
    except YearNotCovered as error:
        raise LedgerError(str(error)) from error


def _made(path: Path, month: Month, figures: Figures) -> Ledger:
    everything = figures.all
    return Ledger(
        path=path,
        month=str(month),
        received=everything.received,
        answered=everything.answered,
        replied=everything.replied,
        overdue=everything.overdue,
        hand_backs=everything.hand_backs,
        personal=figures.personal,
        to_districts=figures.to_districts,
        by_machine=everything.by_machine,
        by_person=everything.by_person,
        sampled=everything.sampled,
        right=everything.right,
    )
