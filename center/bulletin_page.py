"""The page of one bulletin: the preview that is approved, and afterwards the proof."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused
from center.bulletin_cap import cap_answer
from center.bulletin_notes import general_only
from center.bulletin_view import silent, view_of, waves_of
from center.center import Center
from center.guard import CenterHere, Visiting
from center.photos import kept_file
from center.render import render
from center.visitor import Visitor
from rules.bulletin import BulletinState
from store.proof import FATE_NAMES, TROUBLE, Fate, Report, report
from store.proof_rows import proof_facts
from store.registry import load
from store.stopped import stopped
from store.tables import Bulletin, Photo
from templates.proof_book import proof_book

router = APIRouter(prefix="/broadcast/{bulletin_id}")

#: What the approval leads back with.
APPROVED = "bulletin_approved"

#: The page looks so long after the end whether more was read back: the audit comes before that.
READ_BACK_WITHIN = timedelta(minutes=20)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: The order of the sums on the page; together they are every account of the registry.
FATES = (
    Fate.VISIBLE,
    Fate.ACCEPTED,
    Fate.WAITS,
    Fate.IN_DOUBT,
    Fate.NEEDS_PERSON,
    Fate.FAILED,
    Fate.REMOVED,
    Fate.KEPT_BACK,
    Fate.NO_PART,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, and at which form."""

    act: str
    key: str
    said: str


@router.get("")
def bulletin_page(
    request: Request, center: CenterHere, visitor: Visiting, bulletin_id: int, done: str = ""
) -> HTMLResponse:
    return show_bulletin(request, center, visitor, bulletin_id, done=done)


@router.get("/live")
def live(request: Request, center: CenterHere, bulletin_id: int) -> HTMLResponse:
    """The part of the page that changes while it is sent."""
    with center.store.read() as session:
        bulletin = bulletin_or_404(session, bulletin_id)
        found = report(session, load(session), bulletin)
        proof = proof_values(bulletin, found, at=center.clock())
        return render(request, "bulletin_live", bulletin=bulletin, proof=proof)


@router.get("/picture")
def picture(center: CenterHere, bulletin_id: int) -> Response:
    with center.store.read() as session:
        bulletin = bulletin_or_404(session, bulletin_id)
        return kept_file(center, session.get(Photo, bulletin.picture_id or 0))


@router.get("/workbook")
def workbook(center: CenterHere, bulletin_id: int) -> Response:
    """The proof as a workbook."""
    with center.store.read() as session:
        bulletin = bulletin_or_404(session, bulletin_id)
        if bulletin.state is not BulletinState.APPROVED:
            raise HTTPException(404)
        registry = load(session)
        facts = proof_facts(bulletin, report(session, registry, bulletin), registry)
    return Response(
        proof_book(facts),
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="bulletin-{bulletin_id}.xlsx"'},
    )


@router.get("/cap.xml")
def cap_of_bulletin(center: CenterHere, bulletin_id: int) -> Response:
    """Its CAP file for staff, of an exercise too."""
    with center.store.read() as session:
        bulletin = bulletin_or_404(session, bulletin_id)
        return cap_answer(session, center, bulletin)


def show_bulletin(
    request: Request,
    center: Center,
    visitor: Visitor,
    bulletin_id: int,
    *,
    status: int = 200,
    done: str = "",
    problem: Problem | None = None,
    typed: dict[str, str] | None = None,
) -> HTMLResponse:
    """The page, with what went wrong at which form."""
    assert visitor.person is not None  # noqa: S101 -- the gate let nobody else in
    with center.store.read() as session:
        bulletin = bulletin_or_404(session, bulletin_id)
        registry = load(session)
        sent = bulletin.state is BulletinState.APPROVED
        found = report(session, registry, bulletin) if sent else None
        if done == APPROVED and bulletin.finished_at is not None:
            done = ""  # "it goes out now" is over
        return render(
            request,
            "bulletin",
            status=status,
            done=done,
            problem=problem,
            typed=typed or {},
            view=view_of(session, registry, bulletin, visitor.person, at=center.clock()),
            bulletin=bulletin,
            photo=session.get(Photo, bulletin.picture_id) if bulletin.picture_id else None,
            waves=() if found else waves_of(session, registry, bulletin),
            silent=silent(registry, bulletin),
            general_only=() if found else general_only(bulletin),
            proof=proof_values(bulletin, found, at=center.clock()) if found else None,
        )


def bulletin_or_404(session: Session, bulletin_id: int) -> Bulletin:
    """The bulletin of this number."""
    found = session.get(Bulletin, bulletin_id)
    if found is None:
        raise HTTPException(404)
    return found


def proof_values(bulletin: Bulletin, found: Report, *, at: datetime) -> dict[str, Any]:
    """What the table of accounts shows at this moment (aware)."""
    return {
        "report": found,
        "fates": FATES,
        "fate_names": FATE_NAMES,
        "trouble": TROUBLE,
        "finished": bulletin.finished_at is not None,
        "proved": _is_proved(bulletin, found, at=at),
        "stopped": stopped(found) if bulletin.stopped_at else None,
    }


def _is_proved(bulletin: Bulletin, found: Report, *, at: datetime) -> bool:
    """Whether nothing more is to be read back, or nobody will read it any more."""
    if bulletin.finished_at is None:
        return False
    late = bulletin.audited_at is not None or at - bulletin.finished_at > READ_BACK_WITHIN
    return late or not (found.waiting or found.counts.get(Fate.ACCEPTED, 0))


def problem_at(act: str, refused: Refused) -> Problem:
    """What to show at the form of `act`."""
    return Problem(act, refused.key, refused.said)
