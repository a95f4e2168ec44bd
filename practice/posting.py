"""Writing a post: checked, stored, indexed and announced in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from practice import statements, text
from practice.accounts import Person
from practice.errors import invalid, not_found
from practice.network import Network
from practice.tables import Media, Mention, Status, now

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
    language: str | None = "ko"
    sensitive: bool = False
    spoiler_text: str = ""
    place: dict[str, Any] | None = None
    application: str = ""

    def check(self, limit: int) -> None:
        """Raises `ApiError` 422 for what Mastodon would not take."""
        if not self.text and not self.media_ids:
            raise invalid("Text can't be blank")
        if text.length(self.text) + text.length(self.spoiler_text) > limit:
            raise invalid(f"Text character limit of {limit} exceeded")
        if self.visibility not in VISIBILITIES:
            raise invalid("Visibility is not included in the list")
        if len(self.media_ids) > MEDIA_LIMIT:
            raise invalid("Cannot attach more than 4 files")


def publish(
    network: Network,
    author: Person,
    draft: Draft,
    *,
    key: str | None = None,
    hidden: timedelta = timedelta(0),
    moment: datetime | None = None,
) -> Status:
    """Store the post. The same `key` within an hour gives the first post back.

    `hidden`: nobody can read it for so long. `moment`: when it was written (default: now).
    Raises `ApiError` 422 for a text that is empty or too long, 404 for a lost parent.
    """
    draft.check(author.limit)
    at = moment or now()
    with network.store.write() as connection:
        known = _posted_before(connection, author, key, at)
        if known is not None:
            return Status(**known._mapping)
        parent = _parent(connection, author, draft.in_reply_to_id)
        addressed = _addressed(network, draft.text)
        row = {
            **_written(author, draft, addressed),
            **_placed(network.ids.next(at), parent),
            "media": _pictures(connection, author, draft.media_ids),
            "created_at": at,
            "visible_at": at + hidden,
        }
        connection.execute(statements.ADD_STATUS, row)
        _index(connection, row, parent)
        _announce(network, connection, row, addressed)
        if key:
            made = {"account_id": author.id, "key": key, "status_id": row["id"], "created_at": at}
            connection.execute(statements.ADD_KEY, made)
    return Status(**row)


def _posted_before(
    connection: Connection, author: Person, key: str | None, at: datetime
) -> Row[Any] | None:
    if not key:
        return None
    told = {"author": author.id, "told": key}
    made = connection.execute(statements.BY_KEY, told).one_or_none()
    if made is None:
        return None
    post = connection.execute(statements.LIVING, {"wanted": made.status_id}).one_or_none()
    if post is not None and at - made.created_at < IDEMPOTENT_FOR:
        return post
    connection.execute(statements.DROP_KEY, told)
    return None


def _parent(connection: Connection, author: Person, parent_id: int | None) -> Row[Any] | None:
    if parent_id is None:
        return None
    parent = connection.execute(statements.LIVING, {"wanted": parent_id}).one_or_none()
    if parent is None or not _may_read(connection, author, parent):
        raise not_found()
    if parent.reblog_of_id:
        return _parent(connection, author, parent.reblog_of_id)
    return parent


def _may_read(connection: Connection, reader: Person, status: Row[Any]) -> bool:
    if status.visibility in ("public", "unlisted") or status.account_id == reader.id:
        return True
    addressed = Mention.status_id == status.id, Mention.account_id == reader.id
    return connection.scalar(select(Mention.status_id).where(*addressed)) is not None


def _pictures(connection: Connection, author: Person, wanted: Sequence[int]) -> list[int]:
    """The author's own pictures that no other post has, in the order asked for."""
    if not wanted:
        return []
    free = Media.id.in_(wanted), Media.account_id == author.id, Media.status_id.is_(None)
    if set(wanted) - set(connection.scalars(select(Media.id).where(*free))):
        raise invalid("Media attachments could not be found or are already in use")
    return list(dict.fromkeys(wanted))


def _addressed(network: Network, told: str) -> list[Person]:
    found = (network.accounts.by_handle(handle) for handle in text.mentions(told))
    return [person for person in found if person is not None]


def _written(author: Person, draft: Draft, addressed: list[Person]) -> dict[str, Any]:
    return {
        "account_id": author.id,
        "text": draft.text,
        "words": text.folded(draft.text),
        "visibility": draft.visibility,
        "language": draft.language,
        "sensitive": draft.sensitive,
        "spoiler_text": draft.spoiler_text,
        "application": draft.application,
        "place": draft.place,
        "mentions": [[person.id, person.handle] for person in addressed],
        "tags": text.hashtags(draft.text),
        "replies_count": 0,
        "reblogs_count": 0,
    }


def _placed(status_id: int, parent: Row[Any] | None) -> dict[str, Any]:
    """Where in which thread the post stands."""
    return {
        "id": status_id,
        "in_reply_to_id": parent.id if parent else None,
        "in_reply_to_account_id": parent.account_id if parent else None,
        "thread_id": parent.thread_id if parent else status_id,
    }


def _index(connection: Connection, row: dict[str, Any], parent: Row[Any] | None) -> None:
    status_id = row["id"]
    folded = dict.fromkeys(text.folded(tag) for tag in row["tags"])
    if folded:
        marks = [{"tag": tag, "status_id": status_id} for tag in folded]
        connection.execute(statements.ADD_TAGGING, marks)
    if row["media"]:
        attached = update(Media).where(Media.id.in_(row["media"]))
        connection.execute(attached.values(status_id=status_id))
    if parent is not None:
        connection.execute(statements.ONE_MORE_REPLY, {"wanted": parent.id})


def _announce(
    network: Network, connection: Connection, row: dict[str, Any], addressed: list[Person]
) -> None:
    """Tell who is addressed; of a hidden post only once it can be read."""
    if not addressed:
        return
    marks = [{"account_id": person.id, "status_id": row["id"]} for person in addressed]
    connection.execute(statements.ADD_MENTION, marks)
    at, visible_at, author = row["created_at"], row["visible_at"], row["account_id"]
    told = [mark | {"from_id": author} for mark in marks if mark["account_id"] != author]
    if visible_at > at:
        for mention in told:
            network.later.put_off(connection, "notify", visible_at, mention)
    elif told:
        notices = [mention | {"type": "mention", "created_at": at} for mention in told]
        connection.execute(statements.ADD_NOTIFICATION, notices)
