"""Instagram's media and comments, as our values."""

import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pyfacebook import FacebookError

from channels.meta_errors import code, gone
from channels.meta_line import Line
from channels.meta_reading import (
    Item,
    Source,
    back_to,
    identified,
    inner,
    items,
    moment,
    page,
    pages,
    text,
)
from channels.model import Post, Published, RemotePhoto

MEDIA_A_PAGE = 25
COMMENTS_A_PAGE = 50
"""The most that Instagram gives at once."""
_REPLY = "id,text,timestamp,username,from,parent_id,hidden"
_COMMENT = f"{_REPLY},replies.limit({COMMENTS_A_PAGE}){{{_REPLY}}}"
_WATCHED = f"id,timestamp,comments.limit({COMMENTS_A_PAGE}){{{_COMMENT}}}"
_TAGGED = "id,caption,media_type,media_url,permalink,timestamp,username"
_PUBLISHED = "id,caption,permalink,timestamp"


def sources(line: Line, watched: datetime, *, tagging: bool) -> tuple[Source, ...]:
    """Where citizens speak to us: below our media, and where asked for, on media that tag us."""
    me = line.me("username")

    def below_ours(after: str, _floor: datetime) -> tuple[list[Post], str]:
        found, following = page(line, line.node, "media", _WATCHED, after=after, limit=MEDIA_A_PAGE)
        recent = [each for each in found if moment(each.get("timestamp")) >= watched]
        posts = [
            _comment(each, identified(media))
            for media in recent
            for each in _all_below(line, media)
            if not ours(each, me)
        ]
        return posts, following if recent else ""

    def tags(after: str, floor: datetime) -> tuple[list[Post], str]:
        found, following = page(line, line.node, "tags", _TAGGED, after=after, limit=MEDIA_A_PAGE)
        posts = [_tagged(each) for each in found if not ours(each, me)]
        old = posts and min(post.created_at for post in posts) < floor
        return posts, "" if old else following

    return (below_ours, tags) if tagging else (below_ours,)


def _all_below(line: Line, media: Item) -> Iterator[Item]:
    """Every comment and answer below a medium, newest comment first.

    All of them, each time: an answer may be new below a comment of last week.
    """
    for comment in _edge(line, media, "comments", _COMMENT):
        yield comment
        yield from _edge(line, comment, "replies", _REPLY)


def _edge(line: Line, above: Item, edge: str, fields: str) -> Iterator[Item]:
    """The page of an edge that came with its object, and those behind it."""
    if above.get(edge) is None:
        return
    first, after = items(above[edge])
    yield from first
    if after:
        for found in pages(
            line, identified(above), edge, fields, after=after, limit=COMMENTS_A_PAGE
        ):
            yield from found


def ours(item: Item, me: dict[str, str]) -> bool:
    """Whether we wrote it: Instagram may call us by another id there, but by the same name."""
    names = {text(item.get("username")), text(inner(item, "from", "username"))}
    return str(inner(item, "from", "id")) == me["id"] or (
        bool(me["username"]) and me["username"] in names
    )


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """Our media, newest first, back past that time; our comments are not among them."""
    found = pages(line, line.node, "media", _PUBLISHED, limit=100)
    return map(published, back_to(found, since))


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our comments below a medium or a comment; answers to an answer hang below its comment."""
    me = line.me("username")
    top, is_comment = above(line, remote_id)
    edge, fields = ("replies", _REPLY) if is_comment else ("comments", _COMMENT)
    for batch in pages(line, top, edge, fields, limit=COMMENTS_A_PAGE):
        for comment in batch:
            for each in (comment, *_edge(line, comment, "replies", _REPLY)):
                if ours(each, me):
                    yield published(each, remote_id)


def above(line: Line, remote_id: str) -> tuple[str, bool]:
    """What our answer to this hangs below, and whether that is a comment (else it is a medium)."""
    try:
        parent = line.get(remote_id, "id,parent_id").get("parent_id")
    except FacebookError as error:
        if code(error) != 100 or gone(error):
            raise
        return remote_id, False  # a medium has no such field
    return (str(parent) if parent else remote_id), True


def published(item: Item, below: str | None = None) -> Published:
    """Something of our own. Only the id is needed."""
    at = item.get("timestamp")
    return Published(
        remote_id=identified(item),
        url=text(item.get("permalink")),
        text=text(item.get("caption") or item.get("text")),
        at=moment(at) if at else datetime.now(UTC),
        in_reply_to=below,
    )


def _comment(item: Item, media_id: str) -> Post:
    author, name = _author(item)
    parent = item.get("parent_id")
    return Post(
        remote_id=identified(item),
        author_id=author,
        author_handle=name,
        author_name=name,
        text=text(item.get("text")),
        url="",
        created_at=moment(item.get("timestamp")),
        in_reply_to=str(parent) if parent else media_id,
        public=item.get("hidden") is not True,
    )


def _tagged(item: Item) -> Post:
    author, name = _author(item)
    url = item.get("media_url")
    shown = item.get("media_type") == "IMAGE" and isinstance(url, str) and url
    return Post(
        remote_id=identified(item),
        author_id=author,
        author_handle=name,
        author_name=name,
        text=text(item.get("caption")),
        url=text(item.get("permalink")),
        created_at=moment(item.get("timestamp")),
        photos=(_photo(url),) if shown else (),
    )


def _photo(url: Any) -> RemotePhoto:
    return RemotePhoto(url=url, mime=mimetypes.guess_type(urlsplit(url).path)[0] or "")


def _author(item: Item) -> tuple[str, str]:
    """Who wrote it, by id (where Instagram tells none, by name or by the post) and name."""
    name = text(inner(item, "from", "username")) or text(item.get("username"))
    known = inner(item, "from", "id")
    return (str(known) if isinstance(known, str | int) else name or identified(item)), name
