"""Steps of `remind`: nothing is forgotten, and nobody gets the same reminder twice."""

from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.case import OPEN, Status
from rules.kind import Urgency
from rules.remind import Audience, CaseFacts, Reminder, Step, reminders
from store import cases
from store.mails import queue_mail
from store.messages import asked_instead, latest_posts, say, signed
from store.tables import MACHINE, Answer, Case, MessageKind, Post
from store.tables import Reminder as Done
from tasks.case_words import when
from tasks.digest import addresses_of, call_comms_team, send_digests
from tasks.workplace import Workplace, workplace
from templates import render_post

#: Steps that are a mail of their own; all others are in the digest of the morning.
MAILED_AT_ONCE = {Step.DUNNING: "overdue", Step.OVERDUE_COMMS: "overdue"}


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
        reminded.escalated += call_comms_team(place, session, late)
        reminded.digests += send_digests(place, session, waiting)
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
        decides = event == "triage_urgent"
        for address in addresses_of(session, to):
            queue_mail(
                session,
                event,
                address,
                key=f"{event}:{case.number}:{step.key}:{address}",
                at=place.now(),
                case=case,
                path=f"/triage?only={case.number}" if decides else f"/cases/{case.number}",
            )
    return True


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

    def body(post: Post) -> str:
        return render_post(
            "progress",
            **signed(place.registry, case),
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
