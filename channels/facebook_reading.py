"""A Facebook page's posts and comments, as our values."""

import mimetypes
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pyfacebook import FacebookError

from channels.meta_errors import code, gone
from channels.meta_line import Line
from channels.meta_reading import (
    Item,
    Mark,
    Source,
    back_to,
    identified,
    inner,
    items,
    moment,
    page,
    pages,
    swept,
    text,
)
from channels.model import Cursor, Page, Place, Post, Published, RemotePhoto

POSTS_A_PAGE = 25
COMMENTS_A_PAGE = 100
ELSEWHERE = timedelta(minutes=5)
"""How often the wall and the tags are read: each reading counts against Meta's limit of a day.

Far below `OVERLAP`, so that what is written between two readings is never before the floor.
"""
_ORDER = "reverse_chronological"
_COMMENT = (
    "id,created_time,message,from{id,name},parent{id,from{id}},permalink_url,is_hidden,is_private,"
    "attachment{type,url,description,media{image{src}}}"
)
# Few at once, since Graph refuses an answer that is too much work ("reduce the amount of data").
_COMMENTS = f"comments.filter(stream).order({_ORDER}).limit(25){{{_COMMENT}}}"
_OWN = f"id,created_time,{_COMMENTS}"
_VISITOR = (
    "id,created_time,message,from{id,name},permalink_url,place{name,location{latitude,longitude}},"
    f"attachments{{media_type,description,media{{image{{src}}}}}},{_COMMENTS}"
)
_PUBLISHED = "id,created_time,message,permalink_url"
_BELOW = "id,created_time,message,from{id},permalink_url"


def citizens(line: Line, since: Cursor, now: datetime, watched: timedelta) -> Page[Post]:
    """What citizens wrote after the cursor, oldest first.

    The cursor is that of `swept`; before it and a `~` the second when wall and tags were last read.
    """
    last, tilde, mark = since.partition("~")
    if not (tilde and last.isdigit()):
        last, mark = "", since
    begun = Mark.of(mark).begun or now  # a sweep that goes on has the sources it began with
    recent = bool(last) and 0 <= begun.timestamp() - int(last) < ELSEWHERE.total_seconds()
    wanted = sources(line, now - watched)
    page = swept(wanted[:1] if recent else wanted, mark, now)
    if not recent and not page.more:
        last = str(int(begun.timestamp()))
    return replace(page, cursor=f"{last}~{page.cursor}" if last else page.cursor)


def sources(line: Line, watched: datetime) -> tuple[Source, ...]:
    """Where citizens speak to a page: below its posts, on its wall, where they tag it.

    Its own posts are in `feed` too, but that leaves some out.
    """
    me = line.me("name")["id"]
    since = str(int(watched.timestamp()))
    own: set[str] = set()

    def below_ours(after: str, floor: datetime) -> tuple[list[Post], str]:
        found, following = page(
            line, me, "published_posts", _OWN, after=after, since=since, limit=POSTS_A_PAGE
        )
        own.update(map(identified, found))
        posts = [post for each in found for post in _comments(line, each, me, floor)]
        return posts, _further(found, following, watched)

    def others(edge: str) -> Source:
        def read(after: str, floor: datetime) -> tuple[list[Post], str]:
            found, following = page(line, me, edge, _VISITOR, after=after, limit=POSTS_A_PAGE)
            posts: list[Post] = []
            for each in found:
                post_id = identified(each)
                if post_id not in own and str(inner(each, "from", "id")) != me:
                    on_wall = post_id.startswith(f"{me}_")
                    posts.append(_visitor(each))
                    posts += _comments(line, each, me, floor, to_us_only=not on_wall)
            return posts, _further(found, following, watched)

        return read

    return below_ours, others("feed"), others("tagged")


def _further(found: list[Item], following: str, watched: datetime) -> str:
    """The next page, unless this one reached past what is watched."""
    old = found and min(moment(each.get("created_time")) for each in found) < watched
    return "" if old else following


def _comments(
    line: Line, above: Item, me: str, floor: datetime, *, to_us_only: bool = False
) -> Iterator[Post]:
    """What others wrote below a post since `floor`, newest first; `to_us_only`: below our words."""
    post_id = identified(above)
    for each in back_to(_comment_pages(line, post_id, above), floor, "created_time"):
        answered = inner(each, "parent", "from", "id")
        if str(inner(each, "from", "id")) != me and not (to_us_only and str(answered) != me):
            yield _comment(each, post_id)


