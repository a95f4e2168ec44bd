"""Steps of `remind`: nothing is forgotten, and nobody gets the same reminder twice."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Role
from rules.case import OPEN, Status
from rules.digest import digests
from rules.kind import Urgency
from rules.remind import Audience, CaseFacts, Recipient, Reminder, Step, reminders
from store import cases
from store.mails import queue_mail
from store.messages import asked_instead, latest_posts, say
from store.registry import addresses
from store.tables import MACHINE, Answer, Case, MessageKind, Post
from store.tables import Reminder as Done
from tasks.case_words import short_of, when
from tasks.workplace import Workplace, workplace
from templates import render_post

#: Steps that are a mail of their own; all others are in the digest of the morning.
MAILED_AT_ONCE = {Step.DUNNING: "overdue", Step.OVERDUE_COMMS: "overdue"}

#: A digest is of the morning: who had nothing in it until noon has the next one tomorrow.
MORNING_UNTIL = time(12)

#: Cases named in each list of a digest; the page behind it has all of them.
LONGEST_LIST = 50

GROUPS = (
    ("overdue", "기한이 지난 건"),
    ("due_today", "오늘까지인 건"),
    ("near_due", "기한이 가까운 건"),
    ("to_review", "검토를 기다리는 답변"),
    ("waiting", "담당을 기다리는 건"),
    ("undelivered", "나가지 못한 답변"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One mail to the comms team about every case that has waited too long for one thing.

    `path` is the page it opens. `wakes`: urgent cases are in it, too, having no mail of their own.
    """

    title: str
    path: str
    event: str = "digest"
    wakes: bool = True


CALLS: Mapping[Step, Call] = {
    Step.UNCLASSIFIED: Call("아직 분류되지 않은 건", "/"),
    Step.TRIAGE: Call("담당을 기다리는 건", "/triage", event="triage_waiting", wakes=False),
    Step.UNDELIVERED: Call("나가지 못한 답변", "/outbox"),
}


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
    is_open = Case.status.in_(OPEN)
    with place.store.read() as session:
        done: dict[int, set[str]] = defaultdict(set)
        for row in session.scalars(select(Done).join(Case, Done.case_id == Case.id).where(is_open)):
            done[row.case_id].add(row.step)
        found = session.scalars(select(Case).where(is_open).order_by(Case.id))
        working = {(person.email, person.office) for person in place.registry.staff}
        drafts = _in_review(session)
        return [
            _facts(case, frozenset(done[case.id]), working, in_review=case.id in drafts)
            for case in found
        ]


def remind(place: Workplace, due: Iterable[CaseFacts]) -> Reminded:
    """Take every step that is due: mails to people, notices to citizens, the morning's digests."""
    waiting, reminded = list(due), Reminded()
    now = place.now()
    with place.store.write() as session:
        late: dict[Step, list[CaseFacts]] = defaultdict(list)
        for case in waiting:
            for step in reminders(case, place.calendar, now):
                if _take(place, session, case, step, reminded):
                    late[step.step].append(case)
        for what, call in CALLS.items():
            _call(place, session, what, call, late[what], reminded)
        if place.calendar.local(now).time() < MORNING_UNTIL:
            for address, lists in _digests(place, session, waiting).items():
                reminded.digests += _digest(place, session, address, lists)
    return reminded


def _in_review(session: Session) -> set[int]:
    """The cases with an answer that its manager neither approved nor refused."""
    waiting = select(Answer.case_id).where(
        Answer.approved_at.is_(None), Answer.refused_why.is_(None)
    )
    assigned = waiting.join(Case, Answer.case_id == Case.id).where(Case.status == Status.ASSIGNED)
    return set(session.scalars(assigned))


def _facts(
    case: Case, done: frozenset[str], working: Container[tuple[str, str]], *, in_review: bool
) -> CaseFacts:
    """`working`: who works where today; what somebody held who left is their manager's."""
    there = (case.caseworker or "", case.office_id or "") in working
    return CaseFacts(
        id=case.number,
        status=case.status,
        received_at=case.received_at,
        since=case.since,
        due_at=case.due_at,
        office=case.office_id or "",
        caseworker=(case.caseworker or "") if there else "",
        urgent=case.urgency is Urgency.URGENT,
        in_review=in_review,
        done=done,
        **({"regime": case.regime} if case.regime else {}),
    )


