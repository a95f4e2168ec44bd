"""The outbox: what leaves, and what waits for a person."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, BackgroundTasks, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused, go_on
from center.case_acts import Text
from center.center import Center
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.seats import may
from center.show import web_address
from rules.outbox import DeliveryState
from store import by_hand
from store.bulletin_lists import by_hand as by_hand_bulletins
from store.engine import StoreBusy, StoreFull
from store.tables import AccountRow
from store.waiting import (
    WAITS_FOR_PERSON,
    deliveries_in,
    delivery_counts,
    mail_counts,
    mails_in_trouble,
)

router = APIRouter(prefix="/outbox")

_D = DeliveryState
_ON_THEIR_WAY = (_D.QUEUED, _D.CLAIMED, _D.IN_FLIGHT)


@router.get("")
def outbox(request: Request, center: CenterHere, done: str = "") -> HTMLResponse:
    return _show(request, center, done=done)


@router.post("/{delivery_id}/published")
def published(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    delivery_id: int,
    url: Text = "",
) -> Response:
    """A person put it up; the address is the proof."""
    address = web_address(url.strip())
    try:
        if not address:
            raise Refused("url")
        with _settling(center) as session:
            by_hand.published_by_hand(
                session, delivery_id, address, who=visitor.email, at=center.clock()
            )
    except Refused as refused:
        typed = {delivery_id: url}
        return _show(request, center, status=409, problem=refused, typed=typed)
    go_on(later, center, "outbox")
    return see_other("/outbox?done=put_up")


@router.post("/{delivery_id}/again")
def again(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    delivery_id: int,
) -> Response:
    """A person made sure that it is not out."""
    try:
        with _settling(center) as session:
            by_hand.send_again(session, delivery_id, who=visitor.email, at=center.clock())
    except Refused as refused:
        return _show(request, center, status=409, problem=refused)
    go_on(later, center, "outbox")
    return see_other("/outbox?done=again")


@router.post("/{delivery_id}/cancel")
def cancel(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    delivery_id: int,
) -> Response:
    """Never mind."""
    try:
        with _settling(center) as session:
            by_hand.cancel(session, delivery_id, who=visitor.email, at=center.clock())
    except Refused as refused:
        return _show(request, center, status=409, problem=refused)
    go_on(later, center, "outbox")
    return see_other("/outbox?done=cancelled")


def _show(
    request: Request,
    center: Center,
    *,
    status: int = 200,
    done: str = "",
    problem: Refused | None = None,
    typed: dict[int, str] | None = None,
) -> HTMLResponse:
    with center.store.read() as session:
        return render(
            request,
            "outbox",
            status=status,
            done=done,
            problem=problem,
            typed=typed or {},
            may_settle=may(request.state.visitor.person, "POST /outbox/{delivery_id}/again"),
            bulletins=by_hand_bulletins(session),
            waiting=deliveries_in(session, WAITS_FOR_PERSON),
            doubtful=deliveries_in(session, [_D.IN_DOUBT]),
            leaving=deliveries_in(session, _ON_THEIR_WAY),
            published=deliveries_in(session, [_D.PUBLISHED], limit=20, newest=True),
            counts=delivery_counts(session),
            mails=mails_in_trouble(session),
            mail_counts=mail_counts(session),
            accounts={row.id: row for row in session.query(AccountRow)},
        )


@contextmanager
def _settling(center: Center) -> Iterator[Session]:
    try:
        with center.store.write() as session:
            yield session
    except by_hand.NotWaiting as error:
        raise Refused("not_waiting") from error
    except StoreBusy as error:
        raise Refused("busy") from error
    except StoreFull as error:
        raise Refused("full") from error
