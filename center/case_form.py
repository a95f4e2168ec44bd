"""A form about one case: what every act on a case is asked with, and how it ends."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Form, Request
from fastapi.responses import Response

from center.acting import Acting, Refused, acting, go_on
from center.case_page import show_case
from center.guard import CenterHere, Visiting
from center.render import see_other
from center.replies import Reply, replies
from store.cases import posts_of
from store.messages import Body

Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class CaseForm:
    """Who sent it, for which case; `seen` is the last line of its history that they saw."""

    request: Request
    center: CenterHere
    visitor: Visiting
    later: BackgroundTasks
    number: str
    seen: Annotated[int | None, Form()] = None

    def acting(self) -> AbstractContextManager[Acting]:
        """One act on the case, as `center.acting.acting`. Raises `Refused`."""
        return acting(self.center, self.visitor, self.number, seen=self.seen)

    def go_on(self, act: str) -> None:
        """Once the page is out, start the flow that has something to do after this act."""
        go_on(self.later, self.center, act)

    def done(self, what: str) -> Response:
        """To the case's page, which says what was done."""
        return see_other(f"/cases/{self.number}?done={what}")

    def confirm(self, typed: dict[str, str], **more: object) -> Response:
        """The case's page with what would be done, to be confirmed."""
        return show_case(
            self.request, self.center, self.visitor, self.number, typed=typed, confirm=more
        )

    def refused(self, act: str, refused: Refused, **typed: str) -> Response:
        """The case's page again, with why it was not done and everything that was typed."""
        problem = {"act": act, "key": refused.key, "said": refused.said}
        return show_case(
            self.request,
            self.center,
            self.visitor,
            self.number,
            status=409,
            problem=problem,
            typed=typed,
        )


#: The form of the request at hand.
Sent = Annotated[CaseForm, Depends()]


def because(why: str) -> str:
    """The reason that was typed. Raises `Refused` where it is none."""
    if not why.strip():
        raise Refused("why")
    return why.strip()


def as_sent(act: Acting, body: Body, more: str) -> list[Reply]:
    """What each citizen of the case would get, to be confirmed."""
    posts = posts_of(act.desk.session, act.case)
    return replies(act.desk.session, act.desk.registry, act.case, posts, body=body, more=more)
