"""Doubt ends by reading: found, absent after two readings that waited, or a person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.base import SKEW, ChannelBusy, ChannelError, InDoubt, LookBack
from rules.outbox import SETTLING, DeliveryState
from settings import Settings
from store import outbox
from store.engine import Store
from store.tables import Delivery
from tasks.deliver import deliver
from tasks.settle import settle
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock
from tests.tasks.fake_channel import FakeChannel

_D = DeliveryState
LATER = SETTLING.total_seconds()

Places = Callable[..., tuple[Workplace, FakeChannel]]


@pytest.fixture
def doubtful(store: Store, clock: Clock, tmp_path: Path) -> Places:
    """A workplace with one delivery in doubt; `fate` says whether the network really took it."""

    def build(fate: Any, **more: Any) -> tuple[Workplace, FakeChannel]:
        network = FakeChannel(clock, **more)
        network.does["x_seoul"] = [fate]
        place = Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)
        with store.write() as session:
            builders.delivery(session)
        deliver(place)
        return place, network

    return build


def _row(store: Store) -> Delivery:
    with store.read() as session:
        return session.get_one(Delivery, 1)


def test_nothing_is_read_before_the_settling_time(doubtful: Places, clock: Clock) -> None:
    place, network = doubtful("lost")
    clock.pass_(LATER - 1)
    settle(place)
    assert network.readings == 0
    clock.pass_(1)
    assert settle(place).found == 1
    assert (_row(place.store).state, _row(place.store).remote_id) == (_D.PUBLISHED, "n1")


def test_what_is_absent_twice_goes_again_once(doubtful: Places, clock: Clock) -> None:
    place, network = doubtful(InDoubt("answered 500"))
    clock.pass_(LATER)
    assert settle(place).open == 1
    assert settle(place).any is False  # the second reading waits as long as the first
    clock.pass_(LATER)
    assert settle(place).absent == 1
    assert deliver(place).published == 1
    assert len(network.texts("x_seoul")) == 1


def test_what_shows_up_late_is_found_and_not_sent_again(doubtful: Places, clock: Clock) -> None:
    place, network = doubtful("lost")
    hidden, network.taken["x_seoul"] = network.taken["x_seoul"], []
    clock.pass_(LATER)
    assert settle(place).open == 1
    network.taken["x_seoul"] = hidden
    clock.pass_(LATER)
    assert settle(place).found == 1
    assert not deliver(place).any


def test_two_settlers_side_by_side_make_one_reading(doubtful: Places, clock: Clock) -> None:
    place, _ = doubtful(InDoubt("answered 500"))
    begun = clock.pass_(LATER)
    with place.store.write() as session:
        assert outbox.not_found(session, 1, at=begun) is _D.IN_DOUBT
        assert outbox.not_found(session, 1, at=begun) is _D.IN_DOUBT
    assert _row(place.store).readings == 1


@pytest.mark.parametrize("hours", [-40, -1, 1, 40])
@pytest.mark.parametrize("when", ["before the first reading", "before the second"])
def test_a_clock_that_jumps_does_not_shorten_the_wait(
    doubtful: Places, clock: Clock, hours: int, when: str
) -> None:
    place, _ = doubtful(InDoubt("answered 500"))
    waited = 0.0
    jumped = False
    while _row(place.store).state is _D.IN_DOUBT:
        readings = _row(place.store).readings
        if not jumped and readings == (0 if when == "before the first reading" else 1):
            clock.pass_(hours=hours)
            jumped = True
        settle(place)
        clock.pass_(1)
        waited += 1
        assert waited < 5 * LATER, "a jump must not hold it up either"
    assert waited >= LATER


def test_a_clock_that_ran_ahead_at_the_attempt_is_no_reason_to_read_too_little(
    doubtful: Places, clock: Clock
) -> None:
    clock.pass_(hours=5)
    place, network = doubtful("lost")
    clock.pass_(hours=-5)
    network.taken["x_seoul"] = [
        type(post)(**{n: getattr(post, n) for n in post.__dataclass_fields__} | {"at": NOW})
        for post in network.taken["x_seoul"]
    ]
    settle(place)
    clock.pass_(LATER)
    settle(place)
    clock.pass_(LATER)
    settle(place)
    assert _row(place.store).state is _D.PUBLISHED


def test_an_account_that_cannot_be_read_waits_and_nothing_is_sent(
    doubtful: Places, clock: Clock
) -> None:
    place, network = doubtful(InDoubt("answered 500"))
    network.reads["x_seoul"] = [ChannelBusy("down"), ChannelError("revoked"), ValueError("odd")] * 9
    for _ in range(20):
        clock.pass_(60)
        assert settle(place).open == 1
        assert not deliver(place).any
    assert _row(place.store).state is _D.IN_DOUBT


def test_one_unreadable_account_keeps_no_other_in_doubt(doubtful: Places, clock: Clock) -> None:
    place, network = doubtful("lost")
    network.does["x_traffic"] = ["lost"]
    with place.store.write() as session:
        builders.delivery(session, account_id="x_traffic")
    deliver(place)
    network.reads["x_seoul"] = [RuntimeError("odd")]
    clock.pass_(LATER)
    settled = settle(place)
    assert (settled.found, settled.open) == (1, 1)


def test_a_network_without_a_timeline_is_a_persons_work(doubtful: Places, clock: Clock) -> None:
    place, _ = doubtful("lost", look_back=LookBack.NONE)
    clock.pass_(LATER)
    settle(place)
    assert (_row(place.store).state, "timeline" in _row(place.store).cause) == (
        _D.NEEDS_PERSON,
        True,
    )


def test_a_network_with_threads_is_read_below_the_citizens_post(
    doubtful: Places, clock: Clock
) -> None:
    place, network = doubtful("lost", look_back=LookBack.THREAD)
    clock.pass_(LATER)
    assert settle(place).found == 1
    assert network.asked_since == []


def test_one_reading_serves_all_doubts_of_an_account_back_past_the_first(
    doubtful: Places, clock: Clock
) -> None:
    place, network = doubtful("lost")
    clock.pass_(5)
    network.does["x_seoul"] = ["lost", "lost"]
    with place.store.write() as session:
        for _ in range(2):
            builders.delivery(session)
    deliver(place)
    clock.pass_(LATER)
    assert settle(place).found == 3
    assert (network.readings, network.asked_since) == (1, [NOW - SKEW])


def test_a_doubt_that_nobody_can_look_at_for_a_day_is_given_to_a_person(
    doubtful: Places, clock: Clock
) -> None:
    place, network = doubtful("lost")
    network.reads["x_seoul"] = [ChannelError("revoked"), ChannelError("revoked")]
    clock.pass_(hours=2)
    assert settle(place).open == 1
    clock.pass_(hours=23)
    settle(place)
    assert _row(place.store).state == _D.NEEDS_PERSON
    assert "nobody could look" in _row(place.store).cause


def test_a_part_in_doubt_is_looked_for_below_the_part_before_it(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    network = FakeChannel(clock, look_back=LookBack.THREAD)
    place = Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)
    with store.write() as session:
        first = builders.delivery(session)
        values = {c.key: getattr(first, c.key) for c in Delivery.__table__.columns}
        del values["id"]
        changed = {"part": 2, "key": "second", "in_reply_to": None, "marker": "[2/2]"}
        second = Delivery(**values | changed | {"text": "이어서 [2/2]"})
        session.add(second)
    network.does["x_seoul"] = [None, "lost"]
    deliver(place)
    clock.pass_(LATER)

    assert settle(place).found == 1

    assert network.taken["x_seoul"][1].in_reply_to == "n1"


@pytest.mark.parametrize(("comments", "below"), [(False, "n1"), (True, None)])
def test_what_takes_an_older_posts_place_is_never_only_a_comment(
    store: Store, clock: Clock, tmp_path: Path, *, comments: bool, below: str | None
) -> None:
    network = FakeChannel(clock)
    network.comments = comments  # type: ignore[misc]  # a fake may be of either kind
    place = Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)
    with store.write() as session:
        older = builders.delivery(session, in_reply_to=None)
        builders.delivery(session, in_reply_to=None, after_id=older.id)
    deliver(place)

    assert [post.in_reply_to for post in network.taken["x_seoul"]] == [None, below]


def test_a_thread_that_cannot_be_read_holds_up_no_other(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    network = FakeChannel(clock, look_back=LookBack.THREAD)
    place = Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)
    with store.write() as session:
        gone, stands = (builders.delivery(session).id for _ in range(2))
        answers = session.get_one(Delivery, gone).in_reply_to
    network.does["x_seoul"] = ["lost", "lost"]
    network.unreadable = {answers or ""}
    deliver(place)
    clock.pass_(LATER)

    settle(place)

    with store.read() as session:
        states = [session.get_one(Delivery, id_).state for id_ in (gone, stands)]
    assert states == [_D.IN_DOUBT, _D.PUBLISHED]


def test_what_stands_below_nothing_is_a_persons_matter_where_only_threads_can_be_read(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    network = FakeChannel(clock, look_back=LookBack.THREAD)
    network.does["x_seoul"] = ["lost"]
    place = Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)
    with store.write() as session:
        builders.delivery(session, in_reply_to=None)
    deliver(place)
    clock.pass_(LATER)
    settle(place)

    assert _row(store).state is _D.NEEDS_PERSON
