"""The lists of cases that pages show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy import case as when
from sqlalchemy.orm import Session

from rules.case import OPEN, Status
from rules.kind import Urgency
from store.tables import Answer, Case, Line, Post

DONE = frozenset({Status.REPLIED, Status.DISMISSED, Status.WITHDRAWN})
#: An office has it and has not answered.
OWED = frozenset({Status.ROUTED, Status.ASSIGNED, Status.REOPENED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases a list shows. `offices` and `caseworker` together: either of them."""

    offices: tuple[str, ...] | None = None
    caseworker: str | None = None
    statuses: frozenset[Status] = OPEN
    due_from: datetime | None = None
    due_before: datetime | None = None
    search: str = ""


def list_cases(
    session: Session, wanted: Wanted, *, limit: int = 50, offset: int = 0
) -> tuple[list[Case], int]:
    """The cases wanted and how many there are in all: not designated first, then by due date."""
    query = _wanted(wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    undesignated = when((Case.status.in_([Status.ROUTED, Status.REOPENED]), 0), else_=1)
    urgent = when((Case.urgency == Urgency.URGENT, 0), else_=1)
    order = (undesignated, urgent, Case.due_at.is_(None), Case.due_at, Case.id)
    return list(session.scalars(query.order_by(*order).limit(limit).offset(offset))), total


def count_cases(session: Session, wanted: Wanted) -> int:
    """How many cases are wanted."""
    return session.scalar(select(func.count()).select_from(_wanted(wanted).subquery())) or 0


def _wanted(wanted: Wanted) -> Select[tuple[Case]]:
    query = select(Case).where(Case.status.in_(wanted.statuses))
    if wanted.offices is not None or wanted.caseworker is not None:
        mine: list[ColumnElement[bool]] = [Case.office_id.in_(wanted.offices or ())]
        if wanted.caseworker is not None:
            mine.append(Case.caseworker == wanted.caseworker)
        query = query.where(or_(*mine))
    if wanted.due_from is not None:
        query = query.where(Case.due_at >= wanted.due_from)
    if wanted.due_before is not None:
        query = query.where(Case.due_at < wanted.due_before, Case.status.in_(OWED))
    for word in wanted.search.split()[:5]:
        query = query.where(_mentions(word))
    return query


def _mentions(word: str) -> ColumnElement[bool]:
    in_post = select(Post.case_id).where(
        Post.case_id.is_not(None),
        or_(
            Post.text.icontains(word, autoescape=True),
            Post.author_handle.icontains(word, autoescape=True),
        ),
    )
    return or_(
        Case.number.contains(word, autoescape=True),
        Case.place.icontains(word, autoescape=True),
        Case.id.in_(in_post),
    )


def first_posts(session: Session, cases: Iterable[Case]) -> dict[int, Post]:
    """The first post of each case that still stands, by the case's id."""
    ids = [case.id for case in cases]
    query = select(Post).where(Post.case_id.in_(ids), Post.withdrawn_at.is_(None))
    found: dict[int, Post] = {}
    for post in session.scalars(query.order_by(Post.created_at, Post.id)):
        if post.case_id is not None:
            found.setdefault(post.case_id, post)
    return found


def in_review(session: Session, cases: Iterable[Case]) -> set[int]:
    """The ids of those cases whose answer waits for its manager."""
    ids = [case.id for case in cases if case.status is Status.ASSIGNED]
    query = select(Answer.case_id).where(
        Answer.case_id.in_(ids), Answer.approved_at.is_(None), Answer.refused_why.is_(None)
    )
    return set(session.scalars(query))


def triage_queue(session: Session) -> list[str]:
    """The number of each case that waits for the comms team, in the order to decide them.

    Urgent ones first, then those whose clock is running already, by their due date (an office
    handed them back), then what was received first.
    """
    urgent = when((Case.urgency == Urgency.URGENT, 0), else_=1)
    query = select(Case.number).where(Case.status == Status.TRIAGE)
    order = (urgent, Case.due_at.is_(None), Case.due_at, Case.received_at, Case.id)
    return list(session.scalars(query.order_by(*order)))


def in_triage(session: Session) -> int:
    """How many cases wait for the comms team."""
    return count_cases(session, Wanted(statuses=frozenset({Status.TRIAGE})))


def decided_since(session: Session, since: datetime) -> int:
    """How many cases people took out of triage since then."""
    query = select(func.count()).where(
        Line.before == Status.TRIAGE, Line.at >= since, Line.who.contains("@")
    )
    return session.scalar(query) or 0


def dismissed(session: Session, *, limit: int = 50, offset: int = 0) -> tuple[list[Case], int]:
    """Dismissed cases, the latest first, and how many there are."""
    where = Case.status == Status.DISMISSED
    total = session.scalar(select(func.count()).where(where)) or 0
    query = select(Case).where(where).order_by(Case.id.desc())
    return list(session.scalars(query.limit(limit).offset(offset))), total
