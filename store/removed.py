"""What is asked of posts that come down, or are gone."""

from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from store.tables import Delivery, Message, Removal


class Stage(StrEnum):
    """How far a removal is; one that was withdrawn is none."""

    ASKED = "asked"
    AGREED = "agreed"  # it is being taken down
    REMOVED = "removed"


def stage_of(removal: Removal) -> Stage:
    if removal.removed_at is not None:
        return Stage.REMOVED
    return Stage.ASKED if removal.agreed_at is None else Stage.AGREED


def removal_of(session: Session, delivery_id: int) -> Removal | None:
    """The removal of a delivery's post, asked for or done; one that was withdrawn is none."""
    query = select(Removal).where(
        Removal.delivery_id == delivery_id, Removal.withdrawn_at.is_(None)
    )
    return session.scalar(query)


def withdrawn_of(session: Session, delivery_id: int) -> list[Removal]:
    """What was asked for a delivery's post and withdrawn again, oldest first."""
    query = select(Removal).where(
        Removal.delivery_id == delivery_id, Removal.withdrawn_at.is_not(None)
    )
    return list(session.scalars(query.order_by(Removal.id)))


def removals_in(session: Session, bulletin_id: int) -> dict[int, Removal]:
    """A bulletin's removals by delivery, but for those that were withdrawn."""
    query = (
        select(Removal)
        .join(Delivery, Removal.delivery_id == Delivery.id)
        .join(Message, Delivery.message_id == Message.id)
        .where(Message.bulletin_id == bulletin_id, Removal.withdrawn_at.is_(None))
    )
    return {removal.delivery_id: removal for removal in session.scalars(query)}


def passing_on(session: Session, delivery: Delivery) -> list[Delivery]:
    """The deliveries that pass this very post on, which goes and takes them along."""
    if not delivery.remote_id or delivery.shares:
        return []
    query = select(Delivery).where(
        Delivery.message_id == delivery.message_id, Delivery.shares == delivery.remote_id
    )
    return list(session.scalars(query.order_by(Delivery.id)))


def gone_in(session: Session, bulletin_id: int) -> set[int]:
    """The deliveries of a bulletin whose posts two people took down, and what only passed them on."""
    return gone_among(session, removals_in(session, bulletin_id))


def gone_among(session: Session, removals: Mapping[int, Removal]) -> set[int]:
    """The same of what `removals_in` gave."""
    done = [one for one in removals.values() if one.removed_at is not None]
    gone = {one.delivery_id for one in done}
    for one in done:
        delivery = session.get_one(Delivery, one.delivery_id)
        gone |= {row.id for row in passing_on(session, delivery)}
    return gone


def coming_down(delivery: type[Delivery] = Delivery) -> ColumnElement[bool]:
    """Whether two people agreed that this delivery's post comes down: nothing goes below it."""
    return exists().where(Removal.delivery_id == delivery.id, Removal.agreed_at.is_not(None))
