"""After the sending: cases are closed, first replies noted, and people asked for hands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from rules.case import Status
from rules.outbox import DeliveryState
from settings import Settings
from store.by_hand import cancel, send_again
from store.engine import Store
from store.tables import Case, Delivery, Mail, StaffRow
from tasks.reply import RECENT, ask_for_hands, close
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, NOW, Clock

_D = DeliveryState

CASEWORKER = "worker@traffic.example"


@pytest.fixture
def place(store: Store, clock: Clock, tmp_path: Path) -> Workplace:
    """The small city, in which nothing is sent by itself."""
    return Workplace(Settings(var=tmp_path), store, now=clock)


def fails(place: Workplace, delivery_id: int, *, state: DeliveryState = _D.FAILED) -> None:
    """The network refuses it now."""
    with place.store.write() as session:
        row = session.get_one(Delivery, delivery_id)
        row.state, row.attempted_at, row.settled_at = state, place.now(), place.now()
        row.tries += 1
        row.cause = "too rude"


def refused(place: Workplace) -> int:
    """A reply that the network did not take; its id."""
    with place.store.write() as session:
        id_ = builders.delivery(session).id
    fails(place, id_)
    return id_


def asked(place: Workplace) -> list[str]:
    """To whom mails that ask for hands were recorded."""
    with place.store.read() as session:
        query = select(Mail.to).where(Mail.event == "by_hand").order_by(Mail.id)
        return list(session.scalars(query))


def answered(place: Workplace) -> tuple[int, int]:
    """A case whose answer is in the outbox: its id, and the delivery's."""
    with place.store.write() as session:
        case = builders.assigned_case(session)
        builders.desk(session, who=CASEWORKER).answer(case, "고쳤습니다.", body="고침", more="")
        row = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert row is not None
        return case.id, row.id


def goes_out(place: Workplace, delivery_id: int, *, at: datetime | None = None) -> None:
    with place.store.write() as session:
        row = session.get_one(Delivery, delivery_id)
        row.state, row.settled_at = _D.PUBLISHED, at or place.now()
        row.url = "https://x.example/n1"


def case_of(place: Workplace, case_id: int | None) -> Case:
    with place.store.read() as session:
        return session.get_one(Case, case_id)


def test_a_person_is_asked_once_for_each_failure(place: Workplace, clock: Clock) -> None:
    refused(place)
    ask_for_hands(place)
    clock.pass_(minutes=1)
    ask_for_hands(place)
    assert asked(place) == [COMMS]


@pytest.mark.parametrize("state", [_D.FAILED, _D.NEEDS_PERSON])
def test_what_was_sent_again_and_fails_again_is_told_again(
    place: Workplace, clock: Clock, state: DeliveryState
) -> None:
    id_ = refused(place)
    ask_for_hands(place)
    with place.store.write() as session:
        send_again(session, id_, who=COMMS, at=clock.pass_(minutes=5))
    ask_for_hands(place)
    assert asked(place) == [COMMS]
    clock.pass_(minutes=1)
    fails(place, id_, state=state)
    ask_for_hands(place)
    ask_for_hands(place)
    assert asked(place) == [COMMS, COMMS]


def test_what_only_a_person_may_send_is_told_though_nobody_tried(place: Workplace) -> None:
    with place.store.write() as session:
        builders.delivery(session, state=_D.NEEDS_PERSON, cause="written in private")
    ask_for_hands(place)
    ask_for_hands(place)
    assert asked(place) == [COMMS]


def test_two_stuck_replies_of_one_case_are_told_both(place: Workplace) -> None:
    first = refused(place)
    ask_for_hands(place)
    with place.store.write() as session:
        case = session.get_one(Case, session.get_one(Delivery, first).message.case_id)
        second = builders.delivery(session, case).id
    fails(place, second)
    ask_for_hands(place)
    assert asked(place) == [COMMS, COMMS]


