"""A running practice network, and clients that speak to it as any client would."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mastodon import Mastodon
from PIL import Image

from practice.testing import PracticeServer, practice_server

Client = Callable[..., Mastodon]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path) as running:
        running.token("x_seoul", name="서울시", city=True, limit=280)
        yield running


@pytest.fixture
def client(network: PracticeServer) -> Client:
    """A Mastodon.py client of a handle, made new; it never waits for limits."""

    def made(handle: str, *, city: bool = False, limit: int = 500, timeout: float = 20) -> Mastodon:
        token = network.token(handle, city=city, limit=limit)
        return speaking(network.url, token, timeout)

    return made


@pytest.fixture
def citizen(client: Client) -> Mastodon:
    return client("alice")


@pytest.fixture
def city(client: Client) -> Mastodon:
    return client("x_seoul", city=True, limit=280)


def speaking(url: str, token: str, timeout: float = 20) -> Mastodon:
    return Mastodon(
        access_token=token, api_base_url=url, ratelimit_method="throw", request_timeout=timeout
    )


@pytest.fixture
def jpeg() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(kept, "JPEG")
    return kept.getvalue()
