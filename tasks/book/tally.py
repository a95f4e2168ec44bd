"""Counting cases without keeping them: a line of figures for the month and for each group."""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from statistics import fmean, median, quantiles
from zoneinfo import ZoneInfo

from registry.model import OfficeKind
from rules.case import OPEN, Status
from rules.kind import Urgency
from store.ledger import Entry, Names
from store.tables import MACHINE
from tasks.book.clock import WorkingClock

#: Nobody has said yet which office answers.
UNDECIDED = frozenset({Status.RECEIVED, Status.TRIAGE})

#: The answer stands; a case that was reopened still owes one.
ANSWERED = frozenset({Status.ANSWERED, Status.REPLIED})


class Decider(StrEnum):
    MACHINE = "machine"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoned:
    """A case with what follows from its times, in hours; None where it has not come that far."""

    entry: Entry
    first_elapsed: float | None
    first_working: float | None
    answer_elapsed: float | None
    answer_working: float | None
    overdue: bool
    decider: Decider | None


def reckon(entry: Entry, clock: WorkingClock, now: datetime) -> Reckoned:
    """What a case's times come to, seen at `now` (UTC)."""
    first, answer = entry.first_reply_at, entry.answered_at
    received = entry.received_at
    return Reckoned(
        entry=entry,
        first_elapsed=_elapsed(received, first) if first else None,
        first_working=clock.hours(received, first) if first else None,
        answer_elapsed=_elapsed(received, answer) if answer else None,
        answer_working=clock.hours(received, answer) if answer else None,
        overdue=is_overdue(entry, now),
        decider=decider(entry),
    )


def is_overdue(entry: Entry, now: datetime) -> bool:
    """Answered after its due date, or open and past it. What needs no answer is never overdue."""
    if entry.due_at is None:
        return False
    if entry.status in ANSWERED and entry.answered_at is not None:
        return entry.answered_at > entry.due_at
    return entry.status in OPEN and now > entry.due_at


def decider(entry: Entry) -> Decider | None:
    """Who said last which office answers, or that none must; None while nobody has."""
    if entry.decided_by is None or entry.status in UNDECIDED:
        return None
    return Decider.MACHINE if entry.decided_by == MACHINE else Decider.PERSON


def _elapsed(start: datetime, end: datetime) -> float:
    # a network's clock may run ahead of ours
    return max((end - start).total_seconds() / 3600, 0.0)


def _hours() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class Spread:
    """Hours, eight bytes for each, and what lies in their middle."""

    hours: "array[float]" = field(default_factory=_hours)

    def add(self, hours: float | None) -> None:
        if hours is not None:
            self.hours.append(hours)

    def mean(self) -> float | None:
        return fmean(self.hours) if self.hours else None

    def median(self) -> float | None:
        return median(self.hours) if self.hours else None

    def p90(self) -> float | None:
        """The hours within which nine of ten stayed, as a spreadsheet's PERCENTILE.INC."""
        if len(self.hours) < 2:
            return self.median()
        return quantiles(self.hours, n=10, method="inclusive")[8]


@dataclass(slots=True)
class Tally:
    """The figures of the cases that were added."""

    received: int = 0
    first_replied: int = 0
    answered: int = 0
    replied: int = 0
    with_due: int = 0
    overdue: int = 0
    hand_backs: int = 0
    by_machine: int = 0
    by_person: int = 0
    sampled: int = 0
    right: int = 0
    first_elapsed: Spread = field(default_factory=Spread)
    first_working: Spread = field(default_factory=Spread)
    answer_elapsed: Spread = field(default_factory=Spread)
    answer_working: Spread = field(default_factory=Spread)

    def add(self, case: Reckoned) -> None:
        entry = case.entry
        self.received += 1
        self.first_replied += entry.first_reply_at is not None
        self.answered += entry.answered_at is not None
        self.replied += entry.replied_at is not None
        self.with_due += entry.due_at is not None
        self.overdue += case.overdue
        self.hand_backs += entry.hand_backs
        self.by_machine += case.decider is Decider.MACHINE
        self.by_person += case.decider is Decider.PERSON
        self.sampled += entry.right is not None
        self.right += entry.right is True
        self.first_elapsed.add(case.first_elapsed)
        self.first_working.add(case.first_working)
        self.answer_elapsed.add(case.answer_elapsed)
        self.answer_working.add(case.answer_working)

    @property
    def undecided(self) -> int:
        return self.received - self.by_machine - self.by_person


def share(part: int, whole: int) -> float | None:
    """A part of a whole from 0 to 1; None of nothing."""
    return part / whole if whole else None


#: How each sheet groups the cases: by an id, or "" where a case has none.
GROUPINGS: Mapping[str, Callable[[Entry, Names], str]] = {
    "office": lambda entry, _: entry.office_id or "",
    "account": lambda entry, _: entry.account_id,
    "network": lambda entry, names: names.accounts[entry.account_id].network,
    "district": lambda entry, _: entry.district_id or "",
    "kind": lambda entry, _: entry.kind or "",
}


class Figures:
    """The whole month: in all, by group, by day, and the two shares that the city asks for."""

    def __init__(self, names: Names, tz: ZoneInfo) -> None:
        self._names, self._tz = names, tz
        self.all = Tally()
        self.by: dict[str, dict[str, Tally]] = {grouping: {} for grouping in GROUPINGS}
        self.received_on: Counter[date] = Counter()  # local dates
        self.answered_on: Counter[date] = Counter()
        self.replied_on: Counter[date] = Counter()
        self.urgent = 0
        self.personal = 0  # came through the mayor's personal account
        self.with_office = 0
        self.to_districts = 0

    def add(self, case: Reckoned) -> None:
        entry = case.entry
        self.all.add(case)
        for grouping, key_of in GROUPINGS.items():
            self.by[grouping].setdefault(key_of(entry, self._names), Tally()).add(case)
        for days, at in (
            (self.received_on, entry.received_at),
            (self.answered_on, entry.answered_at),
            (self.replied_on, entry.replied_at),
        ):
            if at is not None:
                days[at.astimezone(self._tz).date()] += 1
        self.urgent += entry.urgency is Urgency.URGENT
        self.personal += self._names.accounts[entry.account_id].personal
        if entry.office_id is not None:
            self.with_office += 1
            self.to_districts += self._names.offices[entry.office_id][1] is OfficeKind.DISTRICT
