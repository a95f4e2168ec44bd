"""Reading what citizens write on X, newest first as it gives them, so that nothing is skipped.

Everything that was read has a price: it is counted here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from channels.errors import ChannelBusy
from channels.model import Cursor, Page, Post
from channels.x_ids import id_at, is_id, written
from channels.x_line import Line
from channels.x_pages import A_PAGE, Ask, next_token, pages
from channels.x_values import identified, included, posts, referenced, rows

SWEEP_PAGES = 25
SEARCHED = timedelta(days=7) - timedelta(minutes=5)
"""How far back X's search reaches; it refuses to be asked for more."""
FIRST = timedelta(days=7)
"""Where an account is read from at first. Older mentions are not collected (decision 0050) but cost."""
OVERLAP = timedelta(seconds=60)
"""A post may become visible after a younger one; so the last minute is read again."""
_CITIZENS = {
    "tweet_fields": "attachments,author_id,created_at,entities,geo,note_tweet,referenced_tweets",
    "expansions": "author_id,attachments.media_keys,geo.place_id",
    "media_fields": "alt_text,media_key,type,url",
    "place_fields": "full_name,geo",
    "user_fields": "name,username",
}


def mentions(
    line: Line, since: Cursor, *, now: datetime | None = None, most: int = SWEEP_PAGES
) -> Page[Post]:
    """Who named us or answered us after the cursor, oldest first; the cursor is one of `_swept`."""
    start = since or id_at((now or datetime.now(UTC)) - FIRST)

    def asked(bounds: Mapping[str, Any]) -> Ask:
        return lambda token: line.api.get_users_mentions(
            line.me, user_auth=True, pagination_token=token, **bounds, **_CITIZENS
        )

    page = _swept(line, asked, start, most)
    # Where nothing was found our clock alone made the cursor, and it may be wrong: not kept.
    return page if since or page.cursor != start else replace(page, cursor="")


def tagged(
    line: Line,
    tag: str,
    since: Cursor,
    begun: datetime | None,
    *,
    now: datetime | None = None,
    most: int = SWEEP_PAGES,
) -> Page[Post]:
    """Posts under the hashtag after the cursor, oldest first, of the last seven days at most."""

    def asked(bounds: Mapping[str, Any]) -> Ask:
        return lambda token: line.api.search_recent_tweets(
            f"#{tag} -is:retweet", user_auth=True, next_token=token, **bounds, **_CITIZENS
        )

    since = since or (id_at(begun) if begun else "")
    floor, colon, rest = since.partition(":")
    if floor:
        floor = max(floor, id_at((now or datetime.now(UTC)) - SEARCHED), key=int)
    position, _, top = rest.partition(":")
    if floor and position and int(position) <= int(floor):
        # What that sweep had not come down to, X does not have any more: so it is at its end.
        floor, colon, rest = _settled(floor, top), "", ""
    return _swept(line, asked, floor + colon + rest, most)


def _swept(
    line: Line, asked: Callable[[Mapping[str, Any]], Ask], since: Cursor, most: int
) -> Page[Post]:
    """What is younger than the cursor, from the newest down, in bounded calls.

    The cursor is the id after which everything is still to be read, and while a sweep goes on
    `floor:position:top`: it has come down to `position`, and was begun at `top`.
    """
    floor, position, top = [*since.split(":"), "", ""][:3]
    bounds = {"since_id": floor or None, "until_id": position or None, "max_results": A_PAGE}
    answers = list(islice(pages(asked(bounds)), most))
    for answer in answers:
        line.count("post read", len(rows(answer)))
        line.count("user read", len(included(answer, "users")))
    ids = [identified(told) for answer in answers for told in rows(answer)]
    top = max([*ids, *([top] if top else [])], key=int, default="")
    cursor, more = _settled(floor, top), False
    if next_token(answers[-1]):
        if not ids:
            raise ChannelBusy("X gives pages without posts, and more of them")
        cursor, more = f"{floor}:{min(ids, key=int)}:{top}", True
    return Page(items=tuple(_of_citizens(line, answers)), cursor=cursor, more=more)


def _settled(floor: str, top: str) -> Cursor:
    """A minute below the newest, by X's own times; never below where it began."""
    if not top:
        return floor
    return max(floor or "0", id_at(written(top) - OVERLAP), key=int)


def _of_citizens(line: Line, answers: list[Any]) -> list[Post]:
    """Oldest first, each once; not our own, and nothing that only passes another's post on."""
    found = {
        post.remote_id: post
        for answer in answers
        for told, post in zip(rows(answer), posts(answer), strict=True)
        if post.author_id != line.me and not referenced(told, "retweeted")
    }
    return sorted(found.values(), key=lambda post: int(post.remote_id))


def deleted(line: Line, remote_ids: Collection[str]) -> Iterator[str]:
    """Those that X says it does not have; of another answer about one, nothing is known."""
    asked = [remote_id for remote_id in remote_ids if is_id(remote_id)]
    for start in range(0, len(asked), A_PAGE):
        some = asked[start : start + A_PAGE]
        answer = line.api.get_tweets(some, user_auth=True)
        there = {identified(told) for told in rows(answer)}
        line.count("post read", len(there))
        yield from (set(_not_found(answer)) & set(some)) - there


def _not_found(answer: Any) -> Iterator[str]:
    for error in rows(answer, "errors"):
        if isinstance(error, dict) and str(error.get("type")).endswith("/resource-not-found"):
            yield str(error.get("resource_id") or error.get("value"))
