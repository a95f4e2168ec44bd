"""What an office does with a case before it answers: who does it, whose it is, until when."""

from fastapi import APIRouter
from fastapi.responses import Response

from center.acting import Refused
from center.case_form import Sent, Text, as_sent, because
from center.render import see_other
from center.replies import put_off_body, put_off_more
from center.show import Show
from center.visitor import Visitor
from rules.terms import Term, parse_term

router = APIRouter(prefix="/cases/{number}")


@router.post("/designate")
def designate(form: Sent, caseworker: Text = "") -> Response:
    """Name who does it; oneself, too."""
    try:
        with form.acting() as act:
            act.desk.designate(act.case, caseworker)
    except Refused as refused:
        return form.refused("designate", refused, caseworker=caseworker)
    form.go_on("designate")
    return form.done("taken" if caseworker == form.visitor.email else "designated")


@router.post("/hand-back")
def hand_back(form: Sent, why: Text = "", better: Text = "") -> Response:
    """Not ours: back to the comms team."""
    try:
        with form.acting() as act:
            act.desk.hand_back(act.case, why=why, better=better or None)
    except Refused as refused:
        return form.refused("hand-back", refused, why=why, better=better)
    form.go_on("hand-back")
    return _gone(form.visitor, "handed_back")


@router.post("/transfer")
def transfer(form: Sent, office: Text = "", why: Text = "") -> Response:
    """To another department, a district or an agency, directly."""
    try:
        with form.acting() as act:
            act.desk.transfer(act.case, office, why=why)
    except Refused as refused:
        return form.refused("transfer", refused, why=why, office=office)
    form.go_on("transfer")
    return _gone(form.visitor, "transferred")


@router.post("/extend")
def extend(
    form: Sent, term: Text = "", why: Text = "", consent: Text = "", sure: Text = ""
) -> Response:
    """Put the due date off: first the new date and what the citizen will read, then for sure."""
    typed = {"term": term, "why": why, "consent": consent}
    try:
        with form.acting() as act:
            longer = act.desk.extension(act.case, _term(term), consent=consent)
            town = act.desk.registry
            said = {"why": because(why), "agreed": "yes" if act.case.extensions else ""}
            show = Show(town.city.timezone)
            body = put_off_body(town, act.case, "extension", longer, show, **said)
            more = put_off_more(form.center.settings, act.case)
            if sure:
                act.desk.extend(
                    act.case, _term(term), why=why, body=body, more=more, consent=consent
                )
            else:
                shown = as_sent(act, body, more)
    except Refused as refused:
        return form.refused("extend", refused, **typed)
    if not sure:
        return form.confirm(typed, act="extend", due=longer, replies=shown)
    form.go_on("extend")
    return form.done("extended")


def _term(written: str) -> Term:
    try:
        return parse_term(written)
    except ValueError as error:
        raise Refused("term") from error


def _gone(visitor: Visitor, what: str) -> Response:
    """The case left the office: whoever came by a mailed link has nothing more to open."""
    return see_other(f"/?done={what}" if visitor.everywhere else f"/done?what={what}")
