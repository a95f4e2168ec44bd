"""What an office does with a case before it answers: who does it, whose it is, until when."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import Response

from center.acting import Acting, Refused, acting, go_on
from center.case_page import show_case
from center.center import Center
from center.guard import CenterHere, Visiting
from center.render import see_other
from center.replies import Reply, extension_body, extension_more, replies
from center.show import Show
from center.visitor import Visitor
from rules.terms import Term, parse_term
from store.cases import posts_of
from store.messages import Body
from store.tables import OfficeRow

router = APIRouter(prefix="/cases/{number}")

Text = Annotated[str, Form()]
Seen = Annotated[int | None, Form()]


@router.post("/designate")
def designate(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    number: str,
    caseworker: Text = "",
    seen: Seen = None,
) -> Response:
    """Name who does it; oneself, too."""
    try:
        with acting(center, visitor, number, seen=seen) as act:
            act.desk.designate(act.case, caseworker)
    except Refused as refused:
        typed = {"caseworker": caseworker}
        return refuse(request, center, visitor, number, "designate", refused, typed)
    go_on(later, center, "designate")
    return see_other(
        f"/cases/{number}?done={'taken' if caseworker == visitor.email else 'designated'}"
    )


@router.post("/hand-back")
def hand_back(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    number: str,
    why: Text = "",
    better: Text = "",
    seen: Seen = None,
) -> Response:
    """Not ours: back to the comms team."""
    try:
        with acting(center, visitor, number, seen=seen) as act:
            act.desk.hand_back(act.case, why=why, better=better or None)
    except Refused as refused:
        typed = {"why": why, "better": better}
        return refuse(request, center, visitor, number, "hand-back", refused, typed)
    go_on(later, center, "hand-back")
    return _gone(visitor, "handed_back")


@router.post("/transfer")
def transfer(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    number: str,
    office: Text = "",
    why: Text = "",
    seen: Seen = None,
) -> Response:
    """To another department, a district or an agency, directly."""
    try:
        with acting(center, visitor, number, seen=seen) as act:
            act.desk.transfer(act.case, office, why=why)
    except Refused as refused:
        typed = {"why": why, "office": office}
        return refuse(request, center, visitor, number, "transfer", refused, typed)
    go_on(later, center, "transfer")
    return _gone(visitor, "transferred")


@router.post("/extend")
def extend(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    number: str,
    term: Text = "",
    why: Text = "",
    sure: Text = "",
    seen: Seen = None,
) -> Response:
    """Put the due date off: first the new date and what the citizen will read, then for sure."""
    typed = {"term": term, "why": why}
    try:
        with acting(center, visitor, number, seen=seen) as act:
            longer = act.desk.extension(act.case, _term(term))
            office = act.desk.session.get_one(OfficeRow, act.case.office_id)
            town = act.desk.registry
            show = Show(town.city.timezone)
            body = extension_body(town, office.name, _because(why), longer, show)
            more = extension_more(center.settings, act.case)
            if sure:
                act.desk.extend(act.case, _term(term), why=why, body=body, more=more)
            else:
                shown = _as_sent(act, body, more)
    except Refused as refused:
        return refuse(request, center, visitor, number, "extend", refused, typed)
    if not sure:
        confirm = {"act": "extend", "due": longer, "replies": shown}
        return show_case(request, center, visitor, number, typed=typed, confirm=confirm)
    go_on(later, center, "extend")
    return see_other(f"/cases/{number}?done=extended")


def refuse(
    request: Request,
    center: Center,
    visitor: Visitor,
    number: str,
    act: str,
    refused: Refused,
    typed: dict[str, str],
) -> Response:
    """The case's page again, with why it was not done and everything that was typed."""
    problem = {"act": act, "key": refused.key, "said": refused.said}
    return show_case(request, center, visitor, number, status=409, problem=problem, typed=typed)


def _as_sent(act: Acting, body: Body, more: str) -> list[Reply]:
    posts = posts_of(act.desk.session, act.case)
    return replies(act.desk.session, act.desk.registry, act.case, posts, body=body, more=more)


def _term(written: str) -> Term:
    try:
        return parse_term(written)
    except ValueError as error:
        raise Refused("term") from error


def _because(why: str) -> str:
    if not why.strip():
        raise Refused("why")
    return why


def _gone(visitor: Visitor, what: str) -> Response:
    """The case left the office: whoever came by a mailed link has nothing more to open."""
    return see_other(f"/?done={what}" if visitor.everywhere else f"/done?what={what}")
