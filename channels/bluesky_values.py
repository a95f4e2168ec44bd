"""Bluesky's records and views as our values. What a record lacks is left out, never invented."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.model import Post, Published, RemotePhoto

Json = Mapping[str, Any]

POSTS = "app.bsky.feed.post"
REPOSTS = "app.bsky.feed.repost"
MEDIA_HOST = "cdn.bsky.app"

_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]{1,512})")
_CID = re.compile(r"[A-Za-z0-9]{8,128}")
_LINK = "app.bsky.richtext.facet#link"
_IMAGES = "app.bsky.embed.images"
_WITH_MEDIA = "app.bsky.embed.recordWithMedia"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(rf"[2-7a-j][{_DIGITS}]{{12}}")
_COARSE = 20
"""Bits of a TID's microseconds that the key decides instead: its time is true to a second."""


@dataclass(frozen=True, slots=True)
class Uri:
    """The address of a record: whose repository, which collection, under which key."""

    did: str
    collection: str
    rkey: str

    @classmethod
    def of(cls, text: Any) -> "Uri":
        """Raises `ValueError` for what is no record's address."""
        found = _URI.fullmatch(text) if isinstance(text, str) else None
        if not found:
            raise ValueError(f"not the address of a record: {str(text)[:100]!r}")
        return cls(*found.groups())

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def url(self) -> str:
        """Where people see it."""
        return f"https://bsky.app/profile/{self.did}/post/{self.rkey}"


