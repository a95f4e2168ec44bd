"""Reading the accounts: each since its cursor, all side by side, none at the others' cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, Page, Post, Trouble
from registry.ask import active_accounts
from registry.model import Account
from rules.clean import one_line
from store import posts
from store.posts import Incoming
from store.tables import Reading
from tasks.intake import incoming_of, is_ours
from tasks.search import Asked, asked_events, event_of
from tasks.side_by_side import side_by_side
from tasks.trouble import tell_comms_team
from tasks.workplace import Workplace

#: So many accounts are read at the same time.
THREADS = 80

#: Seconds that a run waits for its accounts; whoever is slower is left to read on alone.
PATIENCE = 20.0

#: Pages read of one account in one run; what is left comes a minute later.
MOST_PAGES = 20

#: An account that is read for the first time: what was written longer ago than this was dealt
#: with the old way, if at all. `docs/decisions/0050` says why.
FIRST_LOOK_BACK = timedelta(days=3)

#: So often an account may be busy, a minute each, before somebody hears of it.
TOLERATED = 15

_LONGEST_WAIT = timedelta(minutes=10)
_WHILE_SLOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What reading one account came to."""

    account: Account
    new: int = 0
    trouble: ChannelBusy | ChannelError | None = None
    recovered: bool = False  # it had been failing before
    first: bool = False  # it had never been read before
    quiet: bool = False  # nothing to store, so its row was not written yet

    @property
    def cause(self) -> str:
        """Why it could not be read; empty where it could."""
        return one_line(self.trouble.cause, 500) if self.trouble else ""


def read(place: Workplace, *, patience: float = PATIENCE) -> list[Harvest]:
    """Read every account that is due, side by side: a dead one holds up nobody else.

    Raises `StoreError` where the store cannot take what was read; nothing is lost then, since
    cursor and posts are stored together or not at all.
    """
    accounts, begun, events = _due(place), set[str](), asked_events(place)

    def work(account: Account) -> Harvest:
        begun.add(account.id)
        return _read_account(place, account, events)

    found = side_by_side(
        work,
        accounts,
        name=lambda account: account.id,
        odd=lambda account, cause: Harvest(account, trouble=_odd(cause)),
        threads=THREADS,
        patience=patience,
    )
    harvests = [
        harvest or Harvest(account, trouble=_slow(account, patience))
        for account, harvest in zip(accounts, found, strict=True)
        if harvest or account.id in begun
    ]
    _note(place, harvests)
    return harvests


def _due(place: Workplace) -> list[Account]:
    """Active accounts that were not told to wait, those read longest ago first."""
    at = place.now()
    with place.store.read() as session:
        rows = {row.account_id: row for row in session.scalars(select(Reading))}
    never = datetime.min.replace(tzinfo=at.tzinfo)

    def read_at(account: Account) -> datetime:
        row = rows.get(account.id)
        return row.read_at or never if row else never

    def waits(account: Account) -> bool:
        row = rows.get(account.id)
        # read later than now: the clock was set back since, and its times mean nothing
        return bool(row and row.not_before and row.not_before > at and read_at(account) <= at)

    accounts = [a for a in active_accounts(place.registry) if not waits(a)]
    return sorted(accounts, key=read_at)


def _read_account(place: Workplace, account: Account, events: Sequence[Asked]) -> Harvest:
    with place.store.read() as session:
        row = session.get(Reading, account.id)
        cursor, begun_at = (row.cursor, row.begun_at) if row else ("", None)
        harvest = Harvest(
            account, recovered=bool(row and row.failures), first=begun_at is None, quiet=True
        )
    try:
        for _ in range(MOST_PAGES):
            page = place.channel_of(account).fetch(account, cursor)
            wanted = _wanted(place, account, page, begun_at or place.now())
            wanted = _of_events(place, wanted, events) if events else wanted
            if begun_at is None or page.cursor != cursor or _any_new(place, wanted):
                harvest = replace(
                    harvest, new=harvest.new + _keep(place, account, page, wanted), quiet=False
                )
            cursor = page.cursor
            if not page.more:
                break
    except (ChannelBusy, ChannelError) as trouble:
        return replace(harvest, trouble=trouble, recovered=False, quiet=False)
    return harvest


