"""`kill -9` at random points, and where they fell."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rules.outbox import DeliveryState
from tests.tasks.hostile import senders
from tests.tasks.hostile.world import World

_D = DeliveryState


@dataclass
class Kills:
    """Where the kills fell."""

    total: int = 0
    in_flight: int = 0
    claimed: int = 0
    rows: int = 0

    def count(self, held: Counter[DeliveryState]) -> None:
        """One more kill, of a sender that held these."""
        self.total += 1
        self.rows += held[_D.IN_FLIGHT]
        self.in_flight += held[_D.IN_FLIGHT] > 0
        self.claimed += held[_D.CLAIMED] > 0

    def __str__(self) -> str:
        return (
            f"{self.total} kill -9: {self.in_flight} between write-ahead and result "
            f"({self.rows} rows), {self.claimed} with rows claimed"
        )


#: A sender is killed up to so many seconds after a moment: a post takes a third of that.
LONGEST = 0.25

#: From which moment on, in turn: from its very start, once it is at work, once posts are leaving.
MOMENTS: tuple[Callable[[World, int], bool], ...] = (
    lambda _made, _pid: True,
    lambda made, pid: made.sends(pid),
    lambda made, pid: made.counts(held_by=pid)[_D.IN_FLIGHT] > 0,
    lambda made, pid: made.counts(held_by=pid)[_D.IN_FLIGHT] > 0,
)


def kill_senders(made: World, kills: int, *, blind: bool = False, seed: int = 0) -> Kills:
    """Start a sender and kill it, over and over, while replies keep coming; then let one finish."""
    dice = random.Random(seed)  # noqa: S311 -- dice, not a secret
    fell = Kills()
    for turn in range(kills):
        missing = 2 * made.town.accounts - made.counts()[_D.QUEUED]
        made.enqueue(max(0, missing))
        sender = senders.start(made.town, blind=blind)
        with contextlib.suppress(TimeoutError):  # it may find nothing that may go now
            made.wait_for(partial(MOMENTS[turn % len(MOMENTS)], made, sender.pid), seconds=2)
        time.sleep(dice.uniform(0, LONGEST))
        sender.kill()
        fell.count(made.counts(held_by=sender.pid))
    finish(made, blind=blind)
    return fell


def finish(made: World, *, blind: bool = False) -> None:
    """Let a sender work until nothing is on its way, and end it."""
    sender = senders.start(made.town, blind=blind)
    try:
        made.wait_for(lambda: made.unsettled() == 0, seconds=90)
    finally:
        sender.kill()
