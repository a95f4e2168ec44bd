"""Mails about many cases: one digest in the morning, one call to the comms team for each thing."""

from datetime import timedelta

from sqlalchemy import update

from registry.model import Role
from rules.case import Status
from rules.kind import Urgency
from store import registry as registry_store
from store.tables import Case, StaffRow
from tasks.mail import put_in_words
from tasks.remind import Reminded
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, COMMS, MANAGER, NOW, Clock, small_registry
from tests.tasks.conftest import MORNING
from tests.tasks.reminding import (
    assigned,
    groups,
    history,
    hourly,
    in_review,
    reminded,
    sent,
)

#: Minutes from NOW, ten on a Monday morning, with an hour of lunch between.
HOUR, WORKING_DAY, NIGHT = 60, 24 * 60, 12 * 60


def answered(place: Workplace, *, urgent: bool = False) -> str:
    """A case whose answer was approved at once; its number."""
    with place.store.write() as session:
        case = builders.assigned_case(session)
        case.urgency = Urgency.URGENT if urgent else Urgency.NORMAL
        builders.desk(session, who="worker@traffic.example").answer(
            case, "고쳤습니다.", body="고쳤습니다.", more=""
        )
        return case.number


def received(place: Workplace) -> str:
    with place.store.write() as session:
        return builders.case(session).number


def test_one_digest_a_person_a_morning_however_often_it_runs(
    early: Workplace, clock: Clock
) -> None:
    overdue = assigned(early, due=MORNING - timedelta(hours=1))
    today = assigned(early, due=MORNING + timedelta(hours=9))
    hourly(early, clock, 25)
    digests = [mail for mail in sent(early, "digest") if mail.to == CASEWORKER]
    assert len(digests) == 2, "one on Tuesday, one on Wednesday"
    assert groups(digests[0]) == {"기한이 지난 건": [overdue], "오늘까지인 건": [today]}
    assert digests[0].queued_at == MORNING


def test_who_has_several_roles_gets_one_digest(early: Workplace, clock: Clock) -> None:
    assigned(early, due=MORNING)
    with early.store.write() as session:
        case = builders.case(session)
        builders.desk(session).route(case, "traffic")
        builders.desk(session, who=MANAGER).designate(case, MANAGER)
        case.due_at = MORNING - timedelta(days=9)
        builders.desk(session).route(builders.case(session), "traffic")
    hourly(early, clock, 4)
    assert len([mail for mail in sent(early, "digest") if mail.to == MANAGER]) == 1


def test_what_comes_up_in_the_afternoon_is_in_tomorrows_digest(
    early: Workplace, clock: Clock
) -> None:
    clock.moment = MORNING + timedelta(hours=6)
    with early.store.write() as session:
        builders.desk(session, at=clock()).route(builders.case(session), "traffic")
    hourly(early, clock, 6)
    assert sent(early, "digest") == []


def test_a_long_digest_names_the_first_and_counts_the_rest(early: Workplace, clock: Clock) -> None:
    for _ in range(53):
        assigned(early, due=MORNING - timedelta(hours=1))
    hourly(early, clock, 1)
    put_in_words(early)
    (digest,) = [mail for mail in sent(early, "digest") if mail.to == CASEWORKER]
    assert digest.subject is not None
    assert "53건" in digest.subject
    assert "그 밖에 3건" in str(digest.plain)


def test_a_case_whose_caseworker_left_is_the_managers(early: Workplace, clock: Clock) -> None:
    assigned(early, due=MORNING - timedelta(hours=1))
    city = small_registry()
    staff = tuple(person for person in city.staff if person.email != CASEWORKER)
    with early.store.write() as session:
        registry_store.apply(session, small_registry(staff=staff), at=NOW)
    hourly(early, clock, 1)
    assert [mail.to for mail in sent(early, "digest")] == [MANAGER]


def test_an_office_without_a_manager_falls_to_the_comms_team(
    early: Workplace, clock: Clock
) -> None:
    city = small_registry()
    staff = tuple(p for p in city.staff if (p.office, p.role) != ("traffic", Role.MANAGER))
    with early.store.write() as session:
        registry_store.apply(session, small_registry(staff=staff), at=NOW)
        builders.desk(session).route(builders.case(session), "traffic")
    hourly(early, clock, 1)
    assert [mail.to for mail in sent(early, "digest")] == [COMMS]


