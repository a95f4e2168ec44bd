"""One reply that a person brings out: its page, also for those whose account it is."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused
from center.case_form import Text
from center.center import Center
from center.guard import CenterHere, Visiting
from center.outbox import Sent, show_outbox
from center.render import render, see_other
from center.seats import may
from center.show import web_address
from center.visitor import Visitor
from rules.proof_address import Proof, wrong_address
from store import by_hand
from store.proof_address import proof_of
from store.registry import load
from store.tables import AccountRow
from store.waiting import WAITS_FOR_PERSON, Waiting, waiting_one

router = APIRouter(prefix="/outbox/{delivery_id}")


@router.get("")
def reply_page(
    request: Request, center: CenterHere, visitor: Visiting, delivery_id: int, done: str = ""
) -> HTMLResponse:
    return _show(request, center, visitor, delivery_id, done=done)


@router.post("/published")
def published(form: Sent, url: Text = "", back: Text = "", instead: Text = "") -> Response:
    """A person put it up; the address is the proof. `back`: "post" where its own page asked.

    `instead`: the address that stands there so far, and is put right.
    """
    url = url.strip()
    alone = back == "post" or not _sees_all(form.visitor)
    try:
        with form.center.store.read() as session:
            _check_proof(form.center, session, _one(session, form.visitor, form.delivery_id), url)
        if instead:
            form.do(by_hand.correct_address, url, instead)
        else:
            form.do(by_hand.published_by_hand, url)
    except Refused as refused:
        if alone:
            return _show(
                form.request,
                form.center,
                form.visitor,
                form.delivery_id,
                problem=refused,
                typed=url,
            )
        typed = {form.delivery_id: url}
        return show_outbox(form.request, form.center, status=409, problem=refused, typed=typed)
    return see_other("/outbox" + (f"/{form.delivery_id}" if alone else "") + "?done=put_up")


def _sees_all(visitor: Visitor) -> bool:
    return may(visitor.person, "GET /outbox")


def _one(session: Session, visitor: Visitor, delivery_id: int) -> Waiting:
    """The reply, or 404: none, or one to what a citizen wrote in private to another's case."""
    one = waiting_one(session, delivery_id) if delivery_id < 2**63 else None  # none is larger
    if one is None or not (one.post.public or _sees_all(visitor)):
        raise HTTPException(404)
    return one


def _check_proof(center: Center, session: Session, one: Waiting, url: str) -> None:
    """Raises `Refused` for what cannot be the address of this account's post."""
    account = load(session).accounts.get(one.delivery.account_id)
    if account is None:  # retired meanwhile, and the post may stand anywhere
        if not web_address(url):
            raise Refused("url")
        return
    practice = () if center.settings.live else (center.settings.practice,)
    if wrong := wrong_address(url, account, practice=practice):
        raise Refused("url", wrong)


def _show(
    request: Request,
    center: Center,
    visitor: Visitor,
    delivery_id: int,
    *,
    done: str = "",
    problem: Refused | None = None,
    typed: str = "",
) -> HTMLResponse:
    with center.store.read() as session:
        one = _one(session, visitor, delivery_id)
        waits = one.delivery.state in WAITS_FOR_PERSON
        proof = proof_of(one.delivery, at=center.clock())
        return render(
            request,
            "outbox_post",
            status=409 if problem else 200,
            done=done,
            problem=problem,
            typed=typed,
            one=one,
            account=session.get_one(AccountRow, one.delivery.account_id),
            waits=waits and may_put_up(visitor),
            proof=proof,
            corrects=proof not in (None, Proof.SEEN) and may_put_up(visitor),
            whole=_sees_all(visitor),
        )


def may_put_up(visitor: Visitor) -> bool:
    """Whether this reader, who may open the page, may also say that it is up."""
    return may(visitor.person, "POST /outbox/{delivery_id}/published")
