"""A bulletin's text that a person brings out where no program can."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import BulletinRefused
from rules.outbox import DeliveryState
from store import outbox
from store.tables import Bulletin, Delivery, Message

#: What waits for a person.
BY_HAND = (DeliveryState.NEEDS_PERSON, DeliveryState.FAILED)


def delivery_in(
    session: Session, bulletin: Bulletin, delivery_id: int, *, lock: bool = False
) -> Delivery | None:
    """A delivery of this very bulletin; `lock` it for a decision."""
    query = (
        select(Delivery)
        .join(Message)
        .where(Delivery.id == delivery_id, Message.bulletin_id == bulletin.id)
    )
    if lock:
        query = query.with_for_update(of=Delivery).execution_options(populate_existing=True)
    return session.scalar(query)


def put_up(
    session: Session, bulletin: Bulletin, delivery_id: int, *, url: str, who: str, at: datetime
) -> None:
    """A person put it up; `url` is the proof. Raises `BulletinRefused` where it waits for nobody."""
    delivery = delivery_in(session, bulletin, delivery_id, lock=True)
    if delivery is None or delivery.state not in BY_HAND:
        raise BulletinRefused("그사이 처리된 글입니다. 아래 표를 확인해 주세요.")
    before = delivery.cause
    # the last part of an address is what the networks that we know call the post
    known_as = url.rstrip("/").rpartition("/")[2] or url
    outbox.published(session, delivery_id, remote_id=known_as, url=url, at=at)
    delivery.cause = f"by hand: put up, {who.lower()}" + (f"; before: {before}" if before else "")
