"""Starting all of it together, until somebody stops it."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from types import FrameType

from one_machine.environment import BIN, environment
from settings import HOME, Settings

#: What ends `haechi start`: Ctrl-C, a service manager, a terminal that was closed.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOPPED = "Haechi has stopped; the next start goes on where it was."


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