def _take(
    place: Workplace, session: Session, facts: CaseFacts, step: Reminder, reminded: Reminded
) -> bool:
    """Take one step, unless it was taken, or the case went on, since the facts were read."""
    to = step.to
    case = cases.by_number(session, step.case)
    if case is None or case.status is not facts.status:
        return False
    if not cases.note_reminder(session, case, step.key, at=place.now()):
        return False
    case.note("reminded", who=MACHINE, at=place.now(), why=f"{step.step}: {to.who or to.audience}")
    event = _event(step, case)
    if to.audience is Audience.CITIZEN:
        reminded.progress += 1
        _tell_citizen(place, session, case)
    elif event:
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
    return True


def _call(
    place: Workplace,
    session: Session,
    step: Step,
    call: Call,
    late: list[CaseFacts],
    reminded: Reminded,
) -> None:
    """One mail to each of the comms team about all cases for which this step was just taken."""
    named = [case for case in late if call.wakes or not case.urgent]
    for address in addresses(session, Role.COMMS_TEAM) if named else ():
        reminded.escalated += queue_mail(
            session,
            call.event,
            address,
            key=f"{step}:{named[0].id}:{place.now().isoformat()}:{address}",
            at=place.now(),
            path=call.path,
            facts=_facts_of_call(place, session, call, named),
        )


def _facts_of_call(
    place: Workplace, session: Session, call: Call, named: list[CaseFacts]
) -> dict[str, Any]:
    if call.event != "digest":
        return {"rows": [_row(place, session, case) for case in named]}
    groups = [_group(place, session, call.title, named)]
    return {"day": when(place.now(), place), "total": len(named), "groups": groups}


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
    """A progress notice to everyone who wrote in public; a private one would not stay private."""
    office = place.registry.offices.get(case.office_id or "")

    def body(post: Post) -> str:
        return render_post(
            "progress",
            office=office.name if office else place.registry.city.name,
            due=when(case.due_at, place, hours=False) if _in_future(case, place) else "",
            asked=asked_instead(place.registry, post),
        )

    say(
        session,
        case,
        MessageKind.PROGRESS,
        body,
        registry=place.registry,
        by=MACHINE,
        at=place.now(),
        to=[post for post in latest_posts(cases.posts_of(session, case)) if post.public],
    )


def _in_future(case: Case, place: Workplace) -> bool:
    return case.due_at is not None and case.due_at > place.now()


Lists = dict[str, dict[str, CaseFacts]]  # a group of the digest, its cases by number


def _digests(place: Workplace, session: Session, waiting: list[CaseFacts]) -> dict[str, Lists]:
    """What each person's one digest holds, whatever roles they have at whatever offices."""
    people: dict[str, Lists] = defaultdict(lambda: defaultdict(dict))
    for to, digest in digests(waiting, place.calendar, place.now()).items():
        for address in _addresses(session, to):
            for name, _ in GROUPS:
                people[address][name] |= {case.id: case for case in getattr(digest, name)}
    return people


def _digest(place: Workplace, session: Session, address: str, lists: Lists) -> bool:
    groups = [
        _group(place, session, title, [*lists[name].values()])
        for name, title in GROUPS
        if lists[name]
    ]
    return queue_mail(
        session,
        "digest",
        address,
        key=f"digest:{place.calendar.local(place.now()).date()}:{address}",
        at=place.now(),
        path="/",
        facts={
            "day": when(place.now(), place),
            "total": sum(len(held) for held in lists.values()),
            "groups": groups,
        },
    )


def _group(
    place: Workplace, session: Session, title: str, held: Sequence[CaseFacts]
) -> dict[str, Any]:
    rows = [_row(place, session, case) for case in held[:LONGEST_LIST]]
    return {"title": title, "total": len(held), "rows": rows}


def _row(place: Workplace, session: Session, facts: CaseFacts) -> dict[str, Any]:
    case = cases.by_number(session, facts.id)
    return {
        "number": facts.id,
        "short": short_of(cases.text_of(session, case)) if case else "",
        "due": when(facts.due_at, place) or "아직 없음",
        "who": facts.caseworker,
    }


def _addresses(session: Session, to: Recipient) -> list[str]:
    """The people behind a recipient; an office without a manager falls to the comms team."""
    if to.audience is Audience.CASEWORKER:
        return [to.who]
    managers = addresses(session, Role.MANAGER, to.who) if to.who else []
    return managers or addresses(session, Role.COMMS_TEAM)
