"""What each answer, and each silence, of a server means: one table, tried on a server that is rude."""

import pickle
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import Channel, ChannelBusy, ChannelError, InDoubt, Message, Published, Trouble
from channels.mastodon import Mastodon
from channels.server import Server
from channels.wire import BODY_LIMIT, Timeouts, Wire, retry_after
from registry.model import Account, Network
from tests.channels.channel_builders import a_message, an_account, an_attachment, settings_in
from tests.channels.mail_server import certificate
from tests.channels.reached import QUICK
from tests.channels.rough_server import RoughServer, Script, hanging_up, raw, rough_server, saying

Publish = Callable[..., Published]
JSON = "Content-Type: application/json"
STATUS = b'{"id": "7", "content": "<p>text</p>", "created_at": "2026-11-22T00:00:00Z", "url": "https://m/7"}'


@contextmanager
def a_channel_to(
    var: Path, *scripts: Script, monkeypatch: pytest.MonkeyPatch, **options: object
) -> Iterator[tuple[Channel, Account, RoughServer]]:
    monkeypatch.setenv("HAECHI_SECRET_OURS", "t0ken-of-ours")
    with rough_server(*scripts) as server:
        account = an_account(network=Network.MASTODON, server=server.url, credential="ours")
        yield Mastodon(settings_in(var, live=True), timeouts=QUICK, **options), account, server  # type: ignore[arg-type]  # what the test asks for


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publish:
    def published_through(*scripts: Script, message: Message | None = None) -> Published:
        with a_channel_to(tmp_path, *scripts, monkeypatch=monkeypatch) as (channel, account, _):
            return channel.publish(account, message or a_message())

    return published_through


def test_an_answer_with_an_id_is_published(publish: Publish) -> None:
    assert publish(saying("200 OK", STATUS, JSON)).remote_id == "7"


@pytest.mark.parametrize(
    "script",
    [
        saying("200 OK", b"{}", JSON),
        saying("200 OK", b'{"id": null}', JSON),
        saying("200 OK", b'{"id": ""}', JSON),
        saying("200 OK", b'{"id": {"a": 1}}', JSON),
        saying("200 OK", b"[]", JSON),
        saying("200 OK", b"null", JSON),
        saying("200 OK", b'"7"', JSON),
        saying("200 OK", b"<html>maintenance</html>"),
        saying("200 OK", b""),
        saying("202 Accepted", b"", JSON),
        saying("200 OK", STATUS, JSON, "X-RateLimit-Reset: the day after tomorrow"),
        saying("302 Found", b"", "Location: /somewhere"),
        saying("408 Request Timeout", b"{}", JSON),
        saying("500 Internal Server Error", b'{"error": "oops"}', JSON),
        saying("502 Bad Gateway", b"<html>"),
        saying("503 Service Unavailable", b"", "Retry-After: 60"),
        saying("504 Gateway Timeout"),
        saying("599 Whatever"),
        raw(b""),
        raw(b"rubbish\r\n\r\n"),
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "7"'),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        hanging_up,
    ],
)
def test_what_may_have_been_taken_is_in_doubt(publish: Publish, script: Script) -> None:
    with pytest.raises(InDoubt):
        publish(script)


def test_silence_leaves_a_post_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_channel_to(tmp_path, raw(b""), monkeypatch=monkeypatch) as (channel, account, server):
        server.scripts[:] = [server.silent]
        with pytest.raises(InDoubt):
            channel.publish(account, a_message())
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", Trouble.REFUSED),
        ("401 Unauthorized", Trouble.REVOKED),
        ("403 Forbidden", Trouble.FORBIDDEN),
        ("404 Not Found", Trouble.GONE),
        ("410 Gone", Trouble.GONE),
        ("413 Too Large", Trouble.REFUSED),
        ("422 Unprocessable", Trouble.REFUSED),
    ],
)
def test_a_clear_no_is_a_matter_for_a_person_in_the_servers_own_words(
    publish: Publish, status: str, kind: Trouble
) -> None:
    with pytest.raises(ChannelError, match="because it says so") as error:
        publish(saying(status, b'{"error": "because\\nit says so"}', JSON))

    assert error.value.kind is kind
    assert "x_seoul" in str(error.value)


