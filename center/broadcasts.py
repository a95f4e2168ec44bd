"""The first page for disasters: what is open, what waits, what went out."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused, ask
from center.center import Center
from center.deciding import keeping
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.seats import may
from rules.bulletin import HAZARD_NAMES, KIND_NAMES, BulletinState
from rules.outbox import DeliveryState
from store.broadcast import is_late, resume_replies
from store.bulletin_lists import drafts, last_approved, latest, tallies
from store.bulletins import event_of, open_events
from store.tables import Bulletin, Event

router = APIRouter()

_D = DeliveryState
_TROUBLE = (_D.FAILED, _D.NEEDS_PERSON, _D.IN_DOUBT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bulletin in the list. `out` of `all` accounts; `trouble`: a person looks."""

    bulletin: Bulletin
    state: str
    out: int
    all: int
    trouble: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An open event and what was said in it last."""

    event: Event
    hazard: str
    last: Bulletin | None


@router.get("/broadcast")
def broadcasts(request: Request, center: CenterHere, done: str = "") -> HTMLResponse:
    return _show(request, center, done=done)


@router.post("/resume-replies")
def resume(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    event: Annotated[list[str], Form()] = [],  # noqa: B006 -- FastAPI copies it
) -> Response:
    """Let ordinary replies go on, for the events that the person saw."""
    try:
        with keeping(center) as session:
            for number in event:
                found = event_of(session, number)
                if found is not None and not found.exercise and found.opened_at is not None:
                    resume_replies(found, who=visitor.email, at=center.clock())
    except Refused as refused:
        return _show(request, center, problem=refused)
    later.add_task(ask, center, "reply")
    return see_other("/broadcast?done=resumed")


def _show(
    request: Request, center: Center, *, done: str = "", problem: Refused | None = None
) -> HTMLResponse:
    person = request.state.visitor.person
    with center.store.read() as session:
        waiting = drafts(session, at=center.clock())
        listed = latest(session)
        counts = tallies(session, listed)
        return render(
            request,
            "broadcasts",
            status=409 if problem else 200,
            done=done,
            problem=problem,
            hazards=HAZARD_NAMES,
            kinds=KIND_NAMES,
            real=_open(session, exercise=False),
            exercises=_open(session, exercise=True),
            waiting=waiting,
            rows=[_row(center, one, counts.get(one.id, {})) for one in listed],
            may_write=may(person, "POST /broadcast/new"),
        )


def _open(session: Session, *, exercise: bool) -> list[Open]:
    return [
        Open(event=event, hazard=HAZARD_NAMES[event.hazard], last=last_approved(session, event))
        for event in open_events(session, exercise=exercise)
    ]


def _row(center: Center, bulletin: Bulletin, states: dict[DeliveryState, int]) -> Row:
    late = is_late(bulletin, at=center.clock())
    return Row(
        bulletin=bulletin,
        state=BulletinState.LAPSED if late else bulletin.state,
        out=states.get(_D.PUBLISHED, 0),
        all=sum(states.values()),
        trouble=sum(states.get(state, 0) for state in _TROUBLE),
    )
