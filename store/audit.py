"""Proof that no history was edited and no case removed: every chain is computed again."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rules.case import Status
from store.numbering import chained, numbered
from store.tables import Case, Line, Numbering
from store.tables.case import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One place where a history does not verify."""

    case: str
    seq: int
    problem: str

    def __str__(self) -> str:
        return f"{self.case} line {self.seq}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Year:
    """The cases of a year as they are: the last number, the hash over them, whether none is gone."""

    last: int = 0
    head: str = ""
    whole: bool = True

    def then(self, number: str, running: int, first_line: str) -> "Year":
        """With the next case."""
        whole = self.whole and running == self.last + 1
        return Year(running, chained(self.head, number, first_line), whole)


def faults(session: Session) -> Iterator[Fault]:
    """Every line that was edited, removed, added or put elsewhere, in order of the cases."""
    query = select(Case).options(selectinload(Case.history)).order_by(Case.id)
    for case in session.scalars(query.execution_options(yield_per=500)):
        yield from _faults_of(case)
    yield from _faults_of_years(session)


def _faults_of(case: Case) -> Iterator[Fault]:
    previous, expected, status = "", 1, Status.RECEIVED
    for line in case.history:
        problem = _problem(case, line, previous, expected)
        if problem:
            yield Fault(case=case.number, seq=line.seq, problem=problem)
        previous, expected, status = line.hash, line.seq + 1, line.after or status
    if (previous, expected - 1) != (case.history_head, case.history_length):
        yield Fault(
            case=case.number,
            seq=case.history_length,
            problem="the last line is not the one that the case names: lines were cut off or added",
        )
    if status != case.status:
        problem = f"the case says {case.status}, its history says {status}"
        yield Fault(case=case.number, seq=case.history_length, problem=problem)


def _problem(case: Case, line: Line, previous: str, expected: int) -> str:
    if line.seq != expected:
        return f"line {expected} is missing or moved"
    if line.previous != previous:
        return "it does not follow from the line before it"
    if line.why is not None and digest(line.why) != line.why_hash:
        return "its text was edited"
    if line.chained(case.number) != line.hash:
        return "it was edited"
    return ""


def _faults_of_years(session: Session) -> Iterator[Fault]:
    """Cases that are gone, by the gaps they left and by what each year counted."""
    kept = {row.year: row for row in session.scalars(select(Numbering).order_by(Numbering.year))}
    found: dict[int, Year] = {year: Year() for year in kept}
    first = (Line.case_id == Case.id) & (Line.seq == 1)
    cases = select(Case.number, Line.hash).outerjoin(Line, first).order_by(Case.id)
    for number, first_line in session.execute(cases.execution_options(yield_per=1_000)):
        year, _, running = number.partition("-")
        before = found.setdefault(int(year), Year())
        for gap in range(before.last + 1, int(running)):
            yield Fault(case=numbered(int(year), gap), seq=0, problem="the case is missing")
        found[int(year)] = before.then(number, int(running), first_line or "")
    for year, counted in found.items():
        yield from _faults_of_year(year, counted, kept.get(year))


def _faults_of_year(year: int, found: Year, kept: Numbering | None) -> Iterator[Fault]:
    if kept is None or kept.last < found.last:
        problem = f"the year counted {kept.last if kept else 0} cases, there are more"
        yield Fault(case=numbered(year, found.last), seq=0, problem=problem)
        return
    for gone in range(found.last + 1, kept.last + 1):
        yield Fault(case=numbered(year, gone), seq=0, problem="the case is missing")
    if kept.last == found.last and found.whole and kept.head != found.head:
        problem = "the year's cases are not those that were opened: one was put in another's place"
        yield Fault(case=numbered(year, found.last), seq=0, problem=problem)


def seals(session: Session) -> list[str]:
    """What each year came to, to be kept elsewhere: who can write to the store could write it anew."""
    years = session.scalars(select(Numbering).order_by(Numbering.year))
    return [f"{row.year}: {row.last} cases, {row.head}" for row in years]
