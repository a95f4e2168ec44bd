"""The outbox: what leaves, and what waits for a person."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused, go_on
from center.center import Center
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.seats import may
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


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    """What a person decides about one delivery."""

    request: Request
    center: CenterHere
    visitor: Visiting
    later: BackgroundTasks
    delivery_id: int

    def settle(self, done: str, act: Callable[..., object]) -> Response:
        """Do it, and show the outbox, which says what was done."""
        try:
            self.do(act)
        except Refused as refused:
            return show_outbox(self.request, self.center, status=409, problem=refused)
        return see_other(f"/outbox?done={done}")

    def do(self, act: Callable[..., object], *typed: str) -> None:
        """Do it, and let the flow go on with what it settles. Raises `Refused`."""
        with _settling(self.center) as session:
            who, at = self.visitor.email, self.center.clock()
            act(session, self.delivery_id, *typed, who=who, at=at)
        go_on(self.later, self.center, "outbox")


#: The form of the request at hand.
Sent = Annotated[DeliveryForm, Depends()]


@router.get("")
def outbox(request: Request, center: CenterHere, done: str = "") -> HTMLResponse:
    return show_outbox(request, center, done=done)


@router.post("/{delivery_id}/again")
def again(form: Sent) -> Response:
    """A person made sure that it is not out."""
    return form.settle("again", by_hand.send_again)


@router.post("/{delivery_id}/cancel")
def cancel(form: Sent) -> Response:
    """Never mind."""
    return form.settle("cancelled", by_hand.cancel)


def show_outbox(
    request: Request,
    center: Center,
    *,
    status: int = 200,
    done: str = "",
    problem: Refused | None = None,
    typed: dict[int, str] | None = None,
) -> HTMLResponse:
    """The page, with what went wrong and the addresses that were typed, by the delivery's id."""
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
            cancelled=deliveries_in(session, [_D.CANCELLED], limit=20, newest=True),
            counts=delivery_counts(session),
            drill_counts=delivery_counts(session, exercise=True),
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
