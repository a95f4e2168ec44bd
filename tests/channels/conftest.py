"""What the tests of the channels stand on: a practice network, and each channel that reaches it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.base import Channel
from channels.mastodon import Mastodon
from channels.practice import Practice
from practice.testing import PracticeServer, practice_server
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.reached import QUICK, Reached


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice_server(tmp_path_factory.mktemp("practice")) as server:
        yield server


@pytest.fixture
def server(network: PracticeServer) -> Iterator[PracticeServer]:
    """The practice network, healed afterwards."""
    yield network
    network.heal()


@pytest.fixture(params=["practice", "mastodon"])
def reached(
    request: pytest.FixtureRequest,
    server: PracticeServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Reached:
    """Every channel that talks to a server, each with a fresh account of its own."""
    handle = f"city_{tmp_path.name.lower()}"[-60:].replace("-", "_").strip("_")
    if request.param == "practice":
        settings = settings_in(tmp_path, practice=server.url, key=server.key)
        account = an_account(id=handle)
        channel: Channel = Practice(settings, timeouts=QUICK)
        channel.check(account)
        return Reached(channel, account, server)
    monkeypatch.setenv(
        "HAECHI_SECRET_OURS", server.token(handle, name="서울시", city=True, limit=5000)
    )
    account = an_account(
        id=handle, handle=handle, network=Network.MASTODON, server=server.url, credential="ours"
    )
    return Reached(Mastodon(settings_in(tmp_path, live=True), timeouts=QUICK), account, server)
