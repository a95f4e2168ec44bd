"""The processes as the command line starts them: they start, answer and end at once."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from practice import tokens
from tests.practice.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]

NETWORK = """
from pathlib import Path
from practice.serve import CityAccount, serve_network
city = [CityAccount(handle="x_seoul", name="서울시", network_label="X", limit=280)]
serve_network(port={port}, folder=Path({folder!r}), key="key", city=city, play_day=False)
"""
MAILBOX = """
from pathlib import Path
from practice.serve import serve_mailbox
serve_mailbox(smtp_port={smtp}, page_port={port}, maildir=Path({folder!r}))
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@contextmanager
def running(code: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process once it answers on the port; ended afterwards."""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    try:
        assert eventually(lambda: answers(port), patience=90)
        yield process
    finally:
        process.kill()
        process.wait()


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_network_ends_soon_while_slow_requests_and_idle_connections_are_open(
    tmp_path: Path, told: signal.Signals
) -> None:
    port = free_port()
    with running(NETWORK.format(port=port, folder=str(tmp_path)), port) as process:
        url = f"http://127.0.0.1:{port}"
        admin = {"Authorization": f"Bearer {tokens.mint_admin('key')}"}
        fault = httpx.post(f"{url}/practice/faults/x_seoul", json={"slow": 600}, headers=admin)
        assert fault.status_code == 200
        city = tokens.mint("key", "x_seoul", city=True, limit=280)
        with socket.create_connection(("127.0.0.1", port)) as slow, httpx.Client() as idle:
            idle.get(url)
            slow.sendall(
                f"GET /api/v1/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {city}\r\n\r\n".encode()
            )
            hits = f"{url}/practice/faults/x_seoul"
            assert eventually(lambda: idle.get(hits, headers=admin).json()[0]["hits"] == 1)
            process.send_signal(told)
            assert (
                process.wait(timeout=30) == 0
            )  # and not after the 600 seconds that the answer would take


def test_the_mailbox_serves_smtp_and_page(tmp_path: Path) -> None:
    port, smtp = free_port(), free_port()
    code = MAILBOX.format(port=port, smtp=smtp, folder=str(tmp_path))
    with running(code, port) as process:
        with socket.create_connection(("127.0.0.1", smtp)) as connection:
            assert connection.recv(100).startswith(b"220 ")
        process.terminate()
        assert process.wait(timeout=30) == 0


def test_a_taken_port_ends_the_process_with_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        code = NETWORK.format(port=door.getsockname()[1], folder=str(tmp_path))
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False
        )
    assert done.returncode != 0
    assert b"Address already in use" in done.stderr