def tid(at: datetime, key: str) -> str:
    """A record key, the same for the same time and key, among the records of that time.

    A timestamp identifier: 53 bits of microseconds since 1970 and 10 of a clock's number, in
    base 32 (https://atproto.com/specs/tid). The key decides the last 30 bits: two messages of the
    same second meet once in a thousand million.
    """
    mark = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") & (1 << 30) - 1
    micros = max(0, (at - _EPOCH) // timedelta(microseconds=1))
    number = micros >> _COARSE << 30 | mark
    return "".join(_DIGITS[number >> shift & 31] for shift in range(60, -1, -5))


def tid_time(rkey: str) -> datetime | None:
    """When a record key says that it was made; None where it is no timestamp."""
    if not _TID.fullmatch(rkey):
        return None
    number = 0
    for digit in rkey:
        number = number << 5 | _DIGITS.index(digit)
    return _EPOCH + timedelta(microseconds=number >> 10)


def written(at: datetime) -> str:
    """A time as records hold it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(value: Any) -> datetime:
    """A time, aware and in UTC. Raises `ValueError` for anything else."""
    if not isinstance(value, str):
        raise ValueError("the answer holds no time")
    at = datetime.fromisoformat(value)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def post(view: Json) -> Post:
    """A citizen's post, from a notification or a search. Raises `LookupError`, `TypeError` or
    `ValueError` for what is none.

    Its author wrote when it was made; the network saw it at `indexedAt`. The earlier one counts,
    as it does in the network's own lists.
    """
    uri, author, record = Uri.of(view["uri"]), view["author"], view["record"]
    if uri.collection != POSTS:
        raise ValueError(f"not a post: {uri}")
    return Post(
        remote_id=str(uri),
        author_id=uri.did,
        author_handle=_text(author.get("handle")),
        author_name=_text(author.get("displayName")) or _text(author.get("handle")),
        text=_with_what_it_shows(record),
        url=uri.url,
        created_at=seen_at(view),
        in_reply_to=_answers(record),
        photos=_photos(uri.did, record.get("embed")),
    )


def seen_at(view: Json) -> datetime:
    """Where a post stands in the network's lists. Raises `ValueError` where nothing tells."""
    indexed = moment(view["indexedAt"])
    try:
        return min(indexed, moment(view["record"].get("createdAt")))
    except ValueError:
        return indexed


def published(record: Json) -> Published:
    """A record of our own repository, a post or a repost. Raises like `post`."""
    uri, value = Uri.of(record["uri"]), record["value"]
    shares = _subject(value) if uri.collection == REPOSTS else None
    try:
        at = moment(value.get("createdAt"))
    except ValueError:
        at = tid_time(uri.rkey) or _EPOCH
    return Published(
        remote_id=str(uri),
        url=Uri.of(shares).url if shares else uri.url,
        text=_text(value.get("text")),
        at=at,
        in_reply_to=_answers(value),
        shares=shares,
    )


def thread_root(value: Json) -> str | None:
    """The address of the thread's first post, where this record answers something."""
    return _address((_part(value, "reply") or {}).get("root"))


def strong(found: Any) -> dict[str, str]:
    """A reference to one version of a record. Raises `ValueError` where it is none."""
    if isinstance(found, Mapping):
        uri, cid = Uri.of(found.get("uri")), found.get("cid")
        if isinstance(cid, str) and _CID.fullmatch(cid):
            return {"uri": str(uri), "cid": cid}
    raise ValueError("the answer holds no reference to a record")


def _subject(value: Json) -> str | None:
    return _address(value.get("subject"))


def _answers(value: Json) -> str | None:
    return _address((_part(value, "reply") or {}).get("parent"))


def _address(reference: Any) -> str | None:
    try:
        return str(Uri.of(reference["uri"]))
    except (LookupError, TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _part(value: Json, name: str) -> Json | None:
    found = value.get(name)
    return found if isinstance(found, Mapping) else None


def _with_what_it_shows(record: Json) -> str:
    """The text with its links whole, then the link of its card and the post that it quotes."""
    text = _links_whole(_text(record.get("text")), record.get("facets"))
    embed = _part(record, "embed") or {}
    card = _text((_part(embed, "external") or {}).get("uri"))
    quoted = _part(embed, "record") or {}
    quote = _address(quoted) or _address(quoted.get("record"))
    if quote and Uri.of(quote).collection == POSTS:
        quote = Uri.of(quote).url
    shown = [each for each in (card, quote) if each and each not in text]
    return "\n".join([text, *shown] if text else shown)


def _links_whole(text: str, facets: Any) -> str:
    """Clients write a long link short and keep the whole one beside the text, by its bytes."""
    raw = text.encode("utf-8", "surrogatepass")
    ends = len(raw)
    for start, end, link in sorted(_links(facets), reverse=True):
        if not 0 <= start < end <= ends:
            continue
        shown = raw[start:end].decode("utf-8", "replace")
        raw = raw[:start] + _whole(shown, link).encode("utf-8", "surrogatepass") + raw[end:]
        ends = start
    return raw.decode("utf-8", "replace")


def _whole(shown: str, link: str) -> str:
    """The link, in place of its beginning; behind words that are none of it."""
    begins = shown.removesuffix("...").removesuffix("…")
    if link.startswith(begins) or link.partition("://")[2].startswith(begins):
        return link
    return f"{shown} ({link})"


def _links(facets: Any) -> list[tuple[int, int, str]]:
    found = []
    for facet in facets if isinstance(facets, list) else ():
        try:
            start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
            links = [one["uri"] for one in facet["features"] if one.get("$type") == _LINK]
        except (LookupError, TypeError, AttributeError):
            continue
        if isinstance(start, int) and isinstance(end, int):
            found += [(start, end, link) for link in links[:1] if isinstance(link, str)]
    return found


def _photos(did: str, embed: Any) -> tuple[RemotePhoto, ...]:
    """The pictures, at the network's own media host."""
    if isinstance(embed, Mapping) and embed.get("$type") == _WITH_MEDIA:
        embed = embed.get("media")
    if not isinstance(embed, Mapping) or embed.get("$type") != _IMAGES:
        return ()
    images = embed.get("images")
    found = []
    for image in images if isinstance(images, list) else ():
        try:
            cid = image["image"]["ref"]["$link"]
        except (LookupError, TypeError, AttributeError):
            continue
        if isinstance(cid, str) and _CID.fullmatch(cid):
            url = f"https://{MEDIA_HOST}/img/feed_fullsize/plain/{did}/{cid}@jpeg"
            found.append(RemotePhoto(url=url, alt=_text(image.get("alt")), mime="image/jpeg"))
    return tuple(found)
