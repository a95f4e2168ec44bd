"""The numbers of cases: counted and chained for each year, so that none goes unnoticed.

A number shows by its successor that a case in between is gone. The last ones have none; so the
year keeps how many it gave, and a hash over all of them in order.
"""

import json

from sqlalchemy.orm import Session

from store.posts import insert_for
from store.tables import Case, Numbering
from store.tables.case import digest


def next_number(session: Session, year: int) -> str:
    """`2026-000123`: the year of receipt in the city's zone, and a running number in it.

    Whoever calls holds `store.cases.open_alone`, or two would find the same number.
    """
    return numbered(year, _of(session, year).last + 1)


def numbered(year: int, running: int) -> str:
    """A case's number; a great city passes 999,999 in a year."""
    return f"{year}-{running:06d}"


def seal(session: Session, case: Case) -> None:
    """Count a new case, which has its number and the first line of its history."""
    year, _, running = case.number.partition("-")
    kept = _of(session, int(year))
    kept.head, kept.last = chained(kept.head, case.number, case.history[0].hash), int(running)


def chained(head: str, number: str, first_line: str) -> str:
    """The hash over all cases of a year up to this one."""
    return digest(json.dumps([head, number, first_line]))


def _of(session: Session, year: int) -> Numbering:
    found = session.get(Numbering, year)
    if found is None:
        begins = insert_for(session, Numbering.__table__)  # type: ignore[arg-type]  # it is a table
        session.execute(begins.values(year=year, last=0, head="").on_conflict_do_nothing())
        found = session.get_one(Numbering, year)
    return found