def test_a_full_server_tells_when_to_come_again(publish: Publish) -> None:
    with pytest.raises(ChannelBusy) as busy:
        publish(saying("429 Too Many Requests", b"{}", JSON, "Retry-After: 33"))

    assert busy.value.retry_after == 33


def test_a_refused_connection_sent_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_channel_to(tmp_path, hanging_up, monkeypatch=monkeypatch) as (channel, account, _):
        pass
    with pytest.raises(ChannelBusy):
        channel.publish(account, a_message())


def test_a_host_that_does_not_exist_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAECHI_SECRET_OURS", "t0ken")
    account = an_account(server="no-such-host.invalid", credential="ours")
    with pytest.raises(ChannelBusy):
        Mastodon(settings_in(tmp_path, live=True), timeouts=QUICK).publish(account, a_message())


def test_a_certificate_that_is_not_theirs_sent_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serving, _ = certificate(tmp_path)
    monkeypatch.setenv("HAECHI_SECRET_OURS", "t0ken")
    with rough_server(saying("200 OK", STATUS), tls=serving) as server:
        account = an_account(server=f"https://localhost:{server.port}", credential="ours")
        with pytest.raises(ChannelBusy, match="certificate"):
            Mastodon(settings_in(tmp_path, live=True), timeouts=QUICK).publish(account, a_message())
        assert server.requests == []


@pytest.mark.parametrize("script", [hanging_up, saying("200 OK", b"{}", JSON), saying("503 Busy")])
def test_a_picture_that_fails_sends_no_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Script
) -> None:
    with a_channel_to(tmp_path, script, monkeypatch=monkeypatch) as (channel, account, server):
        with pytest.raises(ChannelBusy):
            channel.publish(account, a_message(attachments=(an_attachment(tmp_path),)))
        assert all(b"/media" in request.split(b"\r\n")[0] for request in server.requests)


def test_a_picture_that_the_server_works_on_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working = saying("202 Accepted", b'{"id": "3", "type": "image", "url": null}', JSON)
    ready = saying("200 OK", b'{"id": "3", "type": "image", "url": "https://m/3.jpg"}', JSON)
    waits: list[float] = []
    scripts = (working, working, ready, saying("200 OK", STATUS, JSON))
    with a_channel_to(tmp_path, *scripts, monkeypatch=monkeypatch, pause=waits.append) as (
        channel,
        account,
        server,
    ):
        channel.publish(account, a_message(attachments=(an_attachment(tmp_path),)))

    assert waits == [0.5, 1.0]
    assert b"media_ids%5B%5D=3" in server.requests[-1]


def test_publishing_is_one_request_with_the_deliverys_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = saying("200 OK", STATUS, JSON)
    with a_channel_to(tmp_path, script, monkeypatch=monkeypatch) as (channel, account, server):
        channel.publish(account, a_message(key="delivery-42"))

    (request,) = server.requests
    assert b"Idempotency-Key: delivery-42\r\n" in request
    assert b"visibility=public" in request


@pytest.mark.parametrize("script", [hanging_up, saying("500 Oops"), saying("401 No", b"{}", JSON)])
def test_no_error_tells_the_token(publish: Publish, script: Script) -> None:
    with pytest.raises((InDoubt, ChannelError)) as failure:
        publish(script)

    assert "t0ken" not in repr(failure.value) + str(failure.value)


def test_cookies_never_carry_one_account_into_another() -> None:
    with rough_server(saying("200 OK", b"{}", "Set-Cookie: session=mine; Path=/")) as server:
        wire = Wire(QUICK)
        wire.get(server.url)
        wire.get(server.url)

    assert not any(b"Cookie" in request for request in server.requests)


