"""What citizens deleted long after they wrote it: older posts are asked about in turns."""

from datetime import datetime
from math import ceil

from registry.ask import active_accounts
from registry.model import Account
from store import posts
from tasks.side_by_side import side_by_side
from tasks.withdraw import MONTH, THREADS, Search, drop_replies, erase_missing
from tasks.workplace import Workplace

#: Each older post of an account is asked about once in so many nights,
NIGHTS = 30

#: as long as that is no more than so many posts a night: a twentieth of it in requests.
MOST = 2_000


def notice_older(place: Workplace, how: Search) -> int:
    """Ask about tonight's share of what is older than a month; returns how many posts were erased.

    Each account goes on after the post that it was asked about last, so that a night that failed
    only comes later. An account of more than `NIGHTS * MOST` older posts takes longer than
    `NIGHTS`, by a night for each `MOST`.
    """
    erased = side_by_side(
        lambda account: _ask(place, account, how),
        active_accounts(place.registry),
        name=lambda account: account.id,
        odd=lambda _account, _cause: 0,  # asked again another night
        threads=THREADS,
        patience=how.patience,
    )
    drop_replies(place)
    return sum(count or 0 for count in erased)


def share(older: int) -> int:
    """How many of an account's older posts one night asks about."""
    return min(MOST, ceil(older / NIGHTS))


def _ask(place: Workplace, account: Account, how: Search) -> int:
    asked, erased = _tonight(place, account, place.now() - MONTH), 0
    for remote_ids, gone in erase_missing(place, account, list(asked), how):
        erased += gone
        with place.store.write() as session:
            posts.reading(session, account.id).looked_at = asked[remote_ids[-1]]
    return erased


def _tonight(place: Workplace, account: Account, before: datetime) -> dict[str, int]:
    """The older posts that are next, by remote id; after the last comes the first again."""
    with place.store.write() as session:
        last = posts.reading(session, account.id).looked_at
    with place.store.read() as session:
        number = share(posts.count_older(session, account.id, before=before))
        found = posts.older(session, account.id, before=before, after=last, limit=number)
        if len(found) < number:
            rest = number - len(found)
            found += posts.older(session, account.id, before=before, after=0, limit=rest)
    return {post.remote_id: post.id for post in found}
