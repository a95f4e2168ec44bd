"""Prefect's SQLite cursors end in their own thread, never in the one that serves everybody."""

from typing import Any

import aiosqlite
import aiosqlite.core


class Cursor(aiosqlite.Cursor):
    """A cursor that, left behind unclosed, is closed by its connection's own thread.

    SQLite lets one thread at a time use a connection. A cursor that the garbage collector clears in
    the server's main thread waits there until the connection's thread is done; where that one itself
    waits for a lock whose holder needs the main thread to go on, both wait for a whole minute.
    """

    _closed = False

    async def close(self) -> None:
        self._closed = True
        await super().close()

    def __del__(self) -> None:
        if not self._closed:
            # its queue is the only way into that thread
            self._conn._tx.put_nowait((None, self._cursor.close))


def end_cursors_in_their_threads() -> None:
    """Let every connection opened from now on in this process give out such cursors."""
    core: Any = aiosqlite.core
    core.Cursor = Cursor
