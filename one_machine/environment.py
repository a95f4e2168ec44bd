"""What the installation's processes are started with, and where its Prefect is."""

import os
import sys
import time
from pathlib import Path

import httpx

from settings import HOME, Settings

BIN = Path(sys.executable).parent


def use_prefect(settings: Settings, *, or_our_own: bool) -> None:
    """Let flows of this process report to the installation's Prefect.

    `or_our_own`: where it is not up, to a temporary server with a database of its own.
    """
    wanted = environment(settings)
    if or_our_own and not answers(settings):
        wanted.pop("PREFECT_API_URL")  # Prefect then keeps the run by itself
        # in a folder of its own: two servers on one database would schedule everything twice
        home = settings.var / "prefect-by-hand"
        home.mkdir(parents=True, exist_ok=True)
        wanted["PREFECT_HOME"] = str(home)
        database = f"sqlite+aiosqlite:///{home / 'prefect.db'}"
        wanted["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
        wanted["PREFECT_API_DATABASE_CONNECTION_URL"] = database  # its older name
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


def wait_for_prefect(settings: Settings, *, seconds: float = 120) -> None:
    """Wait until Prefect's server answers. Raises `TimeoutError` where it does not."""
    deadline = time.monotonic() + seconds
    while not answers(settings):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Prefect does not answer at {settings.prefect} ({seconds:.0f} s)")
        time.sleep(1)


def answers(settings: Settings) -> bool:
    """Whether Prefect's server answers now."""
    try:
        return httpx.get(f"{settings.prefect}/health", timeout=10).is_success
    except httpx.HTTPError:
        return False
