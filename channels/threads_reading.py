"""Threads' posts and replies, as our values."""

import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pyfacebook import FacebookError

from channels.meta_line import Line
from channels.meta_reading import (
    Item,
    Source,
    back_to,
    identified,
    inner,
    moment,
    page,
    pages,
    text,
)
from channels.model import Post, Published, RemotePhoto

A_PAGE = 100
BELOW_A_PAGE = 50
REPOST = "REPOST_FACADE"
_POST = (
    "id,media_type,media_url,permalink,username,text,timestamp,alt_text,is_reply,"
    "children{media_type,media_url,alt_text}"
)
_REPLY = (
    "id,media_type,media_url,permalink,username,text,timestamp,children{media_type,media_url},"
    "root_post,replied_to,is_reply_owned_by_me"
)
_OWN = "id,media_type,permalink,text,timestamp,has_replies,reposted_post"
_OWN_REPLY = "id,media_type,permalink,text,timestamp,has_replies,root_post,replied_to"


def sources(line: Line, watched: datetime) -> tuple[Source, ...]:
    """Where citizens speak to us: in mentions, below our posts, below our replies to others."""
    me = line.me("username")["username"]
    since = int(watched.timestamp())
    covered: set[str] = set()  # our threads: what hangs anywhere below them is read with them

    def mentions(after: str, floor: datetime) -> tuple[list[Post], str]:
        found, following = page(line, "me", "mentions", _POST, after=after, limit=A_PAGE)
        return _newer([each for each in found if not _ours(each, me)], floor, following)

    def below(list_: str, fields: str, edge: str) -> Source:
        def read(after: str, floor: datetime) -> tuple[list[Post], str]:
            found, following = page(
                line, "me", list_, fields, after=after, since=since, limit=A_PAGE
            )
            covered.update(identified(own) for own in found if list_ == "threads")
            posts = [
                post(each)
                for own in found
                if own.get("has_replies") is True and own.get("media_type") != REPOST
                if inner(own, "root_post", "id") not in covered
                for each in back_to(_answers(line, identified(own), edge), floor)
                if not _ours(each, me)
            ]
            return posts, following

        return read

    return (
        mentions,
        below("threads", _OWN, "conversation"),
        below("replies", _OWN_REPLY, "replies"),
    )


def tagged(line: Line, tag: str) -> Source:
    """Public posts under a topic, newest first."""

    def read(after: str, floor: datetime) -> tuple[list[Post], str]:
        found, following = page(
            line,
            "keyword_search",
            "",
            _POST,
            after=after,
            q=tag,
            search_mode="TAG",
            search_type="RECENT",
            limit=A_PAGE,
        )
        return _newer(found, floor, following)

    return read


def _newer(found: list[Item], floor: datetime, following: str) -> tuple[list[Post], str]:
    posts = [post(each) for each in found]
    old = posts and min(each.created_at for each in posts) < floor
    return posts, "" if old else following


def _answers(line: Line, own: str, edge: str) -> Iterator[list[Item]]:
    return pages(line, own, edge, _REPLY, reverse="true", limit=BELOW_A_PAGE)


def _ours(item: Item, me: str) -> bool:
    return item.get("is_reply_owned_by_me") is True or (bool(me) and item.get("username") == me)


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """Our posts, reposts and replies, newest first, back past that time."""
    found = [
        published(each)
        for list_, fields in (("threads", _OWN), ("replies", _OWN_REPLY))
        for each in back_to(pages(line, "me", list_, fields, limit=A_PAGE), since)
    ]
    return iter(sorted(found, key=lambda each: each.at, reverse=True))


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our replies below a post, newest first.

    From our own list: of another's post Threads may show us nothing.
    """
    since = _written(line, remote_id)
    found = list(back_to(pages(line, "me", "replies", _OWN_REPLY, limit=A_PAGE), since))
    below = {remote_id}
    for each in reversed(found):  # oldest first: what hangs below what hangs below
        if {inner(each, name, "id") for name in ("replied_to", "root_post")} & below:
            below.add(identified(each))
    return (published(each) for each in found if identified(each) in below)


def _written(line: Line, remote_id: str) -> datetime:
    """When a post was written; long ago, where Threads does not show it."""
    try:
        return moment(line.get(remote_id, "id,timestamp").get("timestamp"))
    except FacebookError:
        return datetime(2023, 7, 5, tzinfo=UTC)  # when Threads began


def published(item: Item) -> Published:
    """Something of our own. Only the id is needed."""
    at = item.get("timestamp")
    above, shared = inner(item, "replied_to", "id"), inner(item, "reposted_post", "id")
    return Published(
        remote_id=identified(item),
        url=text(item.get("permalink")),
        text=text(item.get("text")),
        at=moment(at) if at else datetime.now(UTC),
        in_reply_to=str(above) if above else None,
        shares=str(shared) if shared else None,
    )


def post(item: Item) -> Post:
    """A citizen's post. Threads gives no author's id: the name is all."""
    name = text(item.get("username"))
    above = inner(item, "replied_to", "id")
    parts = inner(item, "children", "data")
    return Post(
        remote_id=identified(item),
        author_id=name or identified(item),  # so that no two without a name seem one person
        author_handle=name,
        author_name=name,
        text=text(item.get("text")),
        url=text(item.get("permalink")),
        created_at=moment(item.get("timestamp")),
        in_reply_to=str(above) if above else None,
        photos=_photos([item, *(parts if isinstance(parts, list) else [])]),
    )


def _photos(media: list[Any]) -> tuple[RemotePhoto, ...]:
    found = ((each, inner(each, "media_url")) for each in media)
    return tuple(
        RemotePhoto(
            url=url,
            alt=text(inner(each, "alt_text")),
            mime=mimetypes.guess_type(urlsplit(url).path)[0] or "",
        )
        for each, url in found
        if isinstance(url, str) and url and each.get("media_type") == "IMAGE"
    )
