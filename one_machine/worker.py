"""The worker: it deploys every flow, and runs what is due."""

import os
import shutil
import subprocess
import sys

import httpx

from one_machine.environment import BIN, environment, wait_for_prefect
from settings import HOME, Settings


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
