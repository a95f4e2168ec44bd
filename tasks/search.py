"""While an event is open its report hashtag is searched, too: what is found belongs to the event."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Channel, ChannelBusy, ChannelError, Page, Post
from channels.exercise import SIGN
from registry.ask import active_accounts
from registry.model import Account, DisasterRole
from rules.clean import one_line
from rules.hashtags import carries
from store import posts
from store.bulletins import open_events
from store.posts import Incoming
from store.tables import Search
from tasks.intake import incoming_of, is_ours
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

#: What was written shortly before the first bulletin is told of the same event.
BEFORE = timedelta(hours=1)

#: Accounts of one network that are asked in turn, until one can search.
READERS = 3

#: Pages read of one network in one run; what is left comes a minute later.
MOST_PAGES = 20

#: Seconds that a run waits for its networks, and how many are searched at the same time.
PATIENCE = 20.0
THREADS = 16

_FIRST = (DisasterRole.LEAD, DisasterRole.DEPUTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An open event as far as searching for it needs."""

    id: int
    number: str
    exercise: bool
    tag: str
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What searching one network for one event came to."""

    event: str
    network: str
    new: int = 0
    cause: str = ""


def search_reports(place: Workplace, *, patience: float = PATIENCE) -> list[Found]:
    """Search every network that can for the hashtag of every open event, each network once.

    A network that does not answer is told of in what is returned, and holds up no other.
    """
    wanted = [
        (event, readers)
        for event in asked_events(place)
        for readers in _readers(place, exercise=event.exercise)
    ]
    found = side_by_side(
        lambda one: _search(place, *one),
        wanted,
        name=lambda one: f"{one[0].number} on {one[1][0].network}",
        odd=lambda one, cause: Found(event=one[0].number, network=one[1][0].network, cause=cause),
        threads=THREADS,
        patience=patience,
    )
    return [
        result
        or Found(
            event=event.number,
            network=readers[0].network,
            cause=f"no answer within {patience:g} s, still waiting for it",
        )
        for (event, readers), result in zip(wanted, found, strict=True)
    ]


def asked_events(place: Workplace) -> list[Asked]:
    """Open events, the youngest first; of several with the same hashtag only that one."""
    with place.store.read() as session:
        events = [*open_events(session, exercise=False), *open_events(session, exercise=True)]
        asked = [
            Asked(
                id=event.id,
                number=event.number,
                exercise=event.exercise,
                tag=event.report_tag,
                opened_at=event.opened_at,
            )
            for event in events
            if event.report_tag and event.opened_at
        ]
    asked.sort(key=lambda event: (event.opened_at, event.id))
    youngest = {(event.exercise, event.tag): event for event in asked}
    return sorted(youngest.values(), key=lambda event: -event.id)


def event_of(events: Iterable[Asked], place: Workplace, text: str) -> int | None:
    """The open event whose report hashtag a post to one of our accounts carries."""
    if not place.settings.live and SIGN in text:
        return None
    tagged = (event.id for event in events if not event.exercise and carries(text, event.tag))
    return next(tagged, None)


def _readers(place: Workplace, *, exercise: bool) -> Iterator[list[Account]]:
    """For each network the accounts to search with: on the same server, the one that leads first.

    Channels are shared by a network's accounts, and by all where all are on the practice network.
    """
    by_channel: dict[Channel, list[Account]] = {}
    for account in sorted(active_accounts(place.registry), key=_rank):
        by_channel.setdefault(place.channel(account, exercise=exercise), []).append(account)
    for first, *others in by_channel.values():
        home = (first.network, first.server)
        yield [first, *(one for one in others if (one.network, one.server) == home)][:READERS]


def _rank(account: Account) -> tuple[int, bool, str]:
    role = account.disaster_role
    return _FIRST.index(role) if role in _FIRST else len(_FIRST), not account.flagship, account.id


def _search(place: Workplace, event: Asked, readers: list[Account]) -> Found:
    network = readers[0].network
    trouble: ChannelBusy | ChannelError | None = None
    new = 0
    for account in readers:
        try:
            for count in _pages(place, event, account):
                new += count
            return Found(event=event.number, network=network, new=new)
        except (ChannelBusy, ChannelError) as failure:
            trouble = failure
    cause = one_line(trouble.cause, 500) if trouble else ""
    with place.store.write() as session:
        row = _row(session, event, readers[0])
        row.read_at, row.cause = place.now(), cause
    return Found(event=event.number, network=network, new=new, cause=cause)


def _pages(place: Workplace, event: Asked, account: Account) -> Iterator[int]:
    """Read on from the cursor, and yield how many posts of each page are new."""
    channel = place.channel(account, exercise=event.exercise)
    with place.store.read() as session:
        known = session.get(Search, (event.id, account.network))
        cursor = known.cursor if known else ""
    for _ in range(MOST_PAGES):
        page = channel.search(account, event.tag, cursor, begun=event.opened_at - BEFORE)
        if page.items or page.cursor != cursor:
            yield _keep(place, event, account, page)
        cursor = page.cursor
        if not page.more:
            return


def _keep(place: Workplace, event: Asked, account: Account, page: Page[Post]) -> int:
    """Store a page and the cursor behind it together: neither is ever without the other."""
    at = place.now()
    with place.store.write() as session:
        row = _row(session, event, account)
        wanted = list(_wanted(place, event, account, page))
        urls = (post.url for post in wanted)
        known = posts.known_addresses(session, urls, exercise=event.exercise)
        new = posts.store_posts(session, [post for post in wanted if post.url not in known], at=at)
        row.cursor, row.read_at, row.cause = page.cursor, at, ""
        row.posts += new
    return new


def _wanted(
    place: Workplace, event: Asked, account: Account, page: Page[Post]
) -> Iterator[Incoming]:
    """The page's posts as they are stored: without our own, without what is older than the event."""
    for post in page.items:
        if post.created_at < event.opened_at - BEFORE or _is_not_meant(place, event, account, post):
            continue
        yield incoming_of(account, post, at=place.now(), event_id=event.id, exercise=event.exercise)


def _is_not_meant(place: Workplace, event: Asked, account: Account, post: Post) -> bool:
    """Ours; or, where real and exercise share the practice network, a report for the exercise."""
    if is_ours(place, account, post, exercise=event.exercise):
        return True
    return not event.exercise and not place.settings.live and SIGN in post.text


def _row(session: Session, event: Asked, account: Account) -> Search:
    """How far the network was searched; held until this transaction ends."""
    begins = posts.insert_for(session, Search.__table__).values(  # type: ignore[arg-type]  # it is a table
        event_id=event.id, network=account.network, cursor="", posts=0, cause=""
    )
    session.execute(begins.on_conflict_do_nothing())
    key = (event.id, account.network)
    return session.get_one(Search, key, with_for_update=True, populate_existing=True)
