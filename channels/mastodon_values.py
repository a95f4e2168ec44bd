"""Mastodon's entities as our values. What an entity lacks is left out, never invented."""

import math
import mimetypes
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from channels.html_text import text_of
from channels.model import Place, Post, Published, RemotePhoto

Entity = Mapping[str, Any]
_OPEN = frozenset({"public", "unlisted"})


def post(status: Entity) -> Post:
    """A citizen's status. Raises `LookupError` or `ValueError` for what is not a status."""
    author = status["account"]
    return Post(
        remote_id=identified(status),
        author_id=str(author["id"]),
        author_handle=str(author.get("acct") or ""),
        author_name=str(author.get("display_name") or author.get("username") or ""),
        text=text(status),
        url=str(status.get("url") or status.get("uri") or ""),
        created_at=moment(status.get("created_at")),
        in_reply_to=_optional(status.get("in_reply_to_id")),
        photos=_photos(status),
        place=_place(status.get("place")),
        public=status.get("visibility") in _OPEN,
    )


def published(status: Entity) -> Published:
    """A status of our own. Raises like `post`; only the id is needed."""
    at = status.get("created_at")
    original = status.get("reblog") or {}
    return Published(
        remote_id=identified(status),
        url=str(status.get("url") or original.get("url") or status.get("uri") or ""),
        text=text(original or status),
        at=moment(at) if at else datetime.now(UTC),
        in_reply_to=_optional(status.get("in_reply_to_id")),
        shares=identified(original) if original else None,
    )


def identified(entity: Entity) -> str:
    """An entity's id. Raises `ValueError` where there is none."""
    found = entity.get("id")
    if not isinstance(found, str | int) or not str(found):
        raise ValueError("the answer holds no id")
    return str(found)


def text(status: Entity) -> str:
    """The text as written, behind its content warning, where there is one."""
    warning = str(status.get("spoiler_text") or "").strip()
    return "\n\n".join(filter(None, (warning, text_of(str(status.get("content") or "")))))


def moment(value: Any) -> datetime:
    """A time, aware and in UTC. Raises `ValueError` for anything else."""
    if not isinstance(value, datetime):
        raise ValueError("the answer holds no time")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)


def _photos(status: Entity) -> tuple[RemotePhoto, ...]:
    return tuple(
        RemotePhoto(
            url=str(found["url"]),
            alt=str(found.get("description") or ""),
            mime=mimetypes.guess_type(urlsplit(str(found["url"])).path)[0] or "",
        )
        for found in status.get("media_attachments") or ()
        if found.get("type") == "image" and found.get("url")
    )


def _place(told: Any) -> Place | None:
    """Our practice network's extension; other servers have none."""
    if not isinstance(told, Mapping):
        return None
    try:
        lat, lon = float(told["lat"]), float(told["lon"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return Place(lat=lat, lon=lon, name=str(told.get("name") or ""))
