"""What lies at each office."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from center.due_badge import near_until
from center.guard import CenterHere
from center.render import render
from store.desk import calendar_of
from store.lists import in_triage
from store.loads import loads
from store.registry import load

router = APIRouter()


@router.get("/offices")
def offices(request: Request, center: CenterHere) -> HTMLResponse:
    now = center.clock()
    with center.store.read() as session:
        calendar = calendar_of(load(session))
        found = loads(session, now=now, near_until=near_until(now, calendar))
        waiting = in_triage(session)
    return render(
        request,
        "offices",
        loads=found,
        waiting=waiting,
        most=max((one.open for one in found), default=0),
        totals={
            name: sum(getattr(one, name) for one in found)
            for name in ("open", "overdue", "near", "undesignated", "handed_back")
        },
    )
