"""What happens later: due times lie in the database, so a restart forgets none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from practice.tables import Job, Store, now

log = logging.getLogger(__name__)

LOOK_EVERY = 0.05  # seconds

Work = Callable[[dict[str, Any]], Awaitable[None]]


def put_off(connection: Connection, kind: str, due_at: datetime, payload: dict[str, Any]) -> None:
    """Have `kind` done at `due_at` with this payload."""
    connection.execute(insert(Job).values(kind=kind, due_at=due_at, payload=payload))


class Timer:
    """Does what is due. Each job is done at most once: it is taken away before it is done."""

    def __init__(self, store: Store, work: Mapping[str, Work]) -> None:
        self._store = store
        self._work = work

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                jobs = await asyncio.to_thread(self._take)
                await asyncio.gather(*(self._do(kind, payload) for kind, payload in jobs))
            except Exception:  # the timer must outlive one bad moment, such as a full disk
                log.exception("the practice network's timer stumbled and goes on")
            await asyncio.sleep(LOOK_EVERY)

    async def _do(self, kind: str, payload: dict[str, Any]) -> None:
        try:
            await self._work[kind](payload)
        except Exception:  # one job that fails must not take the others along
            log.exception("what was put off could not be done: %s", kind)

    def _take(self) -> list[tuple[str, dict[str, Any]]]:
        due = Job.due_at <= now()
        with self._store.read() as session:
            if session.scalar(select(Job.id).where(due).limit(1)) is None:
                return []
        with self._store.write() as connection:
            rows = connection.execute(
                select(Job.id, Job.kind, Job.payload).where(due).order_by(Job.due_at)
            ).all()
            connection.execute(delete(Job).where(Job.id.in_([row.id for row in rows])))
        return [(row.kind, row.payload) for row in rows]
