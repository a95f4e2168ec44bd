"""What pages ask of bulletins, and what people decide about their posts, on both databases."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from rules.bulletin import BulletinKind, BulletinRefused
from rules.outbox import DeliveryState
from store import bulletin_lists, disasters
from store import registry as registry_store
from store.bulletin_by_hand import delivery_in, put_up
from store.bulletin_preview import alike, carriers
from store.bulletins import deliveries_of
from store.engine import Store
from store.notices import acknowledge, notices_of
from store.removals import agree_removal, ask_removal
from store.tables import Bulletin
from tests import bulletins
from tests.builders import COMMS, MANAGER, NOW
from tests.bulletins import AGREES, ASKS

_D = DeliveryState
REGISTRY = bulletins.city()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        yield session


def give(session: Session, bulletin: Bulletin, account: str, state: DeliveryState) -> int:
    (row,) = [one for one in deliveries_of(session, bulletin.id) if one.account_id == account]
    row.state, row.held = state, False
    session.flush()
    return row.id


def test_lists_count_accounts_by_state_and_name_what_waits_for_a_person(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY, exercise=False)
    give(session, bulletin, "x_lead", _D.PUBLISHED)
    give(session, bulletin, "x_relay", _D.NEEDS_PERSON)
    waiting = bulletins.draft(session, REGISTRY)
    assert bulletin_lists.latest(session) == [waiting, bulletin]
    assert bulletin_lists.drafts(session, at=NOW) == [waiting]
    counts = bulletin_lists.tallies(session, [bulletin, waiting])
    assert counts == {bulletin.id: {_D.PUBLISHED: 1, _D.NEEDS_PERSON: 1, _D.QUEUED: len(rows) - 2}}
    assert bulletin_lists.by_hand(session) == [(bulletin, 1)]
    assert bulletin_lists.pressing(session) == [bulletin.event]
    assert bulletin_lists.last_approved(session, bulletin.event) == bulletin


def test_what_stands_is_real_and_found_by_the_number_in_its_marker(session: Session) -> None:
    exercise, _ = bulletins.approved(session, REGISTRY)
    real, _ = bulletins.approved(session, REGISTRY, exercise=False)
    assert disasters.standing_now(session, at=NOW) == [real]
    assert disasters.slug_of(real) == "2026-11-1"
    assert disasters.by_slug(session, "2026-11-1") == real
    assert disasters.by_slug(session, "2026-11-1", exercise=True) == exercise
    assert disasters.by_slug(session, "%") is None
    assert disasters.public_event(session, real.event.public_id) == real.event


def test_a_follow_up_goes_to_those_that_carry_and_an_alert_to_all(session: Session) -> None:
    first, _ = bulletins.approved(session, REGISTRY)
    give(session, first, "x_lead", _D.PUBLISHED)
    give(session, first, "x_relay", _D.FAILED)
    second = bulletins.draft(
        session, REGISTRY, kind=BulletinKind.CORRECTION, event=first.event.number
    )
    assert carriers(session, first) is None
    assert carriers(session, second) == frozenset({"x_lead"})


def test_an_alert_knows_those_like_it_within_a_day(session: Session) -> None:
    first, _ = bulletins.approved(session, REGISTRY)
    second = bulletins.draft(session, REGISTRY, again=True)
    assert alike(session, second, at=NOW) == [first]
    assert alike(session, first, at=NOW) == []


def test_a_desk_says_once_that_it_was_told(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    with pytest.raises(BulletinRefused, match="알리지 않은"):
        acknowledge(session, bulletin, "traffic", who=MANAGER, at=NOW)
    assert acknowledge(session, bulletin, "mapo", who=MANAGER, at=NOW)
    assert not acknowledge(session, bulletin, "mapo", who=COMMS, at=NOW)
    (notice,) = notices_of(session, bulletin.id)
    session.refresh(notice)
    assert notice.acknowledged_by == MANAGER


def test_a_person_marks_only_what_waits_for_one(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    waits = give(session, bulletin, "x_relay", _D.NEEDS_PERSON)
    flies = give(session, bulletin, "x_lead", _D.IN_FLIGHT)
    put_up(session, bulletin, waits, url="https://x.example/a/7/", who=COMMS, at=NOW)
    row = delivery_in(session, bulletin, waits)
    assert row
    assert (row.state, row.remote_id) == (_D.PUBLISHED, "7")
    with pytest.raises(BulletinRefused):
        put_up(session, bulletin, flies, url="https://x.example/a/8", who=COMMS, at=NOW)


def test_a_post_comes_down_by_two_people(session: Session) -> None:
    bulletin, _ = bulletins.approved(session, REGISTRY)
    row = delivery_in(session, bulletin, give(session, bulletin, "x_lead", _D.PUBLISHED))
    assert row
    with pytest.raises(BulletinRefused, match="내리자고 한 사람이"):
        agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)
    with pytest.raises(BulletinRefused, match="분이 아닙니다"):
        ask_removal(session, REGISTRY, bulletin, row, who=MANAGER, why="위험", at=NOW)
    ask_removal(session, REGISTRY, bulletin, row, who=ASKS, why="위험", at=NOW)
    with pytest.raises(BulletinRefused, match="다른 관리자"):
        agree_removal(session, REGISTRY, row, who=ASKS.upper(), at=NOW)
    with pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
        agree_removal(session, REGISTRY, row, who=COMMS, at=NOW)
    assert agree_removal(session, REGISTRY, row, who=AGREES, at=NOW).text == row.text
