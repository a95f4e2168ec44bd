"""Steps of `assign`: the citizen is told who answers, and the office's people get their mail."""

from prefect import task
from sqlalchemy.orm import Session

from rules.case import Status
from rules.kind import NEEDS_ANSWER
from store import cases
from store.messages import asked_instead, latest_posts, say, signed
from store.tables import MACHINE, Case, MessageKind, Post
from tasks.case_words import when
from tasks.workplace import Workplace, workplace
from templates import render_post

BATCH = 500

#: A case that a citizen's new words brought back begins anew here.
_AGAIN = frozenset({Status.REOPENED})


@task(name="tell citizens who answers")
def tell_citizens() -> int:
    """Put a first reply, or the news of a transfer, into the outbox."""
    return tell(workplace())


def tell(place: Workplace) -> int:
    """Tell every citizen who does not know yet which office answers; returns how many cases."""
    told, offices = 0, place.registry.offices.keys()  # `classify` takes back from retired ones
    while True:
        with place.store.write() as session:
            waiting = cases.to_be_told(session, offices, limit=BATCH)
            for case in waiting:
                _tell(place, session, case)
            session.flush()
            latecomers = cases.posts_to_be_told(session, offices, limit=BATCH)
            for post in latecomers:
                _tell_latecomer(place, session, post)
        told += len(waiting)
        if max(len(waiting), len(latecomers)) < BATCH:
            return told


def _tell(place: Workplace, session: Session, case: Case) -> None:
    kind = MessageKind.TRANSFER if case.told_office_id else MessageKind.RECEIVED
    posts = cases.posts_of(session, case)
    for post in latest_posts(posts):
        _say(place, session, case, kind, post)
    case.told_office_id = case.office_id
    for post in posts:
        post.told = True


def _tell_latecomer(place: Workplace, session: Session, post: Post) -> None:
    """Who joins later, or brings a case back, is told too; who only adds to it is not."""
    case = session.get_one(Case, post.case_id)
    known = {p.author_id for p in cases.posts_of(session, case) if p.told}
    if post.author_id not in known or _brought_back(case, post):
        _say(place, session, case, MessageKind.RECEIVED, post)
    post.told = True


def _brought_back(case: Case, post: Post) -> bool:
    """Whether the case was opened again after this post came in, and so because of it."""
    return any(line.after in _AGAIN and line.at >= post.collected_at for line in case.history)


def _say(place: Workplace, session: Session, case: Case, kind: MessageKind, to: Post) -> None:
    """Queue the message. What was written in private is answered by a person, and only once."""
    if case.kind in NEEDS_ANSWER and to.public:
        body = _body(place, case, kind, to)
        say(
            session,
            case,
            kind,
            body,
            registry=place.registry,
            by=MACHINE,
            at=place.now(),
            to=[to],
        )


def _body(place: Workplace, case: Case, kind: MessageKind, to: Post) -> str:
    return render_post(
        kind,
        **signed(place.registry, case),
        asked=asked_instead(place.registry, to),
        due=when(case.due_at, place, hours=False),
    )
