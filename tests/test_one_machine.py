"""A flow that is run by hand reports to the installation's Prefect, or does without it."""

import os
from pathlib import Path
from unittest.mock import patch

import one_machine
from settings import Settings

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
