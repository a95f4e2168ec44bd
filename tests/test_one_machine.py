"""A flow that is run by hand reports to the installation's Prefect, or does without it.

And whoever stops the installation has stopped it: that is no error.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
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
        one_machine.use_prefect(Settings(var=tmp_path, prefect_port=9), or_our_own=True)
        assert "PREFECT_API_URL" not in os.environ
        given = os.environ["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"]
        databases = {v for k, v in os.environ.items() if k.endswith("DATABASE_CONNECTION_URL")}
    assert int(given) > PREFECTS_OWN
    # a second server on the installation's database would schedule all of it once more
    assert databases == {f"sqlite+aiosqlite:///{tmp_path}/prefect-by-hand/prefect.db"}


@pytest.fixture
def bare_shell(tmp_path: Path) -> Iterator[Path]:
    """A shell that knows where the installation keeps its things, and nothing else of it."""
    with patch.dict(os.environ):
        for name in [n for n in os.environ if n.startswith(("HAECHI_", "PREFECT_"))]:
            del os.environ[name]
        os.environ["HAECHI_VAR"] = str(tmp_path)
        yield tmp_path


def test_another_shell_goes_by_what_the_installation_was_started_with(bare_shell: Path) -> None:
    started = Settings(center_port=18000, prefect_port=14200, smtp_password="secret")
    one_machine.write_down(started)
    assert "secret" not in (bare_shell / "started.json").read_text()
    one_machine.join(Settings())
    assert (Settings().center, Settings().prefect) == (started.center, started.prefect)


def test_what_a_shell_says_itself_wins(bare_shell: Path) -> None:
    one_machine.write_down(Settings(live=True, center_url="https://haechi.example"))
    os.environ["HAECHI_CENTER_URL"] = "https://other.example"
    one_machine.join(Settings())
    assert (Settings().mode, Settings().center) == ("live", "https://other.example")


def test_nothing_of_a_live_installation_is_taken_over_by_a_shell_that_asks_for_practice(
    bare_shell: Path,
) -> None:
    one_machine.write_down(Settings(live=True, center_url="https://haechi.example"))
    os.environ["HAECHI_LIVE"] = "false"
    one_machine.join(Settings())
    assert Settings().center == "http://127.0.0.1:8000"


def test_a_store_with_an_address_of_its_own_must_be_named_here_too(bare_shell: Path) -> None:
    one_machine.write_down(Settings(database_url="postgresql://haechi:secret@host/haechi"))
    assert "secret" not in (bare_shell / "started.json").read_text()
    with pytest.raises(one_machine.StoreElsewhere, match="HAECHI_DATABASE_URL"):
        one_machine.join(Settings())


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
