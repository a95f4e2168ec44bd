"""What goes over a channel, as plain frozen values. Every time is aware and in UTC."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

from channels.errors import ChannelError

T = TypeVar("T")

Cursor = str
"""How far an account has been read. Opaque: only the channel that gave it can read it; "" at first."""


def _forget(_prepared: str) -> None:
    """Where nobody remembers what was prepared."""


def at_once() -> None:
    """Where nobody else could have taken it meanwhile."""


class LookBack(StrEnum):
    """Where a message in doubt can be looked for."""

    TIMELINE = "timeline"
    THREAD = "thread"
    NONE = "none"


class Idempotency(StrEnum):
    """What a network offers against sending twice. A belt; looking back is the guarantee."""

    KEY = "key"
    CHOSEN_ID = "chosen_id"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture to publish: a file of ours, its description for those who cannot see it.

    `url`: where a network may fetch it for a short time; "" where nothing of ours is public.
    """

    path: Path
    alt: str
    mime: str
    url: str = ""

    def content(self) -> bytes:
        """The file's bytes. Raises `ChannelError` where it cannot be read."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            why = f"the picture {self.path.name} cannot be read: {error.strerror}"
            raise ChannelError(why) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What to publish. `text` goes out as it is; `key` is the delivery's id.

    `at`, when it was queued, is the same in every try. `prepared` is what an earlier try had the
    network prepare, before anything was public; a channel that prepares anew tells it to `keep`
    and publishes only afterwards, so that a later try can go on from there. `go` is called between
    the two, and raises where it is not ours to publish any more.
    """

    text: str
    key: str
    at: datetime
    in_reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    language: str = "ko"
    prepared: str = ""
    keep: Callable[[str], None] = field(default=_forget, compare=False)
    go: Callable[[], None] = field(default=at_once, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A post of our own, as the network has it. `text` is what can be searched for a marker.

    `shares`: it passes on another account's post, this one.
    """

    remote_id: str
    url: str
    text: str
    at: datetime
    in_reply_to: str | None = None
    shares: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePhoto:
    """A citizen's picture, still on the network. `mime` is what its name suggests, no more."""

    url: str
    alt: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a post says it is, in degrees (WGS 84)."""

    lat: float
    lon: float
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a citizen wrote to us, uncleaned. `public`: anyone could read it on the network."""

    remote_id: str
    author_id: str
    author_handle: str
    author_name: str
    text: str
    url: str
    created_at: datetime
    in_reply_to: str | None = None
    photos: tuple[RemotePhoto, ...] = ()
    place: Place | None = None
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """What one reading gave, oldest first. `more`: read on at once from `cursor`."""

    items: tuple[T, ...]
    cursor: Cursor
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether an account still answers. `limit_left`: requests left in the network's window.

    `expires`: when its credential ends, where it does and the network tells.
    """

    reads: bool
    writes: bool
    name: str = ""
    limit_left: int | None = None
    expires: datetime | None = None
    reason: str = ""
