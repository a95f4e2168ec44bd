"""What a person put up is looked for where its address says that it stands."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from prefect import task

from channels.base import SKEW, Channel, ChannelBusy, ChannelError, LookBack, Published
from registry.model import Account
from rules.proof_address import leads_to
from store import outbox, proof_address
from store.proof_address import Look, Sought
from tasks.settle import is_it
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace, workplace

THREADS = 16

#: Accounts that take longer to read, in seconds, count as not read this time.
PATIENCE = 10.0


@dataclass(slots=True)
class Proved:
    """What one round of looking came to."""

    seen: int = 0
    missing: int = 0
    unread: int = 0

    def __str__(self) -> str:
        return f"{self.seen} seen, {self.missing} not there, {self.unread} unread"


@task(name="look for what people put up")
def look_for_put_up() -> Proved:
    """Read the accounts on which somebody says that something is up."""
    return look(workplace())


def look(place: Workplace) -> Proved:
    """The same for one workplace. Asked often, it keeps no writer waiting."""
    begun = place.now()
    with place.store.read() as session:
        sought = proof_address.due(session, at=begun)
    if not sought:
        return Proved()
    above = _above(place, sought)
    by_account: dict[tuple[str, bool], list[Sought]] = defaultdict(list)
    for one in sought:
        by_account[one.delivery.account_id, one.delivery.exercise].append(one)
    readings = side_by_side(
        lambda item: _read(place, *item, above),
        list(by_account.items()),
        name=lambda item: item[0][0],
        odd=lambda item, _cause: _unread(item[1]),
        threads=THREADS,
        patience=PATIENCE,
    )
    looks = [
        found
        for reading, group in zip(readings, by_account.values(), strict=True)
        for found in (_unread(group) if reading is None else reading)
    ]
    with place.store.write() as session:
        for found in looks:
            proof_address.looked(session, place.registry, found, begun=begun, at=place.now())
    return Proved(
        seen=sum(found.found is True for found in looks),
        missing=sum(found.found is False for found in looks),
        unread=sum(found.found is None for found in looks),
    )


def _above(place: Workplace, sought: list[Sought]) -> dict[int, str | None]:
    """The post that each stands below, where a network keeps what is below apart."""
    alone = {one.delivery.id for one in sought if place.only_comments(one.delivery)}
    with place.store.read() as session:
        return {
            row.id: outbox.above(session, row, comments=row.id in alone)
            for row in (one.delivery for one in sought)
        }


def _read(
    place: Workplace,
    line: tuple[str, bool],
    sought: list[Sought],
    above: Mapping[int, str | None],
) -> list[Look]:
    account_id, exercise = line
    account = place.registry.accounts.get(account_id)
    if account is None:  # retired
        return _unread(sought)
    channel = place.channel(account, exercise=exercise)
    apart = channel.replies_in_thread or channel.look_back is LookBack.THREAD

    def stands_below(one: Sought) -> str:
        return (apart and above[one.delivery.id]) or ""

    looks: list[Look] = []
    for below, together in groupby(sorted(sought, key=stands_below), key=stands_below):
        looks += _looks(channel, account, list(together), below)
    return looks


def _looks(channel: Channel, account: Account, sought: list[Sought], below: str) -> list[Look]:
    """What one reading shows of these: until all were seen, or to its end."""
    missing = {one.delivery.id: one for one in sought}
    complete = True
    try:
        for post in _posts(channel, account, sought, below):
            missing = {id_: one for id_, one in missing.items() if not _shows(one, post)}
            if not missing:
                break
    except (ChannelBusy, ChannelError):
        complete = False
    return [
        Look(
            delivery_id=one.delivery.id,
            found=one.delivery.id not in missing
            or (False if complete and _would_show(channel, one) else None),
            below=bool(below),
        )
        for one in sought
    ]


def _posts(
    channel: Channel, account: Account, sought: list[Sought], below: str
) -> Iterator[Published]:
    if below:
        return channel.thread(account, below)
    return channel.timeline(account, min(one.since for one in sought))


def _shows(one: Sought, post: Published) -> bool:
    """Whether this is it: by its words, or by its address, unless it stood there before all that."""
    row = one.delivery
    if is_it(row, post):
        return True
    here = leads_to(row.url or "", remote_id=post.remote_id, stands_at=post.url)
    return here and post.at >= one.since - SKEW


def _would_show(channel: Channel, one: Sought) -> bool:
    """Whether a whole reading would show it: a feed holds posts and no comments."""
    return channel.look_back is not LookBack.NONE or not one.to_citizen


def _unread(sought: list[Sought]) -> list[Look]:
    return [Look(delivery_id=one.delivery.id, found=None) for one in sought]
