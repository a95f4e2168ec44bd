"""Every request to a network is counted before it leaves; what is too much waits, and nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import ChannelBusy, Trouble
from channels.budget import Budget, Scope, Spending
from channels.mastodon import Mastodon
from practice.testing import PracticeServer, practice_server
from registry.model import Network
from rules.outbox import DeliveryState
from settings import Settings
from store import outbox
from store import registry as registry_store
from store.engine import Store, StoreFull
from store.tables import Delivery
from tasks.deliver import deliver
from tasks.purse import SharedPurse
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock, small_registry

QUARTER = timedelta(minutes=15)


class Frugal(Mastodon):
    """A network that takes two posts in a quarter of an hour from each account."""

    budgets = (
        Budget(
            name="posts",
            scope=Scope.ACCOUNT,
            limit=2,
            window=QUARTER,
            requests="^POST /api/v1/statuses$",
        ),
    )


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice_server(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def place(
    store: Store,
    network: PracticeServer,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Workplace:
    """A city whose account lives on that network."""
    monkeypatch.setenv("HAECHI_SECRET_OURS", network.token("haechi", city=True))
    city = small_registry()
    ours = replace(
        city.accounts["x_seoul"], network=Network.MASTODON, server=network.url, credential="ours"
    )
    with store.write() as session:
        changed = replace(city, accounts={**city.accounts, ours.id: ours})
        registry_store.apply(session, changed, at=clock())
    channel = Frugal(Settings(var=tmp_path, live=True))
    channel.purse = SharedPurse(store, clock)
    return Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _account: channel)


def test_what_is_beyond_the_budget_waits_and_goes_later(
    place: Workplace, network: PracticeServer, clock: Clock
) -> None:
    with place.store.write() as session:
        ids = [builders.delivery(session, in_reply_to=None).id for _ in range(3)]
    before = len(network.texts("haechi"))

    sent = deliver(place)

    assert (sent.published, sent.waiting) == (2, 1)
    with place.store.read() as session:
        waiting = session.get_one(Delivery, ids[2])
        assert waiting.state is DeliveryState.QUEUED
        assert waiting.cause.startswith(Trouble.LIMITED)
    clock.pass_(17 * 60)
    assert deliver(place).published == 1
    assert len(network.texts("haechi")) == before + 3


def test_the_budget_is_one_for_all_workers(place: Workplace, store: Store, clock: Clock) -> None:
    spending = Spending(key="x posts account x_seoul", limit=40, window=QUARTER)
    purses = [SharedPurse(store, clock) for _ in range(2)]

    def ask(number: int) -> bool:
        try:
            purses[number % 2].spend([spending])
        except ChannelBusy:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(ask, range(100))).count(True) == 40
    with pytest.raises(ChannelBusy) as busy:
        purses[0].spend([spending])
    assert (busy.value.kind, busy.value.retry_after) == (Trouble.LIMITED, 990)


def test_a_budget_that_cannot_be_counted_lets_nothing_leave(clock: Clock) -> None:
    class Full:
        """A store whose disk is full."""

        def write(self) -> Any:
            raise StoreFull("the disk is full")

    full: Any = Full()

    with pytest.raises(ChannelBusy, match="the disk is full"):
        SharedPurse(full, clock).spend([Spending(key="k", limit=1, window=QUARTER)])


def test_what_a_network_prepared_is_there_for_the_next_try(store: Store) -> None:
    with store.write() as session:
        row = builders.delivery(session).id
        outbox.take(session, "me", at=NOW, limit=1)
        outbox.depart(session, "me", [row], at=NOW)
        assert not outbox.prepared(session, row, "container-0", holder="another")
        assert outbox.prepared(session, row, "container-1", holder="me")
        outbox.again(session, row, "busy", holder="me", at=NOW)

    with store.read() as session:
        assert session.get_one(Delivery, row).prepared == "container-1"


def test_counting_what_happened_never_makes_it_look_undone() -> None:
    class Broken:
        """A store that fails in a way nobody expected."""

        def write(self) -> Any:
            raise RuntimeError("gone")

    broken: Any = Broken()

    SharedPurse(broken, Clock()).count("x", "post created")
