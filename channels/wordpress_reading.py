"""Reading a WordPress site: comments forwards, our own posts and comments backwards."""

import heapq
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

from channels.errors import ChannelBusy, ChannelError, Trouble
from channels.model import Cursor, Health, Page, Post, Published
from channels.wordpress_line import A_PAGE, Line
from channels.wordpress_values import (
    Entity,
    Ref,
    above,
    citizens_comment,
    identified,
    moment,
    our_comment,
    our_post,
)

PAGES = 25
"""Of a hundred comments, in one call."""
LOOK_BACK_PAGES = 200
OVERLAP = timedelta(minutes=10)
"""A comment's time is when its request came; a plugin that asks elsewhere shows it later."""
_SECOND = timedelta(seconds=1)
_FIELDS = "id,post,parent,author,author_name,date_gmt,content,link,status"
_TAKEN_DOWN = frozenset({"trash", "post-trashed"})
_NEEDED = ("publish_posts", "upload_files", "moderate_comments")


def comments(
    line: Line, since: Cursor, *, now: datetime | None = None, pages: int = PAGES
) -> Page[Post]:
    """Comments on the whole site after the cursor, oldest first; ours are left out.

    The cursor is a time, and while a sweep is unfinished `floor|position`: where the next sweep
    starts, and where this one goes on. What waits for a moderator comes too, as not public:
    approved later, it keeps its time, and would be skipped. One dated in the future (an import, a
    clock) does not take the floor there, but is read again until its time has come.
    """
    now = now or datetime.now(UTC)
    floor, _, position = since.partition("|")
    floor = min(floor, _stamp(now - OVERLAP))
    position = position or floor
    start = {"after": position} if position else {}
    batches = line.walk(
        "comments",
        "after",
        lambda comment: _stamp(moment(comment) - _SECOND),
        order="asc",
        orderby="date_gmt",
        status="all",
        _embed="author",
        _fields=f"{_FIELDS},_links,_embedded",
        **start,
    )
    found: dict[int, Entity] = {}
    more = False
    for number, batch in enumerate(batches, 1):
        found |= {identified(comment): comment for comment in batch}
        if number >= pages and _moved(batch, position):
            more = True
            break
    newest = max(map(moment, found.values()), default=None)
    floor = max(floor, _stamp(min(newest, now) - OVERLAP)) if newest else floor
    cursor = f"{floor}|{_stamp(newest - _SECOND)}" if more and newest else floor
    host, me = line.site, line.my_id()
    told = [citizens_comment(c, host) for c in found.values() if c.get("author") != me]
    return Page(items=tuple(told), cursor=cursor, more=more)


def _moved(batch: list[Entity], position: str) -> bool:
    """Whether a next call would begin further on; if not, this one reads on through that second."""
    return bool(batch) and _stamp(moment(batch[-1]) - _SECOND) > position


def deleted(line: Line, remote_ids: Collection[str]) -> Iterator[str]:
    """Those that the site lists no more and denies by WordPress's own word, or has in its trash."""
    refs = {ref: each for each in remote_ids if (ref := _ref(each)) is not None}
    wanted = sorted(ref.number for ref in refs if ref.kind == "comment")
    known: dict[int, object] = {}
    for start in range(0, len(wanted), A_PAGE):
        batch = wanted[start : start + A_PAGE]
        found, _ = line.page(
            "comments", include=",".join(map(str, batch)), status="any", _fields="id,status"
        )
        known |= {identified(comment): comment.get("status") for comment in found}
    for ref, remote_id in refs.items():
        status = known.get(ref.number) if ref.kind == "comment" else None
        if status in _TAKEN_DOWN or (status is None and gone(line, ref)):
            yield remote_id


def gone(line: Line, ref: Ref) -> bool:
    """Whether it was deleted or lies in the trash, provably."""
    return standing(line, ref) is None


def standing(line: Line, ref: Ref) -> Entity | None:
    """The post or comment; None where it was deleted or lies in the trash."""
    try:
        found = line.ask("GET", ref.route, context="edit")
    except ChannelError as error:
        if error.kind is Trouble.GONE:
            return None
        raise
    return None if found.get("status") in _TAKEN_DOWN else found


def own(line: Line, since: datetime) -> Iterator[Published]:
    """Our posts and our comments, newest first, whole pages until one reaches past `since`."""
    host = line.site
    posts = (our_post(post, host) for post in _own(line, "posts", since, status="publish"))
    ours = (
        our_comment(comment, host)
        for comment in _own(line, "comments", since, status="all", _fields=_FIELDS)
    )
    yield from heapq.merge(posts, ours, key=lambda each: each.at, reverse=True)


def _own(line: Line, route: str, since: datetime, **query: str) -> Iterator[Entity]:
    batches = line.walk(
        route,
        "before",
        lambda each: _stamp(moment(each) + _SECOND),
        author=line.my_id(),
        orderby="date" if route == "posts" else "date_gmt",
        order="desc",
        **query,
    )
    seen: set[int] = set()
    for number, batch in enumerate(batches, 1):
        new = [each for each in batch if identified(each) not in seen]
        seen |= set(map(identified, new))
        yield from new
        if batch and moment(batch[-1]) < since:
            return
        if number >= LOOK_BACK_PAGES:
            raise ChannelBusy(f"more than {number} pages of {route} back to {since:%F %T} UTC")


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our comments below a post or a comment, however deep."""
    ref, host, me = Ref.of(remote_id), line.site, line.my_id()
    post = ref.number
    if ref.kind == "comment":
        post = int(line.ask("GET", ref.route, context="edit")["post"])
    batches = line.walk(
        "comments",
        "after",
        lambda comment: _stamp(moment(comment) - _SECOND),
        post=post,
        order="asc",
        orderby="date_gmt",
        status="all",
        _fields=_FIELDS,
    )
    below, told = {ref.at(host)}, set[int]()
    for number, batch in enumerate(batches, 1):
        for comment in batch:
            here = Ref("comment", identified(comment)).at(host)
            if here in below or above(comment, host) in below or ref.kind == "post":
                below.add(here)
                if (
                    comment.get("author") == me
                    and here != ref.at(host)
                    and comment["id"] not in told
                ):
                    told.add(comment["id"])
                    yield our_comment(comment, host)
        if number >= LOOK_BACK_PAGES:
            raise ChannelBusy(f"more than {number} pages of comments below {remote_id}")


def health(line: Line) -> Health:
    """Whether the password is taken, and whether the user may do all that we need."""
    line._me = None  # what it may do may have changed
    me = line.me()
    may = me.get("capabilities")
    lacking = [each for each in _NEEDED if not (isinstance(may, dict) and may.get(each) is True)]
    reads = "moderate_comments" not in lacking
    if reads:
        line.page("comments", status="all", per_page=1, _fields="id")
    why = f"{Trouble.FORBIDDEN}: give the user the role Editor; it lacks {', '.join(lacking)}"
    return Health(
        reads=reads,
        writes=not lacking,
        name=str(me.get("name") or ""),
        limit_left=line.wire.last.limit_left,
        reason=why if lacking else "",
    )


def _ref(remote_id: str) -> Ref | None:
    try:
        return Ref.of(remote_id)
    except ChannelError:
        return None  # such as what a person named by its address


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
