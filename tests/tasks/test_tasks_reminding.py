"""Nothing is forgotten: one digest in the morning, each step of the climb once, quiet at night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from registry.model import Regime, Role
from rules.case import Status
from rules.kind import Urgency
from store import registry as registry_store
from store.tables import Case, Line, Mail, Message, MessageKind
from tasks.mail import put_in_words
from tasks.remind import facts, remind
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, COMMS, MANAGER, NOW, Clock, office, small_registry
from tests.tasks.conftest import Settle

#: Tuesday, eight in the morning in Seoul.
MORNING = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)


@pytest.fixture
def quiet(at_work: Settle, clock: Clock) -> Workplace:
    clock.moment = MORNING
    return at_work(now=clock)


def hourly(place: Workplace, clock: Clock, hours: int) -> None:
    """The flow's runs, one an hour, each in a process that knows nothing of the ones before."""
    for _ in range(hours):
        again = replace(place)
        remind(again, facts(again))
        clock.pass_(hours=1)


def assigned(place: Workplace, *, due: datetime | None = None, **of_post: Any) -> str:
    with place.store.write() as session:
        case = builders.assigned_case(session, **of_post)
        case.due_at = due or case.due_at
        for mail in session.scalars(select(Mail)):
            session.delete(mail)
        return case.number


def sent(place: Workplace, event: str) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).where(Mail.event == event).order_by(Mail.id)))


def test_one_digest_a_person_a_morning_however_often_it_runs(
    quiet: Workplace, clock: Clock
) -> None:
    overdue = assigned(quiet, due=MORNING - timedelta(hours=1))
    today = assigned(quiet, due=MORNING + timedelta(hours=9))
    hourly(quiet, clock, 25)
    digests = [mail for mail in sent(quiet, "digest") if mail.to == CASEWORKER]
    assert len(digests) == 2, "one on Tuesday, one on Wednesday"
    groups = {g["title"]: [r["number"] for r in g["rows"]] for g in digests[0].facts["groups"]}
    assert groups == {"기한이 지난 건": [overdue], "오늘까지인 건": [today]}
    assert digests[0].queued_at == MORNING


def test_who_has_several_roles_gets_one_digest(quiet: Workplace, clock: Clock) -> None:
    assigned(quiet, due=MORNING)
    with quiet.store.write() as session:
        case = builders.case(session)
        builders.desk(session).route(case, "traffic")
        builders.desk(session, who=MANAGER).designate(case, MANAGER)
        case.due_at = MORNING - timedelta(days=9)
        builders.desk(session).route(builders.case(session), "traffic")
    hourly(quiet, clock, 4)
    assert len([mail for mail in sent(quiet, "digest") if mail.to == MANAGER]) == 1


def test_what_comes_up_in_the_afternoon_is_in_tomorrows_digest(
    quiet: Workplace, clock: Clock
) -> None:
    clock.moment = MORNING + timedelta(hours=6)
    with quiet.store.write() as session:
        builders.desk(session, at=clock()).route(builders.case(session), "traffic")
    hourly(quiet, clock, 6)
    assert sent(quiet, "digest") == []


def test_an_overdue_case_climbs_to_the_comms_team_and_each_step_is_taken_once(
    quiet: Workplace, clock: Clock
) -> None:
    number = assigned(quiet, due=MORNING)
    hourly(quiet, clock, 4 * 24)
    with quiet.store.read() as session:
        lines = session.scalars(select(Line.why).where(Line.what == "reminded")).all()
    assert lines == [
        f"overdue: {CASEWORKER}",
        "overdue_manager: traffic",
        "overdue_comms: comms_team",
    ]
    assert [mail.to for mail in sent(quiet, "overdue")] == [COMMS]
    everyone = {mail.to for mail in sent(quiet, "digest")}
    assert everyone == {CASEWORKER, MANAGER, COMMS}
    assert number


def test_under_the_law_the_head_of_the_office_is_dunned_at_once(
    quiet: Workplace, clock: Clock
) -> None:
    city = small_registry()
    offices = {**city.offices, "traffic": office("traffic", regime=Regime.STATUTORY)}
    with quiet.store.write() as session:
        registry_store.apply(session, replace(city, offices=offices), at=NOW)
        case = builders.case(session)
        builders.desk(session, registry=replace(city, offices=offices)).route(case, "traffic")
        case.due_at = MORNING + timedelta(hours=2)
    hourly(quiet, clock, 12)
    assert [mail.to for mail in sent(quiet, "overdue")] == [MANAGER]


