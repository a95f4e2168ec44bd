"""What is on its way out, and what waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from rules.outbox import DeliveryState
from store.tables import Case, Delivery, Mail, MailState, Message, Post

WAITS_FOR_PERSON = (DeliveryState.NEEDS_PERSON, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A delivery with the case and the post that it answers."""

    delivery: Delivery
    case: Case
    post: Post


def delivery_counts(session: Session, *, exercise: bool = False) -> dict[DeliveryState, int]:
    """How many deliveries are in each state; those of exercises are counted apart."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.exercise.is_(exercise))
        .group_by(Delivery.state)
    )
    found = dict(session.execute(query).tuples().all())
    return {state: found.get(state, 0) for state in DeliveryState}


def mail_counts(session: Session) -> dict[MailState, int]:
    """How many mails are in each state."""
    query = select(Mail.state, func.count()).group_by(Mail.state)
    found = dict(session.execute(query).tuples().all())
    return {state: found.get(state, 0) for state in MailState}


def deliveries_in(
    session: Session, states: Sequence[DeliveryState], *, limit: int = 100, newest: bool = False
) -> list[Waiting]:
    """Deliveries in these states with their case and post."""
    query = (
        select(Delivery, Case, Post)
        .join(Message, Delivery.message_id == Message.id)
        .join(Case, Message.case_id == Case.id)
        .join(Post, Message.post_id == Post.id)
        .where(Delivery.state.in_(states))
        .order_by(Delivery.id.desc() if newest else Delivery.id)
        .limit(limit)
    )
    return [
        Waiting(delivery=delivery, case=case, post=post)
        for delivery, case, post in session.execute(query)
    ]


def waiting_one(session: Session, delivery_id: int) -> Waiting | None:
    """One message to a citizen with its case and post; None for a bulletin's, or none at all."""
    query = (
        select(Delivery, Case, Post)
        .join(Message, Delivery.message_id == Message.id)
        .join(Case, Message.case_id == Case.id)
        .join(Post, Message.post_id == Post.id)
        .where(Delivery.id == delivery_id)
    )
    found = session.execute(query).one_or_none()
    return Waiting(delivery=found[0], case=found[1], post=found[2]) if found else None


def mails_in_trouble(session: Session, *, limit: int = 50) -> list[Mail]:
    """Mails that a server refused, or that were tried and did not go; the latest first."""
    tried = and_(Mail.state != MailState.SENT, Mail.tries > 0)
    query = select(Mail).where(or_(Mail.state == MailState.REFUSED, tried))
    return list(session.scalars(query.order_by(Mail.id.desc()).limit(limit)))