def test_a_manager_who_came_after_the_review_was_asked_for_finds_it_in_the_digest(
    quiet: Workplace, clock: Clock
) -> None:
    number = in_review(quiet)
    with quiet.store.write() as session:
        session.execute(update(Case).values(due_at=None))
        session.execute(
            update(StaffRow)
            .where(StaffRow.office == "road", StaffRow.role == Role.MANAGER)
            .values(retired_at=NOW)
        )
        session.add(
            StaffRow(email="new@road.example", name="새 관리자", office="road", role=Role.MANAGER)
        )
    clock.pass_(days=1, minutes=-60)
    reminded(quiet)
    assert [(mail.to, groups(mail)) for mail in sent(quiet, "digest")] == [
        ("new@road.example", {"검토를 기다리는 답변": [number]})
    ]


def test_the_morning_s_digest_lists_what_did_not_get_out(quiet: Workplace, clock: Clock) -> None:
    number = answered(quiet)
    clock.pass_(days=2, minutes=-90)
    assert reminded(quiet).digests == 1
    assert groups(sent(quiet, "digest")[-1]) == {"나가지 못한 답변": [number]}


def test_what_waits_in_triage_is_told_to_the_comms_team_in_one_mail(
    early: Workplace, clock: Clock
) -> None:
    with early.store.write() as session:
        cases = [builders.case(session) for _ in range(3)]
        for case in cases:
            case.move(Status.TRIAGE, who="haechi", at=MORNING)
        numbers = [case.number for case in cases]
    hourly(early, clock, 8)
    mails = sent(early, "triage_waiting")
    assert [mail.to for mail in mails] == [COMMS]
    assert [row["number"] for row in mails[0].facts["rows"]] == numbers


def test_cases_that_were_not_classified_within_an_hour_are_one_mail_to_the_comms_team(
    quiet: Workplace, clock: Clock
) -> None:
    numbers = [received(quiet), received(quiet)]
    clock.pass_(minutes=HOUR - 1)
    reminded(quiet)
    assert all("아직 분류되지 않은 건" not in groups(mail) for mail in sent(quiet, "digest"))
    clock.pass_(minutes=1)
    assert reminded(quiet).escalated == 1
    (call,) = [m for m in sent(quiet, "digest") if "아직 분류되지 않은 건" in groups(m)]
    assert (call.to, groups(call)) == (COMMS, {"아직 분류되지 않은 건": numbers})
    clock.pass_(minutes=1)
    assert reminded(quiet).escalated == 0


def test_an_answer_that_is_not_out_after_a_working_day_is_told_once(
    quiet: Workplace, clock: Clock
) -> None:
    number = answered(quiet)
    clock.pass_(minutes=WORKING_DAY - 1)
    assert reminded(quiet).escalated == 0
    clock.pass_(minutes=1)
    assert reminded(quiet).escalated == 1
    assert reminded(quiet).escalated == 0
    calls = [m for m in sent(quiet, "digest") if m.key.startswith("undelivered:")]
    assert [(m.to, groups(m)) for m in calls] == [(COMMS, {"나가지 못한 답변": [number]})]
    assert history(quiet) == ["undelivered: comms_team"]


def test_an_urgent_answer_that_did_not_get_out_is_told_at_night(
    quiet: Workplace, clock: Clock
) -> None:
    answered(quiet)
    urgent = answered(quiet, urgent=True)
    clock.pass_(days=1, minutes=NIGHT)
    assert reminded(quiet).escalated == 1
    assert groups(sent(quiet, "digest")[-1]) == {"나가지 못한 답변": [urgent]}


def test_on_a_holiday_nobody_is_told(quiet: Workplace, clock: Clock) -> None:
    received(quiet)
    answered(quiet)
    clock.pass_(days=25)  # the city's own day off
    assert str(reminded(quiet)) == str(Reminded())
    assert sent(quiet, "digest") == []
