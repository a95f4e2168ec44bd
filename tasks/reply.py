"""Steps of `reply`: settle what is in doubt, send what is queued, close what is out."""

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Role
from rules.case import Status
from rules.outbox import DeliveryState
from store.mails import queue_mail
from store.registry import addresses
from store.tables import MACHINE, Case, Delivery, Message, MessageKind
from tasks.deliver import Sent, deliver
from tasks.settle import Settled, settle
from tasks.workplace import Workplace, workplace

_STUCK = (DeliveryState.FAILED, DeliveryState.NEEDS_PERSON)


@task(name="settle what is in doubt")
def settle_doubts() -> Settled:
    """Take back what dead senders held, and look for what may be out."""
    return settle(workplace())


@task(name="send replies")
def send_replies() -> Sent:
    """Send what is queued, once."""
    return deliver(workplace())


@task(name="close answered cases")
def close_cases() -> int:
    """Cases whose answer reached everyone are replied; what is stuck goes to the comms team."""
    place = workplace()
    ask_for_hands(place)
    return close(place)


def close(place: Workplace) -> int:
    """Move cases whose every answer is published; returns how many."""
    closed = 0
    with place.store.write() as session:
        _note_first_replies(session)
        answered = session.scalars(select(Case).where(Case.status == Status.ANSWERED))
        for case in answered.all():
            answers = _answers(session, case)
            if answers and all(d.state is DeliveryState.PUBLISHED for d in answers):
                case.replied_at = max(d.settled_at or place.now() for d in answers)
                case.move(Status.REPLIED, who=MACHINE, at=place.now(), why=answers[-1].url or "")
                closed += 1
    return closed


def ask_for_hands(place: Workplace) -> None:
    """Tell the comms team, once, of each message that only a person can bring out."""
    with place.store.write() as session:
        stuck = session.scalars(select(Delivery).where(Delivery.state.in_(_STUCK))).all()
        for delivery in stuck:
            for address in addresses(session, Role.COMMS_TEAM):
                queue_mail(
                    session,
                    "by_hand",
                    address,
                    key=f"by_hand:{delivery.id}:{delivery.tries}:{address}",
                    at=place.now(),
                    case=session.get(Case, delivery.message.case_id),
                    path="/outbox",
                    facts={"cause": delivery.cause, "text": delivery.text},
                )


def _note_first_replies(session: Session) -> None:
    """When the citizen first heard from us, for the ledger."""
    query = (
        select(Case, Delivery.settled_at)
        .join(Message, Message.case_id == Case.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Case.first_reply_at.is_(None), Delivery.state == DeliveryState.PUBLISHED)
    )
    for case, settled_at in session.execute(query).all():
        if settled_at and (case.first_reply_at is None or settled_at < case.first_reply_at):
            case.first_reply_at = settled_at


def _answers(session: Session, case: Case) -> list[Delivery]:
    """The deliveries of the case's latest answer; what was cancelled does not count."""
    query = (
        select(Delivery)
        .join(Message)
        .where(
            Message.case_id == case.id,
            Message.kind == MessageKind.ANSWER,
            Delivery.state != DeliveryState.CANCELLED,
        )
        .order_by(Delivery.id)
    )
    found = session.scalars(query).all()
    latest = max((d.message.answer_id or 0 for d in found), default=0)
    return [d for d in found if (d.message.answer_id or 0) == latest]
