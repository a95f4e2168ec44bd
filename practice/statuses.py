"""Writing: a post, a reblog, a deletion; each one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from practice import text as texts
from practice.accounts import Person
from practice.errors import forbidden, invalid, not_found
from practice.jobs import put_off
from practice.network import Network
from practice.tables import Idempotency, Media, Mention, Notification, Status, Tagging, now

IDEMPOTENT_FOR = timedelta(hours=1)
MEDIA_LIMIT = 4
VISIBILITIES = ("public", "unlisted", "private", "direct")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post as its author hands it in. `place`: lat and lon in degrees (WGS 84) and a name."""

    text: str = ""
    in_reply_to_id: int | None = None
    media_ids: Sequence[int] = ()
    visibility: str = "public"
    language: str | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    place: dict[str, Any] | None = None
    application: str = ""


def publish(
    network: Network,
    author: Person,
    draft: Draft,
    *,
    key: str | None = None,
    hidden: timedelta = timedelta(0),
    moment: datetime | None = None,
) -> int:
    """Store the post; its id. The same `key` within an hour gives the first post's id.

    `hidden`: nobody can read it for so long. `moment`: when it was written (default: now).
    Raises `ApiError` 422 for a text that is empty or too long, 404 for a lost parent.
    """
    _check(author, draft)
    at = moment or now()
    with network.store.write() as connection:
        known = _posted_before(connection, author, key, at)
        if known is not None:
            return known
        parent = _parent(connection, author, draft.in_reply_to_id)
        pictures = _pictures(connection, author, draft.media_ids)
        status_id = network.ids.next(at)
        addressed = _addressed(network, draft.text)
        row = _row(status_id, author, draft, parent, pictures, addressed, at, at + hidden)
        connection.execute(insert(Status).values(**row))
        _index(connection, row, addressed)
        _announce(connection, author, status_id, addressed, at, hidden)
        if parent is not None:
            _count(connection, parent.id, replies_count=Status.replies_count + 1)
        if key:
            connection.execute(
                insert(Idempotency).values(
                    account_id=author.id, key=key, status_id=status_id, created_at=at
                )
            )
    return status_id


def reblog(
    network: Network, author: Person, original_id: int, *, hidden: timedelta = timedelta(0)
) -> int:
    """Pass a post on; the reblog's own id, the same one when it was passed on before."""
    at = now()
    with network.store.write() as connection:
        original = _living(connection, original_id)
        if original is None or original.visibility not in ("public", "unlisted"):
            raise not_found()
        known = _reblog_of(connection, author, original_id)
        if known is not None:
            return known
        status_id = network.ids.next(at)
        connection.execute(
            insert(Status).values(
                id=status_id,
                account_id=author.id,
                thread_id=status_id,
                reblog_of_id=original_id,
                created_at=at,
                visible_at=at + hidden,
            )
        )
        _count(connection, original_id, reblogs_count=Status.reblogs_count + 1)
        if original.account_id != author.id:
            _notify(connection, original.account_id, "reblog", author, original_id, at)
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
        status = _living(connection, status_id)
        if status is None:
            raise not_found()
        if status.account_id != author.id:
            raise forbidden()
        reblogs = select(Status.id).where(Status.reblog_of_id == status_id)
        for gone in [status_id, *connection.scalars(reblogs)]:
            _erase(connection, gone, at)
        if status.in_reply_to_id:
            _count(connection, status.in_reply_to_id, replies_count=Status.replies_count - 1)


def _check(author: Person, draft: Draft) -> None:
    if not draft.text and not draft.media_ids:
        raise invalid("Text can't be blank")
    if texts.length(draft.text) + texts.length(draft.spoiler_text) > author.limit:
        raise invalid(f"Text character limit of {author.limit} exceeded")
    if draft.visibility not in VISIBILITIES:
        raise invalid("Visibility is not included in the list")
    if len(draft.media_ids) > MEDIA_LIMIT:
        raise invalid("Cannot attach more than 4 files")


def _posted_before(
    connection: Connection, author: Person, key: str | None, at: datetime
) -> int | None:
    if not key:
        return None
    mine = (Idempotency.account_id == author.id, Idempotency.key == key)
    found = connection.execute(
        select(Idempotency.status_id, Idempotency.created_at, Status.deleted_at)
        .join(Status, Status.id == Idempotency.status_id)
        .where(*mine)
    ).one_or_none()
    if found and found.deleted_at is None and at - found.created_at < IDEMPOTENT_FOR:
        return int(found.status_id)
    if found:
        connection.execute(delete(Idempotency).where(*mine))
    return None


