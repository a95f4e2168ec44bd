"""A CAP alert as plain frozen values; texts stand here as the file wrote them.

The field names are the element names; lists of elements are tuples and have the plural.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

_Item = TypeVar("_Item")

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

#: What an `info` without `language` is in, as the standard says.
DEFAULT_LANGUAGE = "en-US"


class Status(StrEnum):
    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MessageType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file: where, which rule, and what to do about it, in Korean.

    `element` is a path such as `alert/info[2]/expires`; "" where it is the file itself.
    """

    element: str
    rule: str
    said: str

    def __str__(self) -> str:
        where = f"{self.element}: " if self.element else ""
        return f"{where}{self.said} ({self.rule})"


class CapRefused(ValueError):
    """The file is not taken, or not written; `whys` holds everything that was found wrong."""

    def __init__(self, whys: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(why) for why in whys))
        self.whys = whys


@dataclass(frozen=True, slots=True)
class Named:
    """A value of somebody's own list: `eventCode`, `parameter`, `geocode`."""

    value_name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    resource_desc: str
    mime_type: str
    size: int | None = None  # bytes
    uri: str | None = None
    deref_uri: str | None = None  # base64
    digest: str | None = None  # SHA-1, hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """`polygons`: "lat,lon lat,lon ..."; `circles`: "lat,lon km"; heights in feet above the sea."""

    area_desc: str
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: Decimal | None = None
    ceiling: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str | None = None
    response_types: tuple[str, ...] = ()
    audience: str | None = None
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def spoken(self) -> str:
        """The language that it is in, in small letters: `ko-kr`."""
        return (self.language or DEFAULT_LANGUAGE).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message. `references` and `addresses` are lists in one text, see `cap/references.py`."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MessageType
    scope: Scope
    source: str | None = None
    restriction: str | None = None
    addresses: str | None = None
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: str | None = None
    incidents: str | None = None
    infos: tuple[Info, ...] = ()


def numbered(path: str, items: Sequence[_Item]) -> Iterator[tuple[str, _Item]]:
    """Each item with its path, `alert/info[2]`; without a number where there is only one."""
    for number, item in enumerate(items, 1):
        yield (f"{path}[{number}]" if len(items) > 1 else path), item
