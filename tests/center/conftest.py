"""A small city, its store on a file of its own, and a center over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Settings
from store.open import open_store
from store.registry import apply
from tests.center.town import NOW, Town, registry


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    settings = Settings(var=tmp_path, database_url=f"sqlite:///{tmp_path / 'store.db'}")
    store = open_store(settings)
    with store.write() as session:
        apply(session, registry(), at=NOW)
    yield Town(settings=settings, store=store)
    store.close()
