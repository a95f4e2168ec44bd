"""Submitting, approving, refusing, stopping: what each decision writes, and what it refuses."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.model import DisasterRole, Registry
from rules.bulletin import (
    APPROVED_WITHIN,
    LEAD_WITHIN,
    SAME_WITHIN,
    BulletinKind,
    BulletinRefused,
    BulletinState,
    Way,
    Words,
)
from rules.outbox import DeliveryState
from store import approving, broadcast, outbox, proof, waves
from store import registry as registry_store
from store.bulletins import open_events
from store.engine import Store
from store.stopped import stopped
from store.tables import Bulletin, Delivery, Event, Message
from tests import builders, bulletins
from tests.builders import NOW
from tests.bulletins import AGREES, ASKS

_D = DeliveryState

REGISTRY = bulletins.city()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """One transaction in a city that is ready for a disaster."""
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        yield session


def states(rows: list[Delivery]) -> dict[str, DeliveryState]:
    return {row.account_id: row.state for row in rows}


def goes_out(session: Session, row: Delivery, *, url: str = "https://x.example/1") -> None:
    """The network took it."""
    (taken,) = [one for one in outbox.take(session, "me", at=NOW, limit=99) if one.id == row.id]
    outbox.depart(session, "me", [taken.id], at=NOW)
    outbox.published(session, row.id, remote_id=f"r{row.id}", url=url, at=NOW)


def takes(session: Session) -> set[str]:
    """The accounts that may be written to now; they are then in flight."""
    taken = outbox.take(session, "me", at=NOW, limit=99)
    outbox.depart(session, "me", [row.id for row in taken], at=NOW)
    return {row.account_id for row in taken}


# --- submitting -------------------------------------------------------------------------


def test_a_draft_keeps_what_every_account_would_say_and_sends_nothing(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    assert draft.marker == "[서울특별시 훈련 2026-11-1]"
    assert {said.account_id for said in draft.said} == set(REGISTRY.accounts)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0
    assert draft.event.opened_at is None


def test_the_same_trigger_ten_times_is_one_bulletin(session: Session) -> None:
    drafts = [bulletins.draft(session, REGISTRY) for _ in range(10)]
    assert len({draft.id for draft in drafts}) == 1
    assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_a_refused_trigger_may_be_submitted_again(session: Session) -> None:
    first = bulletins.draft(session, REGISTRY)
    broadcast.refuse(session, REGISTRY, first, who=AGREES, why="지역이 틀렸습니다", at=NOW)
    second = bulletins.draft(session, REGISTRY)
    assert second.id != first.id
    assert second.generation == 2


def test_the_same_hazard_and_area_within_a_day_asks_again(session: Session) -> None:
    bulletins.approved(session, REGISTRY)
    other = Words(act_now="높은 곳으로 가세요.", description="물이 찹니다.")
    with pytest.raises(BulletinRefused, match="24시간"):
        bulletins.draft(session, REGISTRY, ko=other)
    assert bulletins.draft(session, REGISTRY, ko=other, again=True)
    later = NOW + SAME_WITHIN + timedelta(minutes=1)
    valid = later + timedelta(hours=1)
    assert bulletins.draft(session, REGISTRY, ko=other, at=later, expires_at=valid)


def test_only_an_administrator_submits(session: Session) -> None:
    for stranger in ("nobody@seoul.example", builders.MANAGER, builders.COMMS, ""):
        with pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
            bulletins.draft(session, REGISTRY, submitted_by=stranger)


def test_a_follow_up_needs_its_event_open_and_of_the_same_kind(session: Session) -> None:
    with pytest.raises(BulletinRefused, match="없습니다"):
        bulletins.draft(session, REGISTRY, kind=BulletinKind.CORRECTION, event="X2026-9")
    first = bulletins.draft(session, REGISTRY)
    with pytest.raises(BulletinRefused, match="열려 있지"):
        bulletins.draft(session, REGISTRY, kind=BulletinKind.UPDATE, event=first.event.number)
    with pytest.raises(BulletinRefused, match="훈련 여부"):
        bulletins.draft(
            session, REGISTRY, kind=BulletinKind.UPDATE, event=first.event.number, exercise=False
        )


def test_markers_count_by_month_in_the_citys_zone_apart_for_exercises(session: Session) -> None:
    first = bulletins.draft(session, REGISTRY)
    real = bulletins.draft(session, REGISTRY, exercise=False)
    at = NOW.replace(month=11, day=30, hour=16)  # the first of December in Seoul
    december = bulletins.draft(
        session, REGISTRY, at=at, again=True, expires_at=at + timedelta(hours=1)
    )
    assert [first.marker, real.marker, december.marker] == [
        "[서울특별시 훈련 2026-11-1]",
        "[서울특별시 재난 2026-11-1]",
        "[서울특별시 훈련 2026-12-1]",
    ]


# --- approving --------------------------------------------------------------------------


def test_approving_queues_every_account_and_opens_the_lead_alone(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    assert states(rows) == dict.fromkeys(REGISTRY.accounts, _D.QUEUED)
    assert [row.account_id for row in rows if not row.held] == ["x_lead"]
    assert bulletin.event.opened_at == NOW
    assert takes(session) == {"x_lead"}


def test_who_submitted_does_not_approve(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    for who in (ASKS, ASKS.upper()):
        with pytest.raises(BulletinRefused, match="올린 사람은"):
            approving.approve(session, REGISTRY, draft, who=who, typed="", at=NOW)
    with pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
        approving.approve(session, REGISTRY, draft, who=builders.COMMS, typed="", at=NOW)
    assert draft.state is BulletinState.DRAFT


def test_one_alone_may_break_the_glass_with_a_reason(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    approving.approve(
        session, REGISTRY, draft, who=ASKS, typed="", at=NOW, alone_why="아무도 전화를 받지 않음"
    )
    assert draft.alone_why == "아무도 전화를 받지 않음"


def test_a_real_one_asks_for_the_hazards_name(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY, exercise=False)
    for typed in ("", "폭설", "네"):
        with pytest.raises(BulletinRefused, match="침수"):
            approving.approve(session, REGISTRY, draft, who=AGREES, typed=typed, at=NOW)
    approving.approve(session, REGISTRY, draft, who=AGREES, typed=" 침수 ", at=NOW)
    assert draft.state is BulletinState.APPROVED


def test_a_bulletin_is_approved_once(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    with pytest.raises(BulletinRefused, match="이미"):
        approving.approve(session, REGISTRY, bulletin, who=AGREES, typed="", at=NOW)
    assert session.scalar(select(func.count()).select_from(Delivery)) == len(rows)


@pytest.mark.parametrize("late", [APPROVED_WITHIN + timedelta(seconds=1), timedelta(hours=7)])
def test_a_late_approval_is_none(session: Session, late: timedelta) -> None:
    draft = bulletins.draft(session, REGISTRY)
    with pytest.raises(BulletinRefused, match="시간이 지났습니다"):
        approving.approve(session, REGISTRY, draft, who=AGREES, typed="", at=NOW + late)
    assert broadcast.lapse(session, at=NOW + late) == [draft]
    assert draft.state is BulletinState.LAPSED


def test_refusing_gives_a_reason(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    with pytest.raises(BulletinRefused, match="이유"):
        broadcast.refuse(session, REGISTRY, draft, who=AGREES, why="  ", at=NOW)
    broadcast.refuse(session, REGISTRY, draft, who=AGREES, why="지역이 다릅니다", at=NOW)
    with pytest.raises(BulletinRefused, match="이미"):
        approving.approve(session, REGISTRY, draft, who=AGREES, typed="", at=NOW)


# --- an exercise stays one ----------------------------------------------------------------


@pytest.mark.parametrize("exercise", [True, False])
def test_the_database_itself_keeps_exercises_apart(store: Store, exercise: bool) -> None:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        bulletins.approved(session, REGISTRY, exercise=exercise)
    for row in (Delivery, Message, Bulletin, Event):
        with pytest.raises(IntegrityError), store.write() as session:
            session.connection().exec_driver_sql(
                f"UPDATE {row.__tablename__} SET exercise = {str(not exercise).lower()}"  # noqa: S608
            )


# --- waves --------------------------------------------------------------------------------


def test_once_the_leads_post_is_out_everybody_relays_it_in_their_way(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    lead = rows[0]
    goes_out(session, lead)
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    assert bulletin.led_by == "x_lead"
    by = {row.account_id: row for row in rows}
    for row in rows:
        session.refresh(row)
    assert (by["x_relay"].way, by["x_relay"].shares) == (Way.REPOST, lead.remote_id)
    assert by["page_relay"].way is Way.LINK
    assert "https://x.example/1" in by["page_relay"].text
    assert takes(session) == {"page_deputy", "x_relay", "page_relay", "x_mapo"}


def test_the_districts_accounts_go_last(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    assert "x_mapo" not in {row.account_id for row in outbox.take(session, "me", at=NOW, limit=3)}
    assert [row.account_id for row in outbox.take(session, "me", at=NOW, limit=3)] == ["x_mapo"]


def test_a_lead_that_does_not_answer_in_time_gives_way_to_the_deputy(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    assert takes(session) == {"x_lead"}
    assert not waves.may_advance(session, REGISTRY, bulletin, at=NOW + LEAD_WITHIN)
    late = NOW + LEAD_WITHIN + timedelta(seconds=0.1)
    assert waves.may_advance(session, REGISTRY, bulletin, at=late)
    waves.advance(session, REGISTRY, bulletin, at=late)
    assert takes(session) == {"page_deputy"}
    deputy = next(row for row in rows if row.account_id == "page_deputy")
    outbox.published(session, deputy.id, remote_id="d", url="https://page.example/d", at=late)
    waves.advance(session, REGISTRY, bulletin, at=late)
    assert bulletin.led_by == "page_deputy"
    relay = next(row for row in rows if row.account_id == "x_relay")
    session.refresh(relay)
    assert relay.way is Way.LINK  # the leader is on another network: there is nothing to repost


def test_where_nobody_can_lead_all_post_directly(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    for account_id in ("x_lead", "page_deputy"):
        assert takes(session) == {account_id}
        row = next(row for row in rows if row.account_id == account_id)
        outbox.failed(session, row.id, "account closed", holder="me", at=NOW)
        waves.advance(session, REGISTRY, bulletin, at=NOW)
    assert bulletin.led_by == waves.NOBODY
    assert takes(session) == {"x_relay", "page_relay", "x_mapo"}
    assert {row.way for row in rows if row.account_id == "x_relay"} == {Way.POST}


def test_a_city_without_a_lead_posts_directly_at_once(store: Store) -> None:
    registry = bulletins.city(bulletins.account("x_one"), bulletins.account("x_two"))
    with store.write() as session:
        registry_store.apply(session, registry, at=NOW)
        bulletins.approved(session, registry)
        assert takes(session) == {"x_one", "x_two"}


def test_a_bulletin_is_finished_when_nothing_may_go_any_more(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    takes(session)
    for row in rows[1:]:
        assert not waves.may_advance(session, REGISTRY, bulletin, at=NOW)
        outbox.published(session, row.id, remote_id=f"r{row.id}", url="", at=NOW)
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    assert bulletin.finished_at == NOW
    assert waves.under_way(session) == []


# --- corrections ----------------------------------------------------------------------------


def all_out(session: Session, bulletin: Bulletin, rows: list[Delivery], but: str = "") -> None:
    """Everything is published, except on one account, which is in doubt."""
    goes_out(session, rows[0])
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    takes(session)
    for row in rows[1:]:
        if row.account_id == but:
            outbox.in_doubt(session, row.id, "no answer", holder="me", at=NOW)
        else:
            outbox.published(session, row.id, remote_id=f"r{row.id}", url="", at=NOW)


def test_a_correction_goes_to_exactly_the_accounts_that_carry_the_old_one(session: Session) -> None:
    first, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])  # only the lead's is out; the rest is still held
    correction, rows_2 = bulletins.follow_up(session, REGISTRY, first, BulletinKind.CORRECTION)
    assert [row.account_id for row in rows_2] == ["x_lead"]
    assert rows_2[0].after_id == rows[0].id
    assert correction.refers_to == [first.id]
    assert first.superseded_by_id == correction.id
    for row in rows[1:]:
        session.refresh(row)
    assert {row.state for row in rows[1:]} == {_D.CANCELLED}
    assert {row.cause for row in rows[1:]} == {f"superseded by {correction.marker}"}


def test_a_correction_waits_for_its_original_only_where_that_is_in_doubt(session: Session) -> None:
    first, rows = bulletins.approved(session, REGISTRY)
    all_out(session, first, rows, but="page_relay")
    correction, rows_2 = bulletins.follow_up(session, REGISTRY, first, BulletinKind.CORRECTION)
    goes_out(session, rows_2[0])
    waves.advance(session, REGISTRY, correction, at=NOW)
    assert takes(session) == {"page_deputy", "x_relay", "x_mapo"}
    doubted = next(row for row in rows if row.account_id == "page_relay")
    outbox.published(session, doubted.id, remote_id="found", url="", at=NOW)
    assert takes(session) == {"page_relay"}


def test_a_correction_is_dropped_where_the_original_proves_absent(session: Session) -> None:
    first, rows = bulletins.approved(session, REGISTRY)
    all_out(session, first, rows, but="page_relay")
    correction, rows_2 = bulletins.follow_up(session, REGISTRY, first, BulletinKind.CORRECTION)
    doubted = next(row for row in rows if row.account_id == "page_relay")
    for later in (60, 120):
        outbox.not_found(session, doubted.id, at=NOW + timedelta(seconds=later))
    waves.advance(session, REGISTRY, correction, at=NOW)
    session.refresh(doubted)
    needless = next(row for row in rows_2 if row.account_id == "page_relay")
    session.refresh(needless)
    assert doubted.state is _D.CANCELLED
    assert needless.state is _D.CANCELLED
    assert takes(session) == {"x_lead"}


def test_the_all_clear_ends_the_event(session: Session) -> None:
    first, rows = bulletins.approved(session, REGISTRY)
    all_out(session, first, rows)
    bulletins.follow_up(session, REGISTRY, first, BulletinKind.ALL_CLEAR)
    assert first.event.closed_at == NOW
    assert open_events(session, exercise=True) == []
    with pytest.raises(BulletinRefused, match="열려 있지"):
        bulletins.draft(session, REGISTRY, kind=BulletinKind.UPDATE, event=first.event.number)


def test_an_update_that_waited_through_the_all_clear_goes_no_more(session: Session) -> None:
    first, rows = bulletins.approved(session, REGISTRY)
    all_out(session, first, rows)
    waits = bulletins.draft(session, REGISTRY, kind=BulletinKind.UPDATE, event=first.event.number)
    bulletins.follow_up(session, REGISTRY, first, BulletinKind.ALL_CLEAR)
    with pytest.raises(BulletinRefused, match="상황이 해제"):
        approving.approve(session, REGISTRY, waits, who=AGREES, typed="", at=NOW)


# --- stopping, expiring, holding --------------------------------------------------------------


def test_stopping_keeps_back_all_that_is_not_out(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    (claimed,) = outbox.take(session, "me", at=NOW, limit=1)
    assert broadcast.stop(session, bulletin, who=AGREES, at=NOW) == 3
    assert outbox.depart(session, "me", [claimed.id], at=NOW) == set()
    for row in rows:
        session.refresh(row)
    assert sorted(states(rows).values()) == [*[_D.CANCELLED] * 4, _D.PUBLISHED]
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    assert bulletin.finished_at


def test_what_was_on_its_way_at_the_stop_is_told_apart(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])
    waves.advance(session, REGISTRY, bulletin, at=NOW)
    gone = [row.id for row in outbox.take(session, "me", at=NOW, limit=2)]
    outbox.depart(session, "me", gone, at=NOW)
    broadcast.stop(session, bulletin, who=AGREES, at=NOW)
    before = stopped(proof.report(session, REGISTRY, bulletin))
    assert (before.out, before.on_its_way, before.kept_back) == (1, 2, len(rows) - 3)
    assert (before.came_out, before.unsure) == (0, 2)
    outbox.published(session, gone[0], remote_id="r", url="https://x.example/2", at=NOW)
    after = stopped(proof.report(session, REGISTRY, bulletin))
    assert (after.out, after.on_its_way, after.came_out, after.unsure) == (1, 2, 1, 1)
    later = NOW + timedelta(seconds=3)
    outbox.again(session, gone[1], "busy: not now", holder="me", at=later)
    outbox.cancel_dropped(session, at=later)
    settled = stopped(proof.report(session, REGISTRY, bulletin))
    assert (settled.on_its_way, settled.came_out, settled.never_left) == (2, 1, 1)
    assert settled.kept_back == before.kept_back, "how it stood at the stop does not change"


def test_how_long_it_took_is_said_once_nothing_later_can_come(session: Session) -> None:
    bulletin, rows = bulletins.approved(session, REGISTRY)
    goes_out(session, rows[0])
    during = proof.report(session, REGISTRY, bulletin)
    assert during.out == 1
    assert (during.most_seconds, during.all_seconds) == (None, None)
    broadcast.stop(session, bulletin, who=AGREES, at=NOW)
    after = proof.report(session, REGISTRY, bulletin)
    assert (after.most_seconds, after.all_seconds) == (0, 0)


def test_an_expired_bulletin_is_not_sent(session: Session) -> None:
    _, rows = bulletins.approved(session, REGISTRY)
    expired = NOW + timedelta(hours=6)
    assert outbox.take(session, "me", at=expired, limit=99) == []
    assert outbox.cancel_dropped(session, at=expired) == len(rows)


def test_ordinary_replies_wait_while_a_disaster_is_open_until_somebody_resumes(
    session: Session,
) -> None:
    reply = builders.delivery(session, account_id="x_relay")
    bulletin, _ = bulletins.approved(session, REGISTRY, exercise=False)
    assert takes(session) == {"x_lead"}
    broadcast.stop(session, bulletin, who=AGREES, at=NOW)
    assert takes(session) == set()
    bulletin.event.closed_at = NOW
    session.flush()
    assert takes(session) == set()
    broadcast.resume_replies(bulletin.event, who=builders.COMMS, at=NOW)
    session.flush()
    assert takes(session) == {reply.account_id}


def test_an_exercise_holds_no_reply(session: Session) -> None:
    reply = builders.delivery(session, account_id="x_relay")
    bulletins.approved(session, REGISTRY)
    assert takes(session) == {"x_lead", reply.account_id}


def test_roles_none_take_no_part(store: Store) -> None:
    registry = bulletins.city(
        bulletins.account("x_lead", DisasterRole.LEAD),
        bulletins.account("x_quiet", DisasterRole.NONE),
    )
    with store.write() as session:
        registry_store.apply(session, registry, at=NOW)
        _, rows = bulletins.approved(session, registry)
    assert [row.account_id for row in rows] == ["x_lead"]


def test_an_account_closed_since_the_draft_is_left_out(session: Session) -> None:
    draft = bulletins.draft(session, REGISTRY)
    smaller: Registry = bulletins.city(bulletins.account("x_lead", DisasterRole.LEAD))
    rows = approving.approve(session, smaller, draft, who=AGREES, typed="", at=NOW)
    assert [row.account_id for row in rows] == ["x_lead"]
