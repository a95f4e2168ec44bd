"""SIGSTOP: a sender that sleeps beyond its lease, while another goes on."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from tests.tasks.hostile.scene import SETTLED_WITHIN, Scene
from tests.tasks.hostile.senders import Sender
from tests.tasks.hostile.town import SETTLING
from tests.tasks.hostile.world import World

#: So many seconds it sleeps: what it held could be looked for, proved absent and sent again.
BEYOND = 3 * SETTLING.total_seconds()


@dataclass
class Stops:
    """What came of it; `late`: posts sent or results written by one whose rows another had taken over.

    `robbed`: rounds in which a sender that kept its lock lost its rows. `settled`: the longest
    time, in seconds, from its going on until nothing was under way.
    """

    total: int = 0
    rows: int = 0
    taken_over: int = 0
    robbed: int = 0
    late: int = 0
    settled: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.total} stopped with {self.rows} rows in flight, {self.taken_over} of them taken "
            f"over: {self.late} late writes, all settled within {self.settled:.1f} s"
        )


def stop(
    scene: Scene,
    rounds: int,
    *,
    ended: bool = False,
    told: Callable[[int], None] = lambda _done: None,
) -> Stops:
    """Stop a sender with posts in flight, let another work, then let it go on; over and over.

    Its lock outlives the sleep, so that nobody takes over what it holds. With `ended` (PostgreSQL)
    the database ends the session of the lock, as it may when a connection breaks: another takes
    over, and whoever sleeps should do nothing more. Nothing but a key that the network keeps can
    help where it slept between its last look at the clock and the first byte.
    """
    seen = Stops()
    while seen.total < rounds:
        scene.more()
        sleeper = scene.start()
        if _asleep_in_flight(scene.world, sleeper):
            _round(scene, sleeper, seen, loses=ended)
            told(seen.total)
        sleeper.end()
    return seen


def _asleep_in_flight(world: World, sleeper: Sender) -> bool:
    with contextlib.suppress(TimeoutError):  # it may find nothing that may go now
        world.wait_for(lambda: bool(world.held_by(sleeper.pid)), seconds=5)
    sleeper.stop()
    return bool(world.held_by(sleeper.pid))


def _round(scene: Scene, sleeper: Sender, seen: Stops, *, loses: bool) -> None:
    world, held = scene.world, scene.world.held_by(sleeper.pid)
    seen.total += 1
    seen.rows += len(held)
    if loses:
        end_lease(world, sleeper.pid)
    other = scene.start()
    if loses:
        world.wait_for(lambda: not world.held_by(sleeper.pid), seconds=10)
        seen.taken_over += 1
    over = time.time()
    time.sleep(BEYOND)
    seen.robbed += not loses and world.held_by(sleeper.pid) != held
    sleeper.go_on()
    began = time.monotonic()
    world.wait_for(lambda: not scene.waits(), seconds=5 * SETTLED_WITHIN)
    seen.settled = max(seen.settled, time.monotonic() - began)
    if loses:
        seen.late += late(scene, sleeper.pid, over)
    other.kill()


def late(scene: Scene, pid: int, over: float) -> int:
    """What the process sent, or wrote down, after another had taken over what it held."""
    traces = scene.world.town.traces
    mine = traces.posts_of(pid)
    posts = sum(
        status["id"] in mine and datetime.fromisoformat(status["created_at"]).timestamp() > over
        for handle in scene.handles()
        for status in scene.world.network.statuses(handle)
    )
    return posts + traces.writes_of(pid, after=over)


def end_lease(world: World, pid: int) -> None:
    """The database ends the session whose lock proves that the process lives (PostgreSQL)."""
    query = text(
        "SELECT pg_terminate_backend(held.pid) FROM pg_locks AS held JOIN sender"
        " ON sender.lock = (held.classid::bigint << 32) + held.objid::bigint"
        " WHERE held.locktype = 'advisory' AND sender.id LIKE :mine"
    )
    with world.store.connect() as connection:
        connection.execute(query, {"mine": f"{pid}-%"}).all()
