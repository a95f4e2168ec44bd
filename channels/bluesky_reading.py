"""Reading Bluesky page by page: what is said to us, what is under a hashtag, our own repository."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from atproto_client.exceptions import RequestErrorBase

from channels.bluesky_line import GONE, Line, Refused
from channels.bluesky_values import (
    POSTS,
    REPOSTS,
    Json,
    Uri,
    moment,
    post,
    published,
    seen_at,
    thread_root,
    tid_time,
    written,
)
from channels.errors import ChannelBusy, Trouble
from channels.known import of_another
from channels.model import Cursor, Health, Page, Post, Published

A_PAGE = 100
PAGES = 25
OWN_PAGES = 500
POSTS_AT_ONCE = 25
REASONS = ("mention", "reply", "quote")
OVERLAP = timedelta(hours=1)
"""The network lists a post by the time that its author's clock said, if that is the earlier one: a
post from a clock that is behind appears below others. So the last hour is read again, and always
the newest page whole."""
HELD = timedelta(days=7)
"""A record lies at the time when its message was queued, which may be long before it was sent."""
_ABOUT_THEM = frozenset({400, 404})  # such as an author whom it does not know: no proof

_Batch = tuple[list[Json], str]


def mentions(line: Line, since: Cursor) -> Page[Post]:
    """Who mentioned us, answered us or quoted us after the cursor, oldest first.

    The network lists the newest first. The cursor is the time of the newest that was read; while
    a sweep is unfinished, `floor|top|position`: how far it goes down, where the next one will,
    and where it goes on.
    """

    def after(position: str, _floor: str) -> _Batch:
        answer = line.query(
            "app.bsky.notification.listNotifications",
            reasons=list(REASONS),
            limit=A_PAGE,
            cursor=position or None,
        )
        return _listed(answer, "notifications")

    views, cursor, more = _swept(after, since)
    return Page(items=_posts(views, not_by=line.did()), cursor=cursor, more=more)


def tagged(line: Line, tag: str, since: Cursor, begun: datetime | None) -> Page[Post]:
    """Public posts under the hashtag after the cursor, which is one of `mentions`."""

    def after(position: str, floor: str) -> _Batch:
        answer = line.query(
            "app.bsky.feed.searchPosts",
            q=f"#{tag}",
            sort="latest",
            since=_before(floor),
            limit=A_PAGE,
            cursor=position or None,
        )
        return _listed(answer, "posts")

    start = since or (written(begun) if begun else "")
    views, cursor, more = _swept(after, start)
    return Page(items=_posts(views), cursor=cursor, more=more)


def _swept(after: Callable[[str, str], _Batch], since: Cursor) -> tuple[list[Json], Cursor, bool]:
    """The views down to the cursor's time, oldest first; the next cursor; whether there is more."""
    floor, _, rest = since.partition("|")
    top, _, position = rest.partition("|")
    views: list[Json] = []
    for _ in range(PAGES):
        batch, following = after(position, floor)
        views += batch
        times = _times(batch)
        top = max([top, *times])
        if not following or (floor and times and min(times) < (_before(floor) or "")):
            return views[::-1], max(top, floor), False
        if following == position:
            raise ChannelBusy("the server gives the same page again")
        position = following
    return views[::-1], f"{floor}|{top}|{position}", True


def _listed(answer: Json, name: str) -> _Batch:
    listed, following = answer[name], answer.get("cursor")
    if not isinstance(listed, list):
        raise ValueError(f"the answer holds no {name}")
    views = [view for view in listed if isinstance(view, Mapping)]
    return views, following if isinstance(following, str) else ""


def _times(views: Sequence[Json]) -> list[str]:
    """When these were seen, as texts that sort like times."""
    found = []
    for view in views:
        try:
            found.append(written(seen_at(view)))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            continue
    return found


def _before(floor: str) -> str | None:
    return written(moment(floor) - OVERLAP) if floor else None


