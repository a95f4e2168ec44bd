"""What else can be done with a post: pass it on, take that back, delete it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from practice import statements
from practice.accounts import Person
from practice.errors import forbidden, not_found
from practice.network import Network
from practice.tables import Media, Mention, Notification, Status, Tagging, now

ERASED: dict[str, Any] = {
    "text": "",
    "words": "",
    "spoiler_text": "",
    "media": [],
    "mentions": [],
    "tags": [],
    "place": None,
}


def reblog(
    network: Network, author: Person, original_id: int, *, hidden: timedelta = timedelta(0)
) -> int:
    """Pass a post on; the reblog's own id, the same one when it was passed on before."""
    at = now()
    with network.store.write() as connection:
        original = connection.execute(statements.LIVING, {"wanted": original_id}).one_or_none()
        if original is None or original.visibility not in ("public", "unlisted"):
            raise not_found()
        known = _reblog_of(connection, author, original_id)
        if known is not None:
            return known
        row = {
            "id": (status_id := network.ids.next(at)),
            "account_id": author.id,
            "thread_id": status_id,
            "reblog_of_id": original_id,
            "created_at": at,
            "visible_at": at + hidden,
        }
        connection.execute(insert(Status).values(**row))
        _count(connection, original_id, reblogs_count=Status.reblogs_count + 1)
        if original.account_id != author.id:
            told = {"account_id": original.account_id, "from_id": author.id, "created_at": at}
            notice = {**told, "type": "reblog", "status_id": original_id}
            connection.execute(statements.ADD_NOTIFICATION, notice)
    return status_id


def unreblog(network: Network, author: Person, original_id: int) -> None:
    """Take a reblog back; nothing happens where there was none."""
    with network.store.write() as connection:
        known = _reblog_of(connection, author, original_id)
        if known is not None:
            _erase(connection, known, now())
            _count(connection, original_id, reblogs_count=Status.reblogs_count - 1)


def remove(network: Network, author: Person, status_id: int) -> None:
    """Delete one's own post and its reblogs. Raises `ApiError` 404 or 403."""
    at = now()
    with network.store.write() as connection:
        status = connection.execute(statements.LIVING, {"wanted": status_id}).one_or_none()
        if status is None:
            raise not_found()
        if status.account_id != author.id:
            raise forbidden()
        reblogs = select(Status.id).where(Status.reblog_of_id == status_id)
        for gone in [status_id, *connection.scalars(reblogs)]:
            _erase(connection, gone, at)
        if status.in_reply_to_id:
            _count(connection, status.in_reply_to_id, replies_count=Status.replies_count - 1)
        if status.reblog_of_id:
            _count(connection, status.reblog_of_id, reblogs_count=Status.reblogs_count - 1)


def _count(connection: Connection, status_id: int, **values: Any) -> None:
    connection.execute(update(Status).where(Status.id == status_id).values(**values))


def _reblog_of(connection: Connection, author: Person, original_id: int) -> int | None:
    return connection.scalar(
        select(Status.id).where(
            Status.reblog_of_id == original_id,
            Status.account_id == author.id,
            Status.deleted_at.is_(None),
        )
    )


def _erase(connection: Connection, status_id: int, at: datetime) -> None:
    _count(connection, status_id, deleted_at=at, **ERASED)
    connection.execute(update(Media).where(Media.status_id == status_id).values(status_id=None))
    for table in (Mention, Tagging, Notification):
        connection.execute(delete(table).where(table.status_id == status_id))
    replies = update(Status).where(Status.in_reply_to_id == status_id)
    connection.execute(replies.values(in_reply_to_id=None, in_reply_to_account_id=None))
