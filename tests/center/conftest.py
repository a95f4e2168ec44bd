"""A small city, a store of its own, and a center over it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from settings import Settings
from store.open import open_store
from store.registry import apply
from tests.center.town import NOW, Town, TownStore, registry
from tests.experience import experienced
from tests.postgres import PostgresServer


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's store before anything happened, to be copied."""
    file = tmp_path_factory.mktemp("town") / "town.db"
    _prepare(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def town_database(postgres: PostgresServer) -> str:
    """The same on PostgreSQL: the name of a database to be copied."""
    url = postgres.create()
    _prepare(url)
    return make_url(url).database or ""


def _prepare(url: str) -> None:
    store = open_store(Settings(database_url=url))
    with store.write() as session:
        apply(session, registry(), at=NOW)
    store.close()


@pytest.fixture
def town_url(fast_folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a town of its own: on SQLite, or on PostgreSQL where `town.ON_BOTH` asks for it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        file = fast_folder / "town.db"
        shutil.copyfile(request.getfixturevalue("town_file"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.create(request.getfixturevalue("town_database"))
    yield url
    server.drop(url)


@pytest.fixture
def town(town_url: str, fast_folder: Path) -> Iterator[Town]:
    store = experienced(TownStore(town_url))
    yield Town(settings=Settings(var=fast_folder, database_url=store.url), store=store)
    store.close()
