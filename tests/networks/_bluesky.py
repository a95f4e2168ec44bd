"""Bluesky's own server on loopback, and where PostgreSQL can be had its index too."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.networks.ports import free_port

HERE = Path(__file__).parent / "bluesky"
NODE = HERE / "node_modules" / ".bin" / "node"
STARTS = 120
"""Seconds to wait for it."""
_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@dataclass(frozen=True)
class Bluesky:
    """`url` is the server's; `index`: what people say to us can be read."""

    url: str
    index: bool


@contextlib.contextmanager
def bluesky(folder: Path) -> Iterator[Bluesky]:
    """Both, with all they keep in the folder, until the block ends. Skips where there is none."""
    if not (HERE / "node_modules" / ".ready").exists():
        pytest.skip("Bluesky's own server is not installed: `make test-networks` does that")
    with _postgres() as database, contextlib.ExitStack() as stack:
        environment = os.environ | {
            "PDS_PORT": str(free_port()),
            "TMPDIR": str(folder),
            "LOG_ENABLED": "false",
            "NODE_ENV": "test",
            "DB_POSTGRES_URL": database,
        }
        errors = stack.enter_context((folder / "bluesky.log").open("w"))
        server = subprocess.Popen(
            [NODE, "serve.mjs"],
            cwd=HERE,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        stack.callback(_end, server)
        told = _first_line(server)
        if not told:
            raise RuntimeError((folder / "bluesky.log").read_text()[-2000:])
        yield Bluesky(url=told["ready"], index=bool(told["appView"]))


def _first_line(server: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """Where it is, as it says once it is up; empty where it died or took too long."""
    assert server.stdout
    late = threading.Timer(STARTS, server.kill)
    late.start()
    try:
        for line in server.stdout:
            if line.startswith(b"{"):
                told: dict[str, Any] = json.loads(line)
                return told
        return {}
    finally:
        late.cancel()


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    """The address of a PostgreSQL with Debian's extensions; "" where Debian's is not installed.

    It never runs as root, so there it runs as the user that Debian's package made.
    """
    if not _POSTGRES:
        yield ""
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="haechi-pg-") as folder:
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            as_user = {"user": "postgres"}

        def run(tool: str, *arguments: str) -> None:
            command = [str(_POSTGRES[-1] / tool), "-D", f"{folder}/data", *arguments]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **as_user)

        run("initdb", "-A", "trust", "-U", "postgres", "-N")
        flags = f"-p {port} -h 127.0.0.1 -k {folder} -F -N 200"
        run("pg_ctl", "-o", flags, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "-w", "stop")