def _comment_pages(line: Line, post_id: str, above: Item) -> Iterator[list[Item]]:
    """The page that came with the post, and those behind it."""
    if above.get("comments") is None:
        return
    first, after = items(above["comments"])
    yield first
    if after:
        yield from pages(
            line,
            post_id,
            "comments",
            _COMMENT,
            after=after,
            filter="stream",
            order=_ORDER,
            limit=COMMENTS_A_PAGE,
        )


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """The page's posts, newest first, back past that time; its comments are not among them."""
    found = pages(line, line.node, "published_posts", _PUBLISHED, limit=100)
    return map(published, back_to(found, since, "created_time"))


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """The page's comments below a post or a comment.

    An answer to an answer hangs below the first comment: so what hangs there is read too.
    """
    me = line.me("name")["id"]
    done = set()
    for above in filter(None, (remote_id, _parent(line, remote_id))):
        for found in pages(
            line, above, "comments", _BELOW, filter="stream", order=_ORDER, limit=COMMENTS_A_PAGE
        ):
            for each in found:
                if str(inner(each, "from", "id")) == me and identified(each) not in done:
                    done.add(identified(each))
                    yield published(each, above=remote_id)


def _parent(line: Line, remote_id: str) -> str:
    """The comment that a comment answers; "" for one that answers none, and for a post."""
    try:
        told = line.get(remote_id, "id,parent{id}")
    except FacebookError as error:
        if code(error) != 100 or gone(error):
            raise
        return ""  # a post has no such field
    parent = inner(told, "parent", "id")
    return parent if isinstance(parent, str) else ""


def published(item: Item, above: str | None = None) -> Published:
    """Something of our own. Only the id is needed."""
    remote_id, at = identified(item), item.get("created_time")
    return Published(
        remote_id=remote_id,
        url=text(item.get("permalink_url")) or address(remote_id, above),
        text=text(item.get("message")),
        at=moment(at) if at else datetime.now(UTC),
        in_reply_to=above,
    )


def address(remote_id: str, above: str | None = None) -> str:
    """Where a post stands (`page_post`), or a comment (`post_comment`)."""
    post, _, comment = remote_id.rpartition("_")
    if above is not None and post:
        return f"https://www.facebook.com/{post}?comment_id={comment}"
    return f"https://www.facebook.com/{remote_id}"


def _comment(item: Item, post_id: str) -> Post:
    author, name = _author(item)
    parent = inner(item, "parent", "id")
    attachment = item.get("attachment")
    return Post(
        remote_id=identified(item),
        author_id=author,
        author_handle=name,
        author_name=name,
        text=text(item.get("message")),
        url=text(item.get("permalink_url")) or address(identified(item), post_id),
        created_at=moment(item.get("created_time")),
        in_reply_to=parent if isinstance(parent, str) else post_id,
        photos=_photos([attachment], "type"),
        public=not (item.get("is_hidden") is True or item.get("is_private") is True),
    )


def _visitor(item: Item) -> Post:
    author, name = _author(item)
    attached = inner(item, "attachments", "data")
    return Post(
        remote_id=identified(item),
        author_id=author,
        author_handle=name,
        author_name=name,
        text=text(item.get("message")),
        url=text(item.get("permalink_url")) or address(identified(item)),
        created_at=moment(item.get("created_time")),
        photos=_photos(attached if isinstance(attached, list) else [], "media_type"),
        place=_place(item.get("place")),
    )


def _author(item: Item) -> tuple[str, str]:
    """Who wrote it, by id and name.

    Where Facebook does not tell, the post's own id and no name: so no two of them seem one person.
    """
    known = text(inner(item, "from", "id"))
    return known or identified(item), text(inner(item, "from", "name"))


def _photos(attached: list[Any], kind: str) -> tuple[RemotePhoto, ...]:
    found = ((each, inner(each, "media", "image", "src")) for each in attached)
    return tuple(
        RemotePhoto(
            url=url,
            alt=text(inner(each, "description")),
            mime=mimetypes.guess_type(urlsplit(url).path)[0] or "",
        )
        for each, url in found
        if isinstance(url, str) and url and each.get(kind) == "photo"
    )


def _place(told: Any) -> Place | None:
    lat, lon = inner(told, "location", "latitude"), inner(told, "location", "longitude")
    numbers = all(isinstance(each, int | float) for each in (lat, lon))
    if not numbers or not (abs(lat) <= 90 and abs(lon) <= 180):
        return None
    return Place(lat=float(lat), lon=float(lon), name=text(told.get("name")))
