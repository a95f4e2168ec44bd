"""The one-machine installation: its ports, its environment, its first steps."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import httpx

from settings import HOME, Settings

BIN = Path(sys.executable).parent

#: What ends `haechi start`: Ctrl-C, a service manager, a terminal that was closed.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED = "Haechi has stopped; the next start goes on where it was."


class PortTaken(RuntimeError):
    """Other programs listen where ours should."""


def ports(settings: Settings) -> Mapping[str, tuple[int, str]]:
    """Each service with its port, and the variable that moves it."""
    return {
        "Prefect": (settings.prefect_port, "HAECHI_PREFECT_PORT"),
        "center": (settings.center_port, "HAECHI_CENTER_PORT"),
        "practice network": (settings.practice_port, "HAECHI_PRACTICE_PORT"),
        "mailbox (SMTP)": (settings.smtp_port, "HAECHI_SMTP_PORT"),
        "mailbox (page)": (settings.mailbox_port, "HAECHI_MAILBOX_PORT"),
    }


def check_ports(settings: Settings) -> None:
    """Raise `PortTaken`, one line for each port that is not free, and a guess where none is."""
    ours = ports(settings)
    taken = {name: why for name, (port, _) in ours.items() if (why := _taken(port))}
    if not taken:
        return
    lines = [
        f"{name}: port {ours[name][0]} is taken ({why}); "
        f"move it with {ours[name][1]}=<another port> make run"
        for name, why in taken.items()
    ]
    if len(taken) == len(ours):
        lines.append(f"Is Haechi running already? Then its pages are at {settings.center}")
    raise PortTaken("\n".join(lines))


def _taken(port: int) -> str:
    """Why nothing more can listen there; empty where it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def welcome(settings: Settings) -> str:
    """Where everything is, and what to try first."""
    prefect = f"http://127.0.0.1:{settings.prefect_port}"
    mailbox = f"http://127.0.0.1:{settings.mailbox_port}"
    return f"""
Haechi starts, in {settings.mode} mode. Ctrl-C stops all of it.

  practice network  {settings.practice}   write as a citizen, read the city's answers
  mailbox           {mailbox}   what the offices' people get by mail
  center            {settings.center}   where they answer
  Prefect           {prefect}   what runs, and what it did

Try first: write to an account on the practice network, wait a minute, find the manager's mail in
the mailbox, follow its link, name a caseworker, answer from the caseworker's mail, and see the
reply appear below your post.
"""


def use_prefect(settings: Settings) -> None:
    """Let flows of this process report to the installation's Prefect, where it is up."""
    wanted = environment(settings)
    if not _answers(settings):
        wanted.pop("PREFECT_API_URL")  # Prefect then keeps the run by itself
        # on a server of its own, which a busy machine does not start within Prefect's 20 seconds
        wanted["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"
    os.environ.update({k: v for k, v in wanted.items() if k.startswith(("PREFECT_", "DO_NOT"))})


def environment(settings: Settings) -> dict[str, str]:
    """What the processes of the Procfile are started with."""
    home = settings.var / "prefect"
    home.mkdir(parents=True, exist_ok=True)  # Prefect's server does not make it
    own = {
        "HAECHI_HOME": str(HOME),
        "HAECHI_PREFECT_PORT": str(settings.prefect_port),
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": settings.prefect,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # a run starts within a second or two of its event, not within ten
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        # A deployment's slot is a lease: on disk, so that a restart of the server forgets none, and
        # short, so that a run that died does not keep the next ones from running.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
            "prefect.server.concurrency.lease_storage.filesystem"
        ),
        "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "60",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
    }
    # every run of a flow is a new process: without compiled files its imports take seconds more
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | own


def run_honcho(settings: Settings) -> int:
    """Run honcho, which starts what the Procfile names and stops it all together.

    Returns what to exit with: 0 where somebody stopped it, which is how it is meant to end.
    """
    procfile = str(HOME / "Procfile")
    honcho = shutil.which("honcho", path=str(BIN)) or "honcho"
    sys.stdout.flush()
    arguments = [honcho, "-f", procfile, "-d", str(HOME), "start"]
    return run_until_stopped(arguments, environment(settings))