def _posts(views: Sequence[Json], *, not_by: str = "") -> tuple[Post, ...]:
    """Each post once. One that cannot be read is left out: it would hold up all others for ever."""
    found: dict[str, Post] = {}
    for view in views:
        try:
            one = post(view)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError):
            continue
        if one.author_id != not_by:
            found[one.remote_id] = one
    return tuple(found.values())


def deleted(line: Line, remote_ids: Collection[str]) -> Iterator[str]:
    """Those that the network's index lacks although it knows their author.

    The index leaves posts out for other reasons too, such as a block: so each is asked for again.
    An author whom it does not show at all (closed, suspended, deleted) proves nothing.
    """
    known = [uri for uri in remote_ids if _is_record(uri)]
    for start in range(0, len(known), POSTS_AT_ONCE):
        some = known[start : start + POSTS_AT_ONCE]
        views, _ = _listed(line.query("app.bsky.feed.getPosts", uris=some), "posts")
        standing = {view.get("uri") for view in views}
        yield from (uri for uri in some if uri not in standing and _is_gone(line, uri))


def _is_record(remote_id: str) -> bool:
    try:
        return bool(Uri.of(remote_id))
    except ValueError:
        return False


def _is_gone(line: Line, remote_id: str) -> bool:
    try:
        record(line, remote_id)
    except Refused as no:
        if no.name == GONE:
            return True
        raise
    except RequestErrorBase as error:
        if error.response is None or error.response.status_code not in _ABOUT_THEM:
            raise
    return False


def record(line: Line, remote_id: str) -> Json:
    """A record by anyone. Raises `Refused` by the name of `GONE` where it does not exist."""
    uri = Uri.of(remote_id)
    return line.query(
        "com.atproto.repo.getRecord", repo=uri.did, collection=uri.collection, rkey=uri.rkey
    )


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """Our posts and reposts, newest first, back past `since` and what may have been held that long."""
    found = [each for kind in (POSTS, REPOSTS) for each in _own(line, kind, since - HELD)]
    yield from sorted(found, key=lambda each: each.at, reverse=True)


def _own(line: Line, collection: str, since: datetime) -> Iterator[Published]:
    for one in _records(line, collection, since):
        yield published(one)


def _records(line: Line, collection: str, since: datetime) -> Iterator[Json]:
    """The repository's own records, whole pages; they lie in the order of their keys, so of time."""
    position = None
    for _ in range(OWN_PAGES):
        answer = line.query(
            "com.atproto.repo.listRecords",
            repo=line.did(),
            collection=collection,
            limit=A_PAGE,
            cursor=position,
        )
        records, following = _listed(answer, "records")
        yield from records
        made = [at for one in records if (at := tid_time(Uri.of(one["uri"]).rkey))]
        if not following or not records or (made and min(made) < since):
            return
        if following == position:
            raise ChannelBusy("the server gives the same page of our posts again")
        position = following
    raise ChannelBusy(f"our posts are more than {OWN_PAGES} pages back to {since:%F %T} UTC")


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our own posts that answer this one, or its thread where it is the first, or ours among them."""
    made = tid_time(Uri.of(remote_id).rkey) or datetime.fromtimestamp(0, UTC)
    records = list(_records(line, POSTS, made - HELD))
    below = {remote_id}
    for one in sorted(records, key=lambda one: str(one["uri"])):
        found = published(one)
        if {found.in_reply_to, thread_root(one["value"])} & below:
            below.add(found.remote_id)
            yield found


def health(line: Line, handle: str) -> Health:
    """Whether the session holds and is this handle's, the account is open, and the network's index answers it."""
    told = line.query("com.atproto.server.getSession")
    line.query("app.bsky.notification.listNotifications", limit=1)
    active = told.get("active") is not False
    status: Any = told.get("status") or "not active"
    reason = of_another(handle, str(told.get("handle") or ""))
    if not active:
        reason = f"{Trouble.CLOSED}: the account is {status}"
    return Health(
        reads=True,
        writes=not reason,
        name=str(told.get("handle") or ""),
        reason=reason,
    )
