"""A server that says exactly the bytes it is told to, for what no polite server does."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator

Script = Callable[[socket.socket], None]


def saying(status: str, body: bytes = b"", *headers: str) -> Script:
    """Answers with this status line, these headers and this body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    return lambda line: line.sendall(head + body)


def raw(answer: bytes) -> Script:
    return lambda line: line.sendall(answer)


def hanging_up(line: socket.socket) -> None:
    """Resets the connection after the request was read."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class RoughServer:
    """Answers every request by its script, or by the list of scripts in turn, the last for ever."""

    def __init__(
        self,
        door: socket.socket,
        scripts: list[Script],
        silent: threading.Event,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.port: int = door.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self._door = door
        self.scripts = scripts
        self._silent = silent
        self._tls = tls

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._door.accept()
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            line = self._tls.wrap_socket(line, server_side=True) if self._tls else line
            self.requests.append(_whole_request(line))
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            script(line)
            line.close()

    def silent(self, _line: socket.socket) -> None:
        """A script: says nothing until the test is over."""
        self._silent.wait(30)


@contextlib.contextmanager
def rough_server(*scripts: Script, tls: ssl.SSLContext | None = None) -> Iterator[RoughServer]:
    silent = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = RoughServer(door, list(scripts), silent, tls)
        threading.Thread(target=server.serve, daemon=True).start()
        try:
            yield server
        finally:
            silent.set()
            with contextlib.suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)


def _whole_request(line: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        more = line.recv(65536)
        if not more:
            return got
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [
        int(row.split(b":")[1])
        for row in head.split(b"\r\n")
        if row.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < lengths[0]:
        more = line.recv(65536)
        if not more:
            break
        body += more
    return head + b"\r\n\r\n" + body
