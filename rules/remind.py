"""Who must be told of a case, and when: the steps of the climb and the quiet hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import chain

from registry.model import Regime
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.due import PROGRESS_EVERY, progress_notice_at

#: Mail goes out between these hours of the city's clock on working days; urgent mail always.
MAIL_FROM = time(8)
MAIL_UNTIL = time(20)


class Step(StrEnum):
    """What somebody is told; once for each case, due date (or time in a status) and step."""

    UNCLASSIFIED = "unclassified"
    TRIAGE = "triage"
    UNASSIGNED = "unassigned"
    NEAR_DUE = "near_due"
    OVERDUE = "overdue"
    DUNNING = "dunning"
    OVERDUE_MANAGER = "overdue_manager"
    OVERDUE_COMMS = "overdue_comms"
    UNDELIVERED = "undelivered"
    PROGRESS = "progress"


class Audience(StrEnum):
    CASEWORKER = "caseworker"
    MANAGER = "manager"
    COMMS_TEAM = "comms_team"
    CITIZEN = "citizen"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to tell. `who`: a caseworker's address, a manager's office, a citizen's case, or empty
    for the comms team; the registry says which people that is.
    """

    audience: Audience
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """What reminding needs to know of a case; times are aware.

    `since`: when it came into its present status. `in_review`: an answer is written and waits for
    the manager. `done`: the keys of the reminders sent so far.
    """

    id: str
    status: Status
    received_at: datetime
    since: datetime
    due_at: datetime | None = None
    office: str = ""
    caseworker: str = ""
    regime: Regime = Regime.SOCIAL
    urgent: bool = False
    in_review: bool = False
    done: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A step that is due now. Whoever sends it records `key`, so that it is sent once."""

    key: str
    case: str
    step: Step
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A step of the climb, so much working time after the due date."""

    step: Step
    after: timedelta
    audience: Audience
    regimes: frozenset[Regime] = frozenset(Regime)


CLIMB: tuple[Rung, ...] = (
    Rung(step=Step.OVERDUE, after=timedelta(), audience=Audience.CASEWORKER),
    Rung(
        step=Step.DUNNING,  # 독촉장, which the law has the head of the office get without delay
        after=timedelta(),
        audience=Audience.MANAGER,
        regimes=frozenset({Regime.STATUTORY}),
    ),
    Rung(step=Step.OVERDUE_MANAGER, after=timedelta(hours=8), audience=Audience.MANAGER),
    Rung(step=Step.OVERDUE_COMMS, after=timedelta(hours=16), audience=Audience.COMMS_TEAM),
)

#: Near its due date is a case with at most a working day left.
NEAR = timedelta(hours=8)
#: How long a case may stay in a status before somebody is told, in working time: for the machine
#: the hour that handing it on may take, in triage the most that a transfer may take, at an office
#: the law's time to accept a petition (Petitions Act, art. 16, and its decree), and a working day
#: for an answer to reach its citizen.
PATIENCE = {
    Status.RECEIVED: (Step.UNCLASSIFIED, timedelta(hours=1), Audience.COMMS_TEAM),
    Status.TRIAGE: (Step.TRIAGE, timedelta(hours=3), Audience.COMMS_TEAM),
    Status.ROUTED: (Step.UNASSIGNED, timedelta(hours=8), Audience.MANAGER),
    Status.ANSWERED: (Step.UNDELIVERED, timedelta(hours=8), Audience.COMMS_TEAM),
}
#: An answer is still to be written: the due date counts. An answered case waits for its delivery
#: only, and has its patience.
WAITING = frozenset(
    {Status.RECEIVED, Status.TRIAGE, Status.ROUTED, Status.ASSIGNED, Status.REOPENED}
)
#: In these an office has the case.
HELD_BY_OFFICE = frozenset({Status.ROUTED, Status.ASSIGNED, Status.REOPENED})


def may_mail(now: datetime, calendar: WorkingCalendar, *, urgent: bool = False) -> bool:
    """Whether people may get mail now: from 08:00 to 20:00 on working days; urgent mail always."""
    local = calendar.local(now)
    by_day = MAIL_FROM <= local.time() < MAIL_UNTIL
    return urgent or (by_day and calendar.is_working_day(local.date()))


def reminders(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> list[Reminder]:
    """The steps of one case that are due now and were not done; none in the quiet hours.

    After an outage every step that was missed comes at once, each to its own audience; only
    `NEAR_DUE` is dropped when the case is overdue by then.
    """
    if not may_mail(now, calendar, urgent=case.urgent):
        return []
    steps = chain.from_iterable(
        find(case, calendar, now) for find in (_patience, _climb, _progress)
    )
    return [reminder for reminder in steps if reminder.key not in case.done]


def _patience(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> Iterator[Reminder]:
    if waits_too_long(case, calendar, now):
        step, _, audience = PATIENCE[case.status]
        yield _reminder(case, step, audience, _key(case.since))


def _climb(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> Iterator[Reminder]:
    if case.due_at is None or case.status not in WAITING:
        return
    if is_near(case, calendar, now):
        yield _reminder(case, Step.NEAR_DUE, Audience.CASEWORKER, _key(case.due_at))
    for rung in climbed(case, calendar, now):
        yield _reminder(case, rung.step, rung.audience, _key(case.due_at))


def _progress(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> Iterator[Reminder]:
    """The latest progress notice that is owed; earlier ones that were missed are not made up."""
    if case.status not in WAITING:
        return
    nth = (now - case.received_at) // PROGRESS_EVERY
    while nth >= 1 and progress_notice_at(case.received_at, nth, calendar) > now:
        nth -= 1
    if nth >= 1:
        yield _reminder(case, Step.PROGRESS, Audience.CITIZEN, str(nth))


def waits_too_long(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> bool:
    """Whether a case has been in its status for as long as `PATIENCE` allows; others never are."""
    if case.status not in PATIENCE:
        return False
    _, after, _ = PATIENCE[case.status]
    return now >= calendar.add_working_time(case.since, after)


def is_near(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> bool:
    """Whether a case is not overdue, but has at most a working day or half its term left."""
    if case.due_at is None or case.due_at <= now:
        return False
    term = calendar.working_time(case.received_at, case.due_at)
    return calendar.working_time(now, case.due_at) <= min(NEAR, term / 2)


def climbed(case: CaseFacts, calendar: WorkingCalendar, now: datetime) -> list[Rung]:
    """The rungs an overdue case has reached; none before its due date."""
    if case.due_at is None or now < case.due_at:
        return []
    late = calendar.working_time(case.due_at, now)
    return [rung for rung in CLIMB if late >= rung.after and case.regime in rung.regimes]


def recipient(case: CaseFacts, audience: Audience) -> Recipient:
    """Who of this audience is told of this case.

    What has no caseworker, or an answer for review, is its manager's; what no office holds is the
    comms team's.
    """
    if audience is Audience.CITIZEN:
        return Recipient(audience, case.id)
    held = case.status in HELD_BY_OFFICE and case.office
    if not held or audience is Audience.COMMS_TEAM:
        return Recipient(Audience.COMMS_TEAM)
    at_work = case.status is Status.ASSIGNED and not case.in_review
    if audience is Audience.CASEWORKER and at_work and case.caseworker:
        return Recipient(audience, case.caseworker)
    return Recipient(Audience.MANAGER, case.office)


def _reminder(case: CaseFacts, step: Step, audience: Audience, which: str) -> Reminder:
    return Reminder(key=f"{step}:{which}", case=case.id, step=step, to=recipient(case, audience))


def _key(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
