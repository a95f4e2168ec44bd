"""Steps of `collect`: read every account, keep what is new, open cases, fetch photos."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

from prefect import task

from channels.base import ChannelBusy, ChannelError, Cursor, Page, Post
from registry.ask import active_accounts
from registry.model import Account
from rules.clean import clean, one_line, safe_url
from store import posts
from store.posts import Incoming
from store.tables import Reading
from tasks.open_cases import open_cases as open_cases_in
from tasks.photos import fetch_photos as fetch_photos_in
from tasks.withdraw import notice_withdrawn as notice_withdrawn_in
from tasks.workplace import Workplace, workplace

#: So many accounts are read at the same time.
THREADS = 16

#: Pages read of one account in one run; what is left comes a minute later.
MOST_PAGES = 20

_LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What reading one account came to."""

    account: Account
    new: int = 0
    cause: str = ""


@task(name="read accounts")
def read_accounts() -> list[Harvest]:
    """Read every active account since its cursor."""
    return read(workplace())


@task(name="open cases")
def open_cases() -> int:
    """Make cases of new posts, or join them to the case they belong to."""
    return open_cases_in(workplace())


@task(name="fetch photos")
def fetch_photos() -> int:
    """Fetch the photos of new posts and keep them without metadata."""
    return fetch_photos_in(workplace())


@task(name="notice withdrawn posts")
def notice_withdrawn() -> int:
    """Forget what citizens deleted."""
    return notice_withdrawn_in(workplace())


def read(place: Workplace) -> list[Harvest]:
    """Read every account that is due, side by side: a dead one holds up nobody else."""
    at = place.now()
    with place.store.read() as session:
        waiting = {
            row.account_id
            for row in session.query(Reading).where(Reading.not_before > at)  # said to wait
        }
    accounts = [a for a in active_accounts(place.registry) if a.id not in waiting]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda account: _read_account(place, account), accounts))


def _read_account(place: Workplace, account: Account) -> Harvest:
    with place.store.read() as session:
        found = session.get(Reading, account.id)
        cursor = found.cursor if found else ""
    new = 0
    try:
        for _ in range(MOST_PAGES):
            page = place.channel_of(account).fetch(account, cursor)
            if page.items or page.cursor != cursor or found is None or found.failures:
                new += _keep(place, account, page)
            cursor, found = page.cursor, found or Reading()
            if not page.more:
                break
    except (ChannelBusy, ChannelError) as trouble:
        _note_trouble(place, account, trouble)
        return Harvest(account, new, str(trouble))
    return Harvest(account, new)


def _keep(place: Workplace, account: Account, page: Page[Post]) -> int:
    """Store a page and the cursor behind it together: neither is ever without the other."""
    at = place.now()
    incoming = [_incoming(account, post) for post in page.items]
    with place.store.write() as session:
        new = posts.store_posts(session, incoming, at=at)
        _advance(posts.reading(session, account.id), page.cursor)
        row = posts.reading(session, account.id)
        row.read_at = row.good_at = at
        row.failures, row.cause, row.not_before = 0, "", None
        row.posts += new
    return new


def _advance(row: Reading, cursor: Cursor) -> None:
    row.cursor = cursor


def _note_trouble(place: Workplace, account: Account, trouble: ChannelBusy | ChannelError) -> None:
    at = place.now()
    with place.store.write() as session:
        row = posts.reading(session, account.id)
        row.read_at, row.failures, row.cause = at, row.failures + 1, one_line(str(trouble), 500)
        asked = getattr(trouble, "retry_after", None)
        if asked:
            row.not_before = at + min(timedelta(seconds=asked), _LONGEST_WAIT)


def _incoming(account: Account, post: Post) -> Incoming:
    place = post.place
    return Incoming(
        network=account.network,
        remote_id=post.remote_id,
        account_id=account.id,
        author_id=one_line(post.author_id, 200),
        author_handle=one_line(post.author_handle, 200),
        author_name=one_line(post.author_name, 200),
        text=clean(post.text),
        url=safe_url(post.url) or "",
        created_at=post.created_at,
        in_reply_to=post.in_reply_to,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        place=one_line(place.name, 200) if place and place.name else None,
        public=post.public,
        photos=tuple((photo.url, clean(photo.alt)) for photo in post.photos),
    )


def new_posts(harvests: Iterable[Harvest]) -> int:
    """How many posts these readings brought."""
    return sum(harvest.new for harvest in harvests)


def troubled(harvests: Iterable[Harvest]) -> list[Harvest]:
    """The accounts that could not be read."""
    return [harvest for harvest in harvests if harvest.cause]
