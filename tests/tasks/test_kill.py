"""The sender is killed, stopped and doubled, on a network that lies: each message is out once."""

import os
import signal

import pytest

from rules.outbox import DeliveryState
from tests.tasks.hostile import senders
from tests.tasks.hostile.kills import kill
from tests.tasks.hostile.replies import Replies
from tests.tasks.hostile.scene import finish
from tests.tasks.hostile.stops import stop
from tests.tasks.hostile.world import World

_D = DeliveryState

KILLS = 60
CONTROL_KILLS = 24


def exact(made: World) -> bool:
    """Whether each reply stands there once. Raises `AssertionError` with what is wrong."""
    proof = Replies(made).proof()
    assert proof.exact, proof
    return True


def test_sixty_kills_double_nothing_and_lose_nothing(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Replies(hostile)
    fell = kill(made, KILLS, seed=1, in_flight=KILLS // 4)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}: {fell}; {proof}")
    assert proof.exact, proof
    assert fell.in_flight >= KILLS // 4, "too few kills hit the moment that matters"


def test_the_control_that_retries_blindly_doubles(
    hostile: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Replies(hostile)
    kill(made, CONTROL_KILLS, blind=True, seed=1)
    proof = made.proof()
    with capsys.disabled():
        print(f"\n  {database}, blind retry: {proof}")
    assert proof.doubles, "this network is too kind to prove anything"


def test_a_stopped_sender_keeps_what_it_holds_and_writes_nothing_late(
    calm: World, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Replies(calm)
    seen = stop(made, 1)
    with capsys.disabled():
        print(f"\n  {database}: {seen}")
    assert (seen.robbed, seen.late) == (0, 0)
    assert exact(calm)


def test_a_sender_that_dies_while_it_is_stopped_is_taken_over(calm: World) -> None:
    calm.enqueue(calm.town.accounts)
    stopped = senders.start(calm.town)
    calm.wait_for(lambda: calm.counts(held_by=stopped.pid)[_D.IN_FLIGHT] >= 8)
    stopped.stop()
    stopped.kill()
    finish(Replies(calm))
    assert exact(calm)


def test_senders_at_once_share_the_work_and_double_nothing(hostile: World) -> None:
    hostile.enqueue(4 * hostile.town.accounts)
    together = [senders.start(hostile.town, threads=6) for _ in range(3)]
    hostile.wait_for(lambda: hostile.unsettled() == 0, seconds=90)
    for sender in together:
        sender.kill()
    assert exact(hostile)


def test_ctrl_c_leaves_nothing_that_the_next_sender_could_double(calm: World) -> None:
    calm.enqueue(2 * calm.town.accounts)
    interrupted = senders.start(calm.town)
    calm.wait_for(lambda: calm.counts(held_by=interrupted.pid)[_D.IN_FLIGHT] >= 8)
    os.kill(interrupted.pid, signal.SIGINT)
    os.kill(interrupted.pid, signal.SIGINT)  # an impatient one
    finish(Replies(calm))
    assert exact(calm)


@pytest.mark.parametrize("lie", ["lie", "lie_without_accepting", "unreadable"])
def test_a_network_that_lies_about_what_it_took_is_not_believed(calm: World, lie: str) -> None:
    calm.network.fault("*", count=calm.town.accounts, **{lie: True})
    calm.enqueue(calm.town.accounts)
    finish(Replies(calm))
    assert exact(calm)
