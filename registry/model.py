"""What a city's registry holds, as plain frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo


class Network(StrEnum):
    """Where an account lives. A new network is one value here and one file in `channels/`."""

    X = "x"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    THREADS = "threads"
    YOUTUBE = "youtube"
    BLUESKY = "bluesky"
    MASTODON = "mastodon"
    WORDPRESS = "wordpress"
    NAVER_BLOG = "naver_blog"
    KAKAO = "kakao"
    ME2DAY = "me2day"  # closed in 2014; kept so that its account can be shown as inactive


class OfficeKind(StrEnum):
    DEPARTMENT = "department"
    DISTRICT = "district"
    AGENCY = "agency"


class Role(StrEnum):
    MANAGER = "manager"
    CASEWORKER = "caseworker"
    COMMS_TEAM = "comms_team"
    ADMINISTRATOR = "administrator"


class DisasterRole(StrEnum):
    LEAD = "lead"
    DEPUTY = "deputy"
    RELAY = "relay"
    LOCAL = "local"
    NONE = "none"


class Regime(StrEnum):
    """Which clock binds an office: the law's own, or the city's shorter promise."""

    STATUTORY = "statutory"
    SOCIAL = "social"


class HashtagPurpose(StrEnum):
    EVENT = "event"  # names the event
    REPORT = "report"  # gathers what citizens report


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """The city itself. `calendar` is a country code of the `holidays` package."""

    id: str
    name: str
    timezone: str
    calendar: str
    phone: str  # the citizens' call centre, printed in replies
    language: str = "ko"
    short: str = ""  # as people call it, for where there is little room
    name_en: str = ""
    name_zh: str = ""
    name_ja: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def called(self) -> str:
        """The short name, or the whole one where there is none."""
        return self.short or self.name

    phones: str = ""  # the offices' public numbers, or how they begin, parted by `;`

    def own_phones(self) -> tuple[str, ...]:
        """Every number that is the city's own, or how it begins: nobody's private one."""
        parts = (part.strip() for part in (self.phone, *self.phones.split(";")))
        return tuple(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account on one network. `answers_as` is the account that replies in its place.

    `languages` are those it says disaster messages in, beside the city's own. `in_parts`: an
    answer too long for one post becomes a thread of some, rather than being cut.
    """

    id: str
    network: Network
    server: str
    handle: str
    name: str
    office: str
    flagship: bool = False
    personal: bool = False
    answers_as: str | None = None
    disaster_role: DisasterRole = DisasterRole.NONE
    credential: str = ""
    active: bool = True
    languages: tuple[str, ...] = ()
    in_parts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office that answers citizens. `review`: its manager approves answers."""

    id: str
    kind: OfficeKind
    name: str
    parent: str = ""
    duties: str = ""
    keywords: tuple[str, ...] = ()
    email: str = ""
    review: bool = False
    regime: Regime = Regime.SOCIAL
    name_en: str = ""
    name_zh: str = ""
    name_ja: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """One person in one role at one office; the same address may hold several roles."""

    email: str
    name: str
    office: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashtag:
    """An emergency hashtag agreed beforehand."""

    tag: str
    purpose: HashtagPurpose
    hazard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A day the city's offices are closed beyond the public holidays, or (works) open on one."""

    day: date
    name: str
    works: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A post as a citizen would write it, and the office that answers it."""

    text: str
    office: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """One city's whole registry: the rows in use, by id. What is retired is not in it."""

    city: City
    accounts: Mapping[str, Account]
    offices: Mapping[str, Office]
    staff: tuple[Staff, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    days_off: tuple[DayOff, ...] = ()
    examples: tuple[Example, ...] = ()
