"""Reading the comments on a YouTube channel's videos, newest threads first, as the API gives them."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from channels.errors import ChannelBusy, ChannelError, Trouble
from channels.model import Cursor, Page, Post, Published
from channels.youtube_errors import Stale
from channels.youtube_line import Line, identified, listed

PAGES = 25
A_PAGE = 100
THREAD_PAGES = 100
AT_ONCE = 25
"""Ids in one request: with more its address grows long, and the client would send a POST instead."""
WINDOW = timedelta(days=7)
"""Threads this much older than the newest are read again: for answers below them, and for what
YouTube held back and let through later."""

_PLAIN = re.compile(r"[\w.-]*", re.ASCII)


@dataclass(slots=True)
class Sweep:
    """The cursor. `top`: the newest thread; `counts`: answers below threads that show not all.

    While a sweep is unfinished: `page`, where it goes on, and `next_top`.
    """

    top: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    page: str = ""
    next_top: str = ""

    @classmethod
    def of(cls, cursor: Cursor) -> "Sweep":
        return cls(**json.loads(cursor)) if cursor else cls()

    def cursor(self) -> Cursor:
        return json.dumps({name: getattr(self, name) for name in self.__slots__})


def comments(line: Line, since: Cursor, *, pages: int = PAGES) -> Page[Post]:
    """What was written below our videos, oldest first; ours is left out."""
    sweep, me = Sweep.of(since), line.my_id()
    floor = moment(sweep.top) - WINDOW if sweep.top else None
    posts: dict[str, Post] = {}
    for _ in range(pages):
        told = _threads(line, me, sweep)
        threads = listed(told)
        for thread in threads:
            posts |= {post.remote_id: post for post in _thread(line, thread, sweep)}
        times = [str(_top(thread)["snippet"]["publishedAt"]) for thread in threads]
        sweep.next_top = max([sweep.next_top, sweep.top, *times])
        sweep.page = str(told.get("nextPageToken") or "")
        if not sweep.page or (floor and times and moment(min(times)) < floor):
            sweep = Sweep(top=sweep.next_top, counts=_kept(sweep.counts))
            break
    found = sorted(
        (post for post in posts.values() if post.author_id != me), key=lambda post: post.created_at
    )
    return Page(items=tuple(found), cursor=sweep.cursor(), more=bool(sweep.page))


def _kept(counts: dict[str, int], most: int = 500) -> dict[str, int]:
    """The last ones: a thread that was forgotten is only read once more."""
    return dict(list(counts.items())[-most:])


def _threads(line: Line, me: str, sweep: Sweep) -> Any:
    def asked(page: str) -> Any:
        return line.ask(
            line.api.threads.list(
                part="snippet,replies",
                allThreadsRelatedToChannelId=me,
                order="time",
                maxResults=A_PAGE,
                textFormat="plainText",
                **({"pageToken": page} if page else {}),
            )
        )

    try:
        return asked(sweep.page)
    except Stale:
        return asked("")  # from the top again: rather twice than never


def _thread(line: Line, thread: dict[str, Any], sweep: Sweep) -> Iterator[Post]:
    snippet, name = thread["snippet"], identified(thread)
    video, public = str(snippet.get("videoId") or ""), snippet.get("isPublic") is not False
    yield post(_top(thread), video=video, public=public)
    shown = (thread.get("replies") or {}).get("comments") or []
    total = snippet.get("totalReplyCount")
    if isinstance(total, int) and total > len(shown):
        if sweep.counts.pop(name, None) != total:
            shown = list(below(line, name))
        sweep.counts[name] = total
    for comment in shown:
        yield post(comment, video=video, public=public)


def _top(thread: dict[str, Any]) -> dict[str, Any]:
    top = thread["snippet"]["topLevelComment"]
    if not isinstance(top, dict):
        raise ValueError("the thread holds no comment")
    return top


def below(line: Line, parent: str) -> Iterator[dict[str, Any]]:
    """Every answer in a thread, whoever's."""
    page: dict[str, str] = {}
    for _ in range(THREAD_PAGES):
        told = line.ask(
            line.api.comments.list(
                part="snippet", parentId=parent, maxResults=A_PAGE, textFormat="plainText", **page
            )
        )
        yield from listed(told)
        if not told.get("nextPageToken"):
            return
        page = {"pageToken": str(told["nextPageToken"])}
    raise ChannelBusy(f"the thread {parent} is longer than {THREAD_PAGES} pages")


def known(line: Line, remote_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Those of these comments that stand. A batch that YouTube denies as a whole is halved."""
    ids = sorted(remote_ids)
    if len(ids) > AT_ONCE:
        return known(line, ids[:AT_ONCE]) | known(line, ids[AT_ONCE:])
    try:
        told = line.ask(line.api.comments.list(part="snippet", id=ids)) if ids else {"items": []}
    except ChannelError as error:
        if error.kind is not Trouble.GONE:
            raise
        half = len(ids) // 2
        return known(line, ids[:half]) | known(line, ids[half:]) if half else {}
    if "items" not in told:
        raise ValueError("the answer is no list of comments")
    return {identified(comment): comment for comment in listed(told)}


def author(comment: dict[str, Any]) -> str:
    """The author's channel; empty where it is closed by now."""
    return str((comment["snippet"].get("authorChannelId") or {}).get("value") or "")


def post(comment: dict[str, Any], *, video: str, public: bool) -> Post:
    """A comment as our value. Raises `LookupError`, `TypeError` or `ValueError` for what is none."""
    snippet, remote_id = comment["snippet"], identified(comment)
    name = str(snippet.get("authorDisplayName") or "")
    parent = snippet.get("parentId")
    return Post(
        remote_id=remote_id,
        author_id=author(comment) or remote_id,
        author_handle=name.removeprefix("@") if name.startswith("@") else "",
        author_name=name,
        text=_text(snippet),
        url=address(video, remote_id),
        created_at=moment(snippet["publishedAt"]),
        in_reply_to=str(parent) if parent else None,
        public=public,
    )


def published(comment: dict[str, Any]) -> Published:
    """A comment of our own; only its id is needed."""
    snippet = comment.get("snippet") or {}
    at, parent, remote_id = snippet.get("publishedAt"), snippet.get("parentId"), identified(comment)
    return Published(
        remote_id=remote_id,
        url=address(str(snippet.get("videoId") or ""), remote_id),
        text=_text(snippet),
        at=moment(at) if at else datetime.now(UTC),
        in_reply_to=str(parent) if parent else None,
    )


def address(video: str, remote_id: str) -> str:
    """Where a person sees it; empty where YouTube did not say below which video."""
    if not video:
        return ""
    plain = _PLAIN.fullmatch(f"{video}{remote_id}")
    asked = f"v={video}&lc={remote_id}" if plain else urlencode({"v": video, "lc": remote_id})
    return f"https://www.youtube.com/watch?{asked}"


def moment(said: object) -> datetime:
    """A time in UTC. Raises `ValueError` for anything else."""
    at = datetime.fromisoformat(str(said))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _text(snippet: dict[str, Any]) -> str:
    return str(snippet.get("textOriginal") or snippet.get("textDisplay") or "")
