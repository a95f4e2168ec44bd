"""The database dies or refuses in the middle of a bulletin: afterwards it stands once everywhere."""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from rules.outbox import DeliveryState
from store.engine import Store, StoreBusy, StoreError, StoreFull
from store.liveness import LockLost
from tasks.conduct import conduct
from tasks.workplace import Workplace
from tests.postgres import postgres_server
from tests.tasks.hostile.disaster import Disaster, disaster, send
from tests.tasks.hostile.scene import finish
from tests.tasks.hostile.senders import start_process
from tests.tasks.hostile.town import Town
from tests.tasks.hostile.world import world


@pytest.fixture
def beside_sqlite(fast_folder: Path) -> Iterator[Disaster]:
    """A town on SQLite, on a network that looks at no idempotency key."""
    with world(fast_folder, f"sqlite:///{fast_folder / 'haechi.db'}", faults=False) as made:
        yield disaster(made)


def quick(town: Town) -> Workplace:
    """The town's workplace in this process; nothing arrives late there."""
    return replace(town.workplace(), settling=timedelta(seconds=0.3))


def once_everywhere(made: Disaster) -> bool:
    """Whether all is settled and exact. Raises `AssertionError` with what is wrong."""
    proof = made.proof()
    assert proof.exact, proof
    return proof.deliveries > 0


def test_a_postgresql_that_is_killed_while_it_is_sent_says_so_and_doubles_nothing(
    fast_folder: Path,
) -> None:
    with (
        postgres_server(durable=True) as server,
        world(fast_folder, server.create(), faults=False) as calm,
    ):
        made = disaster(calm)
        calm.network.fault("*", slow=1, on=["post", "reblog"])
        made.more()
        told: list[Exception] = []
        place = quick(calm.town)

        def conduct_until_it_fails() -> None:
            try:
                conduct(place, longest=60)
            except (StoreError, LockLost) as error:  # whichever asked the server first
                told.append(error)

        conductor = threading.Thread(target=conduct_until_it_fails)
        conductor.start()
        calm.wait_for(lambda: calm.counts()[DeliveryState.IN_FLIGHT] >= 12, seconds=30)
        server.kill()
        conductor.join(30)
        assert len(told) == 1
        assert "the next run does it again" in str(told[0])
        with pytest.raises(StoreBusy, match="next run"):
            conduct(place, longest=5)
        server.start_again()
        assert conduct(place, longest=60)
        assert once_everywhere(made)


def test_a_conductor_that_dies_at_any_of_its_commits_leaves_nothing_half_done(
    beside_sqlite: Disaster,
) -> None:
    made = beside_sqlite
    made.corrected = False  # what is put right before it went need not go at all
    for nth in range(1, 9):
        made.more()
        dying = start_process(send_and_die, made.world.town, nth)
        dying.process.join(20)
        assert dying.process.exitcode == -signal.SIGKILL
    finish(made)
    assert once_everywhere(made)


def send_and_die(town: Town, nth: int) -> None:
    """As `send`, until its nth commit: an odd one is not kept any more, an even one just is."""
    left = [nth]

    def die(_session: Session) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "after_commit" if nth % 2 == 0 else "before_commit", die)
    send(town)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [("database or disk is full", StoreFull), ("database is locked", StoreBusy)],
)
def test_a_store_that_refuses_in_the_middle_says_so_and_the_next_run_goes_on(
    beside_sqlite: Disaster, said: str, refusal: type[StoreError]
) -> None:
    made = beside_sqlite
    place = quick(made.world.town)
    made.more()
    for nth in (2, 3, 4, 5):
        with refusing(place.store, nth, said), pytest.raises(refusal, match="next run"):
            conduct(place, longest=30)
    assert conduct(place, longest=60)
    assert once_everywhere(made)


@contextmanager
def refusing(store: Store, nth: int, said: str) -> Iterator[None]:
    """From the nth commit on the driver refuses."""
    left = [nth]

    def refuse(_connection: Any) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise sqlite3.OperationalError(said)

    event.listen(store.engine, "commit", refuse)
    yield
    event.remove(store.engine, "commit", refuse)