@pytest.mark.parametrize(
    "quiet_hour",
    [
        datetime(2026, 11, 3, 13, 0, tzinfo=UTC),  # ten in the evening
        datetime(2026, 11, 7, 2, 0, tzinfo=UTC),  # Saturday
        datetime(2026, 11, 27, 2, 0, tzinfo=UTC),  # the registry's own day off
    ],
)
def test_nobody_is_mailed_in_the_quiet_hours_but_of_urgent_cases(
    quiet: Workplace, clock: Clock, quiet_hour: datetime
) -> None:
    assigned(quiet, due=MORNING - timedelta(days=30))
    clock.moment = quiet_hour
    remind(quiet, facts(quiet))
    with quiet.store.write() as session:
        assert session.scalars(select(Mail)).all() == []
        urgent = builders.assigned_case(session, text="가스가 새요")
        urgent.urgency, urgent.due_at = Urgency.URGENT, quiet_hour - timedelta(minutes=1)
    remind(quiet, facts(quiet))
    assert [mail.to for mail in sent(quiet, "overdue")][:1] == [CASEWORKER]


def test_what_waits_in_triage_is_told_to_the_comms_team_in_one_mail(
    quiet: Workplace, clock: Clock
) -> None:
    with quiet.store.write() as session:
        for _ in range(3):
            case = builders.case(session)
            case.move(Status.TRIAGE, who="haechi", at=MORNING)
    hourly(quiet, clock, 8)
    mails = sent(quiet, "triage_waiting")
    assert [mail.to for mail in mails] == [COMMS]
    assert len(mails[0].facts["rows"]) == 3


def test_an_urgent_case_in_triage_is_told_at_night(quiet: Workplace, clock: Clock) -> None:
    clock.moment = MORNING + timedelta(hours=14)
    with quiet.store.write() as session:
        case = builders.case(session)
        case.move(Status.TRIAGE, who="haechi", at=MORNING)
        case.urgency = Urgency.URGENT
    remind(quiet, facts(quiet))
    assert [mail.to for mail in sent(quiet, "triage_urgent")] == [COMMS]


def test_a_case_whose_caseworker_left_is_the_managers(quiet: Workplace, clock: Clock) -> None:
    assigned(quiet, due=MORNING - timedelta(hours=1))
    city = small_registry()
    staff = tuple(person for person in city.staff if person.email != CASEWORKER)
    with quiet.store.write() as session:
        registry_store.apply(session, small_registry(staff=staff), at=NOW)
    hourly(quiet, clock, 1)
    assert [mail.to for mail in sent(quiet, "digest")] == [MANAGER]


def test_an_office_without_a_manager_falls_to_the_comms_team(
    quiet: Workplace, clock: Clock
) -> None:
    city = small_registry()
    staff = tuple(p for p in city.staff if (p.office, p.role) != ("traffic", Role.MANAGER))
    with quiet.store.write() as session:
        registry_store.apply(session, small_registry(staff=staff), at=NOW)
        builders.desk(session).route(builders.case(session), "traffic")
    hourly(quiet, clock, 1)
    assert [mail.to for mail in sent(quiet, "digest")] == [COMMS]


def test_after_thirty_days_the_citizen_hears_how_it_stands_once(
    quiet: Workplace, clock: Clock
) -> None:
    assigned(quiet, created_at=NOW, due=NOW + timedelta(days=60))
    assigned(quiet, created_at=NOW, due=NOW + timedelta(days=60), public=False)
    clock.moment = MORNING + timedelta(days=35)
    hourly(quiet, clock, 5)
    with quiet.store.read() as session:
        told = session.scalars(select(Message).where(Message.kind == MessageKind.PROGRESS)).all()
    assert len(told) == 1, "what was written in private stays private"
    assert "아직 처리하고 있습니다" in told[0].text


def test_a_case_that_went_on_since_the_facts_were_read_is_left_alone(
    quiet: Workplace, clock: Clock
) -> None:
    assigned(quiet, due=MORNING - timedelta(days=9))
    read = facts(quiet)
    with quiet.store.write() as session:
        session.get_one(Case, 1).move(Status.ANSWERED, who="x", at=quiet.now())
    remind(quiet, read)
    assert sent(quiet, "overdue") == []


def test_two_runs_at_once_take_each_step_once(quiet: Workplace, clock: Clock) -> None:
    assigned(quiet, due=MORNING - timedelta(days=9))
    read = facts(quiet)
    remind(quiet, read)
    remind(quiet, read)
    with quiet.store.read() as session:
        lines = session.scalars(select(Line.why).where(Line.what == "reminded")).all()
    assert len(lines) == len(set(lines)) == 3


def test_an_extension_starts_the_climb_anew(quiet: Workplace, clock: Clock) -> None:
    assigned(quiet, due=MORNING)
    hourly(quiet, clock, 3 * 24)
    with quiet.store.write() as session:
        session.get_one(Case, 1).due_at = clock() - timedelta(hours=1)
    hourly(quiet, clock, 4 * 24)
    assert len(sent(quiet, "overdue")) == 2


def test_a_long_digest_names_the_first_and_counts_the_rest(quiet: Workplace, clock: Clock) -> None:
    for _ in range(53):
        assigned(quiet, due=MORNING - timedelta(hours=1))
    hourly(quiet, clock, 1)
    put_in_words(quiet)
    (digest,) = [mail for mail in sent(quiet, "digest") if mail.to == CASEWORKER]
    assert digest.subject is not None
    assert "53건" in digest.subject
    assert "그 밖에 3건" in str(digest.plain)
