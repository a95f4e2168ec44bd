"""Opening the city's store: tables brought up to date, and the mode never mixed."""

import contextlib
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from settings import Settings
from store.engine import Store, StoreError
from store.tables import Stamp

Mode = Literal["practice", "live"]

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 4_241  # an advisory lock on PostgreSQL, ours alone


def open_store(settings: Settings) -> Store:
    """The store that the settings name, its tables as this version needs them.

    Raises `StoreError` where it belongs to the other mode: what citizens wrote on the practice
    network must never be answered on a real one, nor the other way round.
    """
    store = Store(settings.database)
    upgrade(store)
    _check_mode(store, settings.mode)
    return store


def upgrade(store: Store) -> None:
    """Bring the tables up to date; several processes may ask at once."""
    config = migrations()
    if _revision(store) == ScriptDirectory.from_config(config).get_current_head():
        return
    if store.on_sqlite:
        with FileLock(store.folder / "upgrade.lock"):
            _run(store, config)
    else:
        _run(store, config)


def migrations() -> Config:
    """Alembic's configuration; `attributes["connection"]` is the caller's to set."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _revision(store: Store) -> str | None:
    with store.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _run(store: Store, config: Config) -> None:
    with store.connect() as connection:
        if not store.on_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _UPGRADE_LOCK})
            connection.commit()
        else:
            # It alters a table by making it anew, and for a moment nothing is where others point.
            # Inside a transaction the pragma is deaf, and SQLAlchemy would begin one.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.invalidate()  # frees the advisory lock, and forgets the pragma


def _check_mode(store: Store, mode: Mode) -> None:
    found = _mode(store)
    if found is None:
        with contextlib.suppress(IntegrityError), store.write() as session:
            session.add(Stamp(key="mode", value={"mode": mode}))
        found = _mode(store)  # another process may have been first
    if found != mode:
        raise StoreError(
            f"this store holds {found} cases and HAECHI_LIVE asks for {mode}: "
            "name another database in HAECHI_DATABASE_URL"
        )


def _mode(store: Store) -> str | None:
    with store.read() as session:
        found = session.get(Stamp, "mode")
    return None if found is None else str(found.value["mode"])
