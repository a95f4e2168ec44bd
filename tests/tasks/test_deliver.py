"""What each answer of a network makes of a delivery, and what a sender never does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.base import ChannelBusy, ChannelError, InDoubt, LookBack
from rules.outbox import DeliveryState
from settings import Settings
from store import outbox
from store import registry as registry_store
from store.engine import Store, StoreError
from store.tables import Delivery, Photo, PhotoState, Sender
from tasks.deliver import deliver
from tasks.settle import settle
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock
from tests.channels.channel_builders import a_picture
from tests.tasks.fake_channel import FakeChannel

_D = DeliveryState


@pytest.fixture
def network(clock: Clock) -> FakeChannel:
    return FakeChannel(clock)


@pytest.fixture
def place(store: Store, network: FakeChannel, clock: Clock, tmp_path: Path) -> Workplace:
    return Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _account: network)


def _enqueue(store: Store, number: int = 1, **more: Any) -> list[int]:
    with store.write() as session:
        return [builders.delivery(session, **more).id for _ in range(number)]


def _row(store: Store, delivery_id: int) -> Delivery:
    with store.read() as session:
        return session.get_one(Delivery, delivery_id)


def test_what_is_queued_is_published_with_its_id(place: Workplace, network: FakeChannel) -> None:
    (delivery_id,) = _enqueue(place.store)
    assert deliver(place).published == 1
    row = _row(place.store, delivery_id)
    assert (row.state, row.remote_id, row.settled_at, row.holder) == (_D.PUBLISHED, "n1", NOW, None)
    assert network.texts("x_seoul") == [row.text]
    assert deliver(place).published == 0


def test_one_account_sends_in_order_and_all_of_it(place: Workplace, network: FakeChannel) -> None:
    ids = _enqueue(place.store, 5)
    assert deliver(place).published == 5
    assert network.texts("x_seoul") == [_row(place.store, n).text for n in ids]


@pytest.mark.parametrize(
    ("fate", "state", "cause"),
    [
        (ChannelBusy("too many requests", 60), _D.QUEUED, "too many requests"),
        (ChannelError("the text is too long"), _D.FAILED, "too long"),
        (InDoubt("answered 500"), _D.IN_DOUBT, "answered 500"),
        ("lost", _D.IN_DOUBT, "no answer came"),
    ],
    ids=["busy", "refused", "doubt", "lost"],
)
def test_each_outcome_is_a_state_with_its_cause(
    place: Workplace, network: FakeChannel, fate: Any, state: DeliveryState, cause: str
) -> None:
    network.does["x_seoul"] = [fate]
    (delivery_id,) = _enqueue(place.store)
    deliver(place)
    row = _row(place.store, delivery_id)
    assert (row.state, row.holder) == (state, None)
    assert cause in row.cause


def test_a_network_that_asks_to_wait_is_given_the_time(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.does["x_seoul"] = [ChannelBusy("busy", 60)]
    _enqueue(place.store)
    assert deliver(place).waiting == 1
    clock.pass_(59)
    assert not deliver(place).any
    clock.pass_(1)
    assert deliver(place).published == 1


def test_a_network_that_is_down_for_hours_costs_nobody_a_click(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.does["x_seoul"] = [ChannelBusy("down")] * 23
    _enqueue(place.store)
    for _ in range(23):
        assert deliver(place).waiting == 1
        clock.pass_(hours=1)
    assert deliver(place).published == 1


def test_after_a_day_of_refusals_a_person_looks(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.does["x_seoul"] = [ChannelBusy("busy")] * 30
    (delivery_id,) = _enqueue(place.store)
    for _ in range(30):
        deliver(place)
        clock.pass_(hours=1)
    row = _row(place.store, delivery_id)
    assert row.state == _D.NEEDS_PERSON
    assert row.cause == f"tired: {row.tries} tries, the last one: busy: busy"


def test_an_account_that_was_retired_sends_nothing_and_says_so(
    place: Workplace, network: FakeChannel
) -> None:
    (delivery_id,) = _enqueue(place.store, account_id="x_traffic")
    city = builders.small_registry()
    others = {id_: account for id_, account in city.accounts.items() if id_ != "x_traffic"}
    with place.store.write() as session:
        registry_store.apply(session, replace(city, accounts=others), at=NOW)
    deliver(place)
    assert _row(place.store, delivery_id).state is _D.FAILED
    assert "retired" in _row(place.store, delivery_id).cause
    assert network.texts("x_traffic") == []


def test_one_account_in_trouble_holds_up_no_other(place: Workplace, network: FakeChannel) -> None:
    network.does["x_seoul"] = [InDoubt("down"), ChannelError("no"), ChannelBusy("busy")]
    _enqueue(place.store, 3)
    _enqueue(place.store, 3, account_id="x_traffic")
    sent = deliver(place)
    assert (sent.published, sent.in_doubt, sent.failed, sent.waiting) == (3, 1, 1, 1)


def test_a_later_part_waits_for_the_one_before(place: Workplace, network: FakeChannel) -> None:
    network.does["x_seoul"] = [InDoubt("down")]
    with place.store.write() as session:
        first = builders.delivery(session)
        values = {c.key: getattr(first, c.key) for c in Delivery.__table__.columns}
        del values["id"]
        second = Delivery(**values | {"part": 2, "key": "second"})
        session.add(second)
    deliver(place)
    assert _row(place.store, second.id).state is _D.QUEUED
    with place.store.write() as session:
        outbox.published(session, first.id, remote_id="n1", url="", at=NOW)
    deliver(place)
    assert _row(place.store, second.id).state is _D.PUBLISHED


def test_a_newer_message_does_not_wait_for_one_in_doubt(
    place: Workplace, network: FakeChannel
) -> None:
    network.does["x_seoul"] = [InDoubt("down")]
    older, newer = _enqueue(place.store, 2)
    deliver(place)
    assert _row(place.store, older).state is _D.IN_DOUBT
    assert _row(place.store, newer).state is _D.PUBLISHED


def test_a_clock_that_is_set_back_holds_up_nothing(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    _enqueue(place.store)
    clock.pass_(hours=-30)
    assert deliver(place).published == 1


def test_no_sender_is_registered_afterwards(place: Workplace) -> None:
    _enqueue(place.store)
    deliver(place)
    with place.store.read() as session:
        assert session.scalars(select(Sender)).all() == []


class _FullOnce:
    """A store whose disk is full when the outcomes are to be written down."""

    def __init__(self, store: Store, network: FakeChannel) -> None:
        self._store = store
        self._network = network
        self.full = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @property
    def write(self) -> Callable[[], Any]:
        if self.full and self._network.taken["x_seoul"]:
            raise StoreError("the disk is full")
        return self._store.write


def test_an_outcome_that_could_not_be_written_down_is_found_out_later(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    (delivery_id,) = _enqueue(place.store)
    failing: Any = _FullOnce(place.store, network)
    with pytest.raises(StoreError):
        deliver(Workplace(place.settings, failing, now=clock, channel_of=place.channel_of))
    assert _row(place.store, delivery_id).state is _D.IN_FLIGHT
    for _ in range(100):  # a database notices a moment later that its session is over
        if settle(place).taken_back:
            break
    clock.pass_(30)
    assert settle(place).found == 1
    assert network.texts("x_seoul") == [_row(place.store, delivery_id).text]
    assert _row(place.store, delivery_id).state is _D.PUBLISHED


def test_what_was_taken_over_is_not_changed_by_a_late_answer(store: Store) -> None:
    (delivery_id,) = _enqueue(store)
    with store.write() as session:
        outbox.take(session, "first", at=NOW, limit=1)
        outbox.depart(session, "first", [delivery_id], at=NOW)
        outbox.take_back(session, ["first"], at=NOW)
        session.execute(update(Delivery).values(state=_D.QUEUED, not_before=NOW))
        outbox.take(session, "second", at=NOW, limit=1)
        outbox.depart(session, "second", [delivery_id], at=NOW)
        assert not outbox.again(session, delivery_id, "429", holder="first", at=NOW)
        assert not outbox.failed(session, delivery_id, "403", holder="first", at=NOW)
        assert not outbox.in_doubt(session, delivery_id, "lost", holder="first", at=NOW)
        assert outbox.depart(session, "first", [delivery_id], at=NOW) == set()
    assert (_row(store, delivery_id).state, _row(store, delivery_id).holder) == (
        _D.IN_FLIGHT,
        "second",
    )


@pytest.mark.parametrize("look_back", [LookBack.TIMELINE, LookBack.THREAD])
def test_the_fake_shows_what_it_took(clock: Clock, look_back: LookBack) -> None:
    assert FakeChannel(clock, look_back=look_back).look_back is look_back


def test_an_answer_whose_photo_is_gone_is_given_to_a_person(
    place: Workplace, network: FakeChannel
) -> None:
    (delivery_id,) = _enqueue(place.store)
    with place.store.write() as session:
        photo = Photo(state=PhotoState.KEPT, remote_url="", alt="새 신호등", file="gone.jpg")
        photo.mime = "image/jpeg"
        session.add(photo)
        session.flush()
        session.get_one(Delivery, delivery_id).photo_id = photo.id
    assert deliver(place).failed == 1
    assert "gone.jpg" in _row(place.store, delivery_id).cause
    assert network.texts("x_seoul") == []


def test_who_slept_over_its_picture_publishes_nothing_any_more(
    place: Workplace, network: FakeChannel
) -> None:
    (delivery_id,) = _enqueue(place.store)
    place.settings.media.mkdir(parents=True)
    (place.settings.media / "light.jpg").write_bytes(a_picture())
    with place.store.write() as session:
        photo = Photo(state=PhotoState.KEPT, remote_url="", alt="새 신호등", file="light.jpg")
        photo.mime = "image/jpeg"
        session.add(photo)
        session.flush()
        session.get_one(Delivery, delivery_id).photo_id = photo.id

    def taken_over() -> None:
        with place.store.write() as session:
            session.execute(update(Delivery).values(holder="another"))

    network.while_preparing = taken_over
    deliver(place)

    assert network.texts("x_seoul") == []
    assert _row(place.store, delivery_id).holder == "another"
