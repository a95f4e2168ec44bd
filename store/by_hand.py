"""What a person decides about a delivery that the machine cannot settle.

Each act leaves a line in its case's history: what, by whom, and of which message.
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rules.outbox import DeliveryState, check_move
from store import proof_address
from store.tables import Case, Delivery, Message

_D = DeliveryState

#: What the history says of each act, by the state that the delivery came to.
ACTS = {
    _D.PUBLISHED: "by hand: put up",
    _D.QUEUED: "by hand: again",
    _D.CANCELLED: "by hand: cancelled",
}


class NotWaiting(ValueError):
    """This delivery waits for nobody: it was settled meanwhile."""


def published_by_hand(
    session: Session, delivery_id: int, url: str, *, who: str, at: datetime
) -> Delivery:
    """A person put the text on the network; `url` is the proof, the history says who.

    Raises `NotWaiting` where somebody settled it before.
    """
    delivery = _settle(session, delivery_id, _D.PUBLISHED, who=who, at=at, proof=url)
    delivery.settled_at = at
    proof_address.name(delivery, url, at=at)
    return delivery


def correct_address(
    session: Session, delivery_id: int, url: str, instead: str, *, who: str, at: datetime
) -> None:
    """A person puts right what was named as proof: `url`, `instead` of what stands there.

    Raises `NotWaiting` where that is not what stands there, or reading has confirmed it.
    """
    case, delivery = _locked(session, delivery_id)
    if not proof_address.correct(delivery, url, instead=instead, who=who, at=at):
        raise NotWaiting(f"delivery {delivery_id} has no address to put right")
    case.note(ACTS[_D.PUBLISHED], who=who, at=at, why=f"{delivery.marker} {url}")
    session.flush()


def send_again(session: Session, delivery_id: int, *, who: str, at: datetime) -> Delivery:
    """A person made sure that it is not out: it goes once more, with its tries counted anew."""
    delivery = _settle(session, delivery_id, _D.QUEUED, who=who, at=at)
    delivery.settled_at = None
    delivery.tries, delivery.readings = 0, 0
    delivery.queued_at = delivery.not_before = at
    return delivery


def cancel(session: Session, delivery_id: int, *, who: str, at: datetime) -> Delivery:
    """It is not sent any more."""
    delivery = _settle(session, delivery_id, _D.CANCELLED, who=who, at=at)
    delivery.settled_at = at
    return delivery


def _settle(
    session: Session,
    delivery_id: int,
    to: DeliveryState,
    *,
    who: str,
    at: datetime,
    proof: str = "",
) -> Delivery:
    case, delivery = _locked(session, delivery_id)
    if delivery.state not in (_D.NEEDS_PERSON, _D.FAILED):
        raise NotWaiting(f"delivery {delivery_id} waits for nobody")
    check_move(delivery.state, to)
    before = f"; before: {delivery.cause}" if delivery.cause else ""
    delivery.state, delivery.holder = to, None
    delivery.cause = f"{ACTS[to]}, {who}{before}"
    case.note(ACTS[to], who=who, at=at, why=f"{delivery.marker} {proof}".strip())
    session.flush()
    return delivery


def _locked(session: Session, delivery_id: int) -> tuple[Case, Delivery]:
    case = session.scalar(_case_of(delivery_id))
    delivery = session.get(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if case is None or delivery is None:
        raise NotWaiting(f"there is no delivery {delivery_id} to a citizen")
    return case, delivery


def _case_of(delivery_id: int) -> Select[tuple[Case]]:
    """The case that a delivery belongs to, locked first: its history grows line by line."""
    query = select(Case).join(Message, Message.case_id == Case.id)
    query = query.join(Delivery, Delivery.message_id == Message.id)
    query = query.where(Delivery.id == delivery_id).with_for_update(of=Case)
    return query.execution_options(populate_existing=True)
