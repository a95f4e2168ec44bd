"""On every network: whatever is lost on the way, and whoever dies, the message stands there once."""

import itertools
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rules.outbox import DeliveryState
from settings import Settings
from store import registry as registry_store
from store.engine import Store
from store.tables import Delivery
from tasks.deliver import deliver
from tasks.settle import settle
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock, small_registry
from tests.channels.proxy import Fault
from tests.channels.worlds.opening import opened, world
from tests.channels.worlds.world import World

__all__ = ["opened", "world"]  # fixtures

_numbers = itertools.count(1)


@pytest.fixture
def database() -> str:
    """One is enough: what differs here is the network."""
    return "sqlite"


@dataclass
class Reply:
    """One answer on its way to a citizen's post on the network."""

    world: World
    store: Store
    clock: Clock
    var: Path
    marker: str
    id: int

    @property
    def place(self) -> Workplace:
        return Workplace(
            Settings(var=self.var),
            self.store,
            now=self.clock,
            channel_of=lambda _account: self.world.channel,
        )

    @property
    def row(self) -> Delivery:
        with self.store.read() as session:
            return session.get_one(Delivery, self.id)

    def stands(self) -> int:
        return sum(self.marker in text for text in self.world.standing())

    def settled(self) -> Delivery:
        """Look back and send again until it is known to be out, at most a day of the clock."""
        for _ in range(60):
            if self.row.state is DeliveryState.PUBLISHED:
                break
            settle(self.place)
            deliver(self.place)
            self.clock.pass_(30)
        return self.row


@pytest.fixture
def reply(world: World, store: Store, clock: Clock, tmp_path: Path) -> Reply:
    city = small_registry()
    ours = replace(world.account, id="x_seoul", office=city.accounts["x_seoul"].office)
    marker = f"[서울 2026-9{next(_numbers)}]"
    with store.write() as session:
        changed = replace(city, accounts={**city.accounts, ours.id: ours})
        registry_store.apply(session, changed, at=clock())
        row = builders.delivery(
            session,
            in_reply_to=world.citizen_writes(f"가로등이 꺼졌어요 {marker[-5:-1]}"),
            text=f"고쳤습니다. {marker}",
            marker=marker,
        )
        return Reply(world, store, clock, tmp_path, marker, row.id)


def test_an_answer_that_is_lost_is_found_by_looking_back(reply: Reply) -> None:
    reply.world.proxy.fault(reply.world.publishes, Fault(reaches=True))

    assert deliver(reply.place).in_doubt == 1

    assert reply.settled().state is DeliveryState.PUBLISHED
    assert reply.stands() == 1


def test_a_request_that_is_lost_is_sent_again_once_it_is_proved_absent(reply: Reply) -> None:
    reply.world.proxy.fault(reply.world.publishes, Fault(reaches=False))

    assert deliver(reply.place).in_doubt == 1
    assert reply.stands() == 0

    assert reply.settled().state is DeliveryState.PUBLISHED
    assert reply.stands() == 1
    assert reply.row.tries == 2


def test_a_sender_that_is_killed_after_the_network_took_it_doubles_nothing(reply: Reply) -> None:
    reply.world.proxy.fault(reply.world.publishes, Fault(reaches=True, after=5))
    sender = multiprocessing.get_context("fork").Process(target=lambda: deliver(reply.place))
    sender.start()
    _until(lambda: reply.stands() == 1)
    sender.kill()
    sender.join()

    assert reply.settled().state is DeliveryState.PUBLISHED
    assert reply.stands() == 1


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "the network never got it"
        time.sleep(0.01)
