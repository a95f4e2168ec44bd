"""Taking a bulletin's post down: asked for, withdrawn, agreed on, or done by hand."""

from collections.abc import Callable

from fastapi import APIRouter, BackgroundTasks, HTTPException, Request
from fastapi.responses import Response

from center.acting import Refused, ask
from center.bulletin_posts import PREFIX, show_post
from center.case_form import Text
from center.center import Center
from center.deciding import Deciding, deciding
from center.guard import CenterHere, Visiting
from center.render import see_other
from center.visitor import Visitor
from store.bulletin_by_hand import delivery_in
from store.removals import agree_removal, ask_removal, removed_by_hand, withdraw_removal
from store.tables import Delivery

router = APIRouter(prefix=PREFIX)


@router.post("/remove")
def remove(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    bulletin_id: int,
    delivery_id: int,
    why: Text = "",
) -> Response:
    """Ask that the post be taken down."""

    def act(on: Deciding, post: Delivery) -> None:
        ask_removal(
            on.session,
            on.registry,
            on.bulletin,
            post,
            who=visitor.email,
            why=why,
            at=center.clock(),
        )

    refused = _refused(request, center, visitor, bulletin_id, delivery_id, act, why=why)
    if refused:
        return refused
    later.add_task(ask, center, "mail")
    return _done(bulletin_id, delivery_id, "removal_asked")


@router.post("/withdraw")
def withdraw(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    bulletin_id: int,
    delivery_id: int,
    withdrawn_why: Text = "",
) -> Response:
    """Who asked takes it back."""

    def act(on: Deciding, post: Delivery) -> None:
        withdraw_removal(on.session, post, who=visitor.email, why=withdrawn_why, at=center.clock())

    refused = _refused(
        request, center, visitor, bulletin_id, delivery_id, act, withdrawn_why=withdrawn_why
    )
    return refused or _done(bulletin_id, delivery_id, "removal_withdrawn")


@router.post("/agree")
def agree(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    bulletin_id: int,
    delivery_id: int,
) -> Response:
    """A second person agrees; the flow that takes it down is asked at once."""

    def act(on: Deciding, post: Delivery) -> None:
        agree_removal(on.session, on.registry, post, who=visitor.email, at=center.clock())

    refused = _refused(request, center, visitor, bulletin_id, delivery_id, act)
    if refused:
        return refused
    later.add_task(ask, center, "reply")
    return _done(bulletin_id, delivery_id, "removal_agreed")


@router.post("/removed")
def removed(
    request: Request, center: CenterHere, visitor: Visiting, bulletin_id: int, delivery_id: int
) -> Response:
    """A person took it down where no program could."""

    def act(on: Deciding, post: Delivery) -> None:
        removed_by_hand(on.session, post, who=visitor.email, at=center.clock())

    refused = _refused(request, center, visitor, bulletin_id, delivery_id, act)
    return refused or _done(bulletin_id, delivery_id, "removal_by_hand")


def _refused(
    request: Request,
    center: Center,
    visitor: Visitor,
    bulletin_id: int,
    delivery_id: int,
    act: Callable[[Deciding, Delivery], None],
    **typed: str,
) -> Response | None:
    """Act on the post; its page with the reason where that was refused, 404 where there is none."""
    try:
        with deciding(center, bulletin_id) as on:
            delivery = delivery_in(on.session, on.bulletin, delivery_id, lock=True)
            if delivery is None:
                raise HTTPException(404)
            act(on, delivery)
    except Refused as refused:
        return show_post(
            request, center, visitor, bulletin_id, delivery_id, problem=refused, **typed
        )
    return None


def _done(bulletin_id: int, delivery_id: int, what: str) -> Response:
    return see_other(f"/broadcast/{bulletin_id}/posts/{delivery_id}?done={what}")
