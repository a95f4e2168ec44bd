"""What every channel can do. A network fills in the small methods; timing and errors are kept here."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from channels.budget import Bottomless, Budget, Purse, gate, watched
from channels.connecting import Connecting, SignIn
from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble
from channels.model import (
    Attachment,
    Cursor,
    Health,
    Idempotency,
    LookBack,
    Message,
    Page,
    Place,
    Post,
    Published,
    RemotePhoto,
)
from channels.verdict import Doing, verdict
from channels.wire import Exchange, WayOut, begun_soon
from registry.model import Account

__all__ = [
    "Attachment",
    "Channel",
    "ChannelBusy",
    "ChannelError",
    "Cursor",
    "Health",
    "Idempotency",
    "InDoubt",
    "LookBack",
    "Message",
    "Page",
    "Place",
    "Post",
    "Published",
    "RemotePhoto",
    "Trouble",
]

SKEW = timedelta(minutes=15)
"""A look-back reads this much further, since the network's clock need not be ours."""


class Channel(ABC):
    """One network. An instance may be used by any number of threads at once.

    Reading raises `ChannelBusy` (wait) or `ChannelError` (a person looks). Publishing raises these
    only when nothing was published, provably, and `InDoubt` when that cannot be known.
    """

    network: ClassVar[str]
    look_back: ClassVar[LookBack]
    idempotency: ClassVar[Idempotency]
    comments: ClassVar[bool] = False  # what answers a post is a comment there, no post of its own
    replies_in_thread: ClassVar[bool] = False  # the timeline has our posts but not our replies
    budgets: ClassVar[tuple[Budget, ...]] = ()
    prices: ClassVar[Mapping[str, Decimal]] = MappingProxyType({})  # dollars for what is counted
    connecting: ClassVar[Connecting | None] = None  # where `channels.connecting` does not say it
    purse: Purse = Bottomless()

    def fetch(self, account: Account, since: Cursor) -> Page[Post]:
        """Mentions of the account, replies and comments to it, after `since`, oldest first.

        Some of what was read before comes again: at least once, never skipped. A call reads a
        bounded number of pages; where `more` is set there is more, from the page's cursor on.
        """
        with self._watched(Doing.READING, account):
            return self._fetch(account, since)

    def search(
        self, account: Account, tag: str, since: Cursor, *, begun: datetime | None = None
    ) -> Page[Post]:
        """Public posts under a hashtag (without its `#`) after `since`, by whomever, oldest first.

        Read like `fetch`: at least once, never skipped, a bounded number of pages. With an empty
        cursor it starts at `begun`, and may give some from before. Empty where a network cannot.
        """
        with self._watched(Doing.READING, account):
            return self._search(account, tag, since, begun)

    def missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        """Which of these posts are provably deleted. A post whose fate is unknown is not among them."""
        with self._watched(Doing.READING, account):
            return self._missing(account, remote_ids)

    def publish(self, account: Account, message: Message) -> Published:
        """Publish once, without any retry. `message.key` is the delivery's id."""
        with self._watched(Doing.PREPARING, account):
            prepared = self._prepare(account, message)
        message.go()
        with begun_soon(), self._watched(Doing.PUBLISHING, account):
            return self._publish(account, message, prepared)

    def repost(self, account: Account, remote_id: str) -> Published:
        """Pass on another account's post, once, without any retry. Fails like `publish`."""
        with self._watched(Doing.PUBLISHING, account):
            return self._repost(account, remote_id)

    def delete(self, account: Account, remote_id: str) -> bool:
        """Take one of the account's own posts down; False where it was gone already, provably.

        May be asked again at any time. Raises `ChannelBusy` (ask again: it may be gone by then)
        or `ChannelError` (it stands, and a person looks; `Trouble.BY_HAND` where no program can).
        """
        with self._watched(Doing.DELETING, account):
            return self._delete(account, remote_id)

    def timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        """The account's own posts, newest first, back past `since` (aware).

        Its replies too, except where the network keeps these apart (`replies_in_thread`).
        When it ends by itself the reading was complete. What cannot be read completely raises.
        """
        with self._watched(Doing.READING, account):
            yield from self._timeline(account, since - SKEW)

    def thread(self, account: Account, remote_id: str) -> Iterator[Published]:
        """The account's own posts below this one, complete in the same sense."""
        with self._watched(Doing.READING, account):
            yield from self._thread(account, remote_id)

    def photo(self, account: Account, photo: RemotePhoto) -> bytes:
        """The picture's bytes, unchecked, from the network's own media host only."""
        with self._watched(Doing.READING, account):
            return self._photo(account, photo)

    def check(self, account: Account) -> Health:
        """Whether the account still answers. Raises nothing: a failure is its answer."""
        try:
            with self._watched(Doing.READING, account):
                return self._check(account)
        except (ChannelBusy, ChannelError) as failure:
            return Health(reads=False, writes=False, reason=failure.cause)

    def renew(self, account: Account) -> tuple[str, datetime] | None:
        """A fresh secret in place of one that will end, and when it ends itself (UTC).

        None where the network renews nothing, or has nothing to renew yet. The caller keeps it.
        Raises `ChannelBusy` or `ChannelError`.
        """
        with self._watched(Doing.READING, account):
            return self._renew(account)

    def sign_in(self, account: Account, given: Mapping[str, str]) -> SignIn:
        """Begin a sign-in that gives the parts of the secret which `given` lacks; see `Part.instead`.

        Nothing is kept. Raises `ChannelBusy` or `ChannelError`.
        """
        with self._watched(Doing.READING, account):
            begun = self._sign_in(account, given)

        def redeem(shown: str) -> Mapping[str, str]:
            with self._watched(Doing.READING, account):
                return begun.redeem(shown)

        return replace(begun, redeem=redeem)

    @abstractmethod
    def _fetch(self, account: Account, since: Cursor) -> Page[Post]: ...
    @abstractmethod
    def _missing(self, account: Account, remote_ids: Collection[str]) -> set[str]: ...
    @abstractmethod
    def _publish(self, account: Account, message: Message, prepared: Any) -> Published: ...
    @abstractmethod
    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]: ...
    @abstractmethod
    def _thread(self, account: Account, remote_id: str) -> Iterator[Published]: ...
    @abstractmethod
    def _photo(self, account: Account, photo: RemotePhoto) -> bytes: ...
    @abstractmethod
    def _check(self, account: Account) -> Health: ...

    def _prepare(self, account: Account, message: Message) -> Any:  # noqa: ARG002 (a hook: most networks need nothing)
        """What must exist before the post, such as its pictures. It is handed to `_publish`."""
        return None

    def _repost(self, account: Account, remote_id: str) -> Published:  # noqa: ARG002 (a hook)
        raise ChannelError(f"{account.id}: {self.network} passes no posts on")

    def _delete(self, account: Account, remote_id: str) -> bool:  # noqa: ARG002 (a hook)
        raise ChannelError(
            f"{account.id}: no program can delete on {self.network}", Trouble.BY_HAND
        )

    def _renew(self, account: Account) -> tuple[str, datetime] | None:  # noqa: ARG002 (a hook)
        return None

    def _sign_in(self, account: Account, given: Mapping[str, str]) -> SignIn:  # noqa: ARG002 (a hook)
        raise ChannelError(f"{account.id}: {self.network} has no sign-in for programs")

    def _search(
        self,
        account: Account,  # noqa: ARG002 (a hook)
        tag: str,  # noqa: ARG002
        since: Cursor,
        begun: datetime | None,  # noqa: ARG002
    ) -> Page[Post]:
        return Page(items=(), cursor=since)

    def _way_out(self) -> WayOut | None:
        """What this thread sends with; None for a channel that sends nothing."""
        return None

    @contextmanager
    def _watched(self, doing: Doing, account: Account) -> Iterator[None]:
        """Turn whatever goes wrong inside into one of the three failures, by the table."""
        way_out, stopped = self._way_out(), list[ChannelBusy]()
        if way_out:
            way_out.last, around = Exchange(), way_out.gate
            way_out.gate, stopped = watched(gate(self.purse, self.budgets, account))
        try:
            yield
        except (ChannelBusy, ChannelError, InDoubt):
            raise
        except Exception as error:
            if stopped:  # libraries wrap what is raised inside them
                raise stopped[-1] from error
            ended = way_out.last if way_out else Exchange()
            raise verdict(doing, ended, f"{account.id} ({account.network})", error) from error
        finally:
            if way_out:
                way_out.gate = around
