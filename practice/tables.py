"""The practice network's own tables, in its own SQLite file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 UTC, so that it sorts and compares."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else EPOCH + timedelta(microseconds=value)


class LooseText(TypeDecorator[str]):
    """Any text that JSON can carry, a lone surrogate or NUL too: some networks do hand such on."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Any) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else value.decode("utf-8", "surrogatepass")


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 (SQLAlchemy's own attribute)


class Account(Base):
    """Whoever writes here. Tokens with `issued` up to `revoked` are void."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    city: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(default="")
    limit: Mapped[int] = mapped_column(default=500)
    issued: Mapped[int] = mapped_column(default=1)
    revoked: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Status(Base):
    """One post, or one reblog (`reblog_of_id`). A deleted one keeps only its id."""

    __tablename__ = "status"
    __table_args__ = (
        Index("status_by_account", "account_id", "id"),
        Index("status_by_thread", "thread_id", "id"),
        Index("status_by_reblog", "reblog_of_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    text: Mapped[str] = mapped_column(LooseText, default="")
    words: Mapped[str] = mapped_column(default="")
    in_reply_to_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    in_reply_to_account_id: Mapped[int | None] = mapped_column(default=None)
    thread_id: Mapped[int] = mapped_column(BigInteger)
    reblog_of_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    visibility: Mapped[str] = mapped_column(default="public")
    language: Mapped[str | None] = mapped_column(default=None)
    sensitive: Mapped[bool] = mapped_column(default=False)
    spoiler_text: Mapped[str] = mapped_column(LooseText, default="")
    application: Mapped[str] = mapped_column(default="")
    mentions: Mapped[list[Any]] = mapped_column(default=list)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    media: Mapped[list[Any]] = mapped_column(default=list)
    place: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    replies_count: Mapped[int] = mapped_column(default=0)
    reblogs_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    visible_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class Mention(Base):
    __tablename__ = "mention"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    status_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Tagging(Base):
    __tablename__ = "tagging"

    tag: Mapped[str] = mapped_column(primary_key=True)
    status_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Notification(Base):
    """Numbered in the order they arose, apart from the statuses' ids, as Mastodon does."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("notification_by_account", "account_id", "id"),
        Index("notification_by_status", "status_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    type: Mapped[str]
    from_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    status_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class Media(Base):
    """One uploaded picture; the file lies in the media folder under `file`."""

    __tablename__ = "media"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    status_id: Mapped[int | None] = mapped_column(BigInteger, default=None)
    file: Mapped[str] = mapped_column(unique=True)
    mime: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    description: Mapped[str | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class Idempotency(Base):
    """Which status an `Idempotency-Key` made; honoured for an hour."""

    __tablename__ = "idempotency"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    status_id: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class App(Base):
    __tablename__ = "app"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    client_secret: Mapped[str]
    name: Mapped[str]
    website: Mapped[str | None] = mapped_column(default=None)
    redirect_uris: Mapped[str]
    scopes: Mapped[str]


class Grant(Base):
    """An authorization code, good once and for ten minutes."""

    __tablename__ = "grant"

    code: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    handle: Mapped[str]
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    created_at: Mapped[datetime]


class RevokedToken(Base):
    __tablename__ = "revoked_token"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)


class Job(Base):
    """Something to do at `due_at`; it outlives a restart."""

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]


class Marker(Base):
    """What was done once and must not be done again."""

    __tablename__ = "marker"

    name: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class Store:
    """The database: many readers, one writer at a time (SQLite knows no more)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_engine(f"sqlite:///{path}", pool_size=40, max_overflow=40)
        event.listen(self.engine, "connect", _tune)
        Base.metadata.create_all(self.engine)
        self._writing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session to read with; its rows stay usable afterwards."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end, undone on an exception."""
        with self._writing, self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _tune(connection: Any, _record: object) -> None:
    # NORMAL loses nothing when the process dies, only when the machine does: right for practice.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=10000",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def table_of(model: type[Base]) -> Table:
    """The bare table, for statements without the mapping's cost."""
    return cast(Table, model.__table__)


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)
