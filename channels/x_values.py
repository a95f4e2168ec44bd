"""X's objects as our values. What one lacks is left out; only the id must be there.

X names things in two dialects, the one that tweepy speaks (`referenced_tweets`, `note_tweet`) and a
newer one (`referenced_posts`, `note_post`); either is understood.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.model import Place, Post, Published, RemotePhoto
from channels.x_ids import is_id, written

Entity = Mapping[str, Any]
WIDEST = 0.2
"""Degrees. The middle of a place that is wider, such as all of Seoul, is nowhere in particular."""
_MIMES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_ESCAPED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # these three, in X's every text


def rows(answer: Any, name: str = "data") -> list[Any]:
    """The list of this name in an answer; empty where there is none. `ValueError` for nonsense."""
    found = answer.get(name) if isinstance(answer, dict) else answer
    if found is None:
        return []
    if not isinstance(found, list):
        raise ValueError(f"the answer holds no list of {name}")
    return found


def included(answer: Any, name: str, key: str = "id") -> dict[str, Entity]:
    """What an answer tells beside its posts (users, media, places), by its key."""
    includes = answer.get("includes") if isinstance(answer, dict) else None
    listed = includes.get(name) if isinstance(includes, dict) else None
    return {
        one[key]: one
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(one.get(key), str)
    }


def identified(entity: Any) -> str:
    """A post's id. Raises `ValueError` where there is none."""
    found = entity.get("id") if isinstance(entity, dict) else None
    if not isinstance(found, str) or not is_id(found):
        raise ValueError("the answer holds no id")
    return found


def posts(answer: Any) -> Iterable[Post]:
    """The citizens' posts of an answer. Raises `ValueError` for one without an id or a writer."""
    users = included(answer, "users")
    media = included(answer, "media", "media_key")
    places = included(answer, "places")
    for told in rows(answer):
        remote_id = identified(told)
        author_id = told.get("author_id")
        if not isinstance(author_id, str) or not author_id:
            raise ValueError("the answer holds a post without a writer")
        author = users.get(author_id, {})
        handle = _string(author.get("username"))
        yield Post(
            remote_id=remote_id,
            author_id=author_id,
            author_handle=handle,
            author_name=_string(author.get("name")) or handle,
            text=text(told),
            url=address(handle, remote_id),
            created_at=moment(told),
            in_reply_to=referenced(told, "replied_to"),
            photos=tuple(_photos(told, media)),
            place=_place(told, places),
        )


def published(told: Any, handle: str) -> Published:
    """A post of our own. Raises `ValueError` where it has no id."""
    remote_id = identified(told)
    return Published(
        remote_id=remote_id,
        url=address(handle, remote_id),
        text=text(told),
        at=moment(told),
        in_reply_to=referenced(told, "replied_to"),
        shares=referenced(told, "retweeted"),
    )


def address(handle: str, remote_id: str) -> str:
    """A post's own page. X finds it by the id, whatever the name."""
    return f"https://x.com/{handle or 'i'}/status/{remote_id}"


def referenced(told: Entity, kind: str) -> str | None:
    """The post that this one answers (`replied_to`) or passes on (`retweeted`)."""
    listed = told.get("referenced_tweets") or told.get("referenced_posts")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("type") == kind and is_id(one.get("id")):
            return str(one["id"])
    return None


def moment(told: Entity) -> datetime:
    """When it was written, in UTC; by its id where the answer does not say."""
    try:
        at = datetime.fromisoformat(told["created_at"])
    except (KeyError, TypeError, ValueError):
        return written(identified(told))
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def text(told: Entity) -> str:
    """The whole text, with the addresses that were written rather than X's short ones."""
    note = told.get("note_tweet") or told.get("note_post")
    whole = note if isinstance(note, dict) and isinstance(note.get("text"), str) else told
    said = _string(whole.get("text"))
    for escaped, letter in _ESCAPED:
        said = said.replace(escaped, letter)
    entities = whole.get("entities")
    links = entities.get("urls") if isinstance(entities, dict) else None
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict):
            said = _spelled_out(said, link)
    return said.strip()


def _spelled_out(said: str, link: Entity) -> str:
    """X puts a short address for each link, and one more for the pictures."""
    short, whole = _string(link.get("url")), _string(link.get("expanded_url"))
    if not short.startswith("https://t.co/"):
        return said
    if _string(link.get("media_key")):
        return said.replace(short, "")
    return said.replace(short, whole) if whole.startswith(("https://", "http://")) else said


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _photos(told: Entity, media: Mapping[str, Entity]) -> Iterable[RemotePhoto]:
    attached = told.get("attachments")
    keys = attached.get("media_keys") if isinstance(attached, dict) else None
    for key in keys if isinstance(keys, list) else ():
        found = media.get(key) if isinstance(key, str) else None
        url = _string(found.get("url")) if found else ""
        if found and url and found.get("type") == "photo":
            mime = _MIMES.get(url.rpartition(".")[2].lower(), "")
            yield RemotePhoto(url=url, alt=_string(found.get("alt_text")), mime=mime)


def _place(told: Entity, places: Mapping[str, Entity]) -> Place | None:
    """The point that the post was tagged with, else the middle of a place that is small."""
    geo = told.get("geo")
    if not isinstance(geo, dict):
        return None
    place = places.get(_string(geo.get("place_id")), {})
    name = _string(place.get("full_name"))
    point = geo.get("coordinates")
    exact = point.get("coordinates") if isinstance(point, dict) else None
    return _point(exact, name) or _middle(place.get("geo"), name)


def _middle(area: Any, name: str) -> Place | None:
    box = _numbers(area.get("bbox"), 4) if isinstance(area, dict) else None
    if box is None:
        return None
    west, south, east, north = box
    if not (0 <= east - west <= WIDEST and 0 <= north - south <= WIDEST):
        return None
    return _point([(west + east) / 2, (south + north) / 2], name)


def _point(told: Any, name: str) -> Place | None:
    """GeoJSON's order: longitude, latitude."""
    numbers = _numbers(told, 2)
    if numbers is None or abs(numbers[0]) > 180 or abs(numbers[1]) > 90:
        return None
    return Place(lat=numbers[1], lon=numbers[0], name=name)


def _numbers(told: Any, many: int) -> list[float] | None:
    if not isinstance(told, list) or len(told) != many:
        return None
    if not all(type(one) in (int, float) and math.isfinite(one) for one in told):
        return None
    return [float(one) for one in told]
