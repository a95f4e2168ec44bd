"""Run it from a shell, for as many kills as there is time for."""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.postgres import postgres_server
from tests.tasks.hostile.kills import kill_senders
from tests.tasks.hostile.world import world


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'haechi.db'}"
        return
    with postgres_server() as server:
        yield server.create()


def main() -> int:
    """Run it from a shell; 1 where a message was doubled or lost, or a control doubled none."""
    parser = argparse.ArgumentParser(description="kill senders and count what was doubled or lost")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--blind", action="store_true", help="the control, which must double")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.randrange(10**6)  # noqa: S311 -- dice
    with (
        tempfile.TemporaryDirectory(prefix="haechi-hostile-") as name,
        _database(asked.database, Path(name)) as url,
        world(Path(name), url) as made,
    ):
        began = time.monotonic()
        fell = kill_senders(made, asked.kills, blind=asked.blind, seed=seed)
        verdict = made.verdict()
        print(f"{asked.database}, seed {seed}: {fell}")
        print(f"{verdict} in {time.monotonic() - began:.0f} s")
    return int(verdict.doubled == 0) if asked.blind else int(not verdict.exact)


if __name__ == "__main__":
    sys.exit(main())
