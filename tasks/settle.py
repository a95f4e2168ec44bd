"""What is in doubt is settled by reading: dead senders first, then the accounts' own timelines."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, LookBack, Published
from rules.outbox import DeliveryState
from store import mails, outbox
from store.engine import StoreError
from store.liveness import bury, dead_senders
from store.tables import Delivery
from tasks.odd import odd_cause
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

THREADS = 16

#: Accounts that take longer to read, in seconds, are looked at in the next round.
PATIENCE = 20.0


@dataclass(slots=True)
class Settled:
    """What one round of looking back came to."""

    taken_back: int = 0
    found: int = 0
    absent: int = 0
    open: int = 0

    @property
    def any(self) -> bool:
        """Whether anything happened."""
        return bool(self.taken_back or self.found or self.absent or self.open)

    def add(self, other: "Settled") -> None:
        """Count what another one counted."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def __str__(self) -> str:
        return (
            f"{self.taken_back} taken back from dead senders, {self.found} found on timelines, "
            f"{self.absent} proved absent, {self.open} still in doubt"
        )


def settle(place: Workplace) -> Settled:
    """Take back what dead senders held, then look for everything in doubt."""
    settled = Settled(taken_back=take_back(place))
    with place.store.read() as session:
        doubts = outbox.doubts(session, at=place.now())
    if not doubts:
        return settled
    alone = {doubt.id for doubt in doubts if place.only_comments(doubt)}
    with place.store.read() as session:
        below = {
            doubt.id: outbox.above(session, doubt, comments=doubt.id in alone) for doubt in doubts
        }
    by_account: dict[tuple[str, bool], list[Delivery]] = defaultdict(list)
    for delivery in doubts:
        by_account[delivery.account_id, delivery.exercise].append(delivery)
    readings = side_by_side(
        lambda item: _read(place, *item, below),
        list(by_account.items()),
        name=lambda item: item[0][0],
        odd=lambda item, cause: _unread(place, item[1], cause),
        threads=THREADS,
        patience=PATIENCE,
    )
    for reading, (line, deliveries) in zip(readings, by_account.items(), strict=True):
        if reading is None:  # it answers too slowly: what waits to be sent goes first
            settled.open += len(deliveries)
            continue
        try:
            settled.add(_record(place, reading))
        except StoreError:
            raise
        except Exception as error:  # the others' readings are worth as much as before
            odd_cause(line[0], error)
            settled.open += len(deliveries)
    return settled


def take_back(place: Workplace) -> int:
    """Rows of provably dead senders: unsent ones back to the queue, the others into doubt."""
    dead = dead_senders(place.store)
    if not dead:
        return 0
    with place.store.write() as session:
        queued, doubted = outbox.take_back(session, dead, at=place.now(), settling=place.settling)
        letters = mails.take_back(session, dead)
    bury(place.store, dead)
    return queued + doubted + letters


@dataclass(frozen=True, slots=True)
class Look:
    """What reading showed of one delivery: where it is, that it is not there, or why unread."""

    delivery: Delivery
    begun: datetime
    hit: Published | None = None
    unread: str = ""
    hopeless: bool = False


def _read(
    place: Workplace,
    line: tuple[str, bool],
    deliveries: list[Delivery],
    below: Mapping[int, str | None],
) -> list[Look]:
    begun = place.now()
    account_id, exercise = line
    account = place.registry.accounts.get(account_id)
    if account is None:
        return [
            Look(d, begun, unread="cannot_look: the account is retired", hopeless=True)
            for d in deliveries
        ]
    channel = place.channel(account, exercise=exercise)
    if channel.look_back is LookBack.NONE:
        why = "cannot_look: this network shows no timeline to look at"
        return [Look(d, begun, unread=why, hopeless=True) for d in deliveries]
    looks: list[Look] = []
    on_timeline: list[Delivery] = []
    for d in deliveries:
        above = below.get(d.id)
        if channel.look_back is LookBack.TIMELINE and not (channel.replies_in_thread and above):
            on_timeline.append(d)
        elif above:
            looks += _looks([d], begun, partial(channel.thread, account, above))
        else:
            why = "cannot_look: this network shows no thread to look at"
            looks.append(Look(d, begun, unread=why, hopeless=True))
    if on_timeline:  # one reading for all of them
        since = min(d.first_attempt_at for d in on_timeline if d.first_attempt_at)
        looks += _looks(on_timeline, begun, partial(channel.timeline, account, since))
    return looks


def _looks(
    deliveries: list[Delivery], begun: datetime, read: Callable[[], Iterable[Published]]
) -> list[Look]:
    """What one complete reading shows of these; all of them unread where it fails."""
    try:
        posts = list(read())
    except (ChannelBusy, ChannelError) as trouble:
        return [Look(d, begun, unread=trouble.cause) for d in deliveries]
    return [Look(d, begun, hit=_find(d, posts)) for d in deliveries]


def _unread(place: Workplace, deliveries: list[Delivery], cause: str) -> list[Look]:
    return [Look(d, place.now(), unread=cause) for d in deliveries]


def _find(delivery: Delivery, posts: list[Published]) -> Published | None:
    hits = [post for post in posts if is_it(delivery, post)]
    return min(hits, key=lambda post: post.at) if hits else None


def is_it(delivery: Delivery, post: Published) -> bool:
    """Whether this post is what the delivery was to bring out: by its marker, or what it shares."""
    if delivery.shares or post.shares:
        return delivery.shares == post.shares
    return delivery.marker in post.text


def _record(place: Workplace, looks: list[Look]) -> Settled:
    settled = Settled()
    with place.store.write() as session:
        for look in looks:
            delivery_id, at = look.delivery.id, place.now()
            if look.hit:
                settled.found += outbox.published(
                    session, delivery_id, remote_id=look.hit.remote_id, url=look.hit.url, at=at
                )
            elif look.hopeless:
                outbox.needs_person(session, delivery_id, look.unread, at=at)
            elif look.unread:
                outbox.unread(session, delivery_id, look.unread, at=at)
                settled.open += 1
            elif _still_absent(session, place, look):
                settled.absent += 1
            else:
                settled.open += 1
    return settled


def _still_absent(session: Session, place: Workplace, look: Look) -> bool:
    state = outbox.not_found(session, look.delivery.id, at=look.begun, settling=place.settling)
    return state is DeliveryState.QUEUED
