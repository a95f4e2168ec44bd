"""Opening the store: one engine, short transactions, clear errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

#: How long a writer waits for another one, in seconds, before it says that the store is busy.
BUSY_TIMEOUT = 30

#: A statement's values are what citizens wrote, and an error's text ends in a log.
_PRIVATE = True

#: How many of our transactions are open around whatever runs here; each thread has its own.
_OPEN: ContextVar[int] = ContextVar("open transactions", default=0)

#: 64 MB for each connection rather than SQLite's 2: the indexes' inner pages of millions of rows.
_CACHE = "cache_size=-65536"

_FULL = ("disk is full", "no space left", "disk i/o error", "could not extend file")
_BUSY = (
    "database is locked",
    "database table is locked",
    # PostgreSQL: somebody else holds a row, or the server is away or about to be
    "lock timeout",
    "deadlock detected",
    "is the server running",
    "connection refused",
    "no route to host",
    "timeout expired",
    "server closed the connection",
    "terminating connection",
    "the database system is",
    "too many clients",
)


class StoreError(RuntimeError):
    """The store cannot be used as it is; the message says what to do."""


class StoreBusy(StoreError):
    """Another process holds the store; nothing was written, and the next run does it again."""


class StoreFull(StoreError):
    """The disk is full; nothing was written, and the next run does it again."""


def in_transaction() -> bool:
    """Whether what runs here is inside a `read` or a `write`, where nothing waits for a network.

    The tests ask at everything that goes out.
    """
    return _OPEN.get() > 0


@contextmanager
def _opened() -> Iterator[None]:
    around = _OPEN.get()
    _OPEN.set(around + 1)
    try:
        yield
    finally:
        _OPEN.set(around)


class Store:
    """The store of one city: `with store.read() as s:` and `with store.write() as s:`.

    A write is one transaction: all of it is kept, or none of it. Keep it short, and never
    wait for a network inside it: on SQLite it stops every other writer.
    """

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        self.url = url
        self.engine = _engine(url, busy_timeout)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def on_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def folder(self) -> Path:
        """Where an SQLite store's own files lie."""
        return Path(make_url(self.url).database or ".").resolve().parent

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one moment of the store and keeps nothing that is done in it.

        Raises `StoreBusy` or `StoreFull` as `write` does.
        """
        with _clear_errors(self.url), _opened(), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed at the end, or dropped on any error.

        Raises `StoreBusy` where another writer does not finish, `StoreFull` on a full disk.
        """
        with (
            _clear_errors(self.url),
            _opened(),
            self._sessions() as session,
            session.begin(),
        ):
            if self.on_sqlite:
                # A transaction that begins as a reader and then writes fails at once, without
                # waiting, if somebody wrote in between. So a writer says so from the start.
                session.connection(execution_options={"haechi_write": True})
            yield session

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A bare connection, for what is no session's work. Raises as `write` does."""
        with _clear_errors(self.url), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _clear_errors(url: str) -> Iterator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        # the driver's own error comes from preparing a connection, which SQLAlchemy does not wrap
        said = str(getattr(error, "orig", error)).strip()
        where = make_url(url).render_as_string(hide_password=True)
        if any(word in said.lower() for word in _FULL):
            raise StoreFull(
                f"the disk of {where} is full ({said}): make room; "
                "nothing was written, the next run does it again"
            ) from error
        if any(word in said.lower() for word in _BUSY):
            raise StoreBusy(
                f"{where} is held by somebody else or away ({said}); "
                "nothing was written, the next run does it again"
            ) from error
        raise


def _engine(url: str, busy_timeout: float) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=10,
            hide_parameters=_PRIVATE,
            connect_args={"options": f"-c lock_timeout={int(busy_timeout * 1000)}"},
        )
        event.listen(engine, "handle_error", _without_the_row)
        return engine
    if not parsed.database:
        raise StoreError("a store in memory would be lost: name a file in HAECHI_DATABASE_URL")
    Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        parsed, pool_size=20, hide_parameters=_PRIVATE, connect_args={"timeout": busy_timeout}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _without_the_row(context: ExceptionContext) -> None:
    """PostgreSQL quotes the row that it refuses, whose values are private like a statement's."""
    error = context.original_exception
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    if not said:
        return
    error.args = (said,)
    if context.sqlalchemy_exception is not None:
        kind = type(error)
        context.sqlalchemy_exception.args = (f"({kind.__module__}.{kind.__name__}) {said}",)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten: decisions/0080
        _CACHE,
    ):
        cursor.execute(f"PRAGMA {pragma}")
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        found = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
        if found != wanted:
            raise StoreError(
                f"SQLite runs with {pragma}={found}, not {wanted}: what was written could be "
                "lost when the power fails. Put the database on a local disk."
            )
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("haechi_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
