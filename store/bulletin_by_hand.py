"""A bulletin's text that a person brings out where no program can."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import BulletinRefused
from rules.outbox import DeliveryState
from rules.proof_address import post_name
from store import outbox, proof_address
from store.proof_address import PUT_UP
from store.tables import AccountRow, Bulletin, Delivery, Message

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


def siblings_of(session: Session, delivery: Delivery) -> list[Delivery]:
    """The other parts of the same bulletin on the same account."""
    query = select(Delivery).where(
        Delivery.message_id == delivery.message_id,
        Delivery.account_id == delivery.account_id,
        Delivery.id != delivery.id,
    )
    return list(session.scalars(query.order_by(Delivery.part)))


def office_of_post(session: Session, delivery_id: str) -> str:
    """The office of the account that a delivery is on; empty where there is no such delivery."""
    if not (delivery_id.isascii() and delivery_id.isdigit() and len(delivery_id) < 18):
        return ""
    query = select(AccountRow.office).join(Delivery, Delivery.account_id == AccountRow.id)
    return session.scalar(query.where(Delivery.id == int(delivery_id))) or ""


def put_up(
    session: Session, bulletin: Bulletin, delivery_id: int, *, url: str, who: str, at: datetime
) -> None:
    """A person put it up; `url` is the proof. Raises `BulletinRefused` where it waits for nobody."""
    delivery = delivery_in(session, bulletin, delivery_id, lock=True)
    if delivery is None or delivery.state not in BY_HAND:
        raise BulletinRefused("그사이 처리된 글입니다. 아래 표를 확인해 주세요.")
    before = delivery.cause
    outbox.published(session, delivery_id, remote_id=post_name(url), url=url, at=at)
    proof_address.name(delivery, url, at=at)
    delivery.cause = f"{PUT_UP}{who.lower()}" + (f"; before: {before}" if before else "")


def correct_address(
    session: Session,
    bulletin: Bulletin,
    delivery_id: int,
    *,
    url: str,
    instead: str,
    who: str,
    at: datetime,
) -> None:
    """A person puts right what was named as proof: `url`, `instead` of what stands there.

    Raises `BulletinRefused` where that is not what stands there, or reading has confirmed it.
    """
    delivery = delivery_in(session, bulletin, delivery_id, lock=True)
    if delivery is None or not proof_address.correct(
        delivery, url, instead=instead, who=who.lower(), at=at
    ):
        raise BulletinRefused("그사이 처리된 글입니다. 지금 적힌 주소를 확인해 주세요.")
