"""A cursor that somebody left behind must not hold up Prefect's server."""

import asyncio
import gc
import sqlite3
import threading
from pathlib import Path

import aiosqlite
import aiosqlite.core
import pytest

from one_machine.sqlite_cursors import Cursor

MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) SELECT i FROM n"


async def _collected_while_its_connection_waits(file: Path, *, patience: float) -> None:
    """One connection waits for a lock, so many seconds; its holder can let go only after the
    garbage is collected."""
    async with (
        aiosqlite.connect(file, isolation_level=None) as holder,
        aiosqlite.connect(file, isolation_level=None, timeout=patience) as waiter,
    ):
        await holder.execute("PRAGMA journal_mode = WAL")
        await holder.execute("CREATE TABLE run (id)")
        await _leave_a_cursor(waiter)
        await holder.execute("BEGIN IMMEDIATE")
        within = threading.Event()  # SQLite: from here on the connection is its thread's alone
        await waiter.set_trace_callback(lambda _statement: within.set())
        writing = asyncio.create_task(waiter.execute("INSERT INTO run VALUES (1)"))
        while not within.is_set():
            await asyncio.sleep(0)
        gc.collect()
        await holder.execute("COMMIT")
        await writing


async def _leave_a_cursor(connection: aiosqlite.Connection) -> None:
    """Half read, and in a circle, so that only the garbage collector finds it."""
    cursor = await connection.execute(MANY)
    await cursor.fetchone()
    circle: list[object] = [cursor]
    circle.append(circle)


def test_a_cursor_left_behind_never_makes_the_main_thread_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiosqlite.core, "Cursor", Cursor)

    asyncio.run(_collected_while_its_connection_waits(tmp_path / "prefect.db", patience=60))


def test_without_this_both_wait_until_the_lock_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):  # "locked", or what else was said meanwhile
        asyncio.run(_collected_while_its_connection_waits(tmp_path / "prefect.db", patience=2))


def test_a_cursor_that_was_closed_is_not_closed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiosqlite.core, "Cursor", Cursor)

    async def closed() -> int:
        async with aiosqlite.connect(tmp_path / "prefect.db") as connection:
            cursor = await connection.execute("SELECT 1")
            await cursor.close()
            del cursor
            return connection._tx.qsize()

    assert asyncio.run(closed()) == 0
