"""One mail a morning and person."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from registry.model import Regime
from rules.calendar import WorkingCalendar
from rules.case import Status
from rules.digest import Digest, digests
from rules.remind import Audience, CaseFacts, Recipient

SEOUL = ZoneInfo("Asia/Seoul")
CALENDAR = WorkingCalendar("KR", (), SEOUL)
CASEWORKER = Recipient(Audience.CASEWORKER, "kim@bus.example")
MANAGER = Recipient(Audience.MANAGER, "bus")
TEAM = Recipient(Audience.COMMS_TEAM)
MORNING = "2026-09-30T08:30"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL)


def a_case(due: str | None, **facts: Any) -> CaseFacts:
    defaults: dict[str, Any] = {
        "id": "1",
        "status": Status.ASSIGNED,
        "received_at": at("2026-09-21T09:00"),
        "since": at("2026-09-21T10:00"),
        "due_at": at(due) if due else None,
        "office": "bus",
        "caseworker": "kim@bus.example",
    }
    return CaseFacts(**(defaults | facts))


def this_morning(*cases: CaseFacts) -> dict[Recipient, Digest]:
    return digests(cases, CALENDAR, at(MORNING))


@pytest.mark.parametrize(
    ("due", "place"),
    [
        ("2026-09-29T18:00", "overdue"),
        ("2026-09-30T18:00", "due_today"),
        ("2026-09-30T08:30", "overdue"),
        ("2026-10-01T09:00", "near_due"),
    ],
)
def test_a_case_stands_in_one_list(due: str, place: str) -> None:
    case = a_case(due)
    assert this_morning(case) == {CASEWORKER: Digest(**{place: (case,)})}


def test_a_case_with_time_left_is_in_no_digest() -> None:
    assert this_morning(a_case("2026-10-07T18:00"), a_case(None)) == {}


def test_what_waits_for_a_caseworker_is_in_the_managers_digest() -> None:
    case = a_case("2026-10-07T18:00", status=Status.ROUTED, caseworker="")
    assert this_morning(case) == {MANAGER: Digest(waiting=(case,))}


def test_what_waits_in_triage_is_in_the_comms_teams_digest() -> None:
    case = a_case("2026-10-07T18:00", status=Status.TRIAGE)
    assert this_morning(case) == {TEAM: Digest(waiting=(case,))}


def test_an_overdue_case_is_in_the_digests_it_climbed_to() -> None:
    case = a_case("2026-09-28T18:00")  # eight working hours ago
    assert set(this_morning(case)) == {CASEWORKER, MANAGER}
    older = a_case("2026-09-23T18:00")
    assert set(this_morning(older)) == {CASEWORKER, MANAGER, TEAM}
    by_law = a_case("2026-09-29T18:00", regime=Regime.STATUTORY)
    assert set(this_morning(by_law)) == {CASEWORKER, MANAGER}


def test_what_was_answered_within_a_working_day_is_in_no_digest() -> None:
    case = a_case("2026-09-28T18:00", status=Status.ANSWERED, since=at("2026-09-29T09:30"))
    assert this_morning(case) == {}


def test_an_answer_that_does_not_get_out_is_in_the_comms_teams_digest() -> None:
    case = a_case("2026-09-28T18:00", status=Status.ANSWERED, since=at("2026-09-28T17:00"))
    assert this_morning(case) == {TEAM: Digest(undelivered=(case,))}


def test_what_the_machine_left_lying_is_in_the_comms_teams_digest() -> None:
    new = a_case(None, status=Status.RECEIVED, office="", since=at("2026-09-30T08:00"))
    old = a_case(None, status=Status.RECEIVED, office="", since=at("2026-09-29T17:00"), id="2")
    assert this_morning(new, old) == {TEAM: Digest(waiting=(old,))}


def test_an_answer_for_review_is_in_the_digest_of_whoever_manages_the_office() -> None:
    case = a_case("2026-10-07T18:00", in_review=True)
    assert this_morning(case) == {MANAGER: Digest(to_review=(case,))}
    late = a_case("2026-09-29T18:00", in_review=True)
    assert this_morning(late) == {MANAGER: Digest(overdue=(late,))}


def test_what_is_answered_but_not_out_counts_as_neither_due_nor_overdue() -> None:
    today = a_case("2026-09-30T18:00", status=Status.ANSWERED, since=at("2026-09-28T10:00"))
    assert this_morning(today) == {TEAM: Digest(undelivered=(today,))}


def test_the_longest_waiting_comes_first() -> None:
    new, old = a_case("2026-09-29T18:00", id="2"), a_case("2026-09-29T10:00", id="3")
    assert this_morning(new, old)[CASEWORKER].overdue == (old, new)


def test_no_digest_is_written_on_a_day_off_or_at_night() -> None:
    case = a_case("2026-09-23T18:00", urgent=True)
    assert digests([case], CALENDAR, at("2026-09-25T08:30")) == {}
    assert digests([case], CALENDAR, at("2026-09-30T07:00")) == {}


def test_an_empty_digest_is_false() -> None:
    assert not Digest()
    assert Digest(near_due=(a_case(None),))
