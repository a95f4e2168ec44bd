"""A flow that is run by hand reports to the installation's Prefect, or does without it.

And whoever stops the installation has stopped it: that is no error.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

import one_machine
from settings import HOME, Settings

#: Prefect allows its own temporary server 20 seconds, too few where other programs work as well.
PREFECTS_OWN = 20


def test_without_the_installations_prefect_a_run_has_time_to_start_one_of_its_own(
    tmp_path: Path,
) -> None:
    with patch.dict(os.environ):
        os.environ.pop("PREFECT_API_URL", None)
        one_machine.use_prefect(Settings(var=tmp_path, prefect_port=9))
        assert "PREFECT_API_URL" not in os.environ
        given = os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"]
    assert int(given) > PREFECTS_OWN


#: Says that it is up, then ends as honcho does: with a code of its own for what stopped it.
CHILD = (
    "import signal, sys, time;"
    "signal.signal(signal.SIGINT, lambda *_: sys.exit(130));"
    "print('up', flush=True); time.sleep(60)"
)
PARENT = (
    "import os, sys, one_machine;"
    "sys.exit(one_machine.run_until_stopped([sys.executable, '-c', sys.argv[1]], os.environ))"
)


def parent(child: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, child], cwd=HOME, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("told", one_machine.STOPPING)
def test_whoever_stops_it_is_told_so_and_it_is_no_error(told: signal.Signals) -> None:
    with parent(CHILD) as process:
        assert process.stdout
        assert process.stdout.readline() == "up\n"
        process.send_signal(told)
        rest = process.stdout.read()  # ends when the child has ended as well
    assert (rest.strip(), process.returncode) == (one_machine.STOPPED, 0)


def test_what_ends_by_itself_keeps_its_code() -> None:
    with parent("raise SystemExit(3)") as process:
        assert process.stdout
        assert process.stdout.read() == ""
    assert process.returncode == 3
