"""Steps of `assign`: the citizen is told who answers, and the office's people get their mail."""

from prefect import task
from sqlalchemy.orm import Session

from rules.kind import NEEDS_ANSWER
from store import cases
from store.messages import latest_posts, say
from store.tables import MACHINE, Case, MessageKind, Post
from tasks.case_words import when
from tasks.workplace import Workplace, workplace
from templates import render_post


@task(name="tell citizens who answers")
def tell_citizens() -> int:
    """Put a first reply, or the news of a transfer, into the outbox."""
    return tell(workplace())


def tell(place: Workplace) -> int:
    """Tell every citizen who does not know yet which office answers; returns how many cases."""
    with place.store.write() as session:
        waiting = cases.to_be_told(session)
        for case in waiting:
            kind = MessageKind.TRANSFER if case.told_office_id else MessageKind.RECEIVED
            posts = cases.posts_of(session, case)
            _say(place, session, case, kind, latest_posts(posts))
            case.told_office_id = case.office_id
            for post in posts:
                post.told = True
        session.flush()
        for post in cases.posts_to_be_told(session):
            _tell_latecomer(place, session, post)
    return len(waiting)


def _tell_latecomer(place: Workplace, session: Session, post: Post) -> None:
    """A citizen who joined later gets the first reply too; one who only adds to it does not."""
    case = session.get_one(Case, post.case_id)
    known = {p.author_id for p in cases.posts_of(session, case) if p.told}
    if post.author_id not in known:
        _say(place, session, case, MessageKind.RECEIVED, [post])
    post.told = True


def _say(place: Workplace, session: Session, case: Case, kind: MessageKind, to: list[Post]) -> None:
    if case.kind in NEEDS_ANSWER:
        say(
            session,
            case,
            kind,
            _body(place, case, kind),
            registry=place.registry,
            by=MACHINE,
            at=place.now(),
            to=to,
        )


def _body(place: Workplace, case: Case, kind: MessageKind) -> str:
    account = place.registry.accounts.get(case.account_id)
    return render_post(
        kind,
        city=place.registry.city.name,
        asked=account.name if account and account.personal else "",
        office=place.registry.offices[case.office_id or ""].name,
        due=when(case.due_at, place, hours=False),
    )
