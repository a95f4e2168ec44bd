"""One post of a bulletin: its page, and that a person brought it out by hand."""

from functools import partial

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from center.acting import Refused
from center.bulletin_page import bulletin_or_404, problem_at, show_bulletin
from center.case_form import Text
from center.center import Center
from center.deciding import Deciding, deciding
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.seats import may
from center.visitor import Visitor
from rules.bulletin import BulletinRefused
from rules.proof_address import Proof, wrong_address
from store.bulletin_by_hand import (
    BY_HAND,
    correct_address,
    delivery_in,
    put_up,
    siblings_of,
)
from store.pointers import below
from store.proof_address import proof_of
from store.registry import load
from store.removed import Stage, gone_in, passing_on, removal_of, stage_of, withdrawn_of
from store.tables import Removal

PREFIX = "/broadcast/{bulletin_id}/posts/{delivery_id}"

router = APIRouter(prefix=PREFIX)


@router.get("")
def post_page(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    done: str = "",
) -> HTMLResponse:
    return show_post(request, center, visitor, bulletin_id, delivery_id, done=done)


@router.post("/published")
def published(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    url: Text = "",
    back: Text = "",
    instead: Text = "",
) -> Response:
    """A person put it up; the address is the proof. `back`: "post" where its own page asked.

    `instead`: the address that stands there so far, and is put right.
    """
    url = url.strip()
    alone = back == "post" or not may(visitor.person, "GET /broadcast/{bulletin_id}")
    try:
        with deciding(center, bulletin_id) as on:
            _check_proof(center, on, delivery_id, url)
            says = partial(put_up, on.session, on.bulletin, delivery_id)
            if instead:
                says = partial(
                    correct_address, on.session, on.bulletin, delivery_id, instead=instead
                )
            says(url=url, who=visitor.email, at=center.clock())
    except Refused as refused:
        if alone:
            return show_post(
                request, center, visitor, bulletin_id, delivery_id, problem=refused, url=url
            )
        return show_bulletin(
            request,
            center,
            visitor,
            bulletin_id,
            status=409,
            problem=problem_at("by-hand", refused),
            typed={f"url-{delivery_id}": url},
        )
    page = f"/broadcast/{bulletin_id}" + (f"/posts/{delivery_id}" if alone else "")
    return see_other(f"{page}?done=bulletin_put_up")


def _check_proof(center: Center, on: Deciding, delivery_id: int, url: str) -> None:
    """Raise `BulletinRefused` for what cannot be the address of this account's post."""
    delivery = delivery_in(on.session, on.bulletin, delivery_id)
    account = on.registry.accounts.get(delivery.account_id) if delivery else None
    if delivery is None or account is None:
        return
    twins = delivery.exercise or not center.settings.live
    wrong = wrong_address(url, account, practice=(center.settings.practice,) if twins else ())
    if wrong:
        raise BulletinRefused(wrong)


def show_post(
    request: Request,
    center: Center,
    visitor: Visitor,
    bulletin_id: int,
    delivery_id: int,
    *,
    done: str = "",
    problem: Refused | None = None,
    **typed: str,
) -> HTMLResponse:
    """The page, with what went wrong and what was typed."""
    with center.store.read() as session:
        registry = load(session)
        bulletin = bulletin_or_404(session, bulletin_id)
        delivery = delivery_in(session, bulletin, delivery_id)
        if delivery is None or delivery.account_id not in registry.accounts:
            raise HTTPException(404)
        removal = removal_of(session, delivery_id)
        proof = proof_of(delivery, at=center.clock())
        return render(
            request,
            "bulletin_post",
            status=409 if problem else 200,
            done=done,
            problem=problem,
            typed=typed,
            bulletin=bulletin,
            delivery=delivery,
            account=registry.accounts[delivery.account_id],
            removal=removal,
            proof=proof if removal is None else None,
            gone=delivery_id in gone_in(session, bulletin_id),
            below=below(session, delivery),
            withdrawn=withdrawn_of(session, delivery_id),
            siblings=[(row, removal_of(session, row.id)) for row in siblings_of(session, delivery)],
            along=[
                registry.accounts[row.account_id].name
                for row in passing_on(session, delivery)
                if row.account_id in registry.accounts
            ],
            people={one.email: one.name for one in registry.staff},
            acts=_acts(
                visitor,
                removal,
                waits=delivery.state in BY_HAND,
                unseen=proof not in (None, Proof.SEEN),
            ),
        )


def _acts(
    visitor: Visitor, removal: Removal | None, *, waits: bool, unseen: bool
) -> frozenset[str]:
    """The forms that this reader gets."""
    stage = stage_of(removal) if removal is not None else None
    own = removal is not None and removal.asked_by == visitor.email
    wanted = {
        "published": waits,
        "remove": removal is None,
        "agree": stage is Stage.ASKED and not own,
        "withdraw": stage is Stage.ASKED and own,
        "removed": stage is Stage.AGREED and removal is not None and bool(removal.cause),
    }
    acts = {
        act
        for act, holds in wanted.items()
        if holds and may(visitor.person, f"POST {PREFIX}/{act}")
    }
    if unseen and removal is None and may(visitor.person, f"POST {PREFIX}/published"):
        acts.add("corrects")
    whole = may(visitor.person, "GET /broadcast/{bulletin_id}")
    return frozenset(acts | ({"whole"} if whole else set()))
