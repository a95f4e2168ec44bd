"""What a person decides about a delivery that the machine cannot settle."""

from datetime import datetime

from sqlalchemy.orm import Session

from rules.outbox import DeliveryState, check_move
from store.tables import Delivery

_D = DeliveryState


class NotWaiting(ValueError):
    """This delivery waits for nobody: it was settled meanwhile."""


def published_by_hand(
    session: Session, delivery_id: int, url: str, *, who: str, at: datetime
) -> Delivery:
    """A person put the text on the network; `url` is the proof, the history says who.

    Raises `NotWaiting` where somebody settled it before.
    """
    delivery = _move(session, delivery_id, _D.PUBLISHED, cause=f"by hand: {who}", at=at)
    delivery.url = url
    delivery.remote_id = delivery.remote_id or url.rstrip("/").rpartition("/")[2]
    return delivery


def send_again(session: Session, delivery_id: int, *, who: str, at: datetime) -> Delivery:
    """A person made sure that it is not out: it goes once more, with its tries counted anew."""
    delivery = _move(session, delivery_id, _D.QUEUED, cause=f"again: {who}", at=None)
    delivery.tries, delivery.readings = 0, 0
    delivery.queued_at = delivery.not_before = at
    return delivery


def cancel(session: Session, delivery_id: int, *, who: str, at: datetime) -> Delivery:
    """It is not sent any more."""
    return _move(session, delivery_id, _D.CANCELLED, cause=f"cancelled: {who}", at=at)


def _move(
    session: Session, delivery_id: int, to: DeliveryState, *, cause: str, at: datetime | None
) -> Delivery:
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state not in (_D.NEEDS_PERSON, _D.FAILED):
        raise NotWaiting(f"delivery {delivery_id} waits for nobody")
    check_move(delivery.state, to)
    delivery.state, delivery.holder, delivery.settled_at = to, None, at
    delivery.cause = f"{cause}; before: {delivery.cause}" if delivery.cause else cause
    session.flush()
    return delivery
