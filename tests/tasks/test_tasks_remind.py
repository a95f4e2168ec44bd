"""Reminding in the store: each step once, to whoever holds the case today."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from registry.model import Role
from rules.kind import Urgency
from settings import Settings
from store.engine import Store
from store.tables import Answer, Case, Mail, StaffRow
from tasks.remind import Reminded, facts, remind
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, NOW, Clock

#: Minutes from NOW, ten on a Monday morning, with an hour of lunch between.
HOUR, WORKING_DAY, NIGHT = 60, 24 * 60, 12 * 60


@pytest.fixture
def place(store: Store, clock: Clock, tmp_path: Path) -> Workplace:
    """The small city at its desks; nothing is sent."""
    return Workplace(Settings(var=tmp_path), store, now=clock)


def reminded(place: Workplace) -> Reminded:
    return remind(place, facts(place))


def mails(place: Workplace, event: str) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).where(Mail.event == event).order_by(Mail.id)))


def groups(mail: Mail) -> dict[str, list[str]]:
    """What a digest lists: numbers of cases by the title of their group."""
    return {g["title"]: [row["number"] for row in g["rows"]] for g in mail.facts["groups"]}


def in_review(place: Workplace) -> str:
    """A case at the road office whose answer waits for the manager; its number."""
    with place.store.write() as session:
        case = builders.assigned_case(session, office_id="road")
        builders.desk(session, who="worker@road.example").answer(
            case, "고쳤습니다.", body="고쳤습니다.", more=""
        )
        return case.number


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


def history(place: Workplace, number: str) -> list[str | None]:
    with place.store.read() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        return [line.why for line in case.history if line.what == "reminded"]


def test_cases_that_were_not_classified_within_an_hour_are_one_mail_to_the_comms_team(
    place: Workplace, clock: Clock
) -> None:
    numbers = [received(place), received(place)]
    clock.pass_(minutes=HOUR - 1)
    reminded(place)
    assert all("아직 분류되지 않은 건" not in groups(mail) for mail in mails(place, "digest"))
    clock.pass_(minutes=1)
    assert reminded(place).escalated == 1
    (call,) = [m for m in mails(place, "digest") if "아직 분류되지 않은 건" in groups(m)]
    assert (call.to, groups(call)) == (COMMS, {"아직 분류되지 않은 건": numbers})
    clock.pass_(minutes=1)
    assert reminded(place).escalated == 0


def test_an_answer_that_is_not_out_after_a_working_day_is_told_once(
    place: Workplace, clock: Clock
) -> None:
    number = answered(place)
    clock.pass_(minutes=WORKING_DAY - 1)
    assert reminded(place).escalated == 0
    clock.pass_(minutes=1)
    assert reminded(place).escalated == 1
    assert reminded(place).escalated == 0
    calls = [m for m in mails(place, "digest") if m.key.startswith("undelivered:")]
    assert [(m.to, groups(m)) for m in calls] == [(COMMS, {"나가지 못한 답변": [number]})]
    assert history(place, number) == ["undelivered: comms_team"]


def test_the_morning_s_digest_lists_what_did_not_get_out(place: Workplace, clock: Clock) -> None:
    number = answered(place)
    clock.pass_(days=2, minutes=-90)
    assert reminded(place).digests == 1
    assert groups(mails(place, "digest")[-1]) == {"나가지 못한 답변": [number]}


def test_an_urgent_answer_that_did_not_get_out_is_told_at_night(
    place: Workplace, clock: Clock
) -> None:
    answered(place)
    urgent = answered(place, urgent=True)
    clock.pass_(days=1, minutes=NIGHT)
    assert reminded(place).escalated == 1
    assert groups(mails(place, "digest")[-1]) == {"나가지 못한 답변": [urgent]}


def test_on_a_holiday_nobody_is_told(place: Workplace, clock: Clock) -> None:
    received(place)
    answered(place)
    clock.pass_(days=25)  # the city's own day off
    assert str(reminded(place)) == str(Reminded())
    assert mails(place, "digest") == []


def test_what_waits_in_triage_still_has_a_mail_of_its_own(place: Workplace, clock: Clock) -> None:
    with place.store.write() as session:
        case = builders.case(session)
        builders.desk(session).to_triage(case, why="no office found")
    clock.pass_(minutes=4 * HOUR)
    assert reminded(place).escalated == 1
    assert [row["number"] for row in mails(place, "triage_waiting")[0].facts["rows"]] == [
        case.number
    ]


def test_an_answer_in_review_is_the_manager_s_to_hurry(place: Workplace, clock: Clock) -> None:
    number = in_review(place)
    with place.store.write() as session:
        session.execute(update(Case).values(due_at=NOW, urgency=Urgency.URGENT))
    clock.pass_(minutes=1)
    reminded(place)
    assert [mail.to for mail in mails(place, "overdue")] == ["manager@road.example"]
    assert history(place, number) == ["overdue: road"]


def test_once_refused_it_is_the_caseworker_s_again(place: Workplace) -> None:
    in_review(place)
    assert [case.in_review for case in facts(place)] == [True]
    with place.store.write() as session:
        case = session.scalars(select(Case)).one()
        draft = session.scalars(select(Answer)).one()
        builders.desk(session, who="manager@road.example").refuse(case, draft, why="더 자세히")
    assert [case.in_review for case in facts(place)] == [False]


def test_a_manager_who_came_after_the_review_was_asked_for_finds_it_in_the_digest(
    place: Workplace, clock: Clock
) -> None:
    number = in_review(place)
    with place.store.write() as session:
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
    reminded(place)
    assert [(mail.to, groups(mail)) for mail in mails(place, "digest")] == [
        ("new@road.example", {"검토를 기다리는 답변": [number]})
    ]
