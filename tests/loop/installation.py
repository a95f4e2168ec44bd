"""A whole one-machine installation for a test: real processes, on free ports, in a folder."""

import contextlib
import email
import email.policy
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
from mastodon import Mastodon

ROOT = Path(__file__).parent.parent.parent
HAECHI = Path(sys.executable).parent / "haechi"

T = TypeVar("T")

#: Those that are only scheduled are many more than one answer of Prefect holds.
BEGUN = ["RUNNING", "PAUSED", "COMPLETED", "FAILED", "CRASHED", "CANCELLED"]


@dataclass(frozen=True)
class Installation:
    """Addresses of a running installation, and what a person at it can do."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def port(self, service: str) -> int:
        return int(self.environment[f"HAECHI_{service}_PORT"])

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.port(service)}"

    def haechi(self, *arguments: str) -> str:
        """What the command prints."""
        done = subprocess.run(
            [HAECHI, *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout.strip()

    def citizen(self, handle: str) -> Mastodon:
        """A citizen's own client, from the package index."""
        token = self.haechi("practice", "token", handle)
        return Mastodon(access_token=token, api_base_url=self.url("PRACTICE"))

    def mails(self, *, to: str = "", about: str = "") -> list[EmailMessage]:
        """Mails in the mailbox, oldest first."""
        found = [mail_in(file) for file in self.mail_files()]
        return [mail for mail in found if to in str(mail["To"]) and about in plain_of(mail)]

    def mail_files(self) -> list[Path]:
        """The mailbox's files, oldest first."""
        return sorted(self.folder.glob("mail/**/new/*"), key=lambda file: file.stat().st_mtime)

    def runs(self) -> dict[str, int]:
        """Flow runs in Prefect that have begun, the latest 200, by flow name and state."""
        api = f"http://127.0.0.1:{self.port('PREFECT')}/api"
        flows = {f["id"]: f["name"] for f in httpx.post(f"{api}/flows/filter", json={}).json()}
        begun = {"state": {"type": {"any_": BEGUN}}}
        asked = {"flow_runs": begun, "sort": "START_TIME_DESC", "limit": 200}
        runs = httpx.post(f"{api}/flow_runs/filter", json=asked).json()
        counts: dict[str, int] = {}
        for run in runs:
            key = f"{flows.get(run['flow_id'])}:{run['state_name']}"
            counts[key] = counts.get(key, 0) + 1
        return counts

    def log(self) -> str:
        return (self.folder / "installation.log").read_text(errors="replace")

    def log_since_start(self) -> str:
        """What it said since it was started last."""
        return self.log().rpartition("Haechi starts")[2]

    def cut_power(self) -> None:
        """End every process at once, without a word."""
        for one in _family(self.process.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        self.process.wait()


def mail_in(file: Path) -> EmailMessage:
    """The mail that a file of the mailbox holds."""
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain_of(mail: EmailMessage) -> str:
    """The plain part of a mail."""
    body = mail.get_body(("plain",))
    return body.get_content() if body else ""


def link_in(mail: EmailMessage) -> str:
    """The page that a mail opens."""
    found = re.search(r"https?://[^\s]+/l/[^\s]+", plain_of(mail))
    assert found, plain_of(mail)
    return found[0]


def eventually(ask: Callable[[], T], *, seconds: float, what: str) -> T:
    """Ask until the answer is something; fails, saying what it waited for, after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if answer := ask():
                return answer
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)


@contextlib.contextmanager
def installation(folder: Path, **more: str) -> Iterator[Installation]:
    """`haechi start` on free ports; on the way out Ctrl-C, which must leave no process."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
    environment = (
        {k: v for k, v in os.environ.items() if not k.startswith(("HAECHI_", "PREFECT_"))}
        | {"HAECHI_VAR": str(folder)}
        | {f"HAECHI_{service}_PORT": str(port) for service, port in ports.items()}
        | more
    )
    with (folder / "installation.log").open("ab") as log:
        process = subprocess.Popen(
            [HAECHI, "start"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Installation(folder, environment, process)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Press Ctrl-C and wait; returns what was still running (and ends it)."""
    family = [p for p in [*_family(process.pid)] if p.is_running()]
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=30)
    left = [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    for one in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    return left


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return []
    return [parent, *parent.children(recursive=True)]


def free_ports(count: int) -> list[int]:
    """Ports that are free right now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


SERVICES = ("PREFECT", "CENTER", "PRACTICE", "SMTP", "MAILBOX")
