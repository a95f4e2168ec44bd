"""A case is closed when every answer is out, and what cannot go out is somebody's task."""

import pytest
from sqlalchemy import select

from rules.case import Status
from rules.outbox import DeliveryState
from store import by_hand
from store.cases import join
from store.tables import Case, Delivery, Mail
from tasks.reply import ask_for_hands, close
from tasks.workplace import Workplace
from tests import builders
from tests.builders import CASEWORKER, COMMS, NOW, Clock
from tests.tasks.conftest import Settle

_D = DeliveryState


@pytest.fixture
def quiet(at_work: Settle, clock: Clock) -> Workplace:
    return at_work(now=clock)


def answered(place: Workplace, *, citizens: int = 1) -> list[int]:
    """A case with an approved answer to so many citizens; the deliveries' ids."""
    with place.store.write() as session:
        case = builders.assigned_case(session)
        for _ in range(citizens - 1):
            join(session, case, builders.post(session), at=NOW)
        desk = builders.desk(session, who=CASEWORKER, at=place.now())
        desk.answer(case, "고쳤습니다", body="고쳤습니다", more="")
        return list(session.scalars(select(Delivery.id).order_by(Delivery.id)))


def settle(place: Workplace, delivery_id: int, state: DeliveryState, cause: str = "") -> None:
    with place.store.write() as session:
        delivery = session.get_one(Delivery, delivery_id)
        delivery.state, delivery.settled_at, delivery.cause = state, place.now(), cause
        delivery.url = "https://x.example/1"


def status(place: Workplace) -> Status:
    with place.store.read() as session:
        return session.get_one(Case, 1).status


def test_a_case_is_replied_once_every_citizen_has_the_answer(
    quiet: Workplace, clock: Clock
) -> None:
    first, second = answered(quiet, citizens=2)
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
    (only,) = answered(quiet)
    settle(quiet, only, state)
    assert close(quiet) == 0
    assert status(quiet) is Status.ANSWERED


def test_a_cancelled_part_does_not_keep_the_case_open(quiet: Workplace) -> None:
    first, second = answered(quiet, citizens=2)
    settle(quiet, first, _D.PUBLISHED)
    settle(quiet, second, _D.CANCELLED)
    assert close(quiet) == 1


def test_an_answer_that_nobody_will_get_goes_back_to_its_caseworker(quiet: Workplace) -> None:
    (only,) = answered(quiet)
    settle(quiet, only, _D.FAILED)
    with quiet.store.write() as session:
        by_hand.cancel(session, only, who=COMMS, at=NOW)
    assert close(quiet) == 0
    assert status(quiet) is Status.ASSIGNED
    with quiet.store.read() as session:
        told = session.scalars(select(Mail).where(Mail.event == "reply_dropped")).all()
    assert [mail.to for mail in told] == [CASEWORKER]


def test_the_comms_team_is_asked_once_for_what_only_a_person_can_do(quiet: Workplace) -> None:
    (only,) = answered(quiet)
    settle(quiet, only, _D.FAILED, "x_seoul (x): answered 403. no")
    for _ in range(3):
        ask_for_hands(quiet)
    with quiet.store.read() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.event == "by_hand"))
    assert mail.to == COMMS
    assert mail.facts["cause"].endswith("no")
    assert "고쳤습니다" in mail.facts["text"]
    assert mail.facts["account"] == "x_seoul account (x_seoul)"


def test_what_fails_again_after_a_person_sent_it_again_is_asked_again(
    quiet: Workplace, clock: Clock
) -> None:
    (only,) = answered(quiet)
    settle(quiet, only, _D.FAILED)
    ask_for_hands(quiet)
    clock.pass_(minutes=5)
    with quiet.store.write() as session:
        by_hand.send_again(session, only, who=COMMS, at=quiet.now())
    settle(quiet, only, _D.FAILED)
    ask_for_hands(quiet)
    with quiet.store.read() as session:
        assert len(session.scalars(select(Mail).where(Mail.event == "by_hand")).all()) == 2


def test_what_a_person_put_up_closes_the_case(quiet: Workplace) -> None:
    (only,) = answered(quiet)
    settle(quiet, only, _D.NEEDS_PERSON)
    with quiet.store.write() as session:
        by_hand.published_by_hand(session, only, "https://x.example/9", who=COMMS, at=NOW)
    assert close(quiet) == 1
