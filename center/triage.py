"""Triage: the comms team names the office, in one keystroke."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused
from center.blind import is_blind, shown_words
from center.case_form import CaseForm, Sent, Text
from center.case_view import offices_by_kind, photos_by_post
from center.center import Center
from center.due_badge import due_badge
from center.guard import CenterHere
from center.history import history_of
from center.my_cases import rows_of
from center.office_typed import office_typed
from center.photos import photo_file
from center.render import render, see_other
from registry.model import Registry
from rules.case import Status
from rules.kind import NEEDS_ANSWER, Kind
from store.cases import by_number, posts_of
from store.desk import calendar_of
from store.lists import decided_since, dismissed, in_triage, triage_queue
from store.registry import load
from store.tables import AccountRow, Case

router = APIRouter(prefix="/triage")

A_PAGE = 30
#: Why no answer is owed, in the order of the menu.
DISMISSALS = tuple(kind for kind in Kind if kind not in NEEDS_ANSWER)


@router.get("")
def triage(
    request: Request,
    center: CenterHere,
    after: str = "",
    only: str = "",
    done: str = "",
    last: str = "",
) -> HTMLResponse:
    """The case to decide now; `after` skips to the one behind, `only` names one.

    `last` is the case that was just decided.
    """
    return _show(request, center, after=after, only=only, done=done, last=last)


@router.get("/dismissed")
def dismissed_cases(
    request: Request, center: CenterHere, page: int = 1, done: str = ""
) -> HTMLResponse:
    page = min(max(page, 1), 10_000)
    with center.store.read() as session:
        registry = load(session)
        cases, total = dismissed(session, limit=A_PAGE, offset=(page - 1) * A_PAGE)
        rows = rows_of(session, center, registry, cases)
    return render(
        request,
        "dismissed",
        rows=rows,
        total=total,
        page=page,
        last=-(-total // A_PAGE),
        done=done,
        problem=None,
    )


@router.get("/{number}/photos/{photo_id}")
def triage_photo(center: CenterHere, number: str, photo_id: int) -> Response:
    with center.store.read() as session:
        return photo_file(session, center, by_number(session, number), photo_id)


@router.post("/{number}/route")
def route(form: Sent, office: Text = "", why: Text = "") -> Response:
    """Name the office; the machine learns from it."""
    try:
        with form.acting() as act:
            found = office_typed(act.desk.registry, office)
            act.desk.route(act.case, found, why=why.strip() or "소통팀 분류")
    except Refused as refused:
        return _refuse(form, refused, office=office)
    form.go_on("route")
    return see_other(f"/triage?done=routed&last={form.number}")


@router.post("/{number}/dismiss")
def dismiss(form: Sent, kind: Text = "") -> Response:
    """No answer is owed; the kind says why."""
    try:
        with form.acting() as act:
            act.case.kind = _kind(kind, DISMISSALS)
            act.desk.dismiss(act.case, why=act.case.kind)
    except Refused as refused:
        return _refuse(form, refused)
    return see_other(f"/triage?done=dismissed&last={form.number}")


@router.post("/{number}/kind")
def change_kind(form: Sent, kind: Text = "") -> Response:
    """It is a question, say, and no complaint: its term may be another.

    Only while it waits here: an office's term, and what its citizen was told, stand.
    """
    try:
        with form.acting() as act:
            if act.case.status is not Status.TRIAGE:
                raise Refused("moved_on")
            act.case.kind = _kind(kind, tuple(NEEDS_ANSWER))
            act.case.note("kind", who=act.desk.who, at=act.desk.at, why=act.case.kind)
            _stop_clock(act.case)
    except Refused as refused:
        return _refuse(form, refused)
    return see_other(f"/triage?only={form.number}&done=kind")


@router.post("/{number}/restore")
def restore(form: Sent) -> Response:
    """A dismissed case needs an office after all."""
    try:
        with form.acting() as act:
            act.desk.restore(act.case)
    except Refused as refused:
        return _refuse(form, refused)
    return see_other(f"/triage?only={form.number}&done=restored")


def _stop_clock(case: Case) -> None:
    """The decision that follows counts the term of the new kind, from when it was received.

    A date that was put off, or that began anew when the citizen came back, was told and stands.
    """
    begun_anew = any(line.after is Status.REOPENED for line in case.history)
    if not case.extensions and not case.surveys and not begun_anew:
        case.due_at, case.due_why = None, []


def _show(
    request: Request,
    center: Center,
    *,
    status: int = 200,
    after: str = "",
    only: str = "",
    done: str = "",
    last: str = "",
    problem: Refused | None = None,
    typed: str = "",
) -> HTMLResponse:
    with center.store.read() as session:
        registry = load(session)
        queue = triage_queue(session)
        case = _chosen(session, queue, after=after, only=only)
        decided = by_number(session, last) if last else None
        values = _case_values(session, center, registry, case) if case else {}
        today = calendar_of(registry).local(center.clock()).replace(hour=0, minute=0, second=0)
        return render(
            request,
            "triage",
            status=status,
            done=done,
            case=case,
            gone=by_number(session, only) if only and only not in queue else None,
            problem=problem,
            typed=typed,
            last=decided,
            last_office=registry.offices.get(decided.office_id or "") if decided else None,
            waiting=in_triage(session),
            decided=decided_since(session, today.replace(microsecond=0)),
            **values,
        )


def _chosen(session: Session, queue: list[str], *, after: str, only: str) -> Case | None:
    """The named case while it still waits, the one behind `after`, or the first."""
    if only in queue:
        return by_number(session, only)
    place = queue.index(after) + 1 if after in queue else 0
    return by_number(session, queue[place % len(queue)]) if queue else None


def _case_values(
    session: Session, center: Center, registry: Registry, case: Case
) -> dict[str, Any]:
    known = [(registry.offices.get(str(o)), float(sure)) for o, sure in case.guesses[:3]]
    guesses = [(office, sure) for office, sure in known if office]
    blind = is_blind(case)
    return {
        "blind": blind,
        "words_found": shown_words(case),
        "posts": posts_of(session, case),
        "photos": photos_by_post(session, case),
        "guesses": sorted(guesses, key=lambda guess: guess[0].name) if blind else guesses,
        "suggested": _suggested(case),
        "offices": offices_by_kind(registry),
        "account": session.get_one(AccountRow, case.account_id),
        "badge": due_badge(case, center.clock(), calendar_of(registry)),
        "events": [e for e in history_of(case, registry) if e.what == "handed_back"],
        "dismissals": DISMISSALS,
        "kinds": tuple(kind for kind in Kind if kind in NEEDS_ANSWER),
    }


def _suggested(case: Case) -> bool:
    """Whether the only guess is the office that whoever handed the case back named."""
    return case.hand_backs > 0 and [sure for _, sure in case.guesses] == [1.0]


def _refuse(form: CaseForm, refused: Refused, *, office: str = "") -> Response:
    if refused.key == "gone":
        raise HTTPException(404)
    return _show(
        form.request, form.center, status=409, only=form.number, problem=refused, typed=office
    )


def _kind(written: str, among: tuple[Kind, ...]) -> Kind:
    if written not in among:
        raise Refused("kind_unknown")
    return Kind(written)
