"""One mail a person: what the morning digest holds."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.remind import (
    WAITING,
    Audience,
    CaseFacts,
    Recipient,
    climbed,
    is_near,
    may_mail,
    recipient,
    waits_too_long,
)

#: These wait for a person from the start; what waits for the machine only once it takes too long.
_FOR_A_PERSON = frozenset({Status.TRIAGE, Status.ROUTED})


@dataclass(frozen=True, slots=True)
class Digest:
    """Cases of one recipient by urgency, each in one list only, the longest waiting first.

    `waiting`: in triage, not yet given to a caseworker, or left lying by the machine; `to_review`:
    with an answer for the manager to read; neither near due. `undelivered`: approved a working
    day ago, and still not out.
    """

    overdue: tuple[CaseFacts, ...] = ()
    due_today: tuple[CaseFacts, ...] = ()
    near_due: tuple[CaseFacts, ...] = ()
    to_review: tuple[CaseFacts, ...] = ()
    waiting: tuple[CaseFacts, ...] = ()
    undelivered: tuple[CaseFacts, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def digests(
    cases: Iterable[CaseFacts], calendar: WorkingCalendar, now: datetime
) -> dict[Recipient, Digest]:
    """One digest for each recipient who has something in it; none while no mail may go out.

    A case is in the digest of whoever holds it; once it has climbed to the manager or the comms
    team it is in theirs as well.
    """
    if not may_mail(now, calendar):
        return {}
    lists: dict[Recipient, dict[str, list[CaseFacts]]] = {}
    for case in sorted(cases, key=lambda case: (case.due_at or case.since, case.id)):
        place = _place(case, calendar, now)
        for reader in _readers(case, calendar, now) if place else ():
            lists.setdefault(reader, {}).setdefault(place, []).append(case)
    return {
        reader: Digest(**{place: tuple(held) for place, held in places.items()})
        for reader, places in lists.items()
    }


def _place(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> str:
    """The list a case belongs in; empty if in none today."""
    late = waits_too_long(case, calendar, now)
    if case.status not in WAITING:
        return "undelivered" if late else ""
    if case.due_at is not None and case.due_at <= now:
        return "overdue"
    if case.due_at and calendar.local(case.due_at).date() == calendar.local(now).date():
        return "due_today"
    if is_near(case, calendar, now):
        return "near_due"
    if case.status is Status.ASSIGNED and case.in_review:
        return "to_review"
    return "waiting" if late or case.status in _FOR_A_PERSON else ""


def _readers(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> Iterable[Recipient]:
    audiences = [Audience.CASEWORKER, *(rung.audience for rung in climbed(case, calendar, now))]
    return dict.fromkeys(recipient(case, audience) for audience in audiences)
