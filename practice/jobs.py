"""What happens later: due times lie in the database, so a restart forgets none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from practice.tables import Job, Store, now

log = logging.getLogger(__name__)

AFTER_A_STUMBLE = 1.0  # seconds

Work = Callable[[dict[str, Any]], Awaitable[None]]
Due = list[tuple[str, dict[str, Any]]]


class Later:
    """The timer: it sleeps until something is due. Each job is begun at most once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._begun: set[asyncio.Task[None]] = set()

    def put_off(
        self, connection: Connection, kind: str, due_at: datetime, payload: dict[str, Any]
    ) -> None:
        """Have `kind` done at `due_at`, as part of the connection's transaction."""
        connection.execute(insert(Job).values(kind=kind, due_at=due_at, payload=payload))
        if self._loop is not None:
            # The timer then looks under the writer's lock, so after this transaction.
            self._loop.call_soon_threadsafe(self._news.set)

    async def run(self, work: Mapping[str, Work]) -> None:
        """Until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._news.clear()
            pause = await self._begin(work)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), pause)

    async def _begin(self, work: Mapping[str, Work]) -> float | None:
        """Begin what is due; seconds until the next job, None when there is none."""
        try:
            due, next_at = await asyncio.to_thread(self._take)
        except Exception:  # the timer must outlive a bad moment, such as a full disk
            log.exception("the practice network's timer stumbled and goes on")
            return AFTER_A_STUMBLE
        for kind, payload in due:
            task = asyncio.create_task(_do(work[kind], payload))
            self._begun.add(task)
            task.add_done_callback(self._begun.discard)
        return None if next_at is None else max(0.0, (next_at - now()).total_seconds())

    def _take(self) -> tuple[Due, datetime | None]:
        due = Job.due_at <= now()
        with self._store.write() as connection:
            rows = connection.execute(
                select(Job.id, Job.kind, Job.payload).where(due).order_by(Job.due_at)
            ).all()
            connection.execute(delete(Job).where(Job.id.in_([row.id for row in rows])))
            next_at = connection.scalar(select(func.min(Job.due_at)))
        return [(row.kind, row.payload) for row in rows], next_at


async def _do(work: Work, payload: dict[str, Any]) -> None:
    try:
        await work(payload)
    except Exception:  # one job that fails must not take the others along
        log.exception("what was put off could not be done")
