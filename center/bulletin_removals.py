"""Taking a bulletin's post down: asked for, withdrawn, agreed on, or done by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import Response

from center.acting import Refused, ask
from center.bulletin_posts import PREFIX, show_post
from center.case_form import Text
from center.deciding import Deciding, deciding
from center.guard import CenterHere, Visiting
from center.render import see_other
from store.bulletin_by_hand import delivery_in
from store.removals import agree_removal, ask_removal, removed_by_hand, withdraw_removal
from store.tables import Delivery

router = APIRouter(prefix=PREFIX)


@dataclass(frozen=True, slots=True)
class PostForm:
    """Who sent it, about which post of which bulletin."""

    request: Request
    center: CenterHere
    visitor: Visiting
    later: BackgroundTasks
    bulletin_id: int
    delivery_id: int

    @contextmanager
    def acting(self) -> Iterator[tuple[Deciding, Delivery]]:
        """One act on the post, which is locked. Raises `Refused`; 404 where there is none."""
        with deciding(self.center, self.bulletin_id) as on:
            post = delivery_in(on.session, on.bulletin, self.delivery_id, lock=True)
            if post is None:
                raise HTTPException(404)
            yield on, post

    def go_on(self, flow: str) -> None:
        """Once the page is out, start the flow that has something to do now."""
        self.later.add_task(ask, self.center, flow)

    def done(self, what: str) -> Response:
        """To the post's page, which says what was done."""
        return see_other(f"/broadcast/{self.bulletin_id}/posts/{self.delivery_id}?done={what}")

    def refused(self, refused: Refused, **typed: str) -> Response:
        """The post's page again, with why it was not done and everything that was typed."""
        return show_post(
            self.request,
            self.center,
            self.visitor,
            self.bulletin_id,
            self.delivery_id,
            problem=refused,
            **typed,
        )


#: The form of the request at hand.
Sent = Annotated[PostForm, Depends()]


@router.post("/remove")
def remove(form: Sent, why: Text = "") -> Response:
    """Ask that the post be taken down."""
    who, at = form.visitor.email, form.center.clock()
    try:
        with form.acting() as (on, post):
            ask_removal(on.session, on.registry, on.bulletin, post, who=who, why=why, at=at)
    except Refused as refused:
        return form.refused(refused, why=why)
    form.go_on("mail")
    return form.done("removal_asked")


@router.post("/withdraw")
def withdraw(form: Sent, withdrawn_why: Text = "") -> Response:
    """Who asked takes it back."""
    who, at = form.visitor.email, form.center.clock()
    try:
        with form.acting() as (on, post):
            withdraw_removal(on.session, post, who=who, why=withdrawn_why, at=at)
    except Refused as refused:
        return form.refused(refused, withdrawn_why=withdrawn_why)
    return form.done("removal_withdrawn")


@router.post("/agree")
def agree(form: Sent) -> Response:
    """A second person agrees; the flow that takes it down is asked at once."""
    try:
        with form.acting() as (on, post):
            agree_removal(
                on.session, on.registry, post, who=form.visitor.email, at=form.center.clock()
            )
    except Refused as refused:
        return form.refused(refused)
    form.go_on("reply")
    return form.done("removal_agreed")


@router.post("/removed")
def removed(form: Sent) -> Response:
    """A person took it down where no program could."""
    try:
        with form.acting() as (on, post):
            removed_by_hand(on.session, post, who=form.visitor.email, at=form.center.clock())
    except Refused as refused:
        return form.refused(refused)
    return form.done("removal_by_hand")
