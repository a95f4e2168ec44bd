"""The contract of every network, and WordPress's own cases, over a real WordPress."""

from collections.abc import Iterator

import pytest

from channels.wire import Timeouts
from settings import secret_variable
from tests.channels import test_channels_wordpress as own
from tests.channels import test_every_network as contract
from tests.channels.test_channels_wordpress import server
from tests.channels.test_every_network import marker, world
from tests.channels.worlds.wordpress import WordPressWorld, world_over
from tests.networks.wordpress_site import Site, lacking, wordpress_site

__all__ = ["marker", "server", "world"]

pytestmark = pytest.mark.networks

PATIENT = Timeouts(connect=5, read=20, whole=40)

for module in (contract, own):
    globals().update({name: case for name, case in vars(module).items() if name[:5] == "test_"})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if packages := lacking():
        pytest.skip(f"needs Debian's packages: apt-get install {packages}")
    with wordpress_site(tmp_path_factory.mktemp("wordpress")) as site:
        yield site


@pytest.fixture(scope="module")
def opened(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressWorld]:
    with pytest.MonkeyPatch.context() as patch:

        def secret(name: str, value: str) -> None:
            patch.setenv(secret_variable(name), value)

        login = ("news", site.passwords["news"])
        with world_over(tmp_path_factory.mktemp("news"), secret, site.url, login, PATIENT) as world:
            world.other = ("author", site.passwords["author"])
            yield world
