"""The town, its store and a network that is not to be trusted, seen from outside."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select

from practice.testing import PracticeServer, practice_server
from rules.outbox import UNSETTLED, DeliveryState
from settings import Settings
from store import registry as registry_store
from store.engine import Store
from store.open import open_store
from store.tables import Case, Delivery
from store.tables import Sender as Registered
from tasks.workplace import utc_now
from tests import builders
from tests.tasks.hostile.town import LATENESS, Town

_D = DeliveryState

#: What goes wrong, how often. Each happens to posts on any account; the key against doubles is
#: ignored by the network, so that only looking back can save us.
FAULTS: tuple[Mapping[str, Any], ...] = (
    {"ignore_idempotency": True},
    {"slow": 0.1, "on": ["post"]},
    {"lose_answer": True, "probability": 0.08},
    {"accept_late": LATENESS, "probability": 0.05},
    {"error_after_accepting": 500, "probability": 0.05},
    {"unreadable": True, "probability": 0.03},
    {"lie": True, "probability": 0.03},
    {"lie_without_accepting": True, "probability": 0.03},
    {"down": True, "on": ["post"], "probability": 0.03},
    {"busy": 0, "on": ["post"], "probability": 0.01},
    {"failing_reads": 503, "probability": 0.05},
    {"hide": LATENESS, "probability": 0.1},
)


@dataclass
class World:
    """The town, its store and the network, seen from outside."""

    town: Town
    store: Store
    network: PracticeServer
    cases: list[int] = field(default_factory=list)

    def enqueue(self, number: int) -> None:
        """That many more replies, on all accounts in turn."""
        with self.store.write() as session:
            for turn in range(number):
                case = session.get_one(Case, self.cases[turn % len(self.cases)])
                builders.delivery(session, case, at=utc_now())

    def counts(self, *, held_by: int | None = None) -> Counter[DeliveryState]:
        """How many deliveries are in each state; only those that the process `held_by` holds."""
        query = select(Delivery.state, func.count()).group_by(Delivery.state)
        if held_by is not None:
            query = query.where(Delivery.holder.like(f"{held_by}-%"))
        with self.store.read() as session:
            return Counter({row[0]: row[1] for row in session.execute(query)})

    def held_by(self, pid: int) -> set[int]:
        """The deliveries that the process holds in flight."""
        mine = (Delivery.holder.like(f"{pid}-%"), Delivery.state == _D.IN_FLIGHT)
        with self.store.read() as session:
            return set(session.scalars(select(Delivery.id).where(*mine)))

    def sends(self, pid: int) -> bool:
        """Whether that process has said that it sends."""
        with self.store.read() as session:
            mine = exists().where(Registered.id.like(f"{pid}-%"))
            return bool(session.scalar(select(mine)))

    def unsettled(self) -> int:
        counts = self.counts()
        return sum(counts[state] for state in (*UNSETTLED, _D.QUEUED))

    def wait_for(self, what: Callable[[], bool], seconds: float = 60) -> None:
        """Until `what()` is true. Raises `TimeoutError` with the outbox's state."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                raise TimeoutError(f"after {seconds} s the outbox is at {dict(self.counts())}")
            time.sleep(0.005)


@contextlib.contextmanager
def world(
    folder: Path, database_url: str, *, accounts: int = 16, faults: bool = True
) -> Iterator[World]:
    """A town whose citizens have written, and a network that is not to be trusted."""
    key = Settings(var=folder).practice_key
    with practice_server(folder / "practice", key=key) as network:
        town = Town(folder, database_url, network.url, accounts)
        store = open_store(town.settings())
        made = World(town, store, network)
        _settle_in(made)
        for fault in FAULTS if faults else FAULTS[:2]:
            network.fault("*", seed=len(fault), **fault)
        try:
            yield made
        finally:
            store.close()


def _settle_in(made: World) -> None:
    with made.store.write() as session:
        registry_store.apply(session, made.town.registry(), at=utc_now())
        for handle in made.town.handles():
            remote_id = made.network.post("citizen", f"@{handle} 신호등이 꺼졌어요")
            made.cases.append(builders.case(session, account_id=handle, remote_id=remote_id).id)
