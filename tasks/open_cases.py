"""Posts become cases: each its own, or part of the one it belongs to."""

from datetime import timedelta

from sqlalchemy.orm import Session

from routing.place import Places
from rules.case import OPEN, Status
from rules.similar import THREAD_WITHIN, WITHIN, Matter, find_same
from store import cases, posts
from store.tables import Case, Delivery, Post
from tasks.router import places
from tasks.workplace import Workplace

#: A citizen's words after our answer may reopen the case for so long; later it is a new one.
REOPENS_FOR = timedelta(days=30)


def open_cases(place: Workplace) -> int:
    """Give every post that has none its case; returns how many new cases there are.

    A reply to our message, or to a post of a case, joins that case. So does what the same
    citizen writes within a few minutes, and what another citizen says of the same matter at the
    same place within a day, unless the case was answered meanwhile.
    """
    where = places(place)
    with place.store.write() as session:
        waiting = posts.without_case(session)
        if not waiting:
            return 0
        earliest = min(post.created_at for post in waiting)
        matters = {
            str(post.id): (_matter(where, post), case)
            for case, post in cases.since(session, earliest - WITHIN)
        }
        return sum(_give_case(session, place, where, post, matters) for post in waiting)


def _give_case(
    session: Session,
    place: Workplace,
    where: Places,
    post: Post,
    matters: dict[str, tuple[Matter, Case]],
) -> bool:
    """Join the post to its case, or open one (True)."""
    matter = _matter(where, post)
    case = _case_of(session, post, place)
    if case is None:
        same = find_same(post.text, matter.place, post.created_at, (m for m, _ in matters.values()))
        case = matters[same][1] if same else None
    new = case is None
    if case is None:
        case = cases.open_case(session, post, at=place.now(), tz=place.registry.city.timezone)
    else:
        _add(session, case, post, place)
    matters[matter.id] = (matter, case)
    return new


def _matter(where: Places, post: Post) -> Matter:
    spot = (post.lat, post.lon) if post.lat is not None and post.lon is not None else None
    found = where.find(post.text, spot)
    name = " ".join(sorted(found.words)) or found.district
    return Matter(id=str(post.id), text=post.text, place=name, at=post.created_at)


def _case_of(session: Session, post: Post, place: Workplace) -> Case | None:
    """The case that this post goes on with."""
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
    for citizen in posts.by_remote_ids(session, post.network, [post.in_reply_to or ""]):
        if citizen.case_id is not None:
            return session.get(Case, citizen.case_id)
    ours = session.query(Delivery).where(Delivery.remote_id == post.in_reply_to).first()
    return session.get(Case, ours.message.case_id) if ours else None


def _add(session: Session, case: Case, post: Post, place: Workplace) -> None:
    cases.join(session, case, post, at=place.now())
    if case.status in (Status.REPLIED, Status.DISMISSED):
        case.unread = True  # whether it reopens depends on what it says: `classify` reads it
