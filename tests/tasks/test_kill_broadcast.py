"""Whoever conducts a bulletin is killed, on a network that lies: each account carries it once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.outbox import DeliveryState
from store import registry as registry_store
from tasks.workplace import utc_now
from tests.tasks.hostile.disaster import Disaster, city, finish, kill_conductors, start
from tests.tasks.hostile.town import SETTLING
from tests.tasks.hostile.world import World, world

_D = DeliveryState

KILLS = 60
CONTROL_KILLS = 12


def disaster(made: World, *, control: bool = False) -> Disaster:
    """For a control nothing is passed on, which is once however often, and nothing put right."""
    registry = city(made.town, reposts=not control)
    with made.store.write() as session:
        registry_store.apply(session, registry, at=utc_now())
    return Disaster(made, registry, corrected=not control)


@pytest.fixture
def hostile(empty_url: str, fast_folder: Path) -> Iterator[World]:
    """A town on a network with every fault there is."""
    with world(fast_folder, empty_url) as made:
        yield made


@pytest.fixture
def calm(empty_url: str, fast_folder: Path) -> Iterator[World]:
    """A town on a network that is only slow, and looks at no idempotency key."""
    with world(fast_folder, empty_url, faults=False) as made:
        yield made


def test_sixty_kills_leave_every_bulletin_once_on_each_account_and_corrected(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = disaster(hostile)
    fell = kill_conductors(made, KILLS, seed=2)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}: {fell}; {proof}")
    assert proof.exact, proof
    assert fell.in_flight >= KILLS // 4, "too few kills hit the moment that matters"


def test_the_control_that_retries_blindly_doubles(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = disaster(hostile, control=True)
    kill_conductors(made, CONTROL_KILLS, blind=True, seed=2)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}, blind retry: {proof}")
    assert proof.carried >= hostile.town.accounts
    assert proof.doubled >= proof.carried / 5, "this network is too kind to prove anything"


def test_a_stopped_conductor_keeps_what_it_holds_and_writes_nothing_late(calm: World) -> None:
    made = disaster(calm)
    made.decide()
    stopped = start(calm.town)
    calm.wait_for(lambda: calm.counts(held_by=stopped.pid)[_D.IN_FLIGHT] >= 1)
    stopped.stop()
    held = calm.counts(held_by=stopped.pid)
    other = start(calm.town)
    time.sleep(3 * SETTLING.total_seconds())
    assert calm.counts(held_by=stopped.pid) == held
    stopped.go_on()
    calm.wait_for(lambda: made.under_way() == 0)
    stopped.kill()
    other.kill()
    assert made.proof().exact, made.proof()


def test_conductors_at_once_share_the_work_and_double_nothing(hostile: World) -> None:
    made = disaster(hostile)
    made.decide()
    together = [start(hostile.town) for _ in range(3)]
    hostile.wait_for(lambda: made.under_way() == 0, seconds=60)
    for conductor in together:
        conductor.kill()
    finish(made)
    assert made.proof().exact, made.proof()
