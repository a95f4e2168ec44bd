"""One post of a bulletin: brought out by hand, or taken down by two people."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from center.acting import Refused
from center.bulletin_page import bulletin_or_404, problem_at, show_bulletin
from center.case_form import Text
from center.causes import cause_in_korean
from center.center import Center
from center.deciding import deciding
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.seats import may
from center.show import web_address
from center.visitor import Visitor
from store.bulletin_by_hand import delivery_in, put_up
from store.registry import load
from store.removals import agree_removal, ask_removal, removal_of

router = APIRouter(prefix="/broadcast/{bulletin_id}/posts/{delivery_id}")


@router.get("")
def post_page(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    done: str = "",
) -> HTMLResponse:
    return _show(request, center, visitor, bulletin_id, delivery_id, done=done)


@router.post("/published")
def published(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    url: Text = "",
) -> Response:
    """A person put it up; the address is the proof."""
    try:
        address = web_address(url.strip())
        if not address:
            raise Refused("url")
        with deciding(center, bulletin_id) as on:
            put_up(
                on.session,
                on.bulletin,
                delivery_id,
                url=address,
                who=visitor.email,
                at=center.clock(),
            )
    except Refused as refused:
        return show_bulletin(
            request,
            center,
            visitor,
            bulletin_id,
            status=409,
            problem=problem_at("by-hand", refused),
            typed={f"url-{delivery_id}": url},
        )
    return see_other(f"/broadcast/{bulletin_id}?done=bulletin_put_up")


@router.post("/remove")
def remove(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    why: Text = "",
) -> Response:
    """Ask that the post be taken down."""
    try:
        with deciding(center, bulletin_id) as on:
            delivery = delivery_in(on.session, on.bulletin, delivery_id, lock=True)
            if delivery is None:
                raise HTTPException(404)
            ask_removal(
                on.session, on.registry, delivery, who=visitor.email, why=why, at=center.clock()
            )
    except Refused as refused:
        return _show(request, center, visitor, bulletin_id, delivery_id, problem=refused, why=why)
    return see_other(f"/broadcast/{bulletin_id}/posts/{delivery_id}?done=removal_asked")


@router.post("/agree")
def agree(
    request: Request, center: CenterHere, visitor: Visiting, bulletin_id: int, delivery_id: int
) -> Response:
    """A second person agrees that it be taken down."""
    try:
        with deciding(center, bulletin_id) as on:
            delivery = delivery_in(on.session, on.bulletin, delivery_id, lock=True)
            if delivery is None:
                raise HTTPException(404)
            agree_removal(on.session, on.registry, delivery, who=visitor.email, at=center.clock())
    except Refused as refused:
        return _show(request, center, visitor, bulletin_id, delivery_id, problem=refused)
    return see_other(f"/broadcast/{bulletin_id}/posts/{delivery_id}?done=removal_agreed")


def _show(
    request: Request,
    center: Center,
    visitor: Visitor,
    bulletin_id: int,
    delivery_id: int,
    *,
    done: str = "",
    problem: Refused | None = None,
    why: str = "",
) -> HTMLResponse:
    with center.store.read() as session:
        registry = load(session)
        bulletin = bulletin_or_404(session, bulletin_id)
        delivery = delivery_in(session, bulletin, delivery_id)
        if delivery is None or delivery.account_id not in registry.accounts:
            raise HTTPException(404)
        removal = removal_of(session, delivery_id)
        seat = f"POST {router.prefix}/agree"
        return render(
            request,
            "bulletin_post",
            status=409 if problem else 200,
            done=done,
            problem=problem,
            why=why,
            bulletin=bulletin,
            delivery=delivery,
            cause=cause_in_korean(delivery.cause),
            account=registry.accounts[delivery.account_id],
            removal=removal,
            people={one.email: one.name for one in registry.staff},
            may_agree=removal is not None
            and removal.asked_by != visitor.email
            and may(visitor.person, seat),
        )
