"""Adding a network is one value and one file: whatever else would need a row fails here, by name."""

import os
import subprocess
import sys

from registry.model import Network
from settings import HOME
from store.tables import AccountRow


def test_a_network_that_no_table_names_is_taken_everywhere() -> None:
    environment = {name: value for name, value in os.environ.items() if "HAECHI_" not in name}
    ran = subprocess.run(  # a process of its own: the value must be there before the first import
        [sys.executable, "-m", "tests.adding_a_network"],
        cwd=HOME,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "it fits" in ran.stdout


def test_the_store_has_room_for_a_networks_name() -> None:
    length = AccountRow.__table__.c.network.type.length  # type: ignore[attr-defined]  # an enum's words
    assert max(map(len, Network)) <= length
