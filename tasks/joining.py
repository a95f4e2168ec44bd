"""Where each post belongs, decided on what was read before: nothing here asks or writes the store."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from routing.place import Place, Places
from rules.case import OPEN, Status
from rules.similar import Matter, ThreadPost, find_same, said_again, same_thread
from store.tables import Post

#: A citizen's words after our answer may reopen the case for so long; later it is a new one.
REOPENS_FOR = timedelta(days=30)

#: Cases that other citizens' posts may still join: nobody answered them yet.
JOINABLE = OPEN - {Status.ANSWERED}

#: Posts of one place, or of none, that a new one is compared with: the latest.
MOST_ALIKE = 500

#: Posts of one case that others are compared with; more say the same.
MOST_OF_A_CASE = 3


@dataclass(slots=True, eq=False)
class Home:
    """The case that posts go to: one as it was read, or (without an id) one they are to open."""

    id: int | None = None
    status: Status = Status.RECEIVED
    replied_at: datetime | None = None

    @property
    def joinable(self) -> bool:
        return self.status in JOINABLE


class Known:
    """What is told of just now, by place: the same matter is only looked for at the same one."""

    def __init__(self, where: Places) -> None:
        self._where = where
        self._by_place: dict[str | None, list[Matter]] = defaultdict(list)
        self._homes: dict[str, Home] = {}
        self._told: Counter[Home] = Counter()
        self._named: dict[int, Place] = {}

    def place_of(self, post: Post) -> str | None:
        """The place that a post names or comes from, as one name."""
        found = self._place(post)
        return " ".join(sorted(found.words)) or found.district

    def matter(self, post: Post) -> Matter:
        """A post as it is compared with others."""
        return Matter(
            id=str(post.id), text=post.text, place=self.place_of(post), at=post.created_at
        )

    def apart(self, one: Post, other: Post) -> bool:
        """Whether two posts name places, and none of them is the same."""
        names = [set(self._where.find(post.text).words) for post in (one, other)]
        return all(names) and not names[0] & names[1]

    def add(self, post: Post, home: Home) -> None:
        """Remember a post that others may go on with, as long as its case may be joined."""
        if home.joinable and post.public and self._told[home] < MOST_OF_A_CASE:
            self._told[home] += 1
            matter = self.matter(post)
            self._by_place[matter.place].append(matter)
            self._homes[matter.id] = home

    def find(self, post: Post) -> Home | None:
        """The case about the very matter of this post. What was said in private stays alone."""
        if not post.public:
            return None
        place = self.place_of(post)
        latest = self._by_place.get(place, [])[-MOST_ALIKE:]
        same = find_same(post.text, place, post.created_at, latest)
        return self._homes[same] if same else None

    def _place(self, post: Post) -> Place:
        if post.id not in self._named:
            spot = (post.lat, post.lon) if post.lat is not None and post.lon is not None else None
            self._named[post.id] = self._where.find(post.text, spot)
        return self._named[post.id]


@dataclass(kw_only=True)
class Threads:
    """Who wrote before, and what is answered: to whose case a post may go on."""

    within: timedelta
    parents: dict[tuple[str, str], Home] = field(default_factory=dict)
    ours: dict[tuple[str, str], Home] = field(default_factory=dict)
    _by_author: dict[tuple[str, str], list[tuple[Post, Home]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    _closed: dict[tuple[str, str], list[tuple[Post, Home]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def close(self, post: Post, home: Home) -> None:
        """Remember what a citizen wrote in a case that was closed as said again and again."""
        self._closed[post.network, post.author_id].append((post, home))

    def closed(self, post: Post) -> list[tuple[Post, Home]]:
        """What the writer of this post wrote in such cases, oldest first."""
        return self._closed[post.network, post.author_id]

    def add(self, post: Post, home: Home) -> None:
        """Remember where a post went."""
        self.parents[post.network, post.remote_id] = home
        self._by_author[post.network, post.author_id].append((post, home))

    def replied_to(self, post: Post) -> Home | None:
        """The case of the post, or of our own message, that this one replies to."""
        key = (post.network, post.in_reply_to or "")
        return (self.parents.get(key) or self.ours.get(key)) if post.in_reply_to else None

    def before(self, post: Post) -> tuple[Post, Home] | None:
        """The same citizen's latest post before this one, where it is recent."""
        recent = (
            (earlier, home)
            for earlier, home in self._by_author[post.network, post.author_id]
            if timedelta() <= post.created_at - earlier.created_at <= self.within
        )
        return max(recent, key=lambda found: (found[0].created_at, found[0].id), default=None)


def homes_of(
    waiting: Iterable[Post], known: Known, threads: Threads, *, now: datetime
) -> list[tuple[Post, Home]]:
    """Each post with the case it goes to, in order; what one opens, the next ones may join."""
    plan = []
    for post in waiting:
        home = (
            _goes_on_with(post, known, threads, now)
            or _says_again(post, known, threads)
            or known.find(post)
            or Home()
        )
        known.add(post, home)
        threads.add(post, home)
        plan.append((post, home))
    return plan


def _goes_on_with(post: Post, known: Known, threads: Threads, now: datetime) -> Home | None:
    found = threads.replied_to(post) or _begun_before(post, known, threads)
    if found is None or found.status is Status.WITHDRAWN:
        return None
    if found.replied_at and now - found.replied_at > REOPENS_FOR:
        return None
    return found


def _says_again(post: Post, known: Known, threads: Threads) -> Home | None:
    """The case that a person closed, where the same citizen says the same once more."""
    return next(
        (
            home
            for earlier, home in threads.closed(post)
            if earlier.public == post.public
            and not known.apart(earlier, post)
            and said_again(known.matter(earlier), known.matter(post))
        ),
        None,
    )


def _begun_before(post: Post, known: Known, threads: Threads) -> Home | None:
    """The open case that the same citizen began a moment ago."""
    before = threads.before(post)
    if before is None or not before[1].joinable:
        return None
    earlier, home = before
    goes_on = same_thread(_in_thread(earlier), _in_thread(post)) and not known.apart(earlier, post)
    return home if goes_on and earlier.public == post.public else None


def _in_thread(post: Post) -> ThreadPost:
    return ThreadPost(
        id=post.remote_id,
        network=post.network,
        author=post.author_id,
        at=post.created_at,
        reply_to=post.in_reply_to,
    )
