"""Reading a Mastodon server page by page, so that nothing is skipped and every reading ends."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from mastodon import MastodonAPIError

from channels.errors import ChannelBusy, Trouble
from channels.known import of_another
from channels.mastodon_line import Line
from channels.mastodon_values import identified, moment, post, published
from channels.model import Cursor, Health, Page, Post, Published

MENTION_PAGES = 25
MENTIONS_A_PAGE = 80
TIMELINE_PAGES = 200
STATUSES_A_PAGE = 40
OVERLAP = timedelta(seconds=60)
"""A notification may become visible after a younger one; so the last minute is read again."""
CONTEXT_LIMIT = 4096
"""Mastodon cuts a thread here, for those signed in."""
GONE = frozenset({404, 410})
_OURS = frozenset({401, 429})  # says something about us, not about the post


def mentions(line: Line, since: Cursor, *, pages: int = MENTION_PAGES) -> Page[Post]:
    """Who spoke to us after the cursor, oldest first.

    The cursor is a notification's id, and while a sweep is unfinished `floor:position`: where the
    next sweep starts, and where this one goes on.
    """

    def after(position: str) -> Any:
        return line.api.notifications(types=["mention"], min_id=position, limit=MENTIONS_A_PAGE)

    notes, cursor, more = swept(after, since, pages)
    found = {status["id"]: status for note in notes if (status := note.get("status"))}
    return Page(items=tuple(post(status) for status in found.values()), cursor=cursor, more=more)


def swept(after: Callable[[str], Any], since: Cursor, pages: int) -> tuple[list[Any], Cursor, bool]:
    """What comes after the cursor, the next cursor, and whether there is more from there on.

    `after` gives the page of the oldest entities that are younger than an id.
    """
    floor, _, position = since.partition(":")
    found, position, more = _sweep(after, position or floor or "0", pages)
    floor = _settled(found) or floor
    return found, f"{floor or '0'}:{position}" if more else floor, more


def _sweep(after: Callable[[str], Any], position: str, pages: int) -> tuple[list[Any], str, bool]:
    notes: list[Any] = []
    for _ in range(pages):
        batch = after(position)
        newer = sorted(
            (note for note in batch if order(note["id"]) > order(position)), key=_order_of
        )
        notes += newer
        reached = _reached(batch, newer, position)
        if order(reached) <= order(position) or not _goes_on(batch):
            return notes, reached, False
        position = reached
    return notes, position, True


def _reached(batch: Any, newer: list[Any], position: str) -> str:
    """The newest id that the page covers; those whose post is gone are told in `Link` alone."""
    told = (getattr(batch, "_pagination_prev", None) or {}).get("min_id")
    ids = [position, *(identified(note) for note in newer), *([str(told)] if told else [])]
    return max(ids, key=order)


def _goes_on(batch: Any) -> bool:
    linked = getattr(batch, "_pagination_prev", None) or getattr(batch, "_pagination_next", None)
    return not linked or bool(getattr(batch, "_pagination_next", None))


def _settled(notes: Sequence[Any]) -> str:
    """The newest notification that is older than the newest by more than the overlap."""
    if not notes:
        return ""
    newest = max(moment(note["created_at"]) for note in notes)
    old = [identified(note) for note in notes if moment(note["created_at"]) < newest - OVERLAP]
    return max(old, key=order, default="")


def order(remote_id: Any) -> tuple[int, str]:
    """Ids grow by time: longer is younger, then by the alphabet (digits, or Pleroma's letters)."""
    text = str(remote_id)
    return len(text), text


def _order_of(note: Any) -> tuple[int, str]:
    return order(note["id"])


def deleted(line: Line, remote_ids: Collection[str]) -> Iterator[str]:
    """Those for which the server answers 404 or 410; another answer about one proves nothing."""
    for remote_id in remote_ids:
        try:
            line.api.status(remote_id)
        except MastodonAPIError:
            if line.wire.last.status in _OURS:
                raise
            if line.wire.last.status in GONE:
                yield remote_id


def own_posts(line: Line, since: datetime) -> Iterator[Published]:
    """Our posts, newest first, whole pages until one reaches past `since`.

    Always at least one page: our own clock may have been wrong when `since` was written.
    """
    max_id = None
    for _ in range(TIMELINE_PAGES):
        batch = line.api.account_statuses(line.me(), max_id=max_id, limit=STATUSES_A_PAGE)
        posts = [published(status) for status in batch]
        yield from posts
        oldest = _oldest(batch, posts)
        if oldest is None or (posts and min(found.at for found in posts) < since):
            return
        if max_id is not None and order(oldest) >= order(max_id):
            raise ChannelBusy("the server gives the same page of the timeline again")
        max_id = oldest
    raise ChannelBusy(
        f"the timeline is longer than {TIMELINE_PAGES} pages back to {since:%F %T} UTC"
    )


def _oldest(batch: Any, posts: list[Published]) -> str | None:
    """Where the next page starts; None where the timeline has no more."""
    told = (getattr(batch, "_pagination_next", None) or {}).get("max_id")
    ids = [found.remote_id for found in posts] + ([str(told)] if told else [])
    return min(ids, key=order, default=None)


def own_below(line: Line, remote_id: str) -> Iterator[Published]:
    """Our own posts in the thread below this one."""
    me = line.me()
    descendants = line.api.status_context(remote_id)["descendants"]
    if len(descendants) >= CONTEXT_LIMIT:
        raise ChannelBusy("the thread is too long for the server to give all of it")
    for status in descendants:
        if str(status["account"]["id"]) == me:
            yield published(status)


def health(line: Line, handle: str) -> Health:
    """Whether the token reads and is this handle's, and whether its app may write, where the server tells."""
    me = line.api.account_verify_credentials()
    scopes = _scopes(line)
    writes = scopes is None or any(scope.split(":")[0] == "write" for scope in scopes)
    reason = of_another(handle, str(me.get("username") or ""))
    if not reason and not writes:
        reason = f"{Trouble.FORBIDDEN}: the token may read but not write"
    return Health(
        reads=True,
        writes=not reason,
        name=str(me.get("display_name") or me.get("acct") or ""),
        limit_left=line.wire.last.limit_left,
        reason=reason,
    )


def _scopes(line: Line) -> list[str] | None:
    try:
        told = line.api.app_verify_credentials().get("scopes")
    except MastodonAPIError:
        return None
    return [str(scope) for scope in told] if isinstance(told, list) else None
