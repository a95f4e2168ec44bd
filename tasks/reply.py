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
from tasks.withdraw import drop_replies
from tasks.workplace import Workplace, workplace

#: Why a person is asked, in the words of the mail; the network's own words follow.
WHY = {
    DeliveryState.FAILED: "네트워크가 이 답글을 받지 않았습니다.",
    DeliveryState.NEEDS_PERSON: "이 답글은 사람이 직접 올려야 합니다.",
}
_STUCK = tuple(WHY)


@task(name="settle what is in doubt")
def settle_doubts() -> Settled:
    """Take back what dead senders held, and look for what may be out."""
    return settle(workplace())


@task(name="send replies")
def send_replies() -> Sent:
    """Send what is queued, once; what would answer a deleted post is dropped first."""
    place = workplace()
    drop_replies(place)
    return deliver(place)


@task(name="close answered cases")
def close_cases() -> int:
    """Cases whose answer reached everyone are replied; what is stuck goes to the comms team."""
    place = workplace()
    ask_for_hands(place)
    return close(place)


def close(place: Workplace) -> int:
    """Move cases whose every answer is published; returns how many.

    An answer that somebody decided not to send at all goes back to who wrote it.
    """
    closed = 0
    with place.store.write() as session:
        _note_first_replies(session)
        answered = select(Case).where(Case.status == Status.ANSWERED).order_by(Case.id)
        for case in session.scalars(answered.with_for_update()).all():
            answers = _answers(session, case)
            sent = [d for d in answers if d.state is DeliveryState.PUBLISHED]
            dropped = [d for d in answers if d.state is DeliveryState.CANCELLED]
            if sent and len(sent) + len(dropped) == len(answers):
                case.replied_at = max(d.settled_at or place.now() for d in sent)
                case.move(Status.REPLIED, who=MACHINE, at=place.now(), why=sent[-1].url or "")
                closed += 1
            elif answers and len(dropped) == len(answers):
                _give_back(place, session, case)
    return closed


def _give_back(place: Workplace, session: Session, case: Case) -> None:
    case.answered_at = None
    case.move(Status.ASSIGNED, who=MACHINE, at=place.now(), why="the reply was cancelled")
    if case.caseworker:
        queue_mail(
            session,
            "designated",
            case.caseworker,
            key=f"designated:{case.number}:{case.history_length}:{case.caseworker}",
            at=place.now(),
            case=case,
            path=f"/cases/{case.number}",
        )


def ask_for_hands(place: Workplace) -> None:
    """Tell the comms team, once, of each message that only a person can bring out."""
    with place.store.write() as session:
        team = addresses(session, Role.COMMS_TEAM)
        stuck = select(Delivery).where(Delivery.state.in_(_STUCK)).order_by(Delivery.id)
        for delivery in session.scalars(stuck).all():
            for address in team:
                queue_mail(
                    session,
                    "by_hand",
                    address,
                    key=f"by_hand:{delivery.id}:{delivery.tries}:{address}",
                    at=place.now(),
                    case=session.get(Case, delivery.message.case_id),
                    path="/outbox",
                    facts={
                        "why": WHY[delivery.state],
                        "cause": delivery.cause,
                        "text": delivery.text,
                        "account": _account(place, delivery),
                    },
                )


def _account(place: Workplace, delivery: Delivery) -> str:
    account = place.registry.accounts.get(delivery.account_id)
    return f"{account.name} ({account.id})" if account else delivery.account_id


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
    """The deliveries of the case's latest answer."""
    query = (
        select(Delivery)
        .join(Message)
        .where(Message.case_id == case.id, Message.kind == MessageKind.ANSWER)
        .order_by(Delivery.id)
    )
    found = session.scalars(query).all()
    latest = max((d.message.answer_id or 0 for d in found), default=0)
    return [d for d in found if (d.message.answer_id or 0) == latest]
