"""Run it from a shell, for as many kills as there is time for: `make chaos`."""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.postgres import postgres_server
from tests.tasks.hostile.disaster import disaster
from tests.tasks.hostile.kills import Kills, kill
from tests.tasks.hostile.promises import BLIND, KILL, LOST, STOP, Outcome, show
from tests.tasks.hostile.replies import Replies
from tests.tasks.hostile.scene import Scene
from tests.tasks.hostile.stops import Stops, stop
from tests.tasks.hostile.world import World, world

WHAT = ("replies", "bulletins")
DATABASES = ("sqlite", "postgres")
TROUBLES = {"kill": KILL, "stop": STOP, "blind": BLIND, "lost": LOST}

#: What is promised: `lost` is measured only when it is asked for, on PostgreSQL alone.
PROMISED = ("kill", "stop", "blind")

#: Of the kills asked for: rounds of SIGSTOP, and kills of the control.
STOPS, CONTROL = 10, 5


def main() -> int:
    """Kill, stop and retry blindly; print a table; 1 where a promise is broken."""
    asked = _asked()
    chosen = [
        (database, what, trouble)
        for database in _of(asked.database, DATABASES)
        for what in _of(asked.what, WHAT)
        for trouble in _of(asked.trouble, PROMISED)
        if trouble != "lost" or database != "sqlite"
    ]
    print(f"seed {asked.seed}", flush=True)
    outcomes = [_outcome(*one, asked) for one in chosen]
    print()
    show(outcomes)
    broken = [why for outcome in outcomes for why in outcome.broken()]
    print("\n".join(["", *broken] if broken else ["", "every promise was kept"]))
    return int(bool(broken))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make chaos ARGS=…",
        description="kill and stop senders on a hostile network, and count what came of it",
    )
    parser.add_argument("--what", choices=(*WHAT, "both"), default="both")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--trouble",
        choices=(*TROUBLES, "all"),
        default="all",
        help="kill: kill -9; stop: SIGSTOP beyond the lease; blind: the control, which must double; "
        "lost (not in all): SIGSTOP while the database ends the session of the lock",
    )
    parser.add_argument("--kills", type=int, default=300, help="kill -9 of each (default 300)")
    parser.add_argument("--stops", type=int, help="rounds of SIGSTOP (default: a tenth of --kills)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 -- dice
    asked = parser.parse_args()
    if asked.stops is None:
        asked.stops = max(1, asked.kills // STOPS)
    return asked


def _of(chosen: str, all_: tuple[str, ...]) -> tuple[str, ...]:
    return all_ if chosen in ("both", "all") else (chosen,)


def _outcome(database: str, what: str, trouble: str, asked: argparse.Namespace) -> Outcome:
    """One world of its own, from its first message to the proof."""
    blind = trouble == "blind"
    with (
        tempfile.TemporaryDirectory(prefix="haechi-hostile-") as name,
        _database(database, Path(name)) as url,
        # a network that only is slow: nothing but the sleep is to blame
        world(Path(name), url, faults=trouble not in ("stop", "lost")) as made,
    ):
        scene = _scene(made, what, blind=blind)
        number = {"kill": asked.kills, "stop": asked.stops, "lost": asked.stops}.get(
            trouble, asked.kills // CONTROL
        )
        told = _progress(f"{database}, {what}, {TROUBLES[trouble]}", max(1, number))
        fell: Kills | Stops
        if trouble in ("stop", "lost"):
            fell = stop(scene, number, ended=trouble == "lost", told=told)
        else:
            fell = kill(scene, max(1, number), blind=blind, seed=asked.seed, told=told)
        proof = scene.proof()
    return Outcome(database=database, what=what, trouble=TROUBLES[trouble], fell=fell, proof=proof)


def _scene(made: World, what: str, *, blind: bool) -> Scene:
    return Replies(made) if what == "replies" else disaster(made, control=blind)


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'haechi.db'}"
        return
    with postgres_server() as server:
        yield server.create()


def _progress(title: str, number: int) -> Callable[[int], None]:
    """A line for each tenth."""
    began = time.monotonic()

    def told(done: int) -> None:
        if done * 10 // number > (done - 1) * 10 // number:
            print(f"{title}: {done} of {number}, {time.monotonic() - began:.0f} s", flush=True)

    return told


if __name__ == "__main__":
    sys.exit(main())