def _wanted(
    place: Workplace, account: Account, page: Page[Post], begun_at: datetime
) -> list[Incoming]:
    """The page's posts as they are stored: without our own, and without years of old ones."""
    at = place.now()
    oldest = min(begun_at, at) - FIRST_LOOK_BACK  # a clock set back since would hide new ones
    return [
        incoming_of(account, post, at=at)
        for post in page.items
        if post.created_at >= oldest and not is_ours(place, account, post)
    ]


def _of_events(
    place: Workplace, wanted: Sequence[Incoming], events: Sequence[Asked]
) -> list[Incoming]:
    """What carries an open event's report hashtag is told of it, unless the search was faster."""
    told = [replace(post, event_id=event_of(events, place, post.text)) for post in wanted]
    if all(post.event_id is None for post in told):
        return told
    with place.store.read() as session:
        urls = {post.url for post in told if post.event_id is not None}
        known = posts.known_addresses(session, urls, exercise=False)
    return [post for post in told if post.event_id is None or post.url not in known]


def _any_new(place: Workplace, wanted: Sequence[Incoming]) -> bool:
    """Whether any is not stored yet: the last minute is read again each time."""
    if not wanted:
        return False
    with place.store.read() as session:
        ids = {post.remote_id for post in wanted}
        return len(posts.by_remote_ids(session, wanted[0].network, ids)) < len(ids)


def _keep(place: Workplace, account: Account, page: Page[Post], wanted: list[Incoming]) -> int:
    """Store a page and the cursor behind it together: neither is ever without the other."""
    at = place.now()
    with place.store.write() as session:
        new = posts.store_posts(session, wanted, at=at)
        row = posts.reading(session, account.id)
        row.cursor, row.begun_at = page.cursor, row.begun_at or at
        _answered(row, at=at, to_its_end=not page.more)
        row.posts += new
    return new


def _answered(row: Reading, *, at: datetime, to_its_end: bool = True) -> None:
    row.read_at = at
    row.good_at = at if to_its_end else row.good_at
    row.failures, row.cause, row.not_before = 0, "", None


def _note(place: Workplace, harvests: Iterable[Harvest]) -> None:
    """Write down, in one go, which accounts were quiet and which are in trouble."""
    noted = [harvest for harvest in harvests if harvest.quiet or harvest.trouble]
    if not noted:
        return
    fallen: list[Harvest] = []
    with place.store.write() as session:
        for harvest in sorted(noted, key=lambda harvest: harvest.account.id):
            row = posts.reading(session, harvest.account.id)
            if harvest.trouble is None:
                _answered(row, at=place.now())
            elif _fell_silent(row, harvest.trouble, harvest.cause, at=place.now()):
                fallen.append(harvest)
        _mail(session, place, fallen)


def _fell_silent(
    row: Reading, trouble: ChannelBusy | ChannelError, cause: str, *, at: datetime
) -> bool:
    """Note a failure; True where it is time that a person hears of it."""
    row.read_at, row.failures, row.cause = at, row.failures + 1, cause
    asked = getattr(trouble, "retry_after", None)
    if asked:
        row.not_before = at + min(timedelta(seconds=asked), _LONGEST_WAIT)
    return row.failures == (1 if isinstance(trouble, ChannelError) else TOLERATED)


def _mail(session: Session, place: Workplace, fallen: list[Harvest]) -> None:
    tell_comms_team(session, place, [(harvest.account, harvest.cause) for harvest in fallen])


def _odd(cause: str) -> ChannelError:
    """Told to people at once, like a network's refusal: what is wrong with us stays wrong."""
    return ChannelError(cause.removeprefix(f"{Trouble.ODD}: "), Trouble.ODD)


def _slow(account: Account, patience: float) -> ChannelBusy:
    return ChannelBusy(
        f"{account.id} ({account.network}): no answer within {patience:g} s, still waiting for it",
        _WHILE_SLOW.total_seconds(),
    )
