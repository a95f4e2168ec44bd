"""Pictures come from the network's own media host, and our machine asks no one else."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from channels.base import ChannelBusy, ChannelError
from channels.photo_host import MediaHosts, PhotoHost, is_public, resolve
from tests.channels.mail_server import certificate
from tests.channels.rough_server import RoughServer, Script, raw, rough_server, saying

MASTODON = MediaHosts(own="mastodon.example", named=frozenset({"cdn.example"}))
PUBLIC = "93.184.216.34"


def never(_host: str) -> list[str]:
    raise AssertionError("this host must not even be looked up")


def practice_of(server: RoughServer) -> MediaHosts:
    return MediaHosts(own="", practice=server.url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 (an address to refuse)
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "",
        "localhost",
    ],
)
def test_an_address_that_is_not_public_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_a_public_address_is_known_as_such(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "spelled", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost"]
)
def test_however_this_machine_is_spelled_it_resolves_to_what_is_refused(spelled: str) -> None:
    assert not any(map(is_public, resolve(spelled)))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.jpg",
        "https://mastodon.example.evil.example/a.jpg",
        "https://evilmastodon.example/a.jpg",
        "http://mastodon.example/a.jpg",
        "ftp://mastodon.example/a.jpg",
        "file:///etc/passwd",
        "https://mastodon.example:22/a.jpg",
        "https://mastodon.example@evil.example/a.jpg",
        "https://user@mastodon.example/a.jpg",
        "https://evil.example\\@mastodon.example/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://2130706433/a.jpg",
        "https://[::1]/a.jpg",
        "javascript:alert(1)",
        "//mastodon.example/a.jpg",
        "",
        "https://",
        "https://mastodon.example\n/a.jpg",
    ],
)
def test_another_host_is_not_even_looked_up(url: str) -> None:
    with pytest.raises(ChannelError):
        PhotoHost(resolver=never).fetch(url, MASTODON)


@pytest.mark.parametrize(
    "addresses", [["10.0.0.1"], ["::ffff:127.0.0.1"], [PUBLIC, "127.0.0.1"], []]
)
@pytest.mark.parametrize("host", ["mastodon.example", "files.mastodon.example", "cdn.example"])
def test_the_right_name_at_a_private_address_is_not_fetched(
    host: str, addresses: list[str]
) -> None:
    with pytest.raises(ChannelError, match="not a public one"):
        PhotoHost(resolver=lambda _: addresses).fetch(f"https://{host}/a.jpg", MASTODON)


def test_a_name_that_cannot_be_found_is_waited_for() -> None:
    def unknown(_host: str) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(ChannelBusy):
        PhotoHost(resolver=unknown).fetch("https://mastodon.example/a.jpg", MASTODON)


class Rebinding:
    """A name server that gives another address each time it is asked."""

    def __init__(self, *addresses: str) -> None:
        self.answers = list(addresses)
        self.asked = 0

    def __call__(self, _host: str) -> list[str]:
        self.asked += 1
        return [self.answers[self.asked - 1]]


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[tuple[RoughServer, ssl.SSLContext]]:
    """A server on this machine that can prove to be media.example."""
    serving, trusting = certificate(tmp_path)
    with rough_server(saying("200 OK", b"the picture"), tls=serving) as server:
        yield server, trusting


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    tls_server: tuple[RoughServer, ssl.SSLContext],
) -> None:
    server, trusting = tls_server
    names = Rebinding("127.0.0.1", "10.0.0.1")
    hosts = MediaHosts(own="media.example")
    host = PhotoHost(
        resolver=names,
        public=lambda address: address == "127.0.0.1",
        tls=trusting,
        port=server.port,
    )

    assert host.fetch("https://media.example/a.jpg", hosts) == b"the picture"
    assert names.asked == 1
    assert b"Host: media.example\r\n" in server.requests[0]


def test_the_pinned_address_must_still_prove_to_be_the_host(
    tls_server: tuple[RoughServer, ssl.SSLContext],
) -> None:
    server, trusting = tls_server
    host = PhotoHost(
        resolver=lambda _: ["127.0.0.1"], public=lambda _: True, tls=trusting, port=server.port
    )

    with pytest.raises(ChannelBusy, match="certificate"):
        host.fetch("https://other.example/a.jpg", MediaHosts(own="other.example"))


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_never_followed(status: str) -> None:
    redirect = saying(status, b"", "Location: http://169.254.169.254/latest/meta-data")
    with rough_server(redirect) as server, pytest.raises(ChannelError, match="do not follow"):
        PhotoHost().fetch(f"{server.url}/a.jpg", practice_of(server))

    assert len(server.requests) == 1


def test_a_picture_that_never_ends_is_cut_off() -> None:
    with (
        rough_server(saying("200 OK", b"x" * 300_000)) as server,
        pytest.raises(ChannelError, match="larger than"),
    ):
        PhotoHost(limit=200_000).fetch(f"{server.url}/a.jpg", practice_of(server))


def test_a_picture_that_comes_too_slowly_is_given_up() -> None:
    ticks = iter(range(0, 10_000, 20))
    with (
        rough_server(saying("200 OK", b"x" * 300_000)) as server,
        pytest.raises(ChannelBusy, match="longer"),
    ):
        PhotoHost(clock=lambda: next(ticks)).fetch(f"{server.url}/a.jpg", practice_of(server))


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (saying("404 Not Found"), ChannelError),
        (saying("403 Forbidden"), ChannelError),
        (saying("503 Busy"), ChannelBusy),
        (raw(b"not http at all\r\n\r\n"), ChannelBusy),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), ChannelBusy),
    ],
)
def test_a_media_host_in_trouble_is_told_apart(script: Script, failure: type[Exception]) -> None:
    with rough_server(script) as server, pytest.raises(failure):
        PhotoHost().fetch(f"{server.url}/a.jpg", practice_of(server))


def test_the_practice_network_alone_may_be_on_this_machine() -> None:
    with rough_server(saying("200 OK", b"picture")) as server:
        assert PhotoHost().fetch(f"{server.url}/media/a.jpg", practice_of(server)) == b"picture"
        for url in (
            f"{server.url}.evil.example/a",
            f"{server.url}@evil.example/a",
            "http://127.0.0.1:9/a",
        ):
            with pytest.raises(ChannelError):
                PhotoHost(resolver=never).fetch(url, practice_of(server))
