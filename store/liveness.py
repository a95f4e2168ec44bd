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
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import select, text

from store.engine import Store, StoreError
from store.tables import Sender


class LockLost(RuntimeError):
    """The lock that proved this sender alive is gone: it must send no more."""


class Alive(Protocol):
    """A sender that holds its lock. `id` is what claimed rows carry."""

    id: str

    def prove(self) -> None:
        """Raise `LockLost` where the lock is gone; call it before each group of sends."""

    def release(self) -> None:
        """Let everybody see that it sends no more."""


@contextmanager
def alive(store: Store, *, at: datetime) -> Iterator[Alive]:
    """Register this process as a sender for as long as the block runs.

    Where the block fails its row stays, so that what it held is taken back.
    """
    sender = Sender(id=f"{os.getpid()}-{secrets.token_hex(6)}", lock=secrets.randbits(62))
    sender.started_at = at
    me: Alive = _OnFile(store, sender) if store.on_sqlite else _OnSession(store, sender)
    try:
        _register(store, sender)
        yield me
        _forget(store, [sender.id])
    except Exception:
        me.release()
        raise
    except BaseException:
        # Interrupted from outside, perhaps while waiting for its threads: they may still send, so
        # the lock stays until the process ends.
        _kept.append(me)
        raise
    me.release()
    _remove_files(store, [sender.id])


_kept: list[Alive] = []


def dead_senders(store: Store) -> list[str]:
    """Senders that are provably dead: their lock could be taken."""
    with store.read() as session:
        senders = session.scalars(select(Sender)).all()
    is_dead = _file_is_free if store.on_sqlite else _session_is_over
    return [sender.id for sender in senders if is_dead(store, sender)]


def bury(store: Store, senders: list[str]) -> None:
    """Forget dead senders, after everything they held was taken back."""
    _forget(store, senders)
    _remove_files(store, senders)


class _OnFile:
    """Alive by a lock of the kernel on a file of its own.

    Its name is never used again, so removing it afterwards opens no gap. Somebody else who
    removes it is noticed: another file of that name could be locked beside ours.
    """

    def __init__(self, store: Store, sender: Sender) -> None:
        self.id = sender.id
        self._path = _file(store, sender.id)
        self._lock = _file_lock(self._path)
        try:
            self._lock.acquire()
        except OSError as error:
            raise StoreError(
                f"{self._path.parent} knows no file locks ({error}): put the database on a local disk"
            ) from error
        self._inode = self._path.stat().st_ino  # not given out again while we hold it open

    def prove(self) -> None:
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:
            inode = None
        if inode != self._inode:
            raise LockLost(f"somebody removed {self._path}, which proves that this sender lives")

    def release(self) -> None:
        self._lock.release()


class _OnSession:
    """Alive by an advisory lock on a database session of its own."""

    def __init__(self, store: Store, sender: Sender) -> None:
        self.id = sender.id
        self._connection = store.engine.connect()
        self._connection.detach()  # a pooled session would go on holding the lock
        self._connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": sender.lock})
        self._connection.commit()

    def prove(self) -> None:
        try:
            self._connection.execute(text("SELECT 1"))
            self._connection.rollback()
        except Exception as error:
            raise LockLost(
                f"sender {self.id} lost its lock ({error}): what it held is looked for on the accounts, "
                "and the next run does it again where it is not there"
            ) from error

    def release(self) -> None:
        self._connection.invalidate()


def _file(store: Store, sender_id: str) -> Path:
    folder = store.folder / "senders"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{sender_id}.lock"


def _remove_files(store: Store, senders: list[str]) -> None:
    if store.on_sqlite:
        for sender_id in senders:
            _file(store, sender_id).unlink(missing_ok=True)


def _file_lock(path: Path) -> FileLock:
    # a file whose mere existence is the lock would outlive its holder
    return FileLock(path, fallback_to_soft=False, thread_local=False)


def _register(store: Store, sender: Sender) -> None:
    with store.write() as session:
        session.add(sender)


def _forget(store: Store, senders: list[str]) -> None:
    with store.write() as session:
        for sender_id in senders:
            found = session.get(Sender, sender_id)
            if found is not None:
                session.delete(found)


def _file_is_free(store: Store, sender: Sender) -> bool:
    path = _file(store, sender.id)
    if not path.exists():
        return not _runs(int(sender.id.partition("-")[0]))
    try:
        # the lock belongs to an open file, so this process sees its own senders alive too
        with _file_lock(path).acquire(timeout=0):
            return True
    except Timeout:
        return False


def _runs(pid: int) -> bool:
    """Whether a process has this number: all that is left to ask where a lock file was removed."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _session_is_over(store: Store, sender: Sender) -> bool:
    with store.engine.connect() as connection:
        connection.detach()  # taking the lock must not outlive the question
        query = text("SELECT pg_try_advisory_lock(:key)")
        return bool(connection.execute(query, {"key": sender.lock}).scalar_one())
