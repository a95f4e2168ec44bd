"""Each network in turn, as fixtures: `world` for a test, `opened` beneath it once for a module."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from settings import secret_variable
from tests.channels.worlds.world import World

WORLDS = sorted(
    file.stem
    for file in Path(__file__).parent.glob("*.py")
    if file.stem not in ("__init__", "opening", "world") and not file.stem.startswith("_")
)


@pytest.fixture(scope="module", params=WORLDS)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The network, opened once for all tests of it."""
    module = import_module(f"tests.channels.worlds.{request.param}")
    with pytest.MonkeyPatch.context() as patch:
        # no test of a network needs Prefect, and a server of its own would take it seconds to start
        patch.setattr("channels.credential._prefect_secret", lambda _name: None)

        def secret(name: str, value: str) -> None:
            patch.setenv(secret_variable(name), value)

        with module.open_world(tmp_path_factory.mktemp(request.param), secret) as world:
            yield world


@pytest.fixture
def world(opened: World) -> Iterator[World]:
    yield opened
    opened.proxy.heal()