def _living(connection: Connection, status_id: int) -> Row[Any] | None:
    return connection.execute(
        select(Status.__table__).where(Status.id == status_id, Status.deleted_at.is_(None))
    ).one_or_none()


def _parent(connection: Connection, author: Person, parent_id: int | None) -> Row[Any] | None:
    if parent_id is None:
        return None
    parent = _living(connection, parent_id)
    if parent is None or not _may_read(connection, author, parent):
        raise not_found()
    if parent.reblog_of_id:
        return _parent(connection, author, parent.reblog_of_id)
    return parent


def _may_read(connection: Connection, reader: Person, status: Row[Any]) -> bool:
    if status.visibility in ("public", "unlisted") or status.account_id == reader.id:
        return True
    return (
        connection.scalar(
            select(Mention.status_id).where(
                Mention.status_id == status.id, Mention.account_id == reader.id
            )
        )
        is not None
    )


def _pictures(connection: Connection, author: Person, wanted: Sequence[int]) -> list[int]:
    """The author's own pictures that no other post has, in the order asked for."""
    if not wanted:
        return []
    found = set(
        connection.scalars(
            select(Media.id).where(
                Media.id.in_(wanted), Media.account_id == author.id, Media.status_id.is_(None)
            )
        )
    )
    if set(wanted) - found:
        raise invalid("Media attachments could not be found or are already in use")
    return list(dict.fromkeys(wanted))


def _addressed(network: Network, text: str) -> list[Person]:
    found = (network.accounts.by_handle(handle) for handle in texts.mentions(text))
    return [person for person in found if person is not None]


def _row(
    status_id: int,
    author: Person,
    draft: Draft,
    parent: Row[Any] | None,
    pictures: list[int],
    addressed: list[Person],
    at: datetime,
    visible_at: datetime,
) -> dict[str, Any]:
    return {
        "id": status_id,
        "account_id": author.id,
        "text": draft.text,
        "words": texts.folded(draft.text),
        "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_account_id": parent.account_id if parent else None,
        "thread_id": parent.thread_id if parent else status_id,
        "visibility": draft.visibility,
        "language": draft.language,
        "sensitive": draft.sensitive,
        "spoiler_text": draft.spoiler_text,
        "application": draft.application,
        "mentions": [[person.id, person.handle] for person in addressed],
        "tags": texts.hashtags(draft.text),
        "media": pictures,
        "place": draft.place,
        "created_at": at,
        "visible_at": visible_at,
    }


def _index(connection: Connection, row: dict[str, Any], addressed: list[Person]) -> None:
    status_id = row["id"]
    if addressed:
        connection.execute(
            insert(Mention),
            [{"account_id": person.id, "status_id": status_id} for person in addressed],
        )
    if row["tags"]:
        folded = dict.fromkeys(texts.folded(tag) for tag in row["tags"])
        connection.execute(
            insert(Tagging), [{"tag": tag, "status_id": status_id} for tag in folded]
        )
    if row["media"]:
        connection.execute(
            update(Media).where(Media.id.in_(row["media"])).values(status_id=status_id)
        )


def _announce(
    connection: Connection,
    author: Person,
    status_id: int,
    addressed: list[Person],
    at: datetime,
    hidden: timedelta,
) -> None:
    """Tell who is addressed; of a hidden post only once it can be read."""
    for person in addressed:
        if person.id == author.id:
            continue
        if hidden:
            told = {"account_id": person.id, "from_id": author.id, "status_id": status_id}
            put_off(connection, "notify", at + hidden, told)
        else:
            _notify(connection, person.id, "mention", author, status_id, at)


def _notify(
    connection: Connection, account_id: int, kind: str, author: Person, status_id: int, at: datetime
) -> None:
    connection.execute(
        insert(Notification).values(
            account_id=account_id, type=kind, from_id=author.id, status_id=status_id, created_at=at
        )
    )


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
    connection.execute(
        update(Status)
        .where(Status.id == status_id)
        .values(deleted_at=at, text="", words="", spoiler_text="", media=[], place=None, tags=[])
    )
    connection.execute(update(Media).where(Media.status_id == status_id).values(status_id=None))
    for table in (Mention, Tagging, Notification):
        connection.execute(delete(table).where(table.status_id == status_id))
    replies = Status.in_reply_to_id == status_id
    connection.execute(
        update(Status).where(replies).values(in_reply_to_id=None, in_reply_to_account_id=None)
    )
