"""The sender in a process of its own, to be stopped and killed."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import configure_mappers

from rules.outbox import UNSETTLED, DeliveryState
from store.liveness import LockLost
from store.tables import Delivery
from tasks.deliver import deliver
from tasks.settle import settle
from tasks.workplace import utc_now
from tests.tasks.hostile.town import Town

# Processes are forked from one that has imported everything and holds nothing open: a new sender
# is at work in milliseconds.
configure_mappers()
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    [__name__, "tests.tasks.hostile.disaster", "psycopg", "sqlalchemy.dialects.postgresql.psycopg"]
)


def send(town: Town, threads: int = 16) -> None:
    """What the flow `reply` does, over and over, until somebody ends this process."""
    place = town.workplace()
    while True:
        deliver(place, threads=threads)
        settle(place)
        time.sleep(0.02)


def send_blindly(town: Town, threads: int = 16) -> None:
    """The same without looking back: what is in doubt, or was left by the dead, is sent again."""
    place = town.workplace()
    while True:
        with place.store.write() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.state.in_(UNSETTLED))
                .values(state=DeliveryState.QUEUED, holder=None, not_before=utc_now())
            )
        deliver(place, threads=threads)
        time.sleep(0.02)


@dataclass
class Sender:
    """A sender's process that can be stopped and killed."""

    process: Any

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def kill(self) -> None:
        """`kill -9`. Raises where it had ended before: a sender ends only by being ended."""
        if not self.process.is_alive():
            raise RuntimeError(f"the sender ended by itself: {self.process.exitcode}")
        os.kill(self.pid, signal.SIGKILL)
        self.process.join()

    def end(self) -> None:
        """`kill -9`, unless it ended by itself: whoever lost its lock does."""
        self.process.kill()
        self.process.join()

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


def start(town: Town, *, blind: bool = False, threads: int = 16) -> Sender:
    """A process that sends until it is killed."""
    return start_process(send_blindly if blind else send, town, threads)


def start_process(work: Callable[..., None], *arguments: Any) -> Sender:
    """A process that does this until it is killed."""
    process = _processes.Process(target=_until_killed, args=(work, *arguments), daemon=True)
    process.start()
    return Sender(process)


def _until_killed(work: Callable[..., None], *arguments: Any) -> None:
    try:
        work(*arguments)
    except LockLost as lost:
        sys.exit(str(lost))
