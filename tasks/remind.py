"""Steps of `remind`: nothing is forgotten, and nobody gets the same reminder twice."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Role
from rules.case import OPEN
from rules.clean import one_line
from rules.digest import Digest, digest_key, digests
from rules.kind import Urgency
from rules.remind import Audience, CaseFacts, Recipient, Reminder, Step, reminders
from store import cases
from store.mails import queue_mail
from store.messages import say
from store.registry import addresses
from store.tables import MACHINE, Case, MessageKind
from store.tables import Reminder as Done
from tasks.case_words import when
from tasks.workplace import Workplace, workplace
from templates import render_post

#: Steps that are a mail of their own; all others are in the digest of the morning.
MAILED_AT_ONCE = {Step.DUNNING: "overdue", Step.OVERDUE_COMMS: "overdue"}

GROUPS = (
    ("overdue", "기한이 지난 건"),
    ("due_today", "오늘까지인 건"),
    ("near_due", "기한이 가까운 건"),
    ("waiting", "담당을 기다리는 건"),
)


@dataclass(slots=True)
class Reminded:
    """What one round of reminding came to."""

    digests: int = 0
    escalated: int = 0
    progress: int = 0

    def __str__(self) -> str:
        return (
            f"{self.digests} digests, {self.escalated} escalated, {self.progress} progress notices"
        )


@task(name="find what is due")
def cases_due() -> list[CaseFacts]:
    """Every open case, as the rules of reminding see it."""
    return facts(workplace())


@task(name="send reminders")
def send_reminders(due: list[CaseFacts]) -> Reminded:
    """Record the mails and notices that are due now; each once."""
    return remind(workplace(), due)


def facts(place: Workplace) -> list[CaseFacts]:
    """Every open case with what was already said of it."""
    with place.store.read() as session:
        done: dict[int, set[str]] = defaultdict(set)
        for row in session.scalars(select(Done)):
            done[row.case_id].add(row.step)
        found = session.scalars(select(Case).where(Case.status.in_(OPEN)).order_by(Case.id))
        return [_facts(case, frozenset(done[case.id])) for case in found]


def remind(place: Workplace, due: Iterable[CaseFacts]) -> Reminded:
    """Take every step that is due: mails to people, notices to citizens, the morning's digests."""
    waiting, reminded = list(due), Reminded()
    now = place.now()
    with place.store.write() as session:
        for case in waiting:
            for step in reminders(case, place.calendar, now):
                _take(place, session, step, reminded)
        for to, digest in digests(waiting, place.calendar, now).items():
            key = digest_key(to, place.calendar, now)
            for address in _addresses(session, to):
                reminded.digests += _digest(place, session, address, digest, key)
    return reminded


def _facts(case: Case, done: frozenset[str]) -> CaseFacts:
    return CaseFacts(
        id=case.number,
        status=case.status,
        received_at=case.received_at,
        since=case.since,
        due_at=case.due_at,
        office=case.office_id or "",
        caseworker=case.caseworker or "",
        urgent=case.urgency is Urgency.URGENT,
        done=done,
        **({"regime": case.regime} if case.regime else {}),
    )


def _take(place: Workplace, session: Session, step: Reminder, reminded: Reminded) -> None:
    to = step.to
    case = cases.by_number(session, step.case)
    if case is None:
        return
    session.add(Done(case_id=case.id, step=step.key, at=place.now()))
    case.note("reminded", who=MACHINE, at=place.now(), why=f"{step.step}: {to.who or to.audience}")
    if to.audience is Audience.CITIZEN:
        reminded.progress += 1
        _tell_citizen(place, session, case)
        return
    event = _event(step, case)
    if event:
        reminded.escalated += 1
        for address in _addresses(session, to):
            queue_mail(
                session,
                event,
                address,
                key=f"{event}:{case.number}:{step.key}:{address}",
                at=place.now(),
                case=case,
                path=f"/cases/{case.number}",
            )


def _event(step: Reminder, case: Case) -> str:
    """The mail of a step, if it has one; urgent cases never wait for the morning."""
    if case.urgency is Urgency.URGENT and step.step in (Step.NEAR_DUE, Step.UNASSIGNED):
        return "near_due"
    if case.urgency is Urgency.URGENT and step.step is Step.TRIAGE:
        return "triage_urgent"
    if case.urgency is Urgency.URGENT and step.step in (Step.OVERDUE, Step.OVERDUE_MANAGER):
        return "overdue"
    return MAILED_AT_ONCE.get(step.step, "")


def _tell_citizen(place: Workplace, session: Session, case: Case) -> None:
    office = place.registry.offices.get(case.office_id or "")
    body = render_post(
        "progress",
        office=office.name if office else place.registry.city.name,
        due=when(case.due_at, place, hours=False),
    )
    say(
        session,
        case,
        MessageKind.PROGRESS,
        body,
        registry=place.registry,
        by=MACHINE,
        at=place.now(),
    )


def _digest(place: Workplace, session: Session, address: str, digest: Digest, key: str) -> bool:
    groups = [
        {"title": title, "rows": [_row(place, session, case) for case in getattr(digest, name)]}
        for name, title in GROUPS
        if getattr(digest, name)
    ]
    return queue_mail(
        session,
        "digest",
        address,
        key=f"{key}:{address}",
        at=place.now(),
        path="/",
        facts={
            "day": when(place.now(), place),
            "total": sum(len(group["rows"]) for group in groups),
            "groups": groups,
        },
    )


def _row(place: Workplace, session: Session, facts: CaseFacts) -> dict[str, Any]:
    case = cases.by_number(session, facts.id)
    return {
        "number": facts.id,
        "short": one_line(cases.text_of(session, case), 40) if case else "",
        "due": when(facts.due_at, place) or "아직 없음",
        "who": facts.caseworker,
    }


def _addresses(session: Session, to: Recipient) -> list[str]:
    """The people behind a recipient; an office without a manager falls to the comms team."""
    if to.audience is Audience.CASEWORKER:
        return [to.who]
    managers = addresses(session, Role.MANAGER, to.who) if to.who else []
    return managers or addresses(session, Role.COMMS_TEAM)
