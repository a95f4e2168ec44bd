"""Reading a bulletin back: what the network accepted must also stand there."""

from collections import defaultdict
from contextlib import suppress
from datetime import datetime

from sqlalchemy import update

from channels.base import ChannelBusy, ChannelError, Published
from rules.outbox import DeliveryState
from store import removed
from store.bulletins import deliveries_of
from store.tables import Bulletin, Delivery
from tasks.settle import is_it
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

THREADS = 40

#: Accounts that take longer, in seconds, are read by the audit.
PATIENCE = 20.0


def read_back(place: Workplace, number: int) -> int:
    """See which of a bulletin's posts stand on their accounts' timelines; returns how many more."""
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        since = bulletin.approved_at or place.now()
        by_account: dict[str, list[Delivery]] = defaultdict(list)
        gone = removed.gone_in(session, number)
        for row in deliveries_of(session, number):
            if row.state is DeliveryState.PUBLISHED and row.seen_at is None and row.id not in gone:
                by_account[row.account_id].append(row)
    readings = side_by_side(
        lambda item: _seen(place, item[0], item[1], since),
        list(by_account.items()),
        name=lambda item: item[0],
        odd=lambda _item, _cause: [],  # the audit reads it once more
        threads=THREADS,
        patience=PATIENCE,
    )
    seen = [row_id for reading in readings if reading for row_id in reading]
    with place.store.write() as session:
        session.execute(update(Delivery).where(Delivery.id.in_(seen)).values(seen_at=place.now()))
    return len(seen)


def _seen(place: Workplace, account_id: str, rows: list[Delivery], since: datetime) -> list[int]:
    posts = timeline(place, account_id, exercise=rows[0].exercise, since=since)
    return [row.id for row in rows if any(is_it(row, post) for post in posts)]


def timeline(
    place: Workplace, account_id: str, *, exercise: bool, since: datetime
) -> list[Published]:
    """What was seen on an account since then: where it cannot be read to its end, what came first."""
    account = place.registry.accounts.get(account_id)
    posts: list[Published] = []
    if account is not None:
        with suppress(ChannelBusy, ChannelError):
            posts.extend(place.channel(account, exercise=exercise).timeline(account, since))
    return posts
