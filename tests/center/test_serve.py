"""The center as a process: it starts, answers, and stops at once."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from settings import HOME
from tests.center.town import MANAGER, Town


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


SERVE = "from settings import Settings; from center.serve import serve; serve(Settings())"

#: The same center with a page that fails on what somebody typed, as a mistake of ours would.
BROKEN = """
import center.serve
made = center.serve.create_app
def create_app(*args, **more):
    app = made(*args, **more)
    app.router.add_route("/oops", lambda request: int(request.query_params["said"]))
    return app
center.serve.create_app = create_app
"""


def start(var: Path, port: int, code: str = SERVE) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "HAECHI_VAR": str(var),
        "HAECHI_DATABASE_URL": f"sqlite:///{var / 'town.db'}",
        "HAECHI_CENTER_PORT": str(port),
        "HAECHI_PREFECT_PORT": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert process.poll() is None, process.communicate()[0]
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the center did not start")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_told_to_stop_and_no_secret_is_in_its_log(
    town: Town, how: signal.Signals
) -> None:
    port = free_port()
    token = town.sign_in_token(MANAGER)
    process = start(town.settings.var, port)
    try:
        wait_for(port, process)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
            assert browser.get(f"/l/{token}").status_code == 303
            assert browser.get("/").status_code == 200, "the same key, kept in var/"
            process.send_signal(how)  # while a connection is still open
            said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert token not in said
    assert token.rpartition(".")[2] not in said


def test_an_error_is_logged_with_its_place_and_without_what_it_quotes(town: Town) -> None:
    port = free_port()
    process = start(town.settings.var, port, BROKEN + SERVE)
    try:
        wait_for(port, process)
        answer = httpx.get(f"http://127.0.0.1:{port}/oops", params={"said": "김민지 010-1234-5678"})
        process.terminate()
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert answer.status_code == 500
    assert "ERROR haechi.center: GET" in said
    assert "ValueError" in said
    assert "int(request.query_params" in said or "<string>" in said, "where it happened"
    assert "Exception in ASGI application" in said, "uvicorn says it in the same form"
    assert "김민지" not in said
    assert "1234" not in said
