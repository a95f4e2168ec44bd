"""What clients get: Mastodon's entities as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from practice import reading, text
from practice.accounts import Person
from practice.network import Network
from practice.tables import Media, Notification, Status

Json = dict[str, Any]


def stamp(moment: datetime) -> str:
    """A time as Mastodon writes it: UTC, milliseconds, Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes entities for one viewer, with addresses under `base`."""

    network: Network
    session: Session
    base: str
    viewer: Person | None = None

    @property
    def viewer_id(self) -> int | None:
        return self.viewer.id if self.viewer else None

    def account(self, person: Person) -> Json:
        return account(person, self.base)

    def status(self, status: Status) -> Json:
        return self.statuses([status])[0]

    def statuses(self, statuses: Iterable[Status]) -> list[Json]:
        """Each status as JSON; reblogs hold their original."""
        listed = list(statuses)
        known = [number for found in listed for number in (found.id, found.reblog_of_id) if number]
        return self.written(listed, reading.reblogged_by(self.session, self.viewer_id, known))

    def written(self, listed: list[Status], passed_on: set[int]) -> list[Json]:
        """The same, when it is known which of them the viewer has passed on."""
        originals = self._originals(listed)
        pictures = self._pictures([*listed, *originals.values()])
        written = []
        for status in listed:
            entity = self._entity(status, pictures, passed_on)
            original = originals.get(status.reblog_of_id or 0)
            if original is not None:
                entity |= self._reblog(self._entity(original, pictures, passed_on))
            written.append(entity)
        return written

    def notifications(self, found: Iterable[Notification]) -> list[Json]:
        """Each notification with its status; those whose status is gone are left out."""
        listed = list(found)
        ids = [notification.status_id for notification in listed]
        query = select(Status).where(Status.id.in_(ids), reading.readable(self.viewer_id))
        seen = list(self.session.scalars(query))
        entities = {
            status.id: entity for status, entity in zip(seen, self.statuses(seen), strict=True)
        }
        return [
            self._notification(notification, entities[notification.status_id])
            for notification in listed
            if notification.status_id in entities
        ]

    def _notification(self, notification: Notification, status: Json) -> Json:
        return {
            "id": str(notification.id),
            "type": notification.type,
            "created_at": stamp(notification.created_at),
            "group_key": f"ungrouped-{notification.id}",
            "account": self.account(self._person(notification.from_id)),
            "status": status,
        }

    def _entity(self, status: Status, pictures: dict[int, Media], passed_on: set[int]) -> Json:
        author = self._person(status.account_id)
        known = {handle: profile(handle, self.base) for _, handle in status.mentions}
        address = f"{self.base}/@{author.handle}/{status.id}"
        return {
            "id": str(status.id),
            "created_at": stamp(status.created_at),
            "in_reply_to_id": _id(status.in_reply_to_id),
            "in_reply_to_account_id": _id(status.in_reply_to_account_id),
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler_text,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"{self.base}/users/{author.handle}/statuses/{status.id}",
            "url": address,
            "replies_count": status.replies_count,
            "reblogs_count": status.reblogs_count,
            "favourites_count": 0,
            "quotes_count": 0,
            "edited_at": None,
            "favourited": False,
            "reblogged": status.id in passed_on,
            "muted": False,
            "bookmarked": False,
            "pinned": False,
            "content": text.to_html(status.text, base=self.base, known=known),
            "filtered": [],
            "reblog": None,
            "application": {"name": status.application, "website": None}
            if status.application
            else None,
            "account": self.account(author),
            "media_attachments": [
                media(pictures[number], self.base) for number in status.media if number in pictures
            ],
            "mentions": [
                {
                    "id": str(number),
                    "username": handle,
                    "acct": handle,
                    "url": profile(handle, self.base),
                }
                for number, handle in status.mentions
            ],
            "tags": [
                {"name": tag.lower(), "url": f"{self.base}/tags/{quote(tag)}"}
                for tag in status.tags
            ],
            "emojis": [],
            "card": None,
            "poll": None,
            "place": status.place,
        }

    def _reblog(self, original: Json) -> Json:
        return {
            "reblog": original,
            "content": original["content"],
            "mentions": original["mentions"],
        }

    def _originals(self, statuses: list[Status]) -> dict[int, Status]:
        ids = [status.reblog_of_id for status in statuses if status.reblog_of_id]
        if not ids:
            return {}
        return {
            found.id: found
            for found in self.session.scalars(select(Status).where(Status.id.in_(ids)))
        }

    def _pictures(self, statuses: list[Status]) -> dict[int, Media]:
        ids = [number for status in statuses for number in status.media]
        if not ids:
            return {}
        return {
            found.id: found
            for found in self.session.scalars(select(Media).where(Media.id.in_(ids)))
        }

    def _person(self, account_id: int) -> Person:
        person = self.network.accounts.by_id(account_id)
        if person is None:
            raise LookupError(f"account {account_id} has a post but no row")
        return person


def account(person: Person, base: str) -> Json:
    address = profile(person.handle, base)
    return {
        "id": str(person.id),
        "username": person.handle,
        "acct": person.handle,
        "display_name": person.name,
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": True,
        "group": False,
        "created_at": stamp(person.created_at.replace(hour=0, minute=0, second=0, microsecond=0)),
        "note": "",
        "url": address,
        "uri": f"{base}/users/{person.handle}",
        "avatar": f"{base}/static/avatar.svg",
        "avatar_static": f"{base}/static/avatar.svg",
        "header": f"{base}/static/avatar.svg",
        "header_static": f"{base}/static/avatar.svg",
        "followers_count": 0,
        "following_count": 0,
        "statuses_count": 0,
        "last_status_at": None,
        "emojis": [],
        "fields": [],
        "roles": [],
    }


def media(picture: Media, base: str) -> Json:
    address = f"{base}/media/{picture.file}"
    size = {
        "width": picture.width,
        "height": picture.height,
        "size": f"{picture.width}x{picture.height}",
        "aspect": picture.width / picture.height if picture.height else 0,
    }
    return {
        "id": str(picture.id),
        "type": "image",
        "url": address,
        "preview_url": address,
        "remote_url": None,
        "preview_remote_url": None,
        "text_url": None,
        "meta": {"original": size, "small": size},
        "description": picture.description,
        "blurhash": None,
    }


def profile(handle: str, base: str) -> str:
    return f"{base}/@{handle}"


def _id(number: int | None) -> str | None:
    return None if number is None else str(number)
