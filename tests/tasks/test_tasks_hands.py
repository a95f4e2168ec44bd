"""What cannot go out by itself is somebody's task: the comms team is asked, once for each failure."""

import pytest
from sqlalchemy import select

from registry.model import Network
from rules.outbox import DeliveryState
from store.by_hand import send_again
from store.registry import apply
from store.tables import Case, Delivery, Link, Mail, StaffRow
from tasks.deliver import deliver
from tasks.reply import ask_for_hands
from tasks.workplace import Workplace
from tests import builders, bulletins
from tests.builders import COMMS, Clock
from tests.tasks.replying import answered, refused, settle, statements

_D = DeliveryState


def asked(place: Workplace) -> list[str]:
    """To whom mails that ask for hands were recorded."""
    with place.store.read() as session:
        query = select(Mail.to).where(Mail.event == "by_hand").order_by(Mail.id)
        return list(session.scalars(query))


def test_the_comms_team_is_asked_once_for_what_only_a_person_can_do(quiet: Workplace) -> None:
    _, (only,) = answered(quiet)
    settle(quiet, only, _D.FAILED, "x_seoul (x): answered 403. no")
    for _ in range(3):
        ask_for_hands(quiet)
    with quiet.store.read() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.event == "by_hand"))
    assert mail.to == COMMS
    assert mail.facts["cause"].endswith("no")
    assert "고쳤습니다" in mail.facts["text"]
    assert mail.facts["account"] == "x_seoul account (x_seoul)"


def test_a_person_is_asked_once_for_each_failure(quiet: Workplace, clock: Clock) -> None:
    refused(quiet)
    ask_for_hands(quiet)
    clock.pass_(minutes=1)
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS]


@pytest.mark.parametrize("state", [_D.FAILED, _D.NEEDS_PERSON])
def test_what_was_sent_again_and_fails_again_is_told_again(
    quiet: Workplace, clock: Clock, state: DeliveryState
) -> None:
    id_ = refused(quiet)
    ask_for_hands(quiet)
    with quiet.store.write() as session:
        send_again(session, id_, who=COMMS, at=clock.pass_(minutes=5))
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS]
    clock.pass_(minutes=1)
    settle(quiet, id_, state, "too rude")
    ask_for_hands(quiet)
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS, COMMS]


def test_what_only_a_person_may_send_is_told_though_nobody_tried(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        builders.delivery(session, state=_D.NEEDS_PERSON, cause="written in private")
    ask_for_hands(quiet)
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS]


def test_two_stuck_replies_of_one_case_are_told_both(quiet: Workplace) -> None:
    first = refused(quiet)
    ask_for_hands(quiet)
    with quiet.store.write() as session:
        case = session.get_one(Case, session.get_one(Delivery, first).message.case_id)
        second = builders.delivery(session, case).id
    settle(quiet, second, _D.FAILED)
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS, COMMS]


def test_who_joins_the_team_is_not_told_of_all_that_was_ever_stuck(quiet: Workplace) -> None:
    refused(quiet)
    ask_for_hands(quiet)
    with quiet.store.write() as session:
        of_team = session.scalars(select(StaffRow).where(StaffRow.email == COMMS)).one()
        session.add(
            StaffRow(email="new@comms.example", name="새", office="comms", role=of_team.role)
        )
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS]
    refused(quiet)
    ask_for_hands(quiet)
    assert asked(quiet) == [COMMS, COMMS, "new@comms.example"]


def test_old_failures_cost_two_queries_however_many_they_are(quiet: Workplace) -> None:
    for _ in range(12):
        refused(quiet)
    ask_for_hands(quiet)
    assert statements(quiet, ask_for_hands) == 2


def test_where_no_program_can_its_own_office_is_asked_as_well_with_the_deadline(
    quiet: Workplace,
) -> None:
    traffic = "manager@traffic.example"
    with quiet.store.write() as session:
        row = builders.delivery(session, state=_D.NEEDS_PERSON, cause="credential: no secret")
        row.account_id, id_ = "x_traffic", row.id
        case = session.get_one(Case, row.message.case_id)
        case.due_at = quiet.now()
    for _ in range(2):
        ask_for_hands(quiet)
    assert asked(quiet) == [COMMS]
    with quiet.store.read() as session:
        (own,) = session.scalars(select(Mail).where(Mail.event == "by_hand_own"))
        opens = session.get_one(Link, own.link_id)
    assert (own.to, opens.path) == (traffic, f"/outbox/{id_}")
    assert own.facts["deadline"]
    assert "직접 올려" in own.facts["why"]


def test_the_office_is_asked_for_every_part_of_a_long_answer(quiet: Workplace) -> None:
    with quiet.store.write() as session:
        first = builders.delivery(session, state=_D.NEEDS_PERSON, cause="credential: no secret")
        first.account_id = "x_traffic"
        session.add(
            Delivery(
                account_id="x_traffic",
                message_id=first.message_id,
                part=2,
                text="이어서 말씀드립니다.",
                in_reply_to=first.in_reply_to,
                marker=first.marker,
                key=f"{first.key}-2",
                queued_at=quiet.now(),
                not_before=quiet.now(),
            )
        )
    ask_for_hands(quiet)
    with quiet.store.read() as session:
        own = session.scalars(select(Mail).where(Mail.event == "by_hand_own").order_by(Mail.id))
        beginning, rest = list(own)
    assert {beginning.to, rest.to} == {"manager@traffic.example"}
    assert rest.facts["text"] == "이어서 말씀드립니다."
    assert "그 아래에 이어서 올려" in rest.facts["why"]


def test_what_failed_of_a_bulletin_is_told_by_its_report_and_as_no_answer(
    quiet: Workplace,
) -> None:
    city = bulletins.city()
    with quiet.store.write() as session:
        apply(session, city, at=quiet.now())
        _, (first, *_) = bulletins.approved(session, city, at=quiet.now())
        first.state, first.cause = _D.FAILED, "refused: no"
    ask_for_hands(quiet)
    assert asked(quiet) == []


@pytest.mark.parametrize("named", [True, False])
def test_a_live_account_without_its_secret_is_served_by_hand(
    quiet: Workplace, monkeypatch: pytest.MonkeyPatch, *, named: bool
) -> None:
    monkeypatch.setattr("channels.credential._prefect_secret", lambda _name: None)
    live = quiet.settings.model_copy(update={"live": True})
    toot = builders.account(
        "toot", Network.MASTODON, server="s.example", credential="toot" if named else ""
    )
    with quiet.store.write() as session:
        apply(session, builders.small_registry(accounts=(toot,)), at=quiet.now())
        row = builders.delivery(session)
        row.account_id, id_ = "toot", row.id
    place = Workplace(settings=live, store=quiet.store, now=quiet.now)
    assert deliver(place).failed == 1
    with place.store.read() as session:
        row = session.get_one(Delivery, id_)
    assert row.state is _D.NEEDS_PERSON
    assert row.cause.startswith("credential:")
