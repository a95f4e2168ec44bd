"""Everything that the page of a case shows, gathered in one reading of the store."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from center.blind import shown_words
from center.case_choices import (
    Before,
    Choice,
    Survey,
    answered_of,
    survey_of,
    surveys_of,
    terms_of,
)
from center.center import Center
from center.due_badge import DueBadge, due_badge
from center.history import Event, history_of
from center.remedy import remedy_is_owed, says_remedy
from center.replies import Preview, previews
from center.seats import Seat, may, seats_of
from center.similar import Similar, similar_to
from center.visitor import Visitor
from registry.model import Office, Registry, Staff
from rules.case import Status, may_close, may_hand_back
from rules.due import MOST_EXTENSIONS
from store.case_page import Said, answers_of, said_in
from store.cases import photos_of, posts_of
from store.desk import Desk, calendar_of
from store.tables import AccountRow, Answer, Case, OfficeRow, Photo, PhotoState, Post

_S = Status

#: In which states each act makes sense; who may is in `center/seats.py`.
ACTS: Mapping[str, frozenset[Status]] = {
    "designate": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "answer": frozenset({_S.ASSIGNED}),
    "hand-back": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "transfer": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "extend": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "survey": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "survey-end": frozenset({_S.ROUTED, _S.ASSIGNED}),
    "close": frozenset({_S.ASSIGNED}),
    "approve": frozenset({_S.ASSIGNED}),
    "refuse": frozenset({_S.ASSIGNED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case as its page shows it to one visitor."""

    case: Case
    office: OfficeRow | None
    account: AccountRow
    posts: list[Post]
    photos: Mapping[int, list[Photo]]
    badge: DueBadge
    caseworker: str
    decided_by: str
    events: list[Event]
    said: list[Said]
    pending: Answer | None
    writer: str
    pending_photo: Photo | None
    refused: Answer | None
    similar: list[Similar]
    acts: frozenset[str]
    people: list[Staff]
    offices: Mapping[str, list[Office]]
    terms: list[Choice]
    surveys: list[Choice]
    survey: Survey | None
    answered: list[Before]
    previews: list[Preview]
    guesses: list[tuple[str, float]]
    words: list[str]
    bound: bool
    goes_to_review: bool
    may_refuse: bool


def case_view(
    session: Session,
    center: Center,
    registry: Registry,
    visitor: Visitor,
    case: Case,
    *,
    text: str = "",
) -> CaseView:
    """Read what the page shows; `text` is an answer that is being written."""
    posts = posts_of(session, case)
    answers = answers_of(session, case)
    pending = _pending(case, answers)
    office = session.get(OfficeRow, case.office_id) if case.office_id else None
    calendar = calendar_of(registry)
    desk = Desk(
        session=session, registry=registry, who=visitor.email, at=center.clock(), calendar=calendar
    )
    surveys, survey = surveys_of(desk, case), survey_of(desk, case)
    answered = answered_of(session, visitor, case)
    possible = {
        "survey": bool(surveys),
        "survey-end": survey is not None and survey.if_ended is not None,
        "close": may_close(len(answered)) and pending is None,
    }
    acts = _acts(visitor, case, pending) - {act for act, can in possible.items() if not can}
    shown = pending.text if pending else text
    return CaseView(
        case=case,
        office=office,
        account=session.get_one(AccountRow, case.account_id),
        posts=posts,
        photos=photos_by_post(session, case),
        badge=due_badge(case, center.clock(), calendar),
        caseworker=_name(registry, case.caseworker),
        decided_by=_name(registry, case.decided_by),
        events=history_of(case, registry),
        said=said_in(session, case),
        pending=pending,
        writer=_name(registry, pending.written_by) if pending else "",
        pending_photo=session.get(Photo, pending.photo_id)
        if pending and pending.photo_id
        else None,
        refused=_refused(case, answers, pending),
        similar=similar_to(session, case),
        acts=acts,
        people=people_of(registry, case.office_id),
        offices=offices_by_kind(registry),
        terms=terms_of(desk, case) if "extend" in acts else [],
        surveys=surveys,
        survey=survey,
        answered=answered,
        previews=previews(session, center.settings, registry, case, posts, text=shown),
        guesses=guesses_of(registry, case),
        words=shown_words(case),
        bound=not may_hand_back(case.hand_backs),
        goes_to_review=bool(office and office.review)
        and Seat.MANAGER not in seats_of(visitor.person, case),
        may_refuse=remedy_is_owed(case) and not says_remedy(text),
    )


def guesses_of(registry: Registry, case: Case) -> list[tuple[str, float]]:
    """The machine's guesses by name: (office, how sure), the surest first."""
    known = ((registry.offices.get(str(office)), float(sure)) for office, sure in case.guesses)
    return [(office.name, sure) for office, sure in known if office]


def people_of(registry: Registry, office_id: str | None) -> list[Staff]:
    """The people of an office, each once, by name."""
    people = {person.email: person for person in registry.staff if person.office == office_id}
    return sorted(people.values(), key=lambda person: person.name)


def offices_by_kind(registry: Registry) -> dict[str, list[Office]]:
    """Every office below its kind, by name; for menus."""
    kinds: dict[str, list[Office]] = defaultdict(list)
    for office in sorted(registry.offices.values(), key=lambda office: office.name):
        kinds[office.kind.value].append(office)
    return {kind: kinds[kind] for kind in ("department", "district", "agency") if kind in kinds}


def _acts(visitor: Visitor, case: Case, pending: Answer | None) -> frozenset[str]:
    possible = {act for act, states in ACTS.items() if case.status in states}
    possible -= {"answer"} if pending else {"approve", "refuse"}
    if not may_hand_back(case.hand_backs):
        possible -= {"hand-back", "transfer"}
    if case.extensions >= MOST_EXTENSIONS or case.due_at is None:
        possible -= {"extend"}
    route = "POST /cases/{number}/"
    return frozenset(act for act in possible if may(visitor.person, f"{route}{act}", case))


def _pending(case: Case, answers: list[Answer]) -> Answer | None:
    waits = [a for a in answers if a.approved_at is None and a.refused_why is None]
    return waits[-1] if waits and case.status is _S.ASSIGNED else None


def _refused(case: Case, answers: list[Answer], pending: Answer | None) -> Answer | None:
    """The last answer, where the manager gave it back and no new one was written.

    What was written before the case came to its office is nothing that this office must change.
    """
    last = answers[-1] if answers else None
    if last is None or pending or case.status is not _S.ASSIGNED:
        return None
    here = case.routed_at is None or last.written_at >= case.routed_at
    return last if last.refused_why and here else None


def photos_by_post(session: Session, case: Case) -> dict[int, list[Photo]]:
    photos: dict[int, list[Photo]] = defaultdict(list)
    for photo in photos_of(session, case):
        if photo.state is PhotoState.KEPT and photo.post_id is not None:
            photos[photo.post_id].append(photo)
    return dict(photos)


def _name(registry: Registry, email: str | None) -> str:
    names = {person.email: person.name for person in registry.staff}
    return names.get(email, email) if email else ""
