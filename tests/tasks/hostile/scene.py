"""What goes on in the hostile world: something is sent, and in the end the network says what of it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.tasks.hostile.senders import Sender
from tests.tasks.hostile.world import World

#: Seconds in which everything must be settled once nobody is killed any more.
SETTLED_WITHIN = 60


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What the network says of all that was decided, not what the store believes.

    `carried`: messages that stand there, however often. `lost`: believed to be out, and not there.
    `stray`: there, and unknown to the store. `uncorrected`: accounts that carry an older bulletin
    without the newest. `early`: corrections before their original. `unfinished`: not settled.
    """

    deliveries: int
    carried: int
    doubled: int
    lost: int
    stray: int
    unfinished: int
    bulletins: int = 0
    uncorrected: int = 0
    early: int = 0

    @property
    def exact(self) -> bool:
        wrong = (self.doubled, self.lost, self.stray, self.uncorrected, self.early, self.unfinished)
        return not any(wrong)

    @property
    def doubles(self) -> bool:
        """Whether a fifth of it was doubled: what a control must come to."""
        return 0 < self.carried <= 5 * self.doubled

    def __str__(self) -> str:
        bulletins = f"{self.bulletins} bulletins, " if self.bulletins else ""
        after = (
            f", {self.uncorrected} left uncorrected, {self.early} corrected too early"
            if self.bulletins
            else ""
        )
        return (
            f"{bulletins}{self.deliveries} deliveries, {self.carried} stand there: "
            f"{self.doubled} doubled, {self.lost} lost, {self.stray} unknown, "
            f"{self.unfinished} unfinished{after}"
        )


class Scene(Protocol):
    """Replies or bulletins, in one world."""

    world: World

    def more(self) -> None:
        """Decide something more, where little waits to be sent."""

    def start(self, *, blind: bool = False) -> Sender:
        """A process that sends until it is killed."""

    def waits(self) -> bool:
        """Whether anything is not settled."""

    def handles(self) -> Iterable[str]:
        """The accounts on the network that it is sent from."""

    def proof(self) -> Proof:
        """What came of everything, once nothing more can arrive."""


def finish(scene: Scene, *, blind: bool = False) -> float:
    """Let a sender work until all is settled, and end it; returns the seconds that it took.

    Raises `TimeoutError` where it takes five times as long as it may on a machine of its own.
    """
    began = time.monotonic()
    sender = scene.start(blind=blind)
    try:
        scene.world.wait_for(lambda: not scene.waits(), seconds=5 * SETTLED_WITHIN)
        return time.monotonic() - began
    finally:
        sender.kill()