def test_an_answer_without_end_is_cut_off() -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {BODY_LIMIT * 4}\r\n\r\n".encode()

    def pouring(line: socket.socket) -> None:
        line.sendall(head)
        for _ in range(BODY_LIMIT * 4 // 2**20):
            line.sendall(b" " * 2**20)

    with rough_server(pouring) as server, pytest.raises(OSError, match="longer"):
        Wire(QUICK).get(server.url)


def test_an_answer_that_only_trickles_is_given_up() -> None:
    ticks = iter(range(0, 10_000, 10))
    wire = Wire(Timeouts(whole=5), clock=lambda: next(ticks))
    with rough_server(saying("200 OK", b"{}")) as server, pytest.raises(OSError, match="too long"):
        wire.get(server.url)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "Sun, 22 Nov 2026 00:01:00 GMT"}, 60.0),
        ({"Retry-After": "Sat, 21 Nov 2026 00:00:00 GMT"}, 0.0),
        ({"X-RateLimit-Reset": "2026-11-22T00:05:00.000000Z"}, 300.0),
        (
            {"X-RateLimit-Reset": "2026-11-22T00:05:00Z", "Date": "Sun, 22 Nov 2026 00:04:00 GMT"},
            60.0,
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣"}, None),
        ({}, None),
    ],
)
def test_the_wait_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=datetime(2026, 11, 22, tzinfo=UTC)) == seconds


def test_a_limits_end_means_no_waiting_while_the_limit_is_not_reached() -> None:
    assert retry_after({"X-RateLimit-Reset": "2026-11-22T00:05:00Z"}, limited=False) is None


@pytest.mark.parametrize(
    "failure", [ChannelBusy("busy", 3.0), ChannelError("no", Trouble.GONE), InDoubt("perhaps")]
)
def test_a_failure_survives_the_way_between_processes(failure: Exception) -> None:
    again = pickle.loads(pickle.dumps(failure))  # noqa: S301 (our own bytes)

    assert (str(again), vars(again)) == (str(failure), vars(failure))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("mastodon.example", "https://mastodon.example"),
        ("https://mastodon.example/", "https://mastodon.example"),
        ("https://Mastodon.Example:8443/x", "https://mastodon.example:8443"),
        ("http://127.0.0.1:8300", "http://127.0.0.1:8300"),
        ("http://[::1]:8300", "http://[::1]:8300"),
    ],
)
def test_a_servers_address_is_read_with_or_without_https(text: str, origin: str) -> None:
    assert Server.of(text).origin == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://mastodon.example",
        "ftp://mastodon.example",
        "https://a@b.example",
        "a b",
        "https://x:y",
    ],
)
def test_an_address_that_would_show_the_token_is_refused(text: str) -> None:
    with pytest.raises(ChannelError) as error:
        Server.of(text)

    assert error.value.kind is Trouble.SERVER


def test_a_server_that_knows_nobody_any_more_proves_nothing_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = saying("404 Not Found", b'{"error": "Record not found"}', JSON)
    with (
        a_channel_to(tmp_path, unknown, monkeypatch=monkeypatch) as (channel, account, _),
        pytest.raises(ChannelError),
    ):
        channel.missing(account, ["1", "2"])


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Oops", "200 OK", "302 Found"])
def test_only_404_and_410_say_that_a_post_is_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    answers = (
        saying(status, b"{}", JSON),
        saying("410 Gone", b"{}", JSON),
        saying("200 OK", b"{}", JSON),
    )
    with a_channel_to(tmp_path, *answers, monkeypatch=monkeypatch) as (channel, account, _):
        assert channel.missing(account, ["alive", "deleted"]) == {"deleted"}


def test_a_redirect_is_not_followed_with_our_token() -> None:
    with rough_server(saying("200 OK", b"[]")) as elsewhere:
        script = saying("307 Elsewhere", b"", f"Location: {elsewhere.url}/")
        with rough_server(script) as server:
            answer = Wire(QUICK).get(server.url, headers={"Authorization": "Bearer t0ken"})

    assert (answer.status_code, elsewhere.requests) == (307, [])