def test_who_joins_the_team_is_not_told_of_all_that_was_ever_stuck(place: Workplace) -> None:
    refused(place)
    ask_for_hands(place)
    with place.store.write() as session:
        of_team = session.scalars(select(StaffRow).where(StaffRow.email == COMMS)).one()
        session.add(
            StaffRow(email="new@comms.example", name="새", office="comms", role=of_team.role)
        )
    ask_for_hands(place)
    assert asked(place) == [COMMS]
    refused(place)
    ask_for_hands(place)
    assert asked(place) == [COMMS, COMMS, "new@comms.example"]


def statements(place: Workplace, act: Callable[[Workplace], object]) -> int:
    """How many statements the store sees while this is done."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(place.store.engine, "before_cursor_execute", note)
    act(place)
    event.remove(place.store.engine, "before_cursor_execute", note)
    return sum(statement.startswith("SELECT") for statement in seen)


def test_old_failures_cost_one_query_however_many_they_are(place: Workplace) -> None:
    for _ in range(12):
        refused(place)
    ask_for_hands(place)
    assert statements(place, ask_for_hands) == 1


def test_answers_on_their_way_cost_no_query_each(place: Workplace) -> None:
    answered(place)
    one = statements(place, close)
    for _ in range(5):
        answered(place)
    assert statements(place, close) == one


def test_a_case_is_replied_once_its_answer_is_out(place: Workplace, clock: Clock) -> None:
    case_id, delivery_id = answered(place)
    assert close(place) == 0
    out = clock.pass_(minutes=1)
    goes_out(place, delivery_id)
    clock.pass_(minutes=1)
    assert close(place) == 1
    case = case_of(place, case_id)
    assert (case.status, case.replied_at, case.first_reply_at) == (Status.REPLIED, out, out)


def test_only_the_latest_answer_decides(place: Workplace, clock: Clock) -> None:
    case_id, first = answered(place)
    fails(place, first)
    with place.store.write() as session:
        cancel(session, first, who=COMMS, at=clock.pass_(minutes=1))
    assert close(place) == 0
    assert case_of(place, case_id).status is Status.ASSIGNED
    with place.store.write() as session:
        builders.desk(session, who=CASEWORKER).answer(
            session.get_one(Case, case_id), "다시", body="다시", more=""
        )
        second = session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first()
    assert close(place) == 0
    assert second is not None
    goes_out(place, second)
    assert close(place) == 1


def test_the_earliest_of_several_is_the_first_reply(place: Workplace) -> None:
    with place.store.write() as session:
        case = builders.assigned_case(session)
        rows = [builders.delivery(session, case).id for _ in range(2)]
        case_id = case.id
    goes_out(place, rows[0], at=NOW + timedelta(minutes=9))
    goes_out(place, rows[1], at=NOW + timedelta(minutes=3))
    close(place)
    assert case_of(place, case_id).first_reply_at == NOW + timedelta(minutes=3)


def test_what_did_not_get_out_is_no_first_reply(place: Workplace) -> None:
    id_ = refused(place)
    close(place)
    with place.store.read() as session:
        case_id = session.get_one(Delivery, id_).message.case_id
    assert case_of(place, case_id).first_reply_at is None


def test_a_first_reply_of_an_open_case_is_noted_after_however_long_an_outage(
    place: Workplace, clock: Clock
) -> None:
    case_id, delivery_id = answered(place)
    out = clock.moment
    goes_out(place, delivery_id)
    clock.pass_(seconds=(10 * RECENT).total_seconds())
    close(place)
    case = case_of(place, case_id)
    assert (case.status, case.first_reply_at) == (Status.REPLIED, out)


def test_a_first_reply_is_noted_though_the_case_was_dismissed_meanwhile(
    place: Workplace, clock: Clock
) -> None:
    with place.store.write() as session:
        case = builders.assigned_case(session)
        row, case_id = builders.delivery(session, case).id, case.id
        builders.desk(session, who=COMMS).dismiss(case, why="고맙다는 말")
    goes_out(place, row)
    clock.pass_(minutes=1)
    close(place)
    assert case_of(place, case_id).first_reply_at == NOW
