"""Steps of `reply`: settle what is in doubt, send what is queued, close what is out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from prefect import task
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from registry.model import Role
from rules.case import OPEN, Status
from rules.outbox import DeliveryState
from store.hands import behind, settle_behind
from store.mails import queue_mail
from store.registry import addresses
from store.tables import MACHINE, Case, Delivery, Mail, Message, MessageKind
from tasks.case_words import when
from tasks.conduct import open_waves
from tasks.deliver import BY_HAND, Sent, deliver
from tasks.settle import Settled, settle
from tasks.withdraw import drop_replies
from tasks.workplace import Workplace, workplace
from templates.causes import told

#: How the cause begins of what the account's own people are asked to put up, beside the comms team.
_FOR_ITS_OFFICE = tuple(f"{kind}:" for kind in BY_HAND)

_STUCK = (DeliveryState.FAILED, DeliveryState.NEEDS_PERSON)

#: How far back one looks for a first reply to a case that nobody works on any more.
RECENT = timedelta(days=1)


@task(name="settle what is in doubt")
def settle_doubts() -> Settled:
    """Take back what dead senders held, and look for what may be out."""
    return settle(workplace())


@task(name="send replies")
def send_replies() -> Sent:
    """Send what is queued, once; what would answer a deleted post is dropped first.

    A bulletin that the run which sent it left half done goes on here, too.
    """
    place = workplace()
    drop_replies(place)
    return deliver(place, meanwhile=lambda: open_waves(place))


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
        _note_first_replies(session, at=place.now())
        answered = select(Case).where(Case.status == Status.ANSWERED).order_by(Case.id)
        waiting = session.scalars(answered.with_for_update()).all()
        deliveries = _answers(session)
        for case in waiting:
            answers = deliveries.get(case.id, [])
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
    case.answered_at = case.closed_at = None
    case.move(Status.ASSIGNED, who=MACHINE, at=place.now(), why="the reply was cancelled")
    if case.caseworker:
        queue_mail(
            session,
            "reply_dropped",
            case.caseworker,
            key=f"reply_dropped:{case.number}:{case.history_length}:{case.caseworker}",
            at=place.now(),
            case=case,
            path=f"/cases/{case.number}",
        )


def ask_for_hands(place: Workplace) -> None:
    """Tell the comms team, once for each failure, of messages that only a person can bring out.

    Where no program can, the managers of the account's office are asked as well: it is their
    account, and the mail opens the one page where they say that it is up. Who joins the team later
    finds them in the outbox, not in the mail.
    """
    with place.store.read() as session:
        if not behind(session) and not _untold(session):
            return
    with place.store.write() as session:
        settle_behind(session, at=place.now())
        team = addresses(session, Role.COMMS_TEAM)
        for delivery_id, key in _untold(session).items():
            delivery = session.get_one(Delivery, delivery_id)
            own = [who for who in _owners(place, session, delivery) if who not in team]
            _ask(place, session, "by_hand", delivery, team, key, "/outbox")
            _ask(place, session, "by_hand_own", delivery, own, key, f"/outbox/{delivery_id}")


def _ask(
    place: Workplace,
    session: Session,
    mail: str,
    delivery: Delivery,
    people: Sequence[str],
    key: str,
    path: str,
) -> None:
    why = told(delivery.cause)
    case = session.get(Case, delivery.message.case_id)
    facts = {
        "why": str(why),
        "cause": why.detail,
        "text": delivery.text,
        "account": _account(place, delivery),
        "deadline": when(case.due_at, place) if case else "",
    }
    for address in people:
        queue_mail(
            session,
            mail,
            address,
            key=f"{key}{address}",
            at=place.now(),
            case=case,
            path=path,
            facts=facts,
        )


def _owners(place: Workplace, session: Session, delivery: Delivery) -> list[str]:
    """Who else can put it up: the managers of the account's office, where no program can.

    The parts of a long answer that stand below such a part are theirs as well.
    """
    account = place.registry.accounts.get(delivery.account_id)
    if account is None or not _cause_of_first(session, delivery).startswith(_FOR_ITS_OFFICE):
        return []
    return addresses(session, Role.MANAGER, account.office)


def _cause_of_first(session: Session, delivery: Delivery) -> str:
    first = select(Delivery.cause).where(
        Delivery.message_id == delivery.message_id,
        Delivery.account_id == delivery.account_id,
        Delivery.part == 1,
    )
    return session.scalar(first) or delivery.cause


def _untold(session: Session) -> dict[int, str]:
    """What is stuck and in no mail, each with how the keys of its mails begin.

    They hold when it became stuck: what a person sent again and fails again is told again. One
    query, however many rows are stuck for how long.
    """
    known = and_(Mail.case_id == Message.case_id, Mail.event == "by_hand")
    query = (
        select(
            Delivery.id,
            Delivery.settled_at,
            Delivery.attempted_at,
            Delivery.queued_at,
            Mail.key,
        )
        .join(Message, Delivery.message_id == Message.id)
        .outerjoin(Mail, known)
        # of a bulletin its own mails tell
        .where(Delivery.state.in_(_STUCK), Message.case_id.is_not(None))
        .order_by(Delivery.id)
    )
    untold: dict[int, str] = {}
    told: set[int] = set()
    for id_, settled, attempted, queued, key in session.execute(query):
        untold[id_] = f"by_hand:{id_}:{(settled or attempted or queued).isoformat()}:"
        if key and key.startswith(untold[id_]):
            told.add(id_)
    return {id_: key for id_, key in untold.items() if id_ not in told}


def _account(place: Workplace, delivery: Delivery) -> str:
    account = place.registry.accounts.get(delivery.account_id)
    return f"{account.name} ({account.id})" if account else delivery.account_id


def _note_first_replies(session: Session, *, at: datetime) -> None:
    """When the citizen first heard from us, for the ledger.

    Asked of open cases, however long ago the last run was, and of all that went out within
    `RECENT`, whatever became of its case since; never of all cases.
    """
    for among in (Case.status.in_(OPEN), Delivery.settled_at >= at - RECENT):
        query = (
            select(Case, Delivery.state, Delivery.settled_at)
            .join(Message, Message.case_id == Case.id)
            .join(Delivery, Delivery.message_id == Message.id)
            .where(among, Case.first_reply_at.is_(None))
            .with_for_update(of=Case)
        )
        # the state is compared here: its index would lead a database through all that is published
        for case, state, settled_at in session.execute(query).all():
            heard = settled_at if state is DeliveryState.PUBLISHED else None
            if heard and (case.first_reply_at is None or heard < case.first_reply_at):
                case.first_reply_at = heard


def _answers(session: Session) -> dict[int, list[Delivery]]:
    """The deliveries of the latest answer of each answered case, by the case's id."""
    query = (
        select(Message.case_id, Message.answer_id, Delivery)
        .join(Message, Delivery.message_id == Message.id)
        .join(Case, Message.case_id == Case.id)
        .where(Case.status == Status.ANSWERED, Message.kind == MessageKind.ANSWER)
        .order_by(Delivery.id)
    )
    by_answer: dict[int, dict[int, list[Delivery]]] = defaultdict(lambda: defaultdict(list))
    for case_id, answer_id, delivery in session.execute(query):
        by_answer[case_id][answer_id or 0].append(delivery)
    return {case_id: answers[max(answers)] for case_id, answers in by_answer.items()}
