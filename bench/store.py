"""What storing collected posts costs, beside bare SQLAlchemy Core doing the same.

    python -m bench.store [--rows 1000000] [--batches 20]

Both store batches of 1,000 posts of which half are known, in files of their own that were filled
the same way, in turns, so that whatever else the machine does meets both.
"""

import argparse
import contextlib
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Table, create_engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from registry.model import Account, City, Network, Office, OfficeKind, Registry
from settings import Settings
from store import registry as registry_store
from store.engine import Store
from store.open import open_store
from store.posts import Incoming, store_posts
from store.tables import Post

POSTS: Table = Post.__table__  # type: ignore[assignment]  # it is a table, and says FromClause
NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
BATCH = 1_000
TEXT = "횡단보도 신호등이 사흘째 꺼져 있어요. 아이들이 다니는 길이라 걱정됩니다. 빨리 고쳐 주세요! "


def incoming(number: int) -> Incoming:
    """A post whose remote id is as unlike its neighbours' as a network's ids are."""
    return Incoming(
        network=Network.X,
        remote_id=f"{1_790_000_000_000_000_000 + number * 7_919_123}",
        account_id="x_seoul",
        author_id=f"{number % 50_021}",
        author_handle=f"citizen{number % 50_021}",
        author_name="시민",
        text=TEXT + str(number),
        url=f"https://x.example/citizen/status/{number}",
        created_at=NOW + timedelta(seconds=number),
    )


def row_of(post: Incoming) -> dict[str, Any]:
    """What bare Core is given: the finished row."""
    names = [name for name in Incoming.__dataclass_fields__ if name != "photos"]
    return {name: getattr(post, name) for name in names} | {"collected_at": NOW}


class Bare:
    """SQLAlchemy Core alone: the same file, the same pragmas, insert or ignore."""

    def __init__(self, file: Path) -> None:
        self.engine = create_engine(f"sqlite:///{file}")
        event.listen(self.engine, "connect", _as_safe)

    def store(self, posts: Sequence[Incoming]) -> None:
        rows = [row_of(post) for post in posts]
        with self.engine.begin() as connection:
            connection.execute(sqlite.insert(POSTS).on_conflict_do_nothing(), rows)


def _as_safe(connection: Any, _record: object) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def ours(store: Store, posts: Sequence[Incoming]) -> None:
    with store.write() as session:
        store_posts(session, posts, at=NOW)


def batches(number: int, known: int) -> Iterator[list[Incoming]]:
    """Half of each batch is any of the first `known` posts, half is new."""
    dice = random.Random(7)  # noqa: S311 -- dice, not a secret
    for turn in range(number):
        start = known + turn * BATCH // 2
        new = [incoming(n) for n in range(start, start + BATCH // 2)]
        batch = [incoming(dice.randrange(known)) for _ in range(BATCH // 2)] + new
        dice.shuffle(batch)
        yield batch


def fill(file: Path, rows: int) -> None:
    """The first `rows` posts, as fast as it goes."""
    names = [*row_of(incoming(0)), *_defaults()]
    marks = ", ".join("?" * len(names))
    statement = f"INSERT INTO post ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 -- our own names
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(statement, (_plain(incoming(n)) for n in range(rows)))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@cache
def _defaults() -> dict[str, Any]:
    """What SQLAlchemy fills in by itself."""
    defaults = {column.name: column.default for column in POSTS.columns}
    return {
        name: found.arg
        for name, found in defaults.items()
        if isinstance(found, ScalarElementColumnDefault)
    }


def _plain(post: Incoming) -> tuple[Any, ...]:
    cells = [*row_of(post).values(), *_defaults().values()]
    return tuple(
        f"{cell:%Y-%m-%d %H:%M:%S.%f}" if isinstance(cell, datetime) else cell for cell in cells
    )


def registry() -> Registry:
    office = Office(id="comms", kind=OfficeKind.DEPARTMENT, name="소통담당관")
    account = Account(
        id="x_seoul", network=Network.X, server="", handle="seoul", name="서울시", office="comms"
    )
    return Registry(
        city=City(id="seoul", name="서울", timezone="Asia/Seoul", calendar="KR", phone="120"),
        offices={"comms": office},
        accounts={"x_seoul": account},
    )


class Pair:
    """Ours and bare Core, each on a file of its own with the same `rows` posts in it."""

    def __init__(self, folder: Path, rows: int, number: int) -> None:
        file = folder / f"ours-{rows}.db"
        self.store = open_store(Settings(var=folder, database_url=f"sqlite:///{file}"))
        with self.store.write() as session:
            registry_store.apply(session, registry(), at=NOW)
        self.store.close()
        known = rows or BATCH
        fill(file, known)
        self.bare = Bare(Path(shutil.copyfile(file, folder / f"bare-{rows}.db")))
        self.batches = batches(number, known)
        self.times: tuple[list[float], list[float]] = ([], [])

    def turn(self, number: int) -> None:
        """One batch on each side, the one that begins in turn."""
        batch = next(self.batches)
        for side in (number % 2, 1 - number % 2):
            began = time.perf_counter()
            self.bare.store(batch) if side else ours(self.store, batch)
            self.times[side].append(time.perf_counter() - began)

    def medians(self) -> tuple[float, float]:
        """Seconds a batch: ours, bare Core."""
        return statistics.median(self.times[0]), statistics.median(self.times[1])

    def close(self) -> None:
        self.store.close()
        self.bare.engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description="time the storing of collected posts")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows in the full store")
    parser.add_argument("--batches", type=int, default=30)
    parser.add_argument("--folder", type=Path, default=None, help="where the files lie meanwhile")
    asked = parser.parse_args()
    print(f"storing {BATCH:,} posts, half known: median of {asked.batches} batches, SQLite synced")
    with tempfile.TemporaryDirectory(prefix="haechi-bench-", dir=asked.folder) as name:
        empty, full = (Pair(Path(name), rows, asked.batches) for rows in (0, asked.rows))
        for turn in range(asked.batches):
            empty.turn(turn)
            full.turn(turn)
        _print(asked.rows, empty.medians(), full.medians())
        empty.close()
        full.close()


def _print(rows: int, empty: tuple[float, float], full: tuple[float, float]) -> None:
    print(f"{'rows':>10}  {'ours':>9}  {'Core':>9}  {'of Core':>8}  asked")
    for number, (our, bare) in ((0, empty), (rows, full)):
        print(
            f"{number:>10,}  {our * 1000:>6.1f} ms  {bare * 1000:>6.1f} ms  "
            f"{bare / our:>8.2f}  at least 0.70"
        )
    print(f"{rows:,} rows cost {full[0] / empty[0]:.2f} times what none cost; asked: at most 1.50")


if __name__ == "__main__":
    main()
