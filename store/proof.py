"""The proof of a bulletin: every account of the registry, and what became of it there."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from types import MappingProxyType

from sqlalchemy.orm import Session

from registry.model import Account, Registry
from rules.bulletin import Way
from rules.outbox import UNSETTLED, DeliveryState
from store.bulletins import deliveries_of
from store.notices import notices_of
from store.removed import Stage, gone_among, removals_in, stage_of
from store.tables import Bulletin, Delivery, Removal

_D = DeliveryState


class Fate(StrEnum):
    """What became of a bulletin on one account; each account has exactly one."""

    VISIBLE = "visible"  # read back from its timeline
    ACCEPTED = "accepted"  # the network said yes; nobody has read it back yet
    WAITS = "waits"
    IN_DOUBT = "in_doubt"  # it may or may not be out
    NEEDS_PERSON = "needs_person"
    FAILED = "failed"
    REMOVED = "removed"  # it was out, and two people took it down
    KEPT_BACK = "kept_back"  # stopped, superseded, expired
    LEFT_OUT = "left_out"  # it could not say it: no picture, say
    NO_PART = "no_part"  # the registry gives it none, or it is closed


#: In the words of pages and mails.
FATE_NAMES: Mapping[Fate, str] = MappingProxyType(
    {
        Fate.VISIBLE: "게시 확인",
        Fate.ACCEPTED: "게시됨",
        Fate.WAITS: "보내는 중",
        Fate.IN_DOUBT: "나갔는지 확인 중",
        Fate.NEEDS_PERSON: "직접 올려야 함",
        Fate.FAILED: "실패",
        Fate.REMOVED: "내려진 글",
        Fate.KEPT_BACK: "보내지 않음",
        Fate.LEFT_OUT: "보낼 수 없음",
        Fate.NO_PART: "대상 아님",
    }
)

#: What somebody has to look at.
TROUBLE = frozenset({Fate.LEFT_OUT, Fate.FAILED, Fate.NEEDS_PERSON, Fate.IN_DOUBT, Fate.WAITS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One account. `seconds` from the approval until its network said yes."""

    account: Account
    fate: Fate
    wave: int = 0
    way: Way | None = None
    url: str = ""
    tries: int = 0
    sent_at: datetime | None = None
    seen_at: datetime | None = None
    seconds: float | None = None
    cause: str = ""
    text: str = ""
    delivery_id: int | None = None
    caught: bool = False  # on its way when the bulletin was stopped
    removal: Stage | None = None  # whether it is to come down; where it is gone, its fate says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A district that was told; `at` and `by`: who said there that they have it, and when."""

    office_id: str
    name: str
    told_at: datetime
    reminded_at: datetime | None = None
    at: datetime | None = None
    by: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All accounts, those that need somebody first. The counts add up to the registry."""

    lines: tuple[Line, ...]
    counts: Mapping[Fate, int]
    led_by: str | None  # "": nobody, all posted directly
    lead_seconds: float | None
    most_seconds: float | None  # until 95 % of those that are out, or still may be
    all_seconds: float | None  # until the last one; None while one still may be
    desks: tuple[Desk, ...] = ()

    @property
    def acknowledged(self) -> int:
        """How many of the districts' desks said that they have it."""
        return sum(desk.acknowledged for desk in self.desks)

    @property
    def out(self) -> int:
        return self.counts.get(Fate.VISIBLE, 0) + self.counts.get(Fate.ACCEPTED, 0)

    @property
    def waiting(self) -> int:
        return self.counts.get(Fate.WAITS, 0) + self.counts.get(Fate.IN_DOUBT, 0)

    @property
    def taking_part(self) -> int:
        return len(self.lines) - self.counts.get(Fate.NO_PART, 0)

    def __str__(self) -> str:
        told = ", ".join(f"{count} {fate}" for fate, count in self.counts.items())
        slowest = "" if self.all_seconds is None else f"; the last after {self.all_seconds:.1f} s"
        return f"{self.out} of {self.taking_part} accounts ({told}){slowest}"


_ORDER = (
    Fate.FAILED,
    Fate.LEFT_OUT,
    Fate.NEEDS_PERSON,
    Fate.IN_DOUBT,
    Fate.WAITS,
    Fate.REMOVED,
    Fate.KEPT_BACK,
    Fate.ACCEPTED,
    Fate.VISIBLE,
    Fate.NO_PART,
)

#: Of a bulletin that was stopped, what is out all the same comes before what was kept back.
_STOPPED_ORDER = tuple(
    sorted(_ORDER, key=lambda fate: (fate is Fate.NO_PART, fate is Fate.KEPT_BACK))
)


