"""Deciding about a bulletin: approve, refuse, stop."""

import time
from collections.abc import Callable

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import Response

from center.acting import Refused, ask
from center.bulletin_page import APPROVED, problem_at, show_bulletin
from center.case_form import Text
from center.center import Center
from center.deciding import Deciding, deciding
from center.guard import CenterHere, Visiting
from center.render import see_other
from center.visitor import Visitor
from rules.bulletin import BulletinRefused, BulletinState
from store import approving, broadcast
from store.tables import Bulletin

router = APIRouter(prefix="/broadcast/{bulletin_id}")

#: How often it is looked whether the waiting run took the approval up, in seconds.
LOOK_AGAIN = 0.2


@router.post("/approve")
def approve(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    bulletin_id: int,
    typed: Text = "",
    alone: Text = "",
    alone_why: Text = "",
) -> Response:
    """Let it go. `alone`: the submitter breaks the glass, and says why."""
    act = "alone" if alone else "approve"

    def decide(on: Deciding) -> None:
        if alone and not alone_why.strip():
            raise BulletinRefused("혼자 승인하는 이유를 적어 주세요. 모든 관리자에게 알려집니다.")
        approving.approve(
            on.session,
            on.registry,
            on.bulletin,
            who=visitor.email,
            typed=typed,
            at=center.clock(),
            # who did not submit it is the second person, and needs no reason
            alone_why=alone_why if on.bulletin.submitted_by == visitor.email else "",
        )

    values = {"typed": typed, "alone_why": alone_why}
    refused = _refused(request, center, visitor, bulletin_id, act, decide, values)
    if refused:
        return refused
    later.add_task(see_it_conducted, center, bulletin_id)
    return see_other(f"/broadcast/{bulletin_id}?done={APPROVED}")


@router.post("/refuse")
def refuse(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    bulletin_id: int,
    why: Text = "",
) -> Response:
    """It must not go; who submitted it reads why."""

    def decide(on: Deciding) -> None:
        broadcast.refuse(
            on.session, on.registry, on.bulletin, who=visitor.email, why=why, at=center.clock()
        )

    refused = _refused(request, center, visitor, bulletin_id, "refuse", decide, {"why": why})
    if refused:
        return refused
    later.add_task(ask, center, "mail")
    return see_other(f"/broadcast/{bulletin_id}?done=bulletin_refused")


@router.post("/stop")
def stop(request: Request, center: CenterHere, visitor: Visiting, bulletin_id: int) -> Response:
    """Nothing more of it goes; pressed twice it stays as it was stopped first."""

    def decide(on: Deciding) -> None:
        bulletin = on.bulletin
        if bulletin.state is not BulletinState.APPROVED or bulletin.finished_at is not None:
            raise BulletinRefused("지금 보내고 있는 메시지가 아닙니다.")
        if bulletin.stopped_at is None:
            broadcast.stop(on.session, bulletin, who=visitor.email, at=center.clock())

    refused = _refused(request, center, visitor, bulletin_id, "stop", decide, {})
    return refused or see_other(f"/broadcast/{bulletin_id}?done=bulletin_stopped")


def see_it_conducted(center: Center, bulletin_id: int) -> None:
    """Wait for the run that waits to take the approval up; ask for another where it is gone."""
    ends = time.monotonic() + center.taken_up_within
    while time.monotonic() < ends:
        if _conducted(center, bulletin_id):
            return
        time.sleep(LOOK_AGAIN)
    if not _conducted(center, bulletin_id):
        ask(center, "take-up", {"bulletin": bulletin_id})


def _conducted(center: Center, bulletin_id: int) -> bool:
    with center.store.read() as session:
        return session.get_one(Bulletin, bulletin_id).conducted_at is not None


def _refused(
    request: Request,
    center: Center,
    visitor: Visitor,
    bulletin_id: int,
    act: str,
    decide: Callable[[Deciding], None],
    typed: dict[str, str],
) -> Response | None:
    """Decide; the page with the reason where it was refused."""
    try:
        with deciding(center, bulletin_id) as on:
            decide(on)
    except Refused as refused:
        return show_bulletin(
            request,
            center,
            visitor,
            bulletin_id,
            status=409,
            problem=problem_at(act, refused),
            typed=typed,
        )
    return None