def run_until_stopped(arguments: list[str], env: Mapping[str, str]) -> int:
    """Run a program to its end and hand it what stops us; 0 where it was stopped, else its code."""
    stopped: list[int] = []
    running: list[subprocess.Popen[bytes]] = []

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)
        for process in running:
            # Ctrl-C reaches it from the terminal as well: honcho stops once, however often asked
            process.send_signal(signal.SIGINT)

    for number in STOPPING:
        signal.signal(number, stop)
    running.append(subprocess.Popen(arguments, env=env))  # noqa: S603 -- our own file, no shell
    if stopped:  # before it could be told
        stop(stopped[0], None)
    code = running[0].wait()
    if not stopped:
        return code
    with contextlib.suppress(OSError):  # the terminal may be what has gone
        print(STOPPED, flush=True)
    return 0


def wait_for_prefect(settings: Settings, *, seconds: float = 120) -> None:
    """Wait until Prefect's server answers. Raises `TimeoutError` where it does not."""
    deadline = time.monotonic() + seconds
    while not _answers(settings):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Prefect does not answer at {settings.prefect} ({seconds:.0f} s)")
        time.sleep(1)


def _answers(settings: Settings) -> bool:
    try:
        return httpx.get(f"{settings.prefect}/health", timeout=2).is_success
    except httpx.HTTPError:
        return False


def _quietly(command: list[str], env: dict[str, str]) -> None:
    """Run a command whose words nobody needs unless it fails."""
    done = subprocess.run(command, env=env, cwd=HOME, capture_output=True, text=True)  # noqa: S603 -- fixed words
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def _train_first_router() -> None:
    from tasks.router import router
    from tasks.workplace import workplace

    router(workplace())


def _timezone() -> str:
    from tasks.workplace import workplace

    return workplace().registry.city.timezone


def bury_dead_runs(settings: Settings) -> int:
    """Tell Prefect of runs whose process is gone, such as after a power cut; returns how many.

    It would believe them running, and keep their deployment's only slot for five minutes. Only
    where its server is on this machine: elsewhere a process number says nothing.
    """
    if httpx.URL(settings.prefect).host not in ("127.0.0.1", "localhost"):
        return 0
    states = {"state": {"type": {"any_": ["PENDING", "RUNNING", "CANCELLING"]}}}
    crashed = {"type": "CRASHED", "message": "its process ended without a word"}
    with httpx.Client(base_url=settings.prefect, timeout=10) as prefect:
        found = prefect.post("/flow_runs/filter", json={"flow_runs": states}).raise_for_status()
        dead = [run["id"] for run in found.json() if _is_gone(run["infrastructure_pid"])]
        for run_id in dead:
            told = {"state": crashed, "force": True}
            prefect.post(f"/flow_runs/{run_id}/set_state", json=told).raise_for_status()
    return len(dead)


def _is_gone(process: str | None) -> bool:
    if not (process or "").isdigit():
        return False
    try:
        os.kill(int(process or ""), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def run_worker(settings: Settings) -> None:
    """Deploy all of `prefect.yaml`, then become the process worker that runs it."""
    _train_first_router()  # while Prefect's server starts on the other core
    wait_for_prefect(settings)
    bury_dead_runs(settings)
    env = environment(settings) | {"HAECHI_TIMEZONE": _timezone()}  # the schedules' own
    prefect = shutil.which("prefect", path=str(BIN)) or "prefect"
    for arguments in (
        ["work-pool", "create", "haechi", "--type", "process", "--overwrite"],
        ["--no-prompt", "deploy", "--all"],
        ["deployment", "run", "collect/collect"],  # the first one need not wait for the minute
    ):
        _quietly([prefect, *arguments], env)
    print("every flow of prefect.yaml is deployed", flush=True)
    worker = [prefect, "worker", "start", "--pool", "haechi", "--name", f"here-{os.getpid()}"]
    os.chdir(HOME)
    os.execve(prefect, worker, env)  # noqa: S606 -- our own file, no shell
