"""What lies at each office."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from rules.case import Status
from store.lists import OWED
from store.tables import Case, Line, OfficeRow, StaffRow

#: What an office has and the citizen does not have yet.
AT_OFFICE = OWED | {Status.ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What lies at one office."""

    office: OfficeRow
    open: int
    overdue: int
    near: int
    undesignated: int
    handed_back: int


def loads(session: Session, *, now: datetime, near_until: datetime) -> list[Load]:
    """What lies at each office that has or had anything, the most overdue first.

    `near` is due from `now` until `near_until`. `handed_back` counts what the office gave back,
    at any time.
    """
    owed = Case.status.in_(OWED)
    counts = (
        select(
            Case.office_id,
            func.count(),
            _count(and_(owed, Case.due_at < now)),
            _count(and_(owed, Case.due_at >= now, Case.due_at < near_until)),
            _count(Case.status.in_([Status.ROUTED, Status.REOPENED])),
        )
        .where(Case.status.in_(AT_OFFICE), Case.office_id.is_not(None))
        .group_by(Case.office_id)
    )
    rows = {row[0]: tuple(row[1:]) for row in session.execute(counts)}
    backs = _hand_backs(session)
    offices = session.scalars(select(OfficeRow).where(OfficeRow.id.in_({*rows, *backs})))
    found = [_load(office, rows.get(office.id, (0, 0, 0, 0)), backs) for office in offices]
    return sorted(found, key=lambda load: (-load.overdue, -load.open, load.office.name))


def _load(office: OfficeRow, row: tuple[int, ...], backs: dict[str, int]) -> Load:
    opened, overdue, near, undesignated = row
    return Load(
        office=office,
        open=opened,
        overdue=overdue,
        near=near,
        undesignated=undesignated,
        handed_back=backs.get(office.id, 0),
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(when((condition, 1), else_=0)), 0)


def _hand_backs(session: Session) -> dict[str, int]:
    """How often each office gave a case back, told by its manager who did."""
    query = (
        select(StaffRow.office, func.count(Line.id.distinct()))
        .join(StaffRow, StaffRow.email == Line.who)
        .where(Line.after == Status.TRIAGE, Line.before.in_([Status.ROUTED, Status.ASSIGNED]))
        .group_by(StaffRow.office)
    )
    return dict(session.execute(query).tuples().all())
