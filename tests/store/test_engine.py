"""Opening and writing: pragmas, busy and full stores, times in UTC, and clear words for each."""

import sqlite3
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import StatementError

from store.engine import Store, StoreBusy, StoreError, StoreFull
from store.posts import store_posts
from store.tables import Post, Stamp
from tests import builders
from tests.builders import NOW

only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def _stamp(store: Store, key: str, value: int = 1) -> None:
    with store.write() as session:
        session.merge(Stamp(key=key, value={"n": value}))


def _stamps(store: Store) -> set[str]:
    with store.read() as session:
        return set(session.scalars(select(Stamp.key)))


def test_a_write_is_kept_whole_or_not_at_all(store: Store) -> None:
    with suppress(ZeroDivisionError), store.write() as session:
        session.add(Stamp(key="half", value={}))
        session.flush()
        raise ZeroDivisionError
    assert "half" not in _stamps(store)


def test_what_is_done_in_a_reading_is_not_kept(store: Store) -> None:
    with store.read() as session:
        session.add(Stamp(key="read", value={}))
        session.flush()
    assert "read" not in _stamps(store)


def test_a_reader_is_not_held_up_by_a_writer(store: Store) -> None:
    with store.write() as session:
        session.add(Stamp(key="coming", value={}))
        session.flush()
        assert "coming" not in _stamps(store)
    assert "coming" in _stamps(store)


def test_times_come_back_in_utc_whatever_zone_they_had(store: Store) -> None:
    seoul = datetime(2026, 11, 2, 10, 0, tzinfo=ZoneInfo("Asia/Seoul"))
    with store.write() as session:
        kept = builders.post(session, created_at=seoul)
    with store.read() as session:
        found = session.get_one(Post, kept.id).created_at
    assert (found, found.tzinfo) == (datetime(2026, 11, 2, 1, 0, tzinfo=UTC), UTC)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="without a zone"), store.write() as session:
        store_posts(session, [builders.incoming(created_at=datetime(2026, 11, 2))], at=NOW)


@only_sqlite
def test_every_connection_is_durable_and_checks_references(store: Store) -> None:
    with store.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


@only_sqlite
def test_what_is_erased_is_in_no_page_of_the_file(store: Store) -> None:
    # Debian builds SQLite to overwrite by itself; here it is as others build it
    event.listen(
        store.engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete=OFF"), insert=True
    )
    secret = "저희 집은 비밀동 " * 2_000  # long enough for pages of its own, which are then free
    with store.write() as session:
        kept = builders.post(session, text=secret)
    with store.write() as session:
        session.get_one(Post, kept.id).text = ""
    file = Path(store.engine.url.database or "")
    store.close()  # and what was written ahead goes into the file
    assert not file.with_name(f"{file.name}-wal").exists()
    assert "비밀동".encode() not in file.read_bytes()


def test_a_file_system_that_cannot_do_wal_is_refused(
    fast_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fast_folder)
    # SQLite's own file system without shared memory, as some network folders are
    store = Store("sqlite:///file:bad.db?vfs=unix-none&uri=true")
    with pytest.raises(StoreError, match=r"journal_mode=delete.*local disk"):
        _stamps(store)


def test_a_store_in_memory_is_refused() -> None:
    with pytest.raises(StoreError, match="HAECHI_DATABASE_URL"):
        Store("sqlite://")


@only_sqlite
def test_a_locked_store_says_so_and_nothing_was_written(store: Store, store_url: str) -> None:
    hasty = Store(store_url, busy_timeout=0.05)
    with store.write() as session:
        session.add(Stamp(key="first", value={}))
        session.flush()
        with pytest.raises(StoreBusy, match=r"held by somebody else.*nothing was written"):
            _stamp(hasty, "second")
    assert _stamps(hasty) >= {"first"}
    _stamp(hasty, "second")


@only_postgresql
def test_a_locked_table_says_so_and_nothing_was_written(store: Store, store_url: str) -> None:
    hasty = Store(store_url, busy_timeout=0.05)
    with store.write() as session:
        session.execute(text("LOCK TABLE stamp"))
        with pytest.raises(StoreBusy, match="held by somebody else"):
            _stamp(hasty, "second")
    _stamp(hasty, "second")
    hasty.close()


@only_sqlite
def test_a_file_that_another_program_holds_for_itself_says_so_when_opened(
    store: Store, store_url: str
) -> None:
    store.close()
    other = sqlite3.connect(store.engine.url.database or "")
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusy):
        _stamps(Store(store_url, busy_timeout=0.05))
    other.close()


def test_a_server_that_is_away_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreBusy, match="away"):
        _stamps(Store(f"postgresql://postgres:secret@/none?host={tmp_path}"))


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    with pytest.raises(StoreBusy) as busy:
        _stamps(Store(f"postgresql://postgres:secret@/none?host={tmp_path}"))
    assert "secret" not in str(busy.value)


@only_sqlite
def test_a_full_disk_says_so_keeps_what_was_there_and_goes_on_afterwards(store: Store) -> None:
    _stamp(store, "before")
    with store.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    posts = [builders.incoming(text="가" * 5_000) for _ in range(200)]
    with (
        pytest.raises(StoreFull, match=r"full.*make room.*nothing was written"),
        store.write() as s,
    ):
        store_posts(s, posts, at=NOW)
    with store.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert "before" in _stamps(store)
    with store.write() as session:
        assert store_posts(session, posts, at=NOW) == 200


_WRITER = """
import resource, signal, sys
from store.engine import Store, StoreFull
from store.tables import Stamp
store = Store(sys.argv[1])
with store.write() as s:
    s.merge(Stamp(key="before", value={}))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    with store.write() as s:
        s.merge(Stamp(key="much", value={"text": "x" * 2_000_000}))
except StoreFull as error:
    print(error)
"""


@only_sqlite
def test_a_disk_that_takes_no_more_bytes_says_so(store: Store, store_url: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", _WRITER, store_url], capture_output=True, text=True, check=True
    )
    assert "make room" in said.stdout
    assert "before" in _stamps(store)
    assert "much" not in _stamps(store)


def test_every_store_on_a_damaged_file_fails_loudly(tmp_path: Path) -> None:
    file = tmp_path / "haechi.db"
    file.write_bytes(b"this is no database" * 1_000)
    with pytest.raises(Exception, match="not a database"):
        _stamps(Store(f"sqlite:///{file}"))


def test_the_urls_of_a_store_name_the_driver_that_is_installed(store_url: str) -> None:
    assert create_engine(store_url).dialect.driver in ("pysqlite", "psycopg")
