"""Steps of `classify`: what a post is, where it is, and which office answers it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Role
from routing.kind import kind_of, urgency_of
from routing.label import Route
from routing.retrain import sample
from rules.case import Status
from rules.kind import NEEDS_ANSWER, Urgency
from store import cases
from store.desk import Desk
from store.mails import queue_mail
from store.registry import addresses
from store.tables import Case
from tasks.router import router
from tasks.workplace import Workplace, workplace

BATCH = 200

#: The accounts that a post begins by naming say nothing of its matter.
_MENTIONS = re.compile(r"^(?:@[\w.@-]+\s+)+")


@dataclass(slots=True)
class Classified:
    """What one round of classifying came to."""

    routed: int = 0
    triage: int = 0
    dismissed: int = 0
    reopened: int = 0

    def __str__(self) -> str:
        return (
            f"{self.routed} routed, {self.triage} to triage, "
            f"{self.dismissed} dismissed, {self.reopened} reopened"
        )


@task(name="classify received cases")
def classify_received() -> Classified:
    """Decide for every received case, as far as the machine is sure."""
    return classify(workplace())


def classify(place: Workplace) -> Classified:
    """Decide for every received case, and read what citizens wrote after an answer."""
    done = Classified()
    while batch := _received(place):
        _decide(place, batch, done)
    _read_reactions(place, done)
    return done


@dataclass(frozen=True, slots=True)
class Unread:
    """A case before it is classified: what is needed to judge it, outside any transaction."""

    case_id: int
    text: str
    spot: tuple[float, float] | None


def _matter(text: str) -> str:
    return "\n".join(_MENTIONS.sub("", line) for line in text.splitlines())


def _received(place: Workplace) -> list[Unread]:
    with place.store.read() as session:
        return [
            Unread(
                case.id,
                _matter(cases.text_of(session, case)),
                (case.lat, case.lon) if case.lat is not None and case.lon is not None else None,
            )
            for case in cases.in_status(session, Status.RECEIVED, limit=BATCH)
        ]


def _decide(place: Workplace, batch: Sequence[Unread], done: Classified) -> None:
    routes = router(place).route([u.text for u in batch], [u.spot for u in batch])
    with place.store.write() as session:
        desk = place.desk(session)
        for unread, route in zip(batch, routes, strict=True):
            case = session.get_one(Case, unread.case_id)
            if case.status is Status.RECEIVED:  # another run may have been faster
                _classify(desk, case, unread, route, place, done)


def _classify(
    desk: Desk, case: Case, unread: Unread, route: Route, place: Workplace, done: Classified
) -> None:
    kind, urgency = kind_of(unread.text), urgency_of(unread.text)
    case.kind, case.urgency = kind.kind, urgency.urgency
    case.district_id = route.district
    case.confidence, case.words = route.confidence, list(route.words)
    case.guesses = [[guess.office, round(guess.confidence, 4)] for guess in route.guesses]
    if kind.dismissed:
        desk.dismiss(case, why=f"{kind.kind}: {', '.join(kind.words)}")
        done.dismissed += 1
        return
    case.sampled = route.sure and sample(case.number, place.settings.sample)
    if route.sure and route.office and not case.sampled and kind.kind in NEEDS_ANSWER:
        desk.route(case, route.office, why=", ".join(route.words))
        done.routed += 1
        return
    desk.to_triage(case, why=_why(route, case))
    done.triage += 1
    if case.urgency is Urgency.URGENT:
        _call_comms_team(desk.session, case, place)


def _why(route: Route, case: Case) -> str:
    if case.sampled:
        return "sure, shown to a person to measure how often that is right"
    if not route.office:
        return "no office found"
    return f"not sure enough: {route.office} {route.confidence:.0%}"


def _call_comms_team(session: Session, case: Case, place: Workplace) -> None:
    for address in addresses(session, Role.COMMS_TEAM):
        queue_mail(
            session,
            "triage_urgent",
            address,
            key=f"triage_urgent:{case.number}:{case.history_length}:{address}",
            at=place.now(),
            case=case,
            path="/triage",
        )


def _read_reactions(place: Workplace, done: Classified) -> None:
    """What a citizen writes after the answer: a new complaint reopens the case, thanks do not."""
    with place.store.write() as session:
        desk = place.desk(session)
        for case in session.scalars(select(Case).where(Case.unread)).all():
            case.unread = False
            last = cases.posts_of(session, case)[-1]
            kind = kind_of(_matter(last.text))
            if kind.kind not in NEEDS_ANSWER:
                case.note("reaction", who=desk.who, at=desk.at, why=kind.kind)
            elif case.status is Status.REPLIED:
                desk.reopen(case, why=f"the citizen wrote again: {kind.kind}")
                done.reopened += 1
            elif case.status is Status.DISMISSED:
                desk.restore(case)
                done.reopened += 1
