"""Proof that a sender is alive or dead: a lock that only its death frees.

Beside SQLite it is a file lock of the kernel, on PostgreSQL a session-level advisory lock. A
process that is merely stopped keeps its lock, so nobody takes over what it may still send.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, select, text

from store.engine import Store
from store.tables import Sender


class LockLost(RuntimeError):
    """The database ended the connection that proved this sender alive: it must send no more."""


class Alive:
    """A sender that holds its lock. `id` is what claimed rows carry."""

    def __init__(self, sender_id: str, connection: Connection | None = None) -> None:
        self.id = sender_id
        self._connection = connection

    def prove(self) -> None:
        """Raise `LockLost` where the lock is gone; call it before each group of sends."""
        if self._connection is None:
            return
        try:
            self._connection.execute(text("SELECT 1"))
            self._connection.rollback()
        except Exception as error:
            raise LockLost(f"sender {self.id} lost its lock: {error}") from error


@contextmanager
def alive(store: Store, *, at: datetime) -> Iterator[Alive]:
    """Register this process as a sender for as long as the block runs."""
    sender = Sender(id=f"{os.getpid()}-{secrets.token_hex(6)}", lock=secrets.randbits(62))
    sender.started_at = at
    if store.on_sqlite:
        lock = FileLock(_file(store, sender.id))
        with lock:
            _register(store, sender)
            yield Alive(sender.id)
            _forget(store, sender)
        Path(lock.lock_file).unlink(missing_ok=True)
        return
    with store.engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": sender.lock})
        connection.commit()
        try:
            _register(store, sender)
            yield Alive(sender.id, connection)
            _forget(store, sender)
        finally:
            connection.invalidate()  # a pooled connection would keep the lock


def dead_senders(store: Store) -> list[str]:
    """Senders that are provably dead: their lock could be taken."""
    with store.read() as session:
        senders = session.scalars(select(Sender)).all()
    return [sender.id for sender in senders if _is_dead(store, sender)]


def bury(store: Store, senders: list[str]) -> None:
    """Forget dead senders, after everything they held was taken back."""
    with store.write() as session:
        for sender_id in senders:
            found = session.get(Sender, sender_id)
            if found is not None:
                session.delete(found)
    if store.on_sqlite:
        for sender_id in senders:
            _file(store, sender_id).unlink(missing_ok=True)


def _file(store: Store, sender_id: str) -> Path:
    folder = store.folder / "senders"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{sender_id}.lock"


def _register(store: Store, sender: Sender) -> None:
    with store.write() as session:
        session.add(sender)


def _forget(store: Store, sender: Sender) -> None:
    with store.write() as session:
        session.delete(session.get_one(Sender, sender.id))


def _is_dead(store: Store, sender: Sender) -> bool:
    if store.on_sqlite:
        # POSIX locks belong to an open file, so this process sees its own senders alive too
        lock = FileLock(_file(store, sender.id))
        try:
            with lock.acquire(timeout=0):
                return True
        except Timeout:
            return False
    with store.engine.connect() as connection:
        query = text("SELECT pg_try_advisory_lock(:key)")
        dead = bool(connection.execute(query, {"key": sender.lock}).scalar_one())
        connection.invalidate()
    return dead
