"""What a citizen deletes is forgotten here too."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError
from registry.ask import active_accounts
from registry.model import Account
from rules.case import Status
from store import cases, posts
from store.desk import withdraw
from store.tables import Case
from tasks.workplace import Workplace

THREADS = 16

#: Every run looks at an account's latest posts; the nightly check looks at all of a month.
RECENT = timedelta(hours=2)
MONTH = timedelta(days=30)


def notice_withdrawn(place: Workplace, *, since: timedelta = RECENT, most: int = 20) -> int:
    """Erase posts that their authors deleted; returns how many.

    `most` posts are asked about for each account. Only a network's own "it is gone" counts.
    """
    accounts = active_accounts(place.registry)
    with ThreadPoolExecutor(THREADS) as pool:
        gone = pool.map(lambda account: _missing(place, account, since, most), accounts)
    return sum(_erase(place, account, ids) for account, ids in zip(accounts, gone, strict=True))


def _missing(place: Workplace, account: Account, since: timedelta, most: int) -> set[str]:
    with place.store.read() as session:
        known = posts.recent_remote_ids(session, account.id, since=place.now() - since, limit=most)
    if not known:
        return set()
    try:
        return place.channel_of(account).missing(account, known)
    except (ChannelBusy, ChannelError):
        return set()  # `read accounts` reports an account that does not answer


def _erase(place: Workplace, account: Account, remote_ids: Iterable[str]) -> int:
    if not remote_ids:
        return 0
    with place.store.write() as session:
        found = posts.by_remote_ids(session, account.network, remote_ids)
        files = [file for post in found for file in posts.erase(session, post, at=place.now())]
        for case_id in {post.case_id for post in found if post.case_id}:
            _withdraw_if_empty(session, session.get_one(Case, case_id), place)
    for file in files:
        (place.settings.media / file).unlink(missing_ok=True)
    return len(found)


def _withdraw_if_empty(session: Session, case: Case, place: Workplace) -> None:
    left = [post for post in cases.posts_of(session, case) if not post.withdrawn_at]
    if left:
        case.note("post withdrawn", who="haechi", at=place.now())
        cases.forget_text(session, case)
    elif case.status is not Status.WITHDRAWN:
        withdraw(session, case, at=place.now())
