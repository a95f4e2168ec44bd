"""The first page: what is mine to do."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from center.center import Center
from center.due_badge import DueBadge, due_badge, near_until
from center.guard import CenterHere, Visiting
from center.render import render
from center.seats import Person
from registry.model import Registry, Role
from rules.case import OPEN, Status
from store.desk import calendar_of
from store.lists import DONE, Wanted, count_cases, first_posts, in_review, list_cases
from store.registry import load
from store.tables import Case, OfficeRow, Post

router = APIRouter()

A_PAGE = 30
VIEWS = ("open", "undesignated", "overdue", "near", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case in a list."""

    case: Case
    post: Post | None
    office: str
    caseworker: str
    badge: DueBadge
    in_review: bool


@router.get("/")
def my_cases(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    view: str = "open",
    q: str = "",
    page: int = 1,
    done: str = "",
) -> HTMLResponse:
    assert visitor.person is not None  # noqa: S101 -- the gate let nobody else in
    view = view if view in VIEWS else "open"
    page = min(max(page, 1), 10_000)
    with center.store.read() as session:
        registry = load(session)
        lists = wanted(center, registry, visitor.person, q[:100])
        cases, total = list_cases(session, lists[view], limit=A_PAGE, offset=(page - 1) * A_PAGE)
        counts = {name: count_cases(session, list_) for name, list_ in lists.items()}
        rows = rows_of(session, center, registry, cases)
        triage = replace(lists[view], statuses=frozenset({Status.TRIAGE}))
        waiting = count_cases(session, triage) if view == "open" else 0
    return render(
        request,
        "my_cases",
        done=done,
        rows=rows,
        total=total,
        counts=counts,
        waiting=waiting,
        view=view,
        q=q,
        page=page,
        last=-(-total // A_PAGE),
        city=sees_city(visitor.person),
    )


def wanted(center: Center, registry: Registry, person: Person, search: str) -> Mapping[str, Wanted]:
    """What each view of the list shows this person.

    A manager sees the office's cases, a caseworker their own, the comms team and the
    administrators the whole city's.
    """
    mine = (
        Wanted(search=search)
        if sees_city(person)
        else Wanted(offices=person.offices(Role.MANAGER), caseworker=person.email, search=search)
    )
    now = center.clock()
    return {
        "open": replace(mine, statuses=OPEN),
        "undesignated": replace(mine, statuses=frozenset({Status.ROUTED, Status.REOPENED})),
        "overdue": replace(mine, due_before=now),
        "near": replace(mine, due_from=now, due_before=near_until(now, calendar_of(registry))),
        "done": replace(mine, statuses=DONE),
    }


def sees_city(person: Person) -> bool:
    """Whether this person's list is the whole city's."""
    return person.holds(Role.COMMS_TEAM) or person.holds(Role.ADMINISTRATOR)


def rows_of(session: Session, center: Center, registry: Registry, cases: list[Case]) -> list[Row]:
    """Cases as a list shows them."""
    posts = first_posts(session, cases)
    reviewed = in_review(session, cases)
    names = {person.email: person.name for person in registry.staff}
    calendar = calendar_of(registry)
    return [
        Row(
            case=case,
            post=posts.get(case.id),
            office=_office(session, case.office_id),
            caseworker=names.get(case.caseworker or "", case.caseworker or ""),
            badge=due_badge(case, center.clock(), calendar),
            in_review=case.id in reviewed,
        )
        for case in cases
    ]


def _office(session: Session, office_id: str | None) -> str:
    return session.get_one(OfficeRow, office_id).name if office_id else ""
