"""Proof that no history was edited: every chain is computed again."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rules.case import Status
from store.tables import Case, Line
from store.tables.case import digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One place where a history does not verify."""

    case: str
    seq: int
    problem: str

    def __str__(self) -> str:
        return f"{self.case} line {self.seq}: {self.problem}"


def faults(session: Session) -> Iterator[Fault]:
    """Every line that was edited, removed, added or put elsewhere, in order of the cases."""
    query = select(Case).options(selectinload(Case.history)).order_by(Case.id)
    for case in session.scalars(query.execution_options(yield_per=500)):
        yield from _faults_of(case)
    yield from _missing_numbers(session)


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


def _missing_numbers(session: Session) -> Iterator[Fault]:
    last: dict[str, int] = {}
    for number in session.scalars(select(Case.number).order_by(Case.id)):
        year, _, running = number.partition("-")
        for gap in range(last.get(year, 0) + 1, int(running)):
            yield Fault(case=f"{year}-{gap:06d}", seq=0, problem="the case is missing")
        last[year] = int(running)
