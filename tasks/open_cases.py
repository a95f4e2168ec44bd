"""Posts become cases: each its own, or part of the one it belongs to."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.place import Places
from rules.case import OPEN, Status
from rules.similar import THREAD_WITHIN, WITHIN, Matter, ThreadPost, find_same, same_thread
from store import cases, posts
from store.tables import AccountRow, Case, Delivery, Message, Post
from tasks.router import places
from tasks.workplace import Workplace

#: A citizen's words after our answer may reopen the case for so long; later it is a new one.
REOPENS_FOR = timedelta(days=30)

#: Cases that other citizens' posts may still join: nobody answered them yet.
JOINABLE = OPEN - {Status.ANSWERED}


BATCH = 500

#: Posts of one place, or of none, that a new one is compared with: the latest.
MOST_ALIKE = 500

#: Posts of one case that others are compared with; more say the same.
MOST_OF_A_CASE = 3


class Known:
    """What is told of just now, by place: the same matter is only looked for at the same one."""

    def __init__(self, where: Places) -> None:
        self._where = where
        self._by_place: dict[str | None, list[Matter]] = defaultdict(list)
        self._cases: dict[str, Case] = {}
        self._told: Counter[int] = Counter()

    def place_of(self, post: Post) -> str | None:
        """The place that a post names or comes from, as one name."""
        spot = (post.lat, post.lon) if post.lat is not None and post.lon is not None else None
        found = self._where.find(post.text, spot)
        return " ".join(sorted(found.words)) or found.district

    def apart(self, one: Post, other: Post) -> bool:
        """Whether two posts name places, and none of them is the same."""
        names = [set(self._where.find(post.text).words) for post in (one, other)]
        return all(names) and not names[0] & names[1]

    def add(self, post: Post, case: Case) -> None:
        """Remember a post that others may go on with, as long as its case may be joined."""
        told = self._told[case.id]
        if case.status in JOINABLE and post.public and told < MOST_OF_A_CASE:
            self._told[case.id] += 1
            matter = Matter(
                id=str(post.id), text=post.text, place=self.place_of(post), at=post.created_at
            )
            self._by_place[matter.place].append(matter)
            self._cases[matter.id] = case

    def find(self, post: Post) -> Case | None:
        """The case about the very matter of this post. What was said in private stays alone."""
        place = self.place_of(post) if post.public else None
        latest = self._by_place.get(place, [])[-MOST_ALIKE:]
        same = find_same(post.text, place, post.created_at, latest)
        return self._cases[same] if same and post.public else None


def open_cases(place: Workplace) -> int:
    """Give every post that has none its case; returns how many new cases there are.

    A reply to our message, or to a post of a case, joins that case. So does what the same
    citizen writes within a few minutes, and what another citizen says of the same matter at the
    same place within a day, unless the case was answered meanwhile.
    """
    opened, full = 0, True
    where = places(place)
    while full:
        with place.store.write() as session:
            waiting = posts.without_case(session, limit=BATCH)
            opened += _give_cases(session, place, where, waiting)
        full = len(waiting) == BATCH
    return opened


def _give_cases(session: Session, place: Workplace, where: Places, waiting: Iterable[Post]) -> int:
    known, new = Known(where), 0
    earliest = min((post.created_at for post in waiting), default=None)
    for case, post in cases.since(session, earliest - WITHIN) if earliest else ():
        known.add(post, case)
    for post in waiting:
        new += _give_case(session, place, known, post)
    return new


def _give_case(session: Session, place: Workplace, known: Known, post: Post) -> bool:
    """Join the post to its case, or open one (True)."""
    case = _case_of(session, post, place, known) or known.find(post)
    new = case is None
    if case is None:
        case = cases.open_case(session, post, at=place.now(), tz=place.registry.city.timezone)
    else:
        cases.join(session, case, post, at=place.now())
        if case.status is not Status.RECEIVED:
            case.unread = True  # it may reopen the case, or tell of a danger: `classify` reads it
    known.add(post, case)
    return new


def _case_of(session: Session, post: Post, place: Workplace, known: Known) -> Case | None:
    """The case that this post goes on with."""
    found = _replied_to(session, post) if post.in_reply_to else None
    if found is None:
        found = _begun_before(session, post, known)
    if found is None or found.status is Status.WITHDRAWN:
        return None
    if found.replied_at and place.now() - found.replied_at > REOPENS_FOR:
        return None
    return found


def _begun_before(session: Session, post: Post, known: Known) -> Case | None:
    """The open case that the same citizen began a moment ago."""
    earlier = posts.earlier_post(session, post, within=THREAD_WITHIN)
    case = session.get(Case, earlier.case_id) if earlier else None
    if earlier is None or case is None or case.status not in JOINABLE:
        return None
    goes_on = same_thread(_in_thread(earlier), _in_thread(post)) and not known.apart(earlier, post)
    return case if goes_on and earlier.public == post.public else None


def _in_thread(post: Post) -> ThreadPost:
    return ThreadPost(
        id=post.remote_id,
        network=post.network,
        author=post.author_id,
        at=post.created_at,
        reply_to=post.in_reply_to,
    )


def _replied_to(session: Session, post: Post) -> Case | None:
    """The case of the post, or of our own message, that this one replies to."""
    for citizen in posts.by_remote_ids(session, post.network, [post.in_reply_to or ""]):
        if citizen.case_id is not None:
            return session.get(Case, citizen.case_id)
    ours = (
        select(Case)
        .join(Message, Message.case_id == Case.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(AccountRow, Delivery.account_id == AccountRow.id)
        .where(Delivery.remote_id == post.in_reply_to, AccountRow.network == post.network)
    )
    return session.scalars(ours.limit(1)).first()
