"""The way out of libraries made of httpx, on a server that is rude: one try, and how it ended."""

import gzip
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from channels import wire_httpx
from channels.errors import ChannelBusy
from channels.wire import Timeouts, begun_before
from channels.wire_httpx import HttpxWire
from tests.channels.reached import QUICK
from tests.channels.rough_server import RoughServer, hanging_up, raw, rough_server, saying


@pytest.fixture
def wire() -> Iterator[HttpxWire]:
    with HttpxWire(QUICK, proxied=False) as wire:
        yield wire


@pytest.fixture
def server() -> Iterator[RoughServer]:
    with rough_server(saying("200 OK", b"{}")) as server:
        yield server


def test_an_answer_tells_its_status_and_what_is_left(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [saying("200 OK", b'{"id": 7}', "RateLimit-Remaining: 12")]

    answer = wire.post(server.url, json={"a": 1})

    assert answer.json() == {"id": 7}
    assert (wire.last.sent, wire.last.status, wire.last.limit_left) == (True, 200, 12)
    assert answer.elapsed.total_seconds() > 0


def test_an_answer_that_was_packed_is_unpacked(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [saying("200 OK", gzip.compress(b'{"id": 7}'), "Content-Encoding: gzip")]

    assert wire.get(server.url).json() == {"id": 7}


def test_a_refused_connection_sent_nothing(wire: HttpxWire) -> None:
    with rough_server(hanging_up) as server:
        closed = server.url
    with pytest.raises(httpx.ConnectError):
        wire.post(closed)

    assert not wire.last.sent
    assert wire.last.reason


def test_a_host_that_does_not_exist_sent_nothing(wire: HttpxWire) -> None:
    with pytest.raises(httpx.ConnectError):
        wire.post("https://no-such-host.invalid/")

    assert not wire.last.sent


@pytest.mark.parametrize(
    "script",
    [
        hanging_up,
        raw(b""),
        raw(b"rubbish\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
    ],
)
def test_what_ended_without_an_answer_may_have_been_taken(
    wire: HttpxWire, server: RoughServer, script: object
) -> None:
    server.scripts[:] = [script]  # type: ignore[list-item]  # each is one

    with pytest.raises(httpx.HTTPError):
        wire.post(server.url)

    assert (wire.last.sent, wire.last.status) == (True, None)
    assert len(server.requests) == 1  # one try


def test_silence_ends_by_itself(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [server.silent]

    with pytest.raises(httpx.ReadTimeout):
        wire.post(server.url)

    assert wire.last.sent


def test_an_answer_that_trickles_ends_as_a_whole(server: RoughServer) -> None:
    stop = threading.Event()

    def trickle(line: object) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")  # type: ignore[attr-defined]  # a socket
        while not stop.wait(0.05):
            line.sendall(b".")  # type: ignore[attr-defined]  # as above

    server.scripts[:] = [trickle]
    began = time.monotonic()
    with (
        HttpxWire(Timeouts(connect=1, read=1, whole=0.3), proxied=False) as wire,
        pytest.raises(httpx.ReadTimeout, match="too long"),
    ):
        wire.get(server.url)
    stop.set()

    assert time.monotonic() - began < 1.5
    assert wire.last.sent


def test_an_answer_without_end_is_cut(
    wire: HttpxWire, server: RoughServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_httpx, "BODY_LIMIT", 1_000)
    server.scripts[:] = [saying("200 OK", b"x" * 2_000)]

    with pytest.raises(httpx.ReadError, match="longer than"):
        wire.get(server.url)

    assert wire.last.sent


def test_a_bomb_is_cut_while_it_is_unpacked(
    wire: HttpxWire, server: RoughServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_httpx, "BODY_LIMIT", 100_000)
    server.scripts[:] = [
        saying("200 OK", gzip.compress(b"0" * 5_000_000), "Content-Encoding: gzip")
    ]

    with pytest.raises(httpx.ReadError):
        wire.get(server.url)


def test_a_full_server_tells_when_to_come_again(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [saying("429 Too Many Requests", b"{}", "Retry-After: 33")]

    wire.get(server.url)

    assert (wire.last.status, wire.last.retry_after) == (429, 33)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": "InvalidToken", "message": "no\\nmore"}', "InvalidToken: no more"),
        (b'{"message": "only this"}', "only this"),
        (b'{"error": {"code": 3}}', "{'code': 3}"),
        (b"[1]", "Forbidden"),
        (b"<html>", "Forbidden"),
        (b"\xff\xfe", "Forbidden"),
    ],
)
def test_what_a_server_says_went_wrong_is_kept_in_one_line(
    wire: HttpxWire, server: RoughServer, body: bytes, said: str
) -> None:
    server.scripts[:] = [saying("403 Forbidden", body)]

    wire.get(server.url)

    assert wire.last.reason == said


def test_a_redirect_is_not_followed(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [saying("302 Found", b"", f"Location: {server.url}/elsewhere")]

    assert wire.post(server.url, follow_redirects=True).status_code == 302
    assert len(server.requests) == 1


def test_cookies_are_not_kept(wire: HttpxWire, server: RoughServer) -> None:
    server.scripts[:] = [saying("200 OK", b"{}", "Set-Cookie: who=me; Path=/")]

    wire.get(server.url)
    wire.get(server.url)

    assert b"who=me" not in server.requests[1]


def test_nothing_is_begun_after_its_time(wire: HttpxWire, server: RoughServer) -> None:
    with begun_before(time.monotonic() - 1), pytest.raises(httpx.ConnectError, match="slept"):
        wire.post(server.url)

    assert not wire.last.sent
    assert server.requests == []


def test_a_gate_that_refuses_lets_nothing_out(wire: HttpxWire, server: RoughServer) -> None:
    asked: list[tuple[str, str]] = []

    def shut(method: str, url: str) -> None:
        asked.append((method, url))
        raise ChannelBusy("used up", 60)

    wire.get(server.url)
    wire.gate = shut
    with pytest.raises(ChannelBusy):
        wire.post(f"{server.url}/a?b=c")

    assert asked == [("POST", f"{server.url}/a?b=c")]
    assert (wire.last.sent, wire.last.status) == (False, None)  # not the request before
    assert len(server.requests) == 1


def test_whatever_else_goes_wrong_may_have_been_taken(wire: HttpxWire, server: RoughServer) -> None:
    class Odd(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise RuntimeError("a library's own mistake")

    wire._transport = Odd()
    wire._mounts = {}
    with pytest.raises(RuntimeError):
        wire.post(server.url)

    assert wire.last.sent


def test_a_line_is_asked_again_and_again(wire: HttpxWire, server: RoughServer) -> None:
    for _ in range(3):
        assert wire.get(server.url).status_code == 200

    assert len(server.requests) == 3
