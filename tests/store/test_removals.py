"""Two people take a post down: who may ask, withdraw and agree, once, on both databases."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.bulletin import BulletinRefused
from rules.outbox import DeliveryState
from store import outbox
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.engine import Store
from store.removals import agree_removal, ask_removal, removed_by_hand, withdraw_removal
from store.removed import gone_in, removal_of, withdrawn_of
from store.removing import due, still_up, taken_down
from store.tables import Bulletin, Delivery, Mail
from tests import bulletins
from tests.builders import COMMS, NOW
from tests.bulletins import AGREES, ASKS

_D = DeliveryState
REGISTRY = bulletins.city()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        yield session


def post(session: Session, account: str = "x_lead") -> tuple[Bulletin, Delivery]:
    """A bulletin and its post on the account."""
    bulletin, _ = bulletins.approved(session, REGISTRY)
    (row,) = [one for one in deliveries_of(session, bulletin.id) if one.account_id == account]
    row.state, row.held, row.remote_id, row.url = _D.PUBLISHED, False, "7", "https://x.com/a/7"
    session.flush()
    return bulletin, row


def test_who_may_agree_is_told_and_who_asked_is_not(session: Session) -> None:
    bulletin, row = post(session)
    ask_removal(session, REGISTRY, bulletin, row, who=ASKS, why="위험", at=NOW)
    told = session.scalars(select(Mail.to).where(Mail.event == "removal_asked")).all()
    assert told == [AGREES]


def test_who_asked_takes_it_back_with_a_reason_and_it_may_be_asked_again(session: Session) -> None:
    bulletin, row = post(session)
    ask_removal(session, REGISTRY, bulletin, row, who=COMMS, why="위험", at=NOW)
    with pytest.raises(BulletinRefused, match="내리자고 한 분만"):
        withdraw_removal(session, row, who=AGREES, why="아님", at=NOW)
    with pytest.raises(BulletinRefused, match="이유를"):
        withdraw_removal(session, row, who=COMMS, why=" ", at=NOW)
    withdraw_removal(session, row, who=COMMS.upper(), why="잘못 보았습니다", at=NOW)
    assert removal_of(session, row.id) is None
    with pytest.raises(BulletinRefused, match="내리자고 한 사람이"):
        agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)
    ask_removal(session, REGISTRY, bulletin, row, who=ASKS, why="정말 위험", at=NOW)
    agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)
    with pytest.raises(BulletinRefused, match="동의하여"):
        withdraw_removal(session, row, who=ASKS, why="늦음", at=NOW)
    assert [one.withdrawn_why for one in withdrawn_of(session, row.id)] == ["잘못 보았습니다"]


def test_of_two_who_agree_at_the_same_moment_one_wins(store: Store) -> None:
    third = replace(REGISTRY.staff[-1], email="third@comms.example")
    city = bulletins.city(staff=(*REGISTRY.staff, third))
    with store.write() as session:
        registry_store.apply(session, city, at=NOW)
        bulletin, row = post(session)
        ask_removal(session, city, bulletin, row, who=COMMS, why="위험", at=NOW)
        id_ = row.id
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def agree(who: str) -> None:
        together.wait()
        try:
            with store.write() as session:
                agree_removal(session, city, session.get_one(Delivery, id_), who=who, at=NOW)
            outcomes.append(who)
        except BulletinRefused as refused:
            outcomes.append(str(refused))

    people = (AGREES, third.email)
    threads = [threading.Thread(target=agree, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(people) & set(outcomes)) == 1
    assert "이미 동의한 글입니다." in outcomes
    with store.read() as session:
        found = removal_of(session, id_)
        assert found
        assert found.agreed_by in outcomes


def test_nothing_passes_a_post_on_any_more_that_is_to_come_down(session: Session) -> None:
    bulletin, row = post(session)
    (relay,) = [one for one in deliveries_of(session, bulletin.id) if one.account_id == "x_relay"]
    relay.state, relay.held, relay.shares = _D.QUEUED, False, row.remote_id
    ask_removal(session, REGISTRY, bulletin, row, who=COMMS, why="위험", at=NOW)
    agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)
    outbox.cancel_dropped(session, at=NOW)
    session.refresh(relay)
    assert relay.state is _D.CANCELLED
    assert relay.cause.startswith("removed_before: ")


def test_what_one_run_saw_go_no_later_word_brings_back(session: Session) -> None:
    bulletin, row = post(session)
    ask_removal(session, REGISTRY, bulletin, row, who=COMMS, why="위험", at=NOW)
    assert due(session, at=NOW) == []
    with pytest.raises(BulletinRefused, match="두 사람이"):
        removed_by_hand(session, row, who=COMMS, at=NOW)
    agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)
    (one,) = due(session, at=NOW)
    taken_down(session, one.removal_id, at=NOW)
    still_up(session, REGISTRY, one.removal_id, "busy: late", at=NOW)
    found = removal_of(session, row.id)
    assert found
    session.refresh(found)
    assert (found.removed_at, found.cause) == (NOW, "")
    assert due(session, at=NOW) == []
    assert gone_in(session, bulletin.id) == {row.id}
    with pytest.raises(BulletinRefused, match="이미 내려진"):
        removed_by_hand(session, row, who=COMMS, at=NOW)
