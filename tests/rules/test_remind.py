"""Who is told of a case, and when."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Regime
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.remind import (
    Audience,
    CaseFacts,
    Recipient,
    Step,
    may_mail,
    reminders,
)

SEOUL = ZoneInfo("Asia/Seoul")
CALENDAR = WorkingCalendar("KR", (), SEOUL)
CASEWORKER = Recipient(Audience.CASEWORKER, "kim@bus.example")
MANAGER = Recipient(Audience.MANAGER, "bus")
TEAM = Recipient(Audience.COMMS_TEAM)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def a_case(**facts: Any) -> CaseFacts:
    """An assigned case of Monday morning, due on Wednesday evening."""
    defaults: dict[str, Any] = {
        "id": "2026-000123",
        "status": Status.ASSIGNED,
        "received_at": at("2026-09-28T09:00"),
        "since": at("2026-09-28T10:00"),
        "due_at": at("2026-09-30T18:00"),
        "office": "bus",
        "caseworker": "kim@bus.example",
    }
    return CaseFacts(**(defaults | facts))


def told(case: CaseFacts, now: str) -> list[tuple[Step, Recipient]]:
    return [(r.step, r.to) for r in reminders(case, CALENDAR, at(now))]


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        ("2026-09-29T17:59", []),
        ("2026-09-29T18:00", [(Step.NEAR_DUE, CASEWORKER)]),
        ("2026-09-30T17:59", [(Step.NEAR_DUE, CASEWORKER)]),
        ("2026-09-30T18:00", [(Step.OVERDUE, CASEWORKER)]),
        ("2026-10-01T17:59", [(Step.OVERDUE, CASEWORKER)]),
        ("2026-10-01T18:00", [(Step.OVERDUE, CASEWORKER), (Step.OVERDUE_MANAGER, MANAGER)]),
        (
            "2026-10-02T18:00",
            [
                (Step.OVERDUE, CASEWORKER),
                (Step.OVERDUE_MANAGER, MANAGER),
                (Step.OVERDUE_COMMS, TEAM),
            ],
        ),
    ],
)
def test_a_case_climbs_as_working_time_goes_by(
    now: str, steps: list[tuple[Step, Recipient]]
) -> None:
    assert told(a_case(), now) == steps


def test_under_the_law_the_head_of_the_office_is_dunned_without_delay() -> None:
    assert told(a_case(regime=Regime.STATUTORY), "2026-09-30T18:00") == [
        (Step.OVERDUE, CASEWORKER),
        (Step.DUNNING, MANAGER),
    ]


def test_a_case_with_a_short_term_is_near_only_in_its_second_half() -> None:
    case = a_case(due_at=at("2026-09-28T14:00"))
    assert told(case, "2026-09-28T10:00") == []
    assert told(case, "2026-09-28T11:00") == [(Step.NEAR_DUE, CASEWORKER)]


def test_each_step_is_taken_once() -> None:
    now = at("2026-10-01T18:00")
    first = reminders(a_case(), CALENDAR, now)
    done = frozenset(reminder.key for reminder in first)
    assert len(done) == 2
    assert reminders(a_case(done=done), CALENDAR, now) == []


def test_an_extension_starts_the_climb_again() -> None:
    now = at("2026-10-01T18:00")
    done = frozenset(r.key for r in reminders(a_case(), CALENDAR, now))
    extended = a_case(done=done, due_at=at("2026-10-02T18:00"))
    assert [r.step for r in reminders(extended, CALENDAR, now)] == [Step.NEAR_DUE]


def test_the_same_due_date_in_another_zone_is_the_same_step() -> None:
    here = a_case()
    there = a_case(due_at=here.due_at.astimezone(ZoneInfo("UTC")) if here.due_at else None)
    now = at("2026-09-30T18:00")
    assert reminders(here, CALENDAR, now) == reminders(there, CALENDAR, now)


@pytest.mark.parametrize(
    ("now", "may"),
    [
        ("2026-09-28T07:59", False),
        ("2026-09-28T08:00", True),
        ("2026-09-28T12:30", True),
        ("2026-09-28T19:59", True),
        ("2026-09-28T20:00", False),
        ("2026-09-27T10:00", False),  # a Sunday
        ("2026-09-25T10:00", False),  # Chuseok
    ],
)
def test_mail_goes_out_by_day_on_working_days_unless_urgent(now: str, may: bool) -> None:
    assert may_mail(at(now), CALENDAR) is may
    assert may_mail(at(now), CALENDAR, urgent=True)


def test_an_urgent_case_is_told_at_night() -> None:
    assert told(a_case(), "2026-10-01T23:00") == []
    assert told(a_case(urgent=True), "2026-10-01T23:00")


@pytest.mark.parametrize("status", [Status.REPLIED, Status.DISMISSED, Status.WITHDRAWN])
def test_nobody_is_told_of_a_case_that_waits_for_no_person(status: Status) -> None:
    assert told(a_case(status=status), "2026-10-02T18:00") == []


def test_an_answer_that_is_not_out_after_a_working_day_is_the_comms_teams() -> None:
    case = a_case(status=Status.ANSWERED, since=at("2026-09-30T17:00"))
    assert told(case, "2026-10-01T16:59") == []
    assert told(case, "2026-10-01T17:00") == [(Step.UNDELIVERED, TEAM)]


def test_an_answered_case_climbs_no_further_and_its_citizen_hears_the_answer_only() -> None:
    case = a_case(status=Status.ANSWERED, since=at("2026-09-30T17:00"))
    assert told(case, "2026-11-30T10:00") == [(Step.UNDELIVERED, TEAM)]


def test_a_case_that_the_machine_leaves_lying_is_the_comms_teams_after_an_hour() -> None:
    case = a_case(status=Status.RECEIVED, office="", caseworker="", due_at=None)
    assert told(case, "2026-09-28T10:59") == []
    assert told(case, "2026-09-28T11:00") == [(Step.UNCLASSIFIED, TEAM)]


def test_what_came_at_night_and_lies_is_told_in_the_morning() -> None:
    night = at("2026-09-28T23:00")
    case = a_case(status=Status.RECEIVED, office="", due_at=None, received_at=night, since=night)
    assert told(case, "2026-09-29T09:59") == []
    assert told(case, "2026-09-29T10:00") == [(Step.UNCLASSIFIED, TEAM)]


def test_while_the_manager_reads_an_answer_the_manager_is_reminded() -> None:
    case = a_case(in_review=True)
    assert told(case, "2026-09-29T18:00") == [(Step.NEAR_DUE, MANAGER)]
    assert told(case, "2026-09-30T18:00") == [(Step.OVERDUE, MANAGER)]


def test_a_caseworker_whose_answer_came_back_is_not_told_what_the_manager_was() -> None:
    done = frozenset(
        r.key for r in reminders(a_case(in_review=True), CALENDAR, at("2026-09-29T18:00"))
    )
    assert told(a_case(done=done), "2026-09-30T17:59") == []
    assert told(a_case(done=done), "2026-09-30T18:00") == [(Step.OVERDUE, CASEWORKER)]


def test_a_case_nobody_was_named_for_is_the_managers() -> None:
    case = a_case(status=Status.ROUTED, caseworker="", due_at=at("2026-10-07T18:00"))
    assert told(case, "2026-09-29T09:59") == []
    assert told(case, "2026-09-29T10:00") == [(Step.UNASSIGNED, MANAGER)]
    overdue = a_case(status=Status.ROUTED, caseworker="")
    assert (Step.OVERDUE, MANAGER) in told(overdue, "2026-09-30T18:00")


def test_a_case_in_triage_is_the_comms_teams_even_after_an_office_had_it() -> None:
    case = a_case(status=Status.TRIAGE)
    assert told(case, "2026-09-28T13:59") == []
    assert told(case, "2026-09-28T14:00") == [(Step.TRIAGE, TEAM)]
    assert {to for _, to in told(case, "2026-10-02T18:00")} == {TEAM}


def test_a_case_that_comes_back_to_triage_is_told_again() -> None:
    first = a_case(status=Status.TRIAGE)
    done = frozenset(r.key for r in reminders(first, CALENDAR, at("2026-09-28T14:00")))
    back = a_case(status=Status.TRIAGE, since=at("2026-09-28T15:00"), done=done)
    assert told(back, "2026-09-28T17:59") == []
    assert (Step.TRIAGE, TEAM) in told(back, "2026-09-29T09:00")


def test_a_case_without_a_due_date_does_not_climb() -> None:
    assert told(a_case(due_at=None), "2026-10-20T10:00") == []


def test_the_citizen_of_a_long_case_hears_every_thirty_days() -> None:
    case = a_case(due_at=at("2026-12-31T18:00"))
    citizen = (Step.PROGRESS, Recipient(Audience.CITIZEN, "2026-000123"))
    assert told(case, "2026-10-27T18:00") == []
    assert told(case, "2026-10-28T09:00") == [citizen]
    first = reminders(case, CALENDAR, at("2026-10-28T09:00"))
    again = a_case(due_at=case.due_at, done=frozenset(r.key for r in first))
    assert told(again, "2026-11-26T18:00") == []
    assert told(again, "2026-11-27T09:00") == [citizen]


def test_a_progress_notice_missed_is_not_made_up_twice() -> None:
    case = a_case(due_at=at("2026-12-31T18:00"))
    assert len(told(case, "2026-12-01T10:00")) == 1


@given(
    st.sampled_from(Status),
    st.sampled_from(Regime),
    st.booleans(),
    st.lists(st.timedeltas(timedelta(), timedelta(days=90)), max_size=12),
)
def test_no_step_is_ever_taken_twice_or_in_the_quiet_hours(
    status: Status, regime: Regime, in_review: bool, moments: list[timedelta]
) -> None:
    done: list[str] = []
    for moment in sorted(moments):
        now = at("2026-09-28T09:00") + moment
        case = a_case(status=status, regime=regime, in_review=in_review, done=frozenset(done))
        sent = reminders(case, CALENDAR, now)
        assert may_mail(now, CALENDAR) or not sent
        done += [reminder.key for reminder in sent]
    assert len(done) == len(set(done))
