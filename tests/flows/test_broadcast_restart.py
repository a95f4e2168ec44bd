"""Prefect's server dies while a broadcast is on its way: it goes out once, and is reported."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import func, select

from channels.exercise import HANDLE
from practice.running import listening
from practice.testing import PracticeServer, practice_server
from registry.load import load
from rules.outbox import DeliveryState
from settings import HOME, Settings
from store import approving
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.open import open_store
from store.tables import Bulletin, Delivery
from tasks.watch_events import go_on, report
from tasks.workplace import Workplace, utc_now

ASKS, AGREES = "ko.eunrin@seoul.example", "jang.eunjin@seoul.example"

RUN = f"""
from flows.broadcast import broadcast
from rules.bulletin import BulletinForm
broadcast(form=BulletinForm(hazard="flood", submitted_by="{ASKS}"))
"""

_D = DeliveryState

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path / "network", key=Settings(var=tmp_path).practice_key) as server:
        yield server


@pytest.fixture
def place(tmp_path: Path, network: PracticeServer) -> Iterator[Workplace]:
    """All of Seoul; no mail of a test reaches anybody."""
    settings = Settings(var=tmp_path, practice_url=network.url, smtp_port=9)
    store = open_store(settings)
    with store.write() as session:
        registry_store.apply(session, load(HOME / "registry" / "seoul"), at=utc_now())
    yield Workplace(settings, store)
    store.close()


@pytest.fixture
def environment(place: Workplace) -> dict[str, str]:
    """For Prefect's server, on a free port, and for the flow."""
    with listening(0) as door:
        port = door.getsockname()[1]
    return os.environ | {
        "HAECHI_VAR": str(place.settings.var),
        "HAECHI_PRACTICE_URL": place.settings.practice,
        "HAECHI_SMTP_PORT": "9",
        "PREFECT_HOME": str(place.settings.var),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }


@contextlib.contextmanager
def prefect_server(environment: dict[str, str]) -> Iterator[None]:
    """Prefect's own server; at the end `kill -9`, without a word to anybody."""
    api = environment["PREFECT_API_URL"]
    port = api.removesuffix("/api").rpartition(":")[2]
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", port, "--no-ui"]
    server = subprocess.Popen(
        command, env=environment, cwd=HOME, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(api), seconds=120)
        yield
    finally:
        for child in psutil.Process(server.pid).children(recursive=True):
            child.kill()
        server.kill()
        server.wait()


def _answers(api: str) -> bool:
    try:
        return httpx.get(f"{api}/health").is_success
    except httpx.HTTPError:
        return False


def until(what: Callable[[], bool], *, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.1)


def number_in(place: Workplace, state: DeliveryState) -> int:
    with place.store.read() as session:
        query = select(func.count()).select_from(Delivery).where(Delivery.state == state)
        return session.scalar(query) or 0


def bulletins(place: Workplace) -> list[Bulletin]:
    with place.store.read() as session:
        return list(session.scalars(select(Bulletin)))


def approve(place: Workplace) -> int:
    with place.store.write() as session:
        bulletin = session.scalars(select(Bulletin)).one()
        approving.approve(session, place.registry, bulletin, who=AGREES, typed="", at=place.now())
        return bulletin.id


def test_a_prefect_server_that_is_killed_while_it_is_sent_changes_nothing_for_the_accounts(
    place: Workplace, network: PracticeServer, environment: dict[str, str]
) -> None:
    network.fault("*", slow=1, on=["post", "reblog"])
    with prefect_server(environment):
        run = subprocess.Popen([sys.executable, "-c", RUN], env=environment, cwd=HOME)
        until(lambda: bool(bulletins(place)), seconds=60)
        number = approve(place)
        until(lambda: number_in(place, _D.IN_FLIGHT) >= 12, seconds=60)
    until(lambda: bool(bulletins(place)[0].finished_at), seconds=60)
    with prefect_server(environment):
        run.wait(120)
        go_on(place)
        report(replace(place, now=lambda: utc_now() + timedelta(minutes=30)))
    with place.store.read() as session:
        rows = deliveries_of(session, number)
        assert {row.state for row in rows} <= {_D.PUBLISHED, _D.CANCELLED}
        assert session.get_one(Bulletin, number).told_at
    out = {row.account_id for row in rows if row.state is _D.PUBLISHED and row.part == 1}
    assert len(out) > 60
    first = {id_: len(network.statuses(f"{HANDLE}{id_}")) for id_ in out}
    parts = {id_: sum(r.account_id == id_ and r.state is _D.PUBLISHED for r in rows) for id_ in out}
    assert first == parts, "each part stands there once"
