"""What every room's tests share: a store on each database, and a clock that is told the time."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from settings import Settings
from store import registry as registry_store
from store.engine import Store
from store.open import open_store
from tests import transactions
from tests.builders import NOW, Clock, small_registry
from tests.experience import experienced
from tests.postgres import PostgresServer, postgres_server

DATABASES = ("sqlite", "postgresql")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of what the tests do is wait for servers."""
    return 1 + (os.cpu_count() or 1)


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file's tests on one worker, and all that need a Prefect server on the same one."""

    def _split_scope(self, nodeid: str) -> str:
        folder, _, _ = nodeid.rpartition("/")
        return folder if folder == "tests/flows" else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    return ByFile(config, log)


#: What takes minutes begins first, or one worker would end long after the others.
LONGEST = ("test_the_loop", "test_flows", "test_kill", "test_kill_broadcast", "test_exercise")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(autouse=True)
def no_network_inside_a_transaction() -> Iterator[None]:
    """Whatever a test is about: nothing of ours waits for a network while a transaction is open."""
    transactions.listen()
    transactions.breaches.clear()
    yield
    assert transactions.breaches == []


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL; one for the session, started by the first test that asks."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def ready_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite store with tables and the small registry, to be copied."""
    file = tmp_path_factory.mktemp("ready") / "haechi.db"
    _prepare(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def ready_database(postgres: PostgresServer) -> str:
    """The same on PostgreSQL: the name of a database to be copied."""
    url = postgres.create()
    _prepare(url)
    return make_url(url).database or ""


def _prepare(url: str) -> None:
    store = open_store(Settings(database_url=url))
    with store.write() as session:
        registry_store.apply(session, small_registry(), at=NOW)
    store.close()


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A folder in memory where the machine has one: a test kills processes, never the machine."""
    memory = Path("/dev/shm")  # noqa: S108 -- a name of its own is made inside
    with tempfile.TemporaryDirectory(
        prefix="haechi-test-", dir=memory if memory.is_dir() else None
    ) as folder:
        yield Path(folder)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: each of them, one after the other."""
    return str(request.param)


@pytest.fixture
def empty_url(database: str, fast_folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without any table."""
    if database == "sqlite":
        yield f"sqlite:///{fast_folder / 'haechi.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create()
    yield url
    server.drop(url)


@pytest.fixture
def store_url(database: str, fast_folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store of its own, with tables and the small registry."""
    if database == "sqlite":
        file = fast_folder / "haechi.db"
        shutil.copyfile(request.getfixturevalue("ready_file"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("ready_database"))
    yield url
    server.drop(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with the small registry, on SQLite and on PostgreSQL."""
    opened = experienced(Store(store_url))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    """The test's own clock; it stands still until told."""
    return Clock()
