"""What goes over a channel, as plain frozen values. Every time is aware and in UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")

Cursor = str
"""How far an account has been read. Opaque: only the channel that gave it can read it; "" at first."""


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
    """A picture to publish: a file of ours, its description for those who cannot see it."""

    path: Path
    alt: str
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What to publish. `text` goes out as it is; `key` is the delivery's id."""

    text: str
    key: str
    in_reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    language: str = "ko"


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
    """Whether an account still answers. `limit_left`: requests left in the network's window."""

    reads: bool
    writes: bool
    name: str = ""
    limit_left: int | None = None
    reason: str = ""
