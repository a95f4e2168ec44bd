"""Steps of `classify`: what a post is, where it is, and which office answers it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Registry
from routing.kind import KindGuess, kind_of, urgency_of
from routing.label import Route
from routing.retrain import sample
from routing.text import has_letters, plain
from rules.case import Status
from rules.kind import NEEDS_ANSWER, Kind, Urgency
from store import cases
from store.desk import Desk
from store.tables import Case, OfficeRow, Photo, Post
from tasks.router import router
from tasks.workplace import Workplace, workplace

BATCH = 200

#: From here on the citizen reacts to what we said, or to our silence.
_SETTLING = frozenset({Status.ANSWERED, Status.DISMISSED})

_PHOTO = "photo"

#: Reactions that somebody must look at.
_MATTERS = frozenset({*NEEDS_ANSWER, _PHOTO})

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
    _take_from_retired(place, done)
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
            # locked, and read anew: a person or another run may have been faster
            case = session.get_one(
                Case, unread.case_id, with_for_update=True, populate_existing=True
            )
            if case.status is Status.RECEIVED:
                _classify(desk, case, unread, _known(route, place.registry), place, done)


def _known(route: Route, registry: Registry) -> Route:
    """The route without offices and districts that were retired since the machine learned them."""
    offices = registry.offices
    known = route.office in offices
    return replace(
        route,
        office=route.office if known else None,
        sure=route.sure and known,
        guesses=tuple(guess for guess in route.guesses if guess.office in offices),
        district=route.district if route.district in offices else None,
    )


def _classify(
    desk: Desk, case: Case, unread: Unread, route: Route, place: Workplace, done: Classified
) -> None:
    kind, urgency = kind_of(unread.text), urgency_of(unread.text)
    if case.event_id and not kind.words:  # under the report hashtag, and nothing says otherwise
        kind = KindGuess(Kind.TIP, kind.confidence)
    case.kind, case.urgency = kind.kind, urgency.urgency
    _find_way(desk, case, kind, route, place, done)
    if case.event_id:  # only now: the comms team's digest tells of it, in one mail for all
        case.urgency = Urgency.URGENT


def _find_way(
    desk: Desk, case: Case, kind: KindGuess, route: Route, place: Workplace, done: Classified
) -> None:
    case.district_id = route.district
    case.confidence = route.confidence
    case.words = list(dict.fromkeys((*route.words, *route.place_words)))
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
    desk.to_triage(case, why=_why(route, case, place.registry))
    done.triage += 1


def _why(route: Route, case: Case, registry: Registry) -> str:
    """Why a person decides, as the page of the case says it."""
    if case.sampled:
        return "자동 분류가 얼마나 맞는지 재려고 소통팀이 분류"
    if not route.office:
        return "맞는 기관을 찾지 못해 소통팀이 분류"
    name = registry.offices[route.office].name
    return f"확신도가 낮아 소통팀이 분류 ({name} {route.confidence:.0%})"


def _name(session: Session, office_id: str | None) -> str:
    office = session.get(OfficeRow, office_id) if office_id else None
    return office.name if office else office_id or ""


def _take_from_retired(place: Workplace, done: Classified) -> None:
    """Open cases of an office that is no more need another one."""
    with place.store.write() as session:
        desk = place.desk(session)
        query = select(Case).where(
            Case.status.in_([Status.ROUTED, Status.ASSIGNED]),
            Case.office_id.not_in(place.registry.offices),
        )
        for case in session.scalars(query.with_for_update()).all():
            gone, case.office_id, case.caseworker = case.office_id, None, None
            case.guesses = [guess for guess in case.guesses if guess[0] != gone]
            desk.to_triage(case, why=f"담당 기관이 폐지됨 ({_name(session, gone)})")
            done.triage += 1


def _read_reactions(place: Workplace, done: Classified) -> None:
    """What a citizen writes after the answer: a new complaint reopens the case, thanks do not.

    Nor does more of the same, where a person closed the case for that.
    While the answer is still on its way the reaction waits, too.
    """
    ready = (Status.REPLIED, Status.DISMISSED)
    with place.store.write() as session:
        desk = place.desk(session)
        at_work = select(Case).where(Case.unread, Case.status.not_in([*ready, Status.ANSWERED]))
        for case in session.scalars(at_work.with_for_update()).all():
            case.unread = False  # somebody has it, and reads all of it; only danger cannot wait
            posts = _since_settled(session, case)
            if any(_is_urgent(post) for post in posts):
                desk.make_urgent(case)
        query = select(Case).where(Case.unread, Case.status.in_(ready)).order_by(Case.id)
        for case in session.scalars(query.with_for_update()).all():
            case.unread = False
            news = _since_settled(session, case)
            kinds = [_reaction(session, post) for post in news]
            owed = next((kind for kind in kinds if kind in _MATTERS), None)
            if owed is None or _only_joins(session, case, news):
                case.note("reaction", who=desk.who, at=desk.at, why=", ".join(kinds))
            elif case.status is Status.REPLIED:
                desk.reopen(case, why=owed)
                done.reopened += 1
            else:
                desk.restore(case)
                done.reopened += 1


def _only_joins(session: Session, case: Case, news: Sequence[Post]) -> bool:
    """Whether this is more of what a person closed: by the same citizen, and without danger."""
    first = cases.posts_of(session, case)[0]
    same = all((p.network, p.author_id) == (first.network, first.author_id) for p in news)
    return case.closed_at is not None and same and not any(map(_is_urgent, news))


def _is_urgent(post: Post) -> bool:
    told = urgency_of(_matter(post.text)).urgency is Urgency.URGENT
    return told or post.event_id is not None


def _since_settled(session: Session, case: Case) -> list[Post]:
    """What was joined to a case after it was settled, as its history tells; at least the latest."""
    standing = [post for post in cases.posts_of(session, case) if not post.withdrawn_at]
    settled = max((line.seq for line in case.history if line.after in _SETTLING), default=0)
    joined = sum(line.what == "joined" and line.seq > settled for line in case.history)
    newest = sorted(standing, key=lambda post: post.id)
    return newest[-max(joined, 1) :]


def _reaction(session: Session, post: Post) -> str:
    """What a reaction is; a photo that says nothing is for a person to look at."""
    kind = kind_of(_matter(post.text)).kind
    wordless = not has_letters(plain(post.text))
    shows = select(Photo.id).where(Photo.post_id == post.id).limit(1)
    return _PHOTO if wordless and session.scalar(shows) is not None else kind
