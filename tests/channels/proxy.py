"""A way between a channel and a server, on loopback, where answers can be lost or made up."""

import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

#: Headers that belong to one connection, not to what goes over it.
_OF_THE_LINE = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came through."""

    method: str
    path: str  # with its query
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


Which = Callable[[Asked], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What becomes of a request. `reaches`: the server sees it, whatever the client hears.

    `status` None: the connection is reset without an answer, `after` so many seconds.
    """

    reaches: bool
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    after: float = 0.0


@dataclass(slots=True)
class _Set:
    which: Which
    fault: Fault
    left: int


class Proxy:
    """Passes requests on to `target` (an http origin), except where a fault was set for them."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.asked: list[Asked] = []
        self.delay = 0.0  # seconds that each answer takes at least
        self._faults: list[_Set] = []
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body are two writes, 40 ms apart with it

            def _pass(self) -> None:
                proxy.pass_on(self)

            # the library's names
            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _pass  # noqa: N815

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self, which: Which, fault: Fault, *, times: int = 1) -> None:
        """Let this become of the next `times` requests that `which` says yes to."""
        with self._lock:
            self._faults.append(_Set(which, fault, times))

    def heal(self) -> None:
        """Take every fault away."""
        with self._lock:
            self._faults.clear()

    def pass_on(self, handler: BaseHTTPRequestHandler) -> None:
        asked = _read(handler)
        with self._lock:
            self.asked.append(asked)
            fault = self._fault_for(asked)
        time.sleep(self.delay)
        if fault is None:
            _answer(handler, *self._forward(asked))
            return
        if fault.reaches:
            self._forward(asked)
        time.sleep(fault.after)
        if fault.status is None:
            _reset(handler)
        else:
            _answer(handler, fault.status, list(fault.headers.items()), fault.body)

    def _fault_for(self, asked: Asked) -> Fault | None:
        for each in self._faults:
            if each.left and each.which(asked):
                each.left -= 1
                return each.fault
        return None

    def _forward(self, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
        there = urlsplit(self.target)
        line = http.client.HTTPConnection(there.hostname or "", there.port or 80, timeout=30)
        with contextlib.closing(line):
            line.request(asked.method, asked.path, asked.body, asked.headers)
            answer = line.getresponse()
            return answer.status, answer.getheaders(), answer.read()

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    """A proxy in front of the server at `target`, until the block ends."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.run, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stop()
        thread.join()


def _read(handler: BaseHTTPRequestHandler) -> Asked:
    length = int(handler.headers.get("Content-Length") or 0)
    body = handler.rfile.read(length) if length else _chunks(handler)
    headers = {
        name: value for name, value in handler.headers.items() if name.lower() not in _OF_THE_LINE
    }
    # the server behind makes links of the name by which it was asked: that is this proxy's
    headers["Host"] = handler.headers.get("Host", "")
    return Asked(handler.command, handler.path, headers, body)


def _chunks(handler: BaseHTTPRequestHandler) -> bytes:
    body = b""
    if "chunked" in (handler.headers.get("Transfer-Encoding") or ""):
        while size := int(handler.rfile.readline().split(b";")[0], 16):
            body += handler.rfile.read(size)
            handler.rfile.readline()
        handler.rfile.readline()
    return body


def _answer(
    handler: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    handler.send_response(status)
    for name, value in headers:
        if name.lower() not in _OF_THE_LINE:
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()
