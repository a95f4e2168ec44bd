"""Only death frees a sender's lock: not stopping it, not removing its file, not a child of it."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import select

from store.engine import Store
from store.liveness import LockLost, alive, bury, dead_senders
from store.tables import Sender
from tests.builders import NOW
from tests.postgres import PostgresServer

_processes = multiprocessing.get_context("spawn")


def _live(url: str, told: Connection) -> None:
    with alive(Store(url), at=NOW) as me:
        told.send(me.id)
        told.recv()


@pytest.fixture
def sender(store_url: str) -> Iterator[tuple[str, Any]]:
    """Another process that is registered as a sender: its id, and the process."""
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=_live, args=(store_url, theirs), daemon=True)
    process.start()
    yield ours.recv(), process
    process.kill()
    process.join()


def _poll(what: Callable[[], bool]) -> bool:
    """Whether it becomes true: a database notices a death a moment later."""
    end = time.monotonic() + 10
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def test_a_living_sender_is_not_dead(store: Store, sender: tuple[str, Any]) -> None:
    assert dead_senders(store) == []


def test_a_killed_sender_is_dead_and_once_buried_forgotten(
    store: Store, sender: tuple[str, Any]
) -> None:
    sender_id, process = sender
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert _poll(lambda: dead_senders(store) == [sender_id])
    bury(store, [sender_id])
    assert dead_senders(store) == []
    with store.read() as session:
        assert session.scalars(select(Sender)).all() == []


def test_a_stopped_sender_is_alive(store: Store, sender: tuple[str, Any]) -> None:
    _, process = sender
    os.kill(process.pid, signal.SIGSTOP)
    assert not any(dead_senders(store) for _ in range(5))
    os.kill(process.pid, signal.SIGCONT)


def test_a_sender_of_this_very_process_is_seen_alive_and_leaves_nothing_behind(
    store: Store,
) -> None:
    with alive(store, at=NOW) as one, alive(store, at=NOW) as two:
        assert one.id != two.id
        assert dead_senders(store) == []
        one.prove()
    with store.read() as session:
        assert session.scalars(select(Sender)).all() == []
    if store.on_sqlite:
        assert list((store.folder / "senders").iterdir()) == []


def test_a_block_that_fails_is_taken_for_dead(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), alive(store, at=NOW) as me:
        raise ZeroDivisionError
    assert _poll(lambda: dead_senders(store) == [me.id])


def test_a_block_that_is_interrupted_is_not_taken_for_dead_while_its_process_lives(
    store: Store,
) -> None:
    with suppress(KeyboardInterrupt), alive(store, at=NOW):
        raise KeyboardInterrupt
    assert dead_senders(store) == []


def test_asking_does_not_take_the_lock_away_from_the_next_who_asks(
    store: Store, sender: tuple[str, Any]
) -> None:
    sender_id, process = sender
    process.kill()
    process.join()
    assert _poll(lambda: dead_senders(store) == [sender_id])
    assert _poll(lambda: dead_senders(store) == [sender_id])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
class TestBesideSqlite:
    def test_removing_a_living_senders_file_does_not_make_it_look_dead(
        self, store: Store, sender: tuple[str, Any]
    ) -> None:
        sender_id, _ = sender
        (store.folder / "senders" / f"{sender_id}.lock").unlink()
        assert dead_senders(store) == []
        assert dead_senders(store) == []  # asking made no file that could be locked

    def test_a_sender_whose_file_was_removed_sends_no_more(self, store: Store) -> None:
        with alive(store, at=NOW) as me:
            (store.folder / "senders" / f"{me.id}.lock").unlink()
            with pytest.raises(LockLost, match="removed"):
                me.prove()

    def test_a_sender_whose_file_was_replaced_sends_no_more(self, store: Store) -> None:
        with alive(store, at=NOW) as me:
            file = store.folder / "senders" / f"{me.id}.lock"
            file.unlink()
            file.touch()
            with pytest.raises(LockLost):
                me.prove()

    def test_a_dead_sender_without_its_file_is_dead(
        self, store: Store, sender: tuple[str, Any]
    ) -> None:
        sender_id, process = sender
        process.kill()
        process.join()
        (store.folder / "senders" / f"{sender_id}.lock").unlink()
        assert dead_senders(store) == [sender_id]

    def test_a_child_that_ends_does_not_free_its_parents_lock(self, store: Store) -> None:
        with alive(store, at=NOW) as me:
            child = os.fork()
            if child == 0:
                with suppress(BaseException):
                    me.release()
                os._exit(0)
            os.waitpid(child, 0)
            (store.folder / "senders").mkdir(exist_ok=True)
            assert dead_senders(store) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_sender_whose_session_was_ended_sends_no_more(
    store: Store, store_url: str, postgres: PostgresServer
) -> None:
    with alive(store, at=NOW) as me:
        postgres.end_sessions(store_url)
        with pytest.raises(LockLost):
            me.prove()
