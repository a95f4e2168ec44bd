"""Opening the city's store: tables brought up to date, and the mode never mixed."""

import contextlib
from pathlib import Path
from typing import Literal

from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from settings import Settings
from store.engine import Store, StoreError
from store.tables import Stamp

Mode = Literal["practice", "live"]

MIGRATIONS = Path(__file__).parent / "migrations"


def open_store(settings: Settings) -> Store:
    """The store that the settings name, its tables as this version needs them.

    Raises `StoreError` where it belongs to the other mode: what citizens wrote on the practice
    network must never be answered on a real one, nor the other way round.
    """
    store = Store(settings.database)
    if _revision(store) != newest():
        from store.upgrade import upgrade  # Alembic takes half a second, and each run opens a store

        upgrade(store)
    _check_mode(store, settings.mode)
    return store


def newest() -> str:
    """The revision that this version needs: the migrations are numbered in their files' names."""
    return max(file.name for file in MIGRATIONS.glob("versions/[0-9]*.py")).partition("_")[0]


def _revision(store: Store) -> str | None:
    with store.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


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
