"""A pointer below each old post that a new one replaces, where an answer is only a comment: once."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Network
from rules.bulletin import BulletinKind, Language, Way
from rules.outbox import DeliveryState
from store import broadcast, bulletin_lists, hands, outbox, waves
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.engine import Store
from store.pointers import below, point, unpointed
from store.proof_address import PUT_UP
from store.removals import agree_removal, ask_removal
from store.tables import Bulletin, Delivery, Message
from tests import bulletins
from tests.builders import COMMS, NOW
from tests.bulletins import AGREES

_D = DeliveryState
REGISTRY = bulletins.city()
#: Where an answer is only a comment, and the city's accounts there.
FACEBOOK = {Network.FACEBOOK}
PAGES = ["page_deputy", "page_relay"]


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        yield session


def comes_out(session: Session, bulletin: Bulletin, but: str = "") -> None:
    """It is out on every account but one, and opened to all."""
    bulletin.led_by = "x_lead"
    for row in deliveries_of(session, bulletin.id):
        if row.account_id != but:
            row.state, row.held, row.settled_at = _D.PUBLISHED, False, NOW
            row.remote_id, row.url = f"r{row.id}", f"https://city.example/{row.id}"
    session.flush()


def alert(session: Session) -> Bulletin:
    first, _ = bulletins.approved(session, REGISTRY)
    comes_out(session, first)
    return first


def correct(
    session: Session, first: Bulletin, kind: BulletinKind = BulletinKind.CORRECTION, but: str = ""
) -> Bulletin:
    second, _ = bulletins.follow_up(session, REGISTRY, first, kind)
    comes_out(session, second, but)
    return second


def look(session: Session, bulletin: Bulletin) -> None:
    """What a sender does again and again."""
    waves.advance(session, REGISTRY, bulletin, at=NOW, comments=FACEBOOK)
    session.flush()


def pointers(session: Session, bulletin: Bulletin) -> list[Delivery]:
    query = (
        select(Delivery)
        .join(Message)
        .where(Message.bulletin_id == bulletin.id, Delivery.way == Way.POINTER)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query.order_by(Delivery.account_id, Delivery.part)))


def post_of(session: Session, bulletin: Bulletin, account: str = "page_relay") -> Delivery:
    (row,) = [one for one in deliveries_of(session, bulletin.id) if one.account_id == account]
    return row


def test_the_old_post_is_told_where_the_new_one_stands_and_only_where_answers_are_comments(
    session: Session,
) -> None:
    first = alert(session)
    second = correct(session, first)
    look(session, second)
    found = pointers(session, second)
    assert [one.account_id for one in found] == PAGES
    old, new, pointer = post_of(session, first), post_of(session, second), found[1]
    assert pointer.in_reply_to == old.remote_id
    assert "정정되었습니다" in pointer.text
    assert new.url
    assert new.url in pointer.text
    assert pointer.marker in pointer.text
    assert not any(marker in pointer.text for marker in (old.marker, new.marker))
    assert pointer.expires_at == second.expires_at
    assert (pointer.state, pointer.held) == (_D.QUEUED, False)
    assert below(session, pointer) == old
    assert below(session, new) is None


def test_it_is_queued_once_however_often_one_looks(session: Session) -> None:
    second = correct(session, alert(session))
    bare = unpointed(session, second, FACEBOOK, at=NOW)
    for _ in range(3):
        look(session, second)
        point(session, second, bare, at=NOW)
    assert len(pointers(session, second)) == 2


def test_of_two_who_look_at_the_same_moment_one_queues_it(store: Store) -> None:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=NOW)
        number = correct(session, alert(session)).id
    together, done = threading.Barrier(2), list[int]()

    def looks() -> None:
        with store.read() as session:
            bare = unpointed(session, session.get_one(Bulletin, number), FACEBOOK, at=NOW)
        together.wait()
        with store.write() as session:
            point(session, session.get_one(Bulletin, number), bare, at=NOW)
        done.append(len(bare))

    threads = [threading.Thread(target=looks) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [2, 2]
    with store.read() as session:
        assert len(pointers(session, session.get_one(Bulletin, number))) == 2


def test_the_end_waits_until_pointers_are_queued_and_not_until_they_are_out(
    session: Session,
) -> None:
    second = correct(session, alert(session))
    waves.advance(session, REGISTRY, second, at=NOW, comments=None)
    assert second.finished_at is None  # nobody has asked the channels yet
    assert not waves.may_advance(session, REGISTRY, second, at=NOW, comments=None)
    look(session, second)
    assert second.finished_at is None
    look(session, second)
    assert second.finished_at == NOW
    assert {one.state for one in pointers(session, second)} == {_D.QUEUED}


def test_a_post_that_is_out_points_while_another_is_still_on_its_way(session: Session) -> None:
    second = correct(session, alert(session), but="page_deputy")
    look(session, second)
    assert [one.account_id for one in pointers(session, second)] == ["page_relay"]
    look(session, second)
    assert second.finished_at is None
    comes_out(session, second)
    look(session, second)
    assert len(pointers(session, second)) == 2


def test_a_first_alert_points_nowhere(session: Session) -> None:
    first = alert(session)
    assert unpointed(session, first, set(Network), at=NOW) == []
    waves.advance(session, REGISTRY, first, at=NOW, comments=None)
    assert first.finished_at == NOW


@pytest.mark.parametrize(
    "was",
    [
        {"state": _D.NEEDS_PERSON, "remote_id": None},
        {"state": _D.FAILED, "remote_id": None},
        {"way": Way.REPOST},
        {"cause": f"{PUT_UP}a@b.example"},
    ],
)
def test_below_what_never_came_out_or_cannot_be_answered_nothing_is_put(
    session: Session, was: dict[str, object]
) -> None:
    first = alert(session)
    second = correct(session, first)
    for name, value in was.items():
        setattr(post_of(session, first), name, value)
    session.flush()
    look(session, second)
    assert [one.account_id for one in pointers(session, second)] == ["page_deputy"]


@pytest.mark.parametrize("which", ["old", "new"])
def test_nothing_points_from_or_to_a_post_that_comes_down(session: Session, which: str) -> None:
    first = alert(session)
    second = correct(session, first)
    bulletin = first if which == "old" else second
    come_down(session, bulletin)
    look(session, second)
    assert [one.account_id for one in pointers(session, second)] == ["page_deputy"]


@pytest.mark.parametrize("which", ["old", "new"])
def test_what_is_queued_goes_no_more_once_its_post_is_to_come_down(
    session: Session, which: str
) -> None:
    first = alert(session)
    second = correct(session, first)
    look(session, second)
    come_down(session, first if which == "old" else second)
    outbox.cancel_dropped(session, at=NOW)
    states = {one.account_id: one.state for one in pointers(session, second)}
    assert states == {"page_deputy": _D.QUEUED, "page_relay": _D.CANCELLED}


def come_down(session: Session, bulletin: Bulletin) -> None:
    """Two people agree that the post of `page_relay` is taken down."""
    row = post_of(session, bulletin)
    ask_removal(session, REGISTRY, bulletin, row, who=COMMS, why="위험", at=NOW)
    agree_removal(session, REGISTRY, row, who=AGREES, at=NOW)


def test_of_a_stopped_message_no_pointer_goes(session: Session) -> None:
    second = correct(session, alert(session))
    bare = unpointed(session, second, FACEBOOK, at=NOW)
    look(session, second)
    broadcast.stop(session, second, who=AGREES, at=NOW)
    assert {one.state for one in pointers(session, second)} == {_D.CANCELLED}
    point(session, second, bare, at=NOW)  # somebody who looked before the stop
    assert len(pointers(session, second)) == 2


def test_once_a_message_has_expired_nothing_points_to_it(session: Session) -> None:
    second = correct(session, alert(session))
    before = second.expires_at - timedelta(seconds=1)
    assert len(unpointed(session, second, FACEBOOK, at=before)) == 2
    assert unpointed(session, second, FACEBOOK, at=second.expires_at) == []


def test_a_newer_message_takes_over_from_pointers_that_are_not_out(session: Session) -> None:
    first = alert(session)
    second = correct(session, first, BulletinKind.UPDATE)
    look(session, second)
    early, late = pointers(session, second)
    early.state, early.remote_id = _D.PUBLISHED, "c1"
    third = correct(session, first, BulletinKind.CANCEL)
    look(session, third)
    session.refresh(late)
    assert late.state is _D.CANCELLED
    below_both = [("page_deputy", second), ("page_relay", first), ("page_relay", second)]
    assert [(one.account_id, one.in_reply_to) for one in pointers(session, third)] == [
        (account, post_of(session, bulletin, account).remote_id) for account, bulletin in below_both
    ]


def test_pointers_wait_for_nothing_and_go_after_everybodys_message(session: Session) -> None:
    first = alert(session)
    correct(session, first, BulletinKind.UPDATE)
    third = correct(session, first, BulletinKind.CANCEL)
    look(session, third)
    lead = post_of(session, third, "x_lead")
    lead.state = _D.QUEUED
    session.flush()
    taken = outbox.take(session, "me", at=NOW, limit=99)
    assert [row.account_id for row in taken] == ["x_lead", *PAGES]
    for row in taken:
        outbox.depart(session, "me", [row.id], at=NOW)
        outbox.failed(session, row.id, "refused: comments are closed", holder="me", at=NOW)
    others = outbox.take(session, "me", at=NOW, limit=99)
    assert [row.account_id for row in others] == PAGES


def test_it_says_so_in_the_languages_in_which_the_account_says_the_new_message(
    session: Session,
) -> None:
    second = correct(session, alert(session))
    post_of(session, second).language = Language.EN
    session.flush()
    look(session, second)
    spoken = {one.account_id: "corrected" in one.text for one in pointers(session, second)}
    assert spoken == {"page_deputy": False, "page_relay": True}


def test_nobody_is_asked_to_put_one_up_by_hand(session: Session) -> None:
    first, _ = bulletins.approved(session, REGISTRY, exercise=False)
    comes_out(session, first)
    second = correct(session, first)
    look(session, second)
    for one in pointers(session, second):
        one.state, one.cause = _D.NEEDS_PERSON, "credential: none"
    session.flush()
    assert hands.for_a_person(session, at=NOW) == []
    assert bulletin_lists.by_hand(session) == []
