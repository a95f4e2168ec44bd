"""A city and a Prefect server, for the few tests that need a real run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from practice.network import CityAccount
from practice.testing import PracticeServer, practice_server
from registry.load import load
from settings import HOME, Settings
from store import registry as registry_store
from store.open import open_store
from tests.builders import NOW


class Installed(NamedTuple):
    """Where it keeps everything, and the network that it reads."""

    folder: Path
    network: PracticeServer


@pytest.fixture(scope="session")
def prefect_harness() -> Iterator[None]:
    """A Prefect server for all that meet on one worker: it takes long to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DO_NOT_TRACK", "1")
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, prefect_harness: None
) -> Iterator[Installed]:
    """A city of its own beside Prefect, for the few tests that need a real run."""
    folder = tmp_path_factory.mktemp("flows")
    settings = Settings(var=folder)
    patch = pytest.MonkeyPatch()
    patch.setenv("HAECHI_VAR", str(folder))
    patch.setenv("HAECHI_SMTP_PORT", "9")  # nobody listens: no mail of a test reaches anybody
    store = open_store(settings)
    with store.write() as session:
        registry_store.apply(session, load(HOME / "registry" / "seoul"), at=NOW)
    store.close()
    mayor = CityAccount(handle="x_mayor", name="서울시장")
    key = settings.practice_key
    with practice_server(folder / "network", key=key, city=[mayor]) as network:
        patch.setenv("HAECHI_PRACTICE_URL", network.url)
        from tasks.workplace import _store

        network.post("jiwoo", "@x_mayor 시청역 앞 신호등이 꺼졌어요")
        yield Installed(folder, network)
        _store.cache_clear()
    patch.undo()
    assert "HAECHI_PRACTICE_URL" not in os.environ
