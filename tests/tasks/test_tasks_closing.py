"""A case is closed when every answer is out; its first reply is noted as it goes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from rules.case import Status
from rules.outbox import DeliveryState
from store import by_hand
from store.tables import Case, Delivery, Mail
from tasks.reply import RECENT, close
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, COMMS, NOW, Clock
from tests.tasks.replying import answered, case_of, refused, settle, statements, status

_D = DeliveryState


def test_a_case_is_replied_once_every_citizen_has_the_answer(
    quiet: Workplace, clock: Clock
) -> None:
    _, (first, second) = answered(quiet, citizens=2)
    settle(quiet, first, _D.PUBLISHED)
    assert close(quiet) == 0
    assert status(quiet) is Status.ANSWERED
    later = clock.pass_(minutes=3)
    settle(quiet, second, _D.PUBLISHED)
    assert close(quiet) == 1
    assert close(quiet) == 0
    with quiet.store.read() as session:
        case = session.get_one(Case, 1)
        assert (case.status, case.replied_at) == (Status.REPLIED, later)
        assert case.first_reply_at == NOW


@pytest.mark.parametrize("state", [_D.QUEUED, _D.CLAIMED, _D.IN_FLIGHT, _D.IN_DOUBT, _D.FAILED])
def test_an_answer_that_may_not_be_out_closes_nothing(
    quiet: Workplace, state: DeliveryState
) -> None:
    _, (only,) = answered(quiet)
    settle(quiet, only, state)
    assert close(quiet) == 0
    assert status(quiet) is Status.ANSWERED


def test_a_cancelled_part_does_not_keep_the_case_open(quiet: Workplace) -> None:
    _, (first, second) = answered(quiet, citizens=2)
    settle(quiet, first, _D.PUBLISHED)
    settle(quiet, second, _D.CANCELLED)
    assert close(quiet) == 1


def test_an_answer_that_nobody_will_get_goes_back_to_its_caseworker(quiet: Workplace) -> None:
    _, (only,) = answered(quiet)
    settle(quiet, only, _D.FAILED)
    with quiet.store.write() as session:
        by_hand.cancel(session, only, who=COMMS, at=NOW)
    assert close(quiet) == 0
    assert status(quiet) is Status.ASSIGNED
    with quiet.store.read() as session:
        told = session.scalars(select(Mail).where(Mail.event == "reply_dropped")).all()
    assert [mail.to for mail in told] == [CASEWORKER]


def test_what_a_person_put_up_closes_the_case(quiet: Workplace) -> None:
    _, (only,) = answered(quiet)
    settle(quiet, only, _D.NEEDS_PERSON)
    with quiet.store.write() as session:
        by_hand.published_by_hand(session, only, "https://x.example/9", who=COMMS, at=NOW)
    assert close(quiet) == 1


def test_only_the_latest_answer_decides(quiet: Workplace, clock: Clock) -> None:
    case_id, (first,) = answered(quiet)
    settle(quiet, first, _D.FAILED)
    with quiet.store.write() as session:
        by_hand.cancel(session, first, who=COMMS, at=clock.pass_(minutes=1))
    assert close(quiet) == 0
    assert case_of(quiet, case_id).status is Status.ASSIGNED
    with quiet.store.write() as session:
        builders.desk(session, who=CASEWORKER).answer(
            session.get_one(Case, case_id), "다시", body="다시", more=""
        )
        second = session.scalars(select(Delivery.id).order_by(Delivery.id.desc())).first()
    assert close(quiet) == 0
    assert second is not None
    settle(quiet, second, _D.PUBLISHED)
    assert close(quiet) == 1


def test_a_case_is_replied_once_its_answer_is_out(quiet: Workplace, clock: Clock) -> None:
    case_id, (delivery_id,) = answered(quiet)
    assert close(quiet) == 0
    out = clock.pass_(minutes=1)
    settle(quiet, delivery_id, _D.PUBLISHED)
    clock.pass_(minutes=1)
    assert close(quiet) == 1
    case = case_of(quiet, case_id)
    assert (case.status, case.replied_at, case.first_reply_at) == (Status.REPLIED, out, out)


def test_the_earliest_of_several_is_the_first_reply(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        case = builders.assigned_case(session)
        rows = [builders.delivery(session, case).id for _ in range(2)]
        case_id = case.id
    settle(quiet, rows[0], _D.PUBLISHED, at=NOW + timedelta(minutes=9))
    settle(quiet, rows[1], _D.PUBLISHED, at=NOW + timedelta(minutes=3))
    close(quiet)
    assert case_of(quiet, case_id).first_reply_at == NOW + timedelta(minutes=3)


def test_what_did_not_get_out_is_no_first_reply(quiet: Workplace) -> None:
    id_ = refused(quiet)
    close(quiet)
    with quiet.store.read() as session:
        case_id = session.get_one(Delivery, id_).message.case_id
    assert case_of(quiet, case_id).first_reply_at is None


def test_a_first_reply_of_an_open_case_is_noted_after_however_long_an_outage(
    quiet: Workplace, clock: Clock
) -> None:
    case_id, (delivery_id,) = answered(quiet)
    out = clock.moment
    settle(quiet, delivery_id, _D.PUBLISHED)
    clock.pass_(seconds=(10 * RECENT).total_seconds())
    close(quiet)
    case = case_of(quiet, case_id)
    assert (case.status, case.first_reply_at) == (Status.REPLIED, out)


def test_a_first_reply_is_noted_though_the_case_was_dismissed_meanwhile(
    quiet: Workplace, clock: Clock
) -> None:
    with quiet.store.write() as session:
        case = builders.assigned_case(session)
        row, case_id = builders.delivery(session, case).id, case.id
        builders.desk(session, who=COMMS).dismiss(case, why="고맙다는 말")
    settle(quiet, row, _D.PUBLISHED)
    clock.pass_(minutes=1)
    close(quiet)
    assert case_of(quiet, case_id).first_reply_at == NOW


def test_answers_on_their_way_cost_no_query_each(quiet: Workplace) -> None:
    answered(quiet)
    one = statements(quiet, close)
    for _ in range(5):
        answered(quiet)
    assert statements(quiet, close) == one
