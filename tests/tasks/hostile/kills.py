"""`kill -9` at random points, and where they fell."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rules.outbox import DeliveryState
from tests.tasks.hostile.scene import Scene, finish
from tests.tasks.hostile.world import World

_D = DeliveryState


@dataclass
class Kills:
    """Where the kills fell; `settled`: the seconds from the last one until nothing was under way."""

    total: int = 0
    in_flight: int = 0
    claimed: int = 0
    rows: int = 0
    settled: float = 0.0

    def count(self, held: Counter[DeliveryState]) -> None:
        """One more kill, of a sender that held these."""
        self.total += 1
        self.rows += held[_D.IN_FLIGHT]
        self.in_flight += held[_D.IN_FLIGHT] > 0
        self.claimed += held[_D.CLAIMED] > 0

    def __str__(self) -> str:
        return (
            f"{self.total} kill -9: {self.in_flight} between write-ahead and result "
            f"({self.rows} rows), {self.claimed} with rows claimed, "
            f"all settled {self.settled:.1f} s after the last"
        )


Moment = tuple[Callable[[World, int], bool], float]

#: While something is on its way.
ON_ITS_WAY: Moment = (lambda made, pid: made.counts(held_by=pid)[_D.IN_FLIGHT] > 0, 0.1)

#: While much is: what a blind retry doubles, and no leading account's single post.
MUCH_ON_ITS_WAY: Moment = (lambda made, pid: made.counts(held_by=pid)[_D.IN_FLIGHT] >= 4, 0.1)

#: From which moment on, in turn, and at most so many seconds later: from its very start, once it
#: is at work, and, more often, while posts are on their way, which takes each of them 0.1 s.
MOMENTS: tuple[Moment, ...] = (
    (lambda _made, _pid: True, 0.25),
    ON_ITS_WAY,
    (lambda made, pid: made.sends(pid), 0.25),
    (ON_ITS_WAY[0], 0.05),
)


def kill(
    scene: Scene,
    kills: int,
    *,
    blind: bool = False,
    seed: int = 0,
    in_flight: int = 0,
    told: Callable[[int], None] = lambda _done: None,
) -> Kills:
    """Start a sender and kill it, over and over, while more keeps coming; then let one finish.

    A busy machine's kills come late: up to twice as many fall until `in_flight` of them hit a sender
    between write-ahead and result. A blind one is always killed while many posts are on their way.
    `told` is called with the number of kills so far.
    """
    dice = random.Random(seed)  # noqa: S311 -- dice, not a secret
    fell, world = Kills(), scene.world
    while fell.total < kills or (fell.in_flight < in_flight and fell.total < 2 * kills):
        scene.more()
        sender = scene.start(blind=blind)
        moment, longest = MUCH_ON_ITS_WAY if blind else MOMENTS[fell.total % len(MOMENTS)]
        with contextlib.suppress(TimeoutError):  # it may find nothing that may go now
            world.wait_for(partial(moment, world, sender.pid), seconds=5)
        time.sleep(dice.uniform(0, longest))
        sender.kill()
        fell.count(world.counts(held_by=sender.pid))
        told(fell.total)
    fell.settled = finish(scene, blind=blind)
    return fell
