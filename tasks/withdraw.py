"""What a citizen deletes is forgotten here too."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError
from registry.ask import active_accounts
from registry.model import Account
from rules.case import Status
from store import cases, posts
from store.desk import withdraw
from store.forget import cancel_replies, forget_mails, forget_messages, forget_quotes
from store.tables import MACHINE, Case, Post
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

THREADS = 80

#: Every run looks at an account's latest posts; the nightly check looks at all of a month.
RECENT = timedelta(hours=2)
MONTH = timedelta(days=30)

#: Posts asked about at once: what was found is kept when the network says wait after that.
CHUNK = 20

#: Seconds that a run waits for its accounts.
PATIENCE = 15.0

#: Seconds that one account's look-up waits for the network to allow more, at night.
LONGEST_WAIT = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How thoroughly to look: how far back, at how many posts of each account, and how patiently."""

    since: timedelta = RECENT
    most: int = CHUNK
    patience: float = PATIENCE
    waits: int = 0  # how often an account may be asked to wait before it is left for next time
    pause: Callable[[float], None] = field(default=time.sleep)


def notice_withdrawn(place: Workplace, search: Search | None = None) -> int:
    """Erase posts that their authors deleted; returns how many.

    Only a network's own "it is gone" counts. What was to be said to such a post is said no more.
    """
    how = search or Search()
    gone = side_by_side(
        lambda account: _look(place, account, how),
        active_accounts(place.registry),
        name=lambda account: account.id,
        odd=lambda _account, _cause: 0,  # asked again by the next run
        threads=THREADS,
        patience=how.patience,
    )
    drop_replies(place)
    return sum(count or 0 for count in gone)


def drop_replies(place: Workplace) -> int:
    """Cancel what is still to be said to posts that are gone; returns how many."""
    with place.store.write() as session:
        return cancel_replies(session, at=place.now())


def _look(place: Workplace, account: Account, how: Search) -> int:
    """Ask about one account's posts, a few at a time, and erase at once what is gone."""
    since = place.now() - how.since
    with place.store.read() as session:
        known = posts.recent_remote_ids(session, account.id, since=since, limit=how.most)
    return sum(erased for _, erased in erase_missing(place, account, known, how))


def erase_missing(
    place: Workplace, account: Account, remote_ids: Sequence[str], how: Search
) -> Iterator[tuple[Sequence[str], int]]:
    """Each few posts that the network told of, and how many of them were gone and are erased.

    Ends where the account must be left for next time.
    """
    left = how.waits
    chunks = [remote_ids[n : n + CHUNK] for n in range(0, len(remote_ids), CHUNK)]
    while chunks:
        try:
            gone = place.channel_of(account).missing(account, chunks[0])
        except ChannelError:
            return  # `read accounts` reports an account that does not answer
        except ChannelBusy as busy:
            if not left:
                return
            left -= 1
            how.pause(min(busy.retry_after or 60.0, LONGEST_WAIT))
            continue
        asked = chunks.pop(0)
        yield asked, _erase(place, account, gone)


def _erase(place: Workplace, account: Account, remote_ids: Iterable[str]) -> int:
    if not remote_ids:
        return 0
    with place.store.write() as session:
        found = [
            p
            for p in posts.by_remote_ids(session, account.network, remote_ids)
            if not p.withdrawn_at
        ]
        files = [file for post in found for file in _forget(session, place, post)]
    for file in files:
        (place.settings.media / file).unlink(missing_ok=True)
    return len(found)


def _forget(session: Session, place: Workplace, post: Post) -> Sequence[str]:
    """Erase one post wherever it is told of; returns the files of ours to remove."""
    text, handle = post.text, post.author_handle
    files = posts.erase(session, post, at=place.now())
    forget_messages(session, post, handle)
    case = session.get(Case, post.case_id) if post.case_id else None
    if case is not None:
        forget_mails(session, case, handle)
        _withdraw(session, case, text, place)
    return files


def _withdraw(session: Session, case: Case, text: str, place: Workplace) -> None:
    """The case ends with its last post; while others stand, only this one's share is forgotten."""
    left = [post for post in cases.posts_of(session, case) if not post.withdrawn_at]
    if left:
        case.note("post withdrawn", who=MACHINE, at=place.now())
        forget_quotes(session, case, text)
        _tell_by(case, left)
    elif case.status is not Status.WITHDRAWN:
        withdraw(session, case, at=place.now())


def _tell_by(case: Case, left: Sequence[Post]) -> None:
    """Where it is and what decided it, by the posts that still stand."""
    said = " ".join(post.text for post in left)
    case.words = [word for word in case.words if word in said]
    spot = next((post for post in left if post.lat is not None), None)
    case.lat, case.lon = (spot.lat, spot.lon) if spot else (None, None)
    case.place = next((post.place for post in left if post.place), None)
