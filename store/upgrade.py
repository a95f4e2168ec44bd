"""Bringing a store's tables up to date, by Alembic."""

from alembic import command
from alembic.config import Config
from filelock import FileLock
from sqlalchemy import text

from store.engine import Store
from store.open import MIGRATIONS

_LOCK = 4_241  # an advisory lock on PostgreSQL, ours alone


def upgrade(store: Store) -> None:
    """Bring the tables up to date; several processes may ask at once."""
    config = migrations()
    if store.on_sqlite:
        with FileLock(store.folder / "upgrade.lock"):
            _run(store, config)
    else:
        _run(store, config)


def migrations() -> Config:
    """Alembic's configuration; `attributes["connection"]` is the caller's to set."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _run(store: Store, config: Config) -> None:
    with store.connect() as connection:
        if not store.on_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.commit()
        else:
            # It alters a table by making it anew, and for a moment nothing is where others point.
            # Inside a transaction the pragma is deaf, and SQLAlchemy would begin one.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        connection.invalidate()  # frees the advisory lock, and forgets the pragma
