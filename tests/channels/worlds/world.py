"""What a test of every network needs of one: our account there, its citizens, a way to disturb it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from channels.base import Channel, LookBack, Published
from registry.model import Account
from tests.channels.proxy import Asked, Fault, Proxy

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Secret = Callable[[str, str], None]
"""Keeps a credential under its name for as long as the world is open."""


@dataclass(kw_only=True)
class World(ABC):
    """One network in a test. The channel reaches it through `proxy` and knows no other way.

    One world serves many tests, so a test looks for its own texts only. What the network cannot
    do is said by the flags; its tests are skipped then.
    """

    channel: Channel
    account: Account
    proxy: Proxy

    posts: ClassVar[bool] = True  # we can publish something that answers nobody
    reposts: ClassVar[bool] = False
    deletes: ClassVar[bool] = False
    keyed: ClassVar[bool] = False  # the same key, sent twice, stands once
    tells_deleted: ClassVar[bool] = True  # `missing` knows what a citizen deleted

    #: How the network says that it takes our token no more, and that we ask too often (42 seconds).
    revoked: ClassVar[Fault] = Fault(reaches=False, status=401)
    limited: ClassVar[Fault] = Fault(reaches=False, status=429, headers={"Retry-After": "42"})

    @abstractmethod
    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        """Let a citizen write to us in public, below our post `to` where given.

        Returns the id that the channel gives it.
        """

    @abstractmethod
    def citizen_deletes(self, remote_id: str) -> None:
        """Let the citizen delete it again."""

    @abstractmethod
    def standing(self) -> list[str]:
        """The texts of everything that stands there in our name, seen past channel and proxy."""

    def answers(self, remote_id: str) -> str:
        """What a citizen's answer to this post of ours says that it answers."""
        return remote_id

    def publishes(self, asked: Asked) -> bool:
        """Whether this request is the one by which something of ours becomes public."""
        return asked.method == "POST"

    def target(self) -> str | None:
        """What a message of a test answers: nothing, or where it must, a citizen's new post."""
        return None if self.posts else self.citizen_writes("대답할 글")

    def look_back(self, published_below: str | None) -> list[Published]:
        """What a sender in doubt would read."""
        if self.channel.look_back is LookBack.THREAD:
            return list(self.channel.thread(self.account, published_below or ""))
        return list(self.channel.timeline(self.account, LONG_AGO))
