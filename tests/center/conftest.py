"""A small city, its store on a file of its own, and a center over it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Settings
from store.open import open_store
from store.registry import apply
from tests.center.town import NOW, Town, TownStore, registry


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's store before anything happened, to be copied."""
    file = tmp_path_factory.mktemp("town") / "town.db"
    store = open_store(Settings(database_url=f"sqlite:///{file}"))
    with store.write() as session:
        apply(session, registry(), at=NOW)
    store.close()
    return file


@pytest.fixture
def town(town_file: Path, fast_folder: Path) -> Iterator[Town]:
    file = fast_folder / "town.db"
    shutil.copyfile(town_file, file)
    store = TownStore(f"sqlite:///{file}")
    yield Town(settings=Settings(var=fast_folder, database_url=store.url), store=store)
    store.close()
