"""A network in memory for the sender's tests: it does what it is told, and remembers."""

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Any

from channels.base import (
    Channel,
    ChannelBusy,
    ChannelError,
    Cursor,
    Health,
    Idempotency,
    InDoubt,
    LookBack,
    Message,
    Page,
    Post,
    Published,
    RemotePhoto,
    Trouble,
)
from registry.model import Account
from tests.builders import Clock


class FakeChannel(Channel):
    """`does` holds what happens to an account's next posts: an exception, or "lost" (accepted,
    then no answer). Without it a post is accepted and answered."""

    network = "fake"
    look_back = LookBack.TIMELINE
    idempotency = Idempotency.NONE

    def __init__(self, clock: Clock, *, look_back: LookBack = LookBack.TIMELINE) -> None:
        self.look_back = look_back  # type: ignore[misc]  # a fake may be of either kind
        self.does: dict[str, list[Any]] = defaultdict(list)
        self.reads: dict[str, list[Exception]] = defaultdict(list)
        self.taken: dict[str, list[Published]] = defaultdict(list)
        self.asked_since: list[datetime] = []
        self.readings = 0
        self.while_preparing: Callable[[], None] = lambda: None
        self.unreadable: set[str] = set()  # posts whose threads are gone
        self.short: set[str] = set()  # accounts whose timelines do not reach back
        self._clock = clock
        self._lock = threading.Lock()

    def texts(self, account_id: str) -> list[str]:
        return [post.text for post in self.taken[account_id]]

    def _prepare(self, account: Account, message: Message) -> None:
        self.while_preparing()

    def _publish(self, account: Account, message: Message, prepared: Any) -> Published:
        with self._lock:
            fate = self.does[account.id].pop(0) if self.does[account.id] else None
            if isinstance(fate, Exception):
                raise fate
            number = sum(map(len, self.taken.values())) + 1
            post = Published(
                remote_id=f"n{number}",
                url=f"https://fake.example/n{number}",
                text=message.text,
                at=self._clock(),
                in_reply_to=message.in_reply_to,
            )
            self.taken[account.id].append(post)
        if fate == "lost":
            raise InDoubt("no answer came")
        return post

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        self.readings += 1
        self.asked_since.append(since)
        if self.reads[account.id]:
            raise self.reads[account.id].pop(0)
        yield from (post for post in reversed(self.taken[account.id]) if post.at >= since)
        if account.id in self.short:
            raise ChannelBusy("it does not reach back")

    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        self.readings += 1
        if remote_id in self.unreadable:
            raise ChannelError("404", Trouble.GONE)
        yield from (post for post in self.taken[account.id] if post.in_reply_to == remote_id)

    def _fetch(self, account: Account, since: Cursor) -> Page[Post]:
        return Page(items=(), cursor=since)

    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        return set()

    def _photo(self, account: Account, photo: RemotePhoto) -> bytes:
        return b""

    def _check(self, account: Account) -> Health:
        return Health(reads=True, writes=True)
