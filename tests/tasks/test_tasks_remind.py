"""Nothing is forgotten: each step of the climb once, to whoever holds the case, quiet at night."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from registry.model import Regime
from rules.case import Status
from rules.kind import Kind, Urgency
from store import registry as registry_store
from store.tables import Answer, Case, Mail, Message, MessageKind
from tasks.remind import facts, remind
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, COMMS, MANAGER, NOW, Clock, office, small_registry
from tests.tasks.conftest import MORNING
from tests.tasks.reminding import assigned, history, hourly, in_review, reminded, sent


def test_an_overdue_case_climbs_to_the_comms_team_and_each_step_is_taken_once(
    early: Workplace, clock: Clock
) -> None:
    assigned(early, due=MORNING)
    hourly(early, clock, 4 * 24)
    assert history(early) == [
        f"overdue: {CASEWORKER}",
        "overdue_manager: traffic",
        "overdue_comms: comms_team",
    ]
    assert [mail.to for mail in sent(early, "overdue")] == [COMMS]
    everyone = {mail.to for mail in sent(early, "digest")}
    assert everyone == {CASEWORKER, MANAGER, COMMS}


def test_under_the_law_the_head_of_the_office_is_dunned_at_once(
    early: Workplace, clock: Clock
) -> None:
    city = small_registry()
    offices = {**city.offices, "traffic": office("traffic", regime=Regime.STATUTORY)}
    with early.store.write() as session:
        registry_store.apply(session, replace(city, offices=offices), at=NOW)
        case = builders.case(session)
        builders.desk(session, registry=replace(city, offices=offices)).route(case, "traffic")
        case.due_at = MORNING + timedelta(hours=2)
    hourly(early, clock, 12)
    assert [mail.to for mail in sent(early, "overdue")] == [MANAGER]


def test_while_a_site_is_surveyed_nobody_is_hurried(early: Workplace, clock: Clock) -> None:
    small = small_registry()
    city = replace(
        small, offices={**small.offices, "traffic": office("traffic", regime=Regime.STATUTORY)}
    )
    with early.store.write() as session:
        case = builders.case(session, kind=Kind.GRIEVANCE)
        builders.desk(session, registry=city).route(case, "traffic")
        builders.desk(session, who=MANAGER, registry=city).designate(case, CASEWORKER)
        case.due_at = MORNING + timedelta(hours=2)
        builders.desk(session, who=CASEWORKER, at=MORNING, registry=city).survey(
            case, 3, why="소음을 재야 합니다", body="조사합니다"
        )
    hourly(early, clock, 24)
    assert history(early) == []
    hourly(early, clock, 3 * 24)
    assert history(early)[:2] == [f"near_due: {CASEWORKER}", f"overdue: {CASEWORKER}"]


def test_an_extension_starts_the_climb_anew(early: Workplace, clock: Clock) -> None:
    assigned(early, due=MORNING)
    hourly(early, clock, 3 * 24)
    with early.store.write() as session:
        session.get_one(Case, 1).due_at = clock() - timedelta(hours=1)
    hourly(early, clock, 4 * 24)
    assert len(sent(early, "overdue")) == 2


def test_two_runs_at_once_take_each_step_once(early: Workplace, clock: Clock) -> None:
    assigned(early, due=MORNING - timedelta(days=9))
    read = facts(early)
    remind(early, read)
    remind(early, read)
    taken = history(early)
    assert len(taken) == len(set(taken)) == 3


def test_a_case_that_went_on_since_the_facts_were_read_is_left_alone(
    early: Workplace, clock: Clock
) -> None:
    assigned(early, due=MORNING - timedelta(days=9))
    read = facts(early)
    with early.store.write() as session:
        session.get_one(Case, 1).move(Status.ANSWERED, who="x", at=early.now())
    remind(early, read)
    assert sent(early, "overdue") == []


def test_an_answer_in_review_is_the_manager_s_to_hurry(quiet: Workplace, clock: Clock) -> None:
    in_review(quiet)
    with quiet.store.write() as session:
        session.execute(update(Case).values(due_at=NOW, urgency=Urgency.URGENT))
    clock.pass_(minutes=1)
    reminded(quiet)
    assert [mail.to for mail in sent(quiet, "overdue")] == ["manager@road.example"]
    assert history(quiet) == ["overdue: road"]


def test_once_refused_it_is_the_caseworker_s_again(quiet: Workplace) -> None:
    in_review(quiet)
    assert [case.in_review for case in facts(quiet)] == [True]
    with quiet.store.write() as session:
        case = session.scalars(select(Case)).one()
        draft = session.scalars(select(Answer)).one()
        builders.desk(session, who="manager@road.example").refuse(case, draft, why="더 자세히")
    assert [case.in_review for case in facts(quiet)] == [False]


@pytest.mark.parametrize(
    "quiet_hour",
    [
        datetime(2026, 11, 3, 13, 0, tzinfo=UTC),  # ten in the evening
        datetime(2026, 11, 7, 2, 0, tzinfo=UTC),  # Saturday
        datetime(2026, 11, 27, 2, 0, tzinfo=UTC),  # the registry's own day off
    ],
)
def test_nobody_is_mailed_in_the_quiet_hours_but_of_urgent_cases(
    early: Workplace, clock: Clock, quiet_hour: datetime
) -> None:
    assigned(early, due=MORNING - timedelta(days=30))
    clock.moment = quiet_hour
    remind(early, facts(early))
    with early.store.write() as session:
        assert session.scalars(select(Mail)).all() == []
        urgent = builders.assigned_case(session, text="가스가 새요")
        urgent.urgency, urgent.due_at = Urgency.URGENT, quiet_hour - timedelta(minutes=1)
    remind(early, facts(early))
    assert [mail.to for mail in sent(early, "overdue")][:1] == [CASEWORKER]


def test_an_urgent_case_in_triage_is_told_at_night(early: Workplace, clock: Clock) -> None:
    clock.moment = MORNING + timedelta(hours=14)
    with early.store.write() as session:
        case = builders.case(session)
        case.move(Status.TRIAGE, who="haechi", at=MORNING)
        case.urgency = Urgency.URGENT
    remind(early, facts(early))
    assert [mail.to for mail in sent(early, "triage_urgent")] == [COMMS]


def test_after_thirty_days_the_citizen_hears_how_it_stands_once(
    early: Workplace, clock: Clock
) -> None:
    assigned(early, created_at=NOW, due=NOW + timedelta(days=60))
    assigned(early, created_at=NOW, due=NOW + timedelta(days=60), public=False)
    clock.moment = MORNING + timedelta(days=35)
    hourly(early, clock, 5)
    with early.store.read() as session:
        told = session.scalars(select(Message).where(Message.kind == MessageKind.PROGRESS)).all()
    assert len(told) == 1, "what was written in private stays private"
    assert "아직 처리하고 있습니다" in told[0].text
