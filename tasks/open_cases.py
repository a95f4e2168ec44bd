"""Posts become cases: each its own, or part of the one it belongs to."""

from datetime import timedelta

from sqlalchemy.orm import Session

from rules.case import OPEN, Status
from rules.similar import THREAD_WITHIN
from store import cases, posts
from store.tables import Case, Delivery, Post
from tasks.workplace import Workplace

#: A citizen's words after our answer may reopen the case for so long; later it is a new one.
REOPENS_FOR = timedelta(days=30)


def open_cases(place: Workplace) -> int:
    """Give every post that has none its case; returns how many new cases there are.

    A reply to our message, or to a post of a case, joins that case. So does what the same
    citizen writes within a few minutes, unless the case was answered meanwhile.
    """
    opened = 0
    with place.store.write() as session:
        for post in posts.without_case(session):
            case = _case_of(session, post, place)
            if case is None:
                cases.open_case(session, post, at=place.now(), tz=place.registry.city.timezone)
                opened += 1
            else:
                _add(session, case, post, place)
    return opened


def _case_of(session: Session, post: Post, place: Workplace) -> Case | None:
    found = _replied_to(session, post) if post.in_reply_to else None
    if found is None:
        earlier = posts.earlier_post(session, post, within=THREAD_WITHIN)
        found = session.get(Case, earlier.case_id) if earlier else None
        if found is not None and found.status not in OPEN:
            return None
    if found is None or found.status is Status.WITHDRAWN:
        return None
    if found.replied_at and place.now() - found.replied_at > REOPENS_FOR:
        return None
    return found


def _replied_to(session: Session, post: Post) -> Case | None:
    """The case of the post, or of our own message, that this one replies to."""
    target = session.query(Post).where(
        Post.network == post.network, Post.remote_id == post.in_reply_to
    )
    citizen = target.first()
    if citizen is not None and citizen.case_id is not None:
        return session.get(Case, citizen.case_id)
    ours = session.query(Delivery).where(Delivery.remote_id == post.in_reply_to).first()
    return session.get(Case, ours.message.case_id) if ours else None


def _add(session: Session, case: Case, post: Post, place: Workplace) -> None:
    cases.join(session, case, post, at=place.now())
    if case.status in (Status.REPLIED, Status.DISMISSED):
        case.unread = True  # whether it reopens depends on what it says: `classify` reads it
