"""Whoever conducts a bulletin is killed, on a network that lies: each account carries it once."""

import pytest

from tests.tasks.hostile.disaster import disaster
from tests.tasks.hostile.kills import kill
from tests.tasks.hostile.scene import finish
from tests.tasks.hostile.stops import stop
from tests.tasks.hostile.world import World

KILLS = 60
CONTROL_KILLS = 24


def test_sixty_kills_leave_every_bulletin_once_on_each_account_and_corrected(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = disaster(hostile)
    fell = kill(made, KILLS, seed=2, in_flight=KILLS // 4)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}: {fell}; {proof}")
    assert proof.exact, proof
    assert fell.in_flight >= KILLS // 4, "too few kills hit the moment that matters"


def test_the_control_that_retries_blindly_doubles(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = disaster(hostile, control=True)
    kill(made, CONTROL_KILLS, blind=True, seed=2)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}, blind retry: {proof}")
    assert proof.carried >= hostile.town.accounts
    assert proof.doubles, "this network is too kind to prove anything"


def test_a_stopped_conductor_keeps_what_it_holds_and_writes_nothing_late(
    calm: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = disaster(calm)
    seen = stop(made, 1)
    with capsys.disabled():
        print(f"\n  {database}: {seen}")
    assert (seen.robbed, seen.late) == (0, 0)
    proof = made.proof()
    assert proof.exact, proof


def test_conductors_at_once_share_the_work_and_double_nothing(hostile: World) -> None:
    made = disaster(hostile)
    made.more()
    together = [made.start() for _ in range(3)]
    hostile.wait_for(lambda: not made.waits(), seconds=60)
    for conductor in together:
        conductor.kill()
    finish(made)
    proof = made.proof()
    assert proof.exact, proof
