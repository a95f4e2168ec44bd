"""Opening the city's store: tables as this version needs them, and never the other mode's."""

import multiprocessing
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, insert, inspect, select

from rules.bulletin import Way
from settings import Settings
from store.audit import faults
from store.engine import Store, StoreError
from store.open import newest, open_store
from store.tables import Base, Delivery, Numbering, Stamp
from store.upgrade import migrations
from tests import builders
from tests.builders import NOW


def _settings(folder: Path, url: str, *, live: bool = False) -> Settings:
    return Settings(var=folder, database_url=url, live=live)


def test_the_migrations_make_exactly_the_tables_that_the_code_knows(
    empty_url: str, fast_folder: Path
) -> None:
    store = open_store(_settings(fast_folder, empty_url))
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        tables = set(inspect(connection).get_table_names())
    assert tables == {*Base.metadata.tables, "alembic_version"}
    store.close()


def test_the_newest_revision_is_known_without_asking_alembic() -> None:
    assert newest() == ScriptDirectory.from_config(migrations()).get_current_head()


def test_a_store_of_before_the_count_is_counted_when_it_is_opened(
    store: Store, store_url: str, fast_folder: Path
) -> None:
    with store.write() as session:
        for _ in range(3):
            builders.case(session)
    with store.connect() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        if connection.dialect.name == "sqlite":  # it copies tables, as `open_store` lets it
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        command.downgrade(config, "0001")
        connection.commit()
    again = open_store(_settings(fast_folder, store_url))
    with again.read() as session:
        assert list(faults(session)) == []
        assert session.get_one(Numbering, 2026).last == 3
    again.close()


def test_opening_again_changes_nothing(store: Store, store_url: str, fast_folder: Path) -> None:
    with store.write() as session:
        kept = builders.post(session)
    again = open_store(_settings(fast_folder, store_url))
    with again.read() as session:
        assert session.get(type(kept), kept.id) is not None
    again.close()


def _open(folder: Path, url: str) -> None:
    open_store(_settings(folder, url)).close()


def test_several_processes_may_open_a_new_store_at_once(empty_url: str, fast_folder: Path) -> None:
    start = multiprocessing.get_context("spawn").Process
    processes = [start(target=_open, args=(fast_folder, empty_url)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    store = Store(empty_url)
    with store.read() as session:
        assert session.scalars(select(Stamp.value).where(Stamp.key == "mode")).all() == [
            {"mode": "practice"}
        ]
    store.close()


@pytest.mark.parametrize("live_first", [True, False])
def test_a_store_never_changes_its_mode(
    empty_url: str, fast_folder: Path, live_first: bool
) -> None:
    open_store(_settings(fast_folder, empty_url, live=live_first)).close()
    with pytest.raises(StoreError, match="name another database in HAECHI_DATABASE_URL"):
        open_store(_settings(fast_folder, empty_url, live=not live_first))


#: Words that the first version's rows hold, where any word would not do.
WORDS = {
    "network": "x",
    "disaster_role": "none",
    "regime": "social",
    "status": "received",
    "urgency": "normal",
    "state": "queued",
}


def _insert_one(connection: Connection, name: str, **more: object) -> None:
    """A row of a table as it is in the database, each column that must be given filled in."""
    table = Table(name, MetaData(), autoload_with=connection)
    samples: dict[type, object] = {str: "1", int: 1, bool: False, datetime: NOW, dict: []}
    given = {
        column.name: WORDS.get(column.name, samples[column.type.python_type])
        for column in table.columns
        if not column.nullable
    }
    connection.execute(insert(table).values(given | more))


def test_a_store_of_the_first_version_keeps_all_it_holds(empty_url: str, fast_folder: Path) -> None:
    store = Store(empty_url)
    config = migrations()
    with store.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _insert_one(connection, "office", kind="department")
        _insert_one(connection, "account")
        _insert_one(connection, "case")
        _insert_one(connection, "post")
        _insert_one(connection, "message", kind="answer", text="고쳤습니다")
        _insert_one(connection, "delivery", text="고쳤습니다")
        connection.commit()
    open_store(_settings(fast_folder, empty_url)).close()
    with store.read() as session:
        (kept,) = session.scalars(select(Delivery))
        assert kept.text == kept.message.text == "고쳤습니다"
        assert (kept.exercise, kept.wave, kept.way, kept.held) == (False, 0, Way.POST, False)
    store.close()