def report(session: Session, registry: Registry, bulletin: Bulletin) -> Report:
    """What became of a bulletin so far, account by account."""
    first = {row.account_id: row for row in deliveries_of(session, bulletin.id) if row.part == 1}
    removals = removals_in(session, bulletin.id)
    down = _Down(removals, gone_among(session, removals))
    lines = [
        _line(account, first.get(account.id), bulletin, down)
        for account in registry.accounts.values()
    ]
    order = _ORDER if bulletin.stopped_at is None else _STOPPED_ORDER
    lines.sort(key=lambda line: (order.index(line.fate), line.wave, line.account.id))
    counts = Counter(line.fate for line in lines)
    waiting = counts[Fate.WAITS] + counts[Fate.IN_DOUBT]
    took = sorted(line.seconds for line in lines if line.seconds is not None)
    lead = next((line for line in lines if line.account.id == bulletin.led_by), None)
    return Report(
        lines=tuple(lines),
        counts=counts,
        led_by=bulletin.led_by,
        lead_seconds=lead.seconds if lead else None,
        most_seconds=_share(took, 0.95, more=waiting),
        all_seconds=_share(took, 1, more=waiting),
        desks=tuple(_desks(session, registry, bulletin)),
    )


def _desks(session: Session, registry: Registry, bulletin: Bulletin) -> Iterator[Desk]:
    for notice in notices_of(session, bulletin.id):
        office = registry.offices.get(notice.office_id)
        yield Desk(
            office_id=notice.office_id,
            name=office.name if office else notice.office_id,
            told_at=notice.told_at,
            reminded_at=notice.reminded_at,
            at=notice.acknowledged_at,
            by=notice.acknowledged_by or "",
        )


@dataclass(frozen=True, slots=True)
class _Down:
    """What of the bulletin comes down, and which deliveries are gone with it."""

    removals: Mapping[int, Removal]
    gone: Collection[int]


def _line(account: Account, row: Delivery | None, bulletin: Bulletin, down: _Down) -> Line:
    if row is None and account.id in bulletin.left_out:
        why = f"left_out: {bulletin.left_out[account.id]}"
        return Line(account=account, fate=Fate.LEFT_OUT, cause=why)
    if row is None:
        return Line(account=account, fate=Fate.NO_PART)
    out = row.state is _D.PUBLISHED
    removal, gone = down.removals.get(row.id), row.id in down.gone
    return Line(
        account=account,
        fate=Fate.REMOVED if gone and out else _fate(row),
        wave=row.wave,
        way=row.way,
        url=row.url or "",
        tries=row.tries,
        sent_at=row.settled_at if out else None,
        seen_at=row.seen_at,
        seconds=_seconds(bulletin.approved_at, row.settled_at) if out else None,
        cause=_why_gone(removal) if gone and out else row.cause,
        text=row.text,
        delivery_id=row.id,
        caught=_is_caught(row, bulletin),
        removal=stage_of(removal) if removal else None,
    )


def _is_caught(row: Delivery, bulletin: Bulletin) -> bool:
    """Also what proved not to be out later on: how it stood at the stop does not change."""
    if bulletin.stopped_at is None or row.dropped is None or row.dropped.startswith("superseded"):
        return False
    later = row.settled_at is not None and row.settled_at > bulletin.stopped_at
    return row.state is not _D.CANCELLED or later


def _why_gone(removal: Removal | None) -> str:
    if removal is None:
        return "removed_with: the post that it passed on was taken down"
    return f"removed: {removal.why}"


def _fate(row: Delivery) -> Fate:
    if row.state is _D.PUBLISHED:
        return Fate.VISIBLE if row.seen_at else Fate.ACCEPTED
    if row.state is _D.IN_DOUBT:
        return Fate.IN_DOUBT
    if row.state is _D.QUEUED or row.state in UNSETTLED:
        return Fate.WAITS
    return {
        _D.NEEDS_PERSON: Fate.NEEDS_PERSON,
        _D.FAILED: Fate.FAILED,
        _D.CANCELLED: Fate.KEPT_BACK,
    }[row.state]


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    if since is None or until is None:
        return None
    return max((until - since) / timedelta(seconds=1), 0.0)


def _share(sorted_values: Sequence[float], share: float, *, more: int) -> float | None:
    """The least value that so much of them does not exceed; `more` are to come, and later ones.

    None while it may still be one of those.
    """
    rank = ceil((len(sorted_values) + more) * share)
    return sorted_values[rank - 1] if 0 < rank <= len(sorted_values) else None
