"""Reading Meta's lists, newest first, so that nothing is skipped and every reading ends."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyfacebook import FacebookError

from channels.errors import ChannelBusy
from channels.meta_errors import about_us, code, gone, too_much
from channels.meta_line import Line
from channels.model import Cursor, Page, Post

SWEEP_PAGES = 25
"""Pages of a list that one call of `fetch` reads; what hangs below each is read to its end."""
LIST_PAGES = 200
OVERLAP = timedelta(minutes=15)
"""What was written so shortly before the last reading is read again: Meta shows things late."""
LONG_AGO = datetime(2004, 2, 4, tzinfo=UTC)

Item = dict[str, Any]
Source = Callable[[str, datetime], tuple[list[Post], str]]
"""A page of what citizens wrote, newest first, after a page's cursor ("" is the first), and the
next page's ("" where what follows is older than the time given, or nothing)."""


def items(told: Any) -> tuple[list[Item], str]:
    """A page's entries and the cursor of the next, "" where it is the last.

    Raises `ValueError` for what is no page.
    """
    found = told.get("data") if isinstance(told, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError("the answer holds no list")
    paging = told.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return found, ""
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    after = after or parse_qs(urlsplit(str(paging["next"])).query).get("after", [""])[0]
    if not isinstance(after, str) or not after:
        raise ValueError("the answer has a next page but does not say where it begins")
    return found, after


def page(line: Line, node: str, edge: str, fields: str, **asked: Any) -> tuple[list[Item], str]:
    """One page of an edge; of a node that is itself a list where `edge` is ""."""
    path = f"{node}/{edge}".rstrip("/")
    asked = {name: value for name, value in asked.items() if value != ""}
    try:
        return items(line.api.get(path=path, args={"fields": fields, **asked}))
    except FacebookError as error:
        if not too_much(error) or asked.get("limit", 1) <= 1:
            raise
    return page(line, node, edge, fields, **asked | {"limit": asked["limit"] // 5 or 1})


def pages(
    line: Line, node: str, edge: str, fields: str, *, after: str = "", **asked: Any
) -> Iterator[list[Item]]:
    """All pages of an edge. Raises `ChannelBusy` where there is no end to them."""
    for _ in range(LIST_PAGES):
        found, following = page(line, node, edge, fields, after=after, **asked)
        yield found
        if not following:
            return
        if following == after:
            raise ChannelBusy(f"{edge}: the network gives the same page again")
        after = following
    raise ChannelBusy(f"{edge}: longer than {LIST_PAGES} pages")


def back_to(
    found: Iterable[list[Item]], floor: datetime, time: str = "timestamp"
) -> Iterator[Item]:
    """Entries of pages, newest first, up to the page that reaches past that time."""
    for each in found:
        yield from each
        if each and min(moment(item.get(time)) for item in each) < floor:
            return


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an account was read: everything before `floor`.

    While a sweep is unfinished, `begun` is when it began, `newest` the newest that it saw, and
    `source` and `after` where it goes on.
    """

    floor: datetime = LONG_AGO
    begun: datetime | None = None
    newest: datetime | None = None
    source: int = 0
    after: str = ""

    @classmethod
    def of(cls, cursor: Cursor) -> "Mark":
        if not cursor:
            return cls()
        floor, *rest = cursor.split("|", 4)
        if not rest:
            return cls(_time(floor))
        begun, newest, source, after = rest
        seen = _time(newest) if newest else None
        return cls(_time(floor), _time(begun), seen, int(source), after)

    def told(self) -> Cursor:
        floor = str(int(self.floor.timestamp()))
        if self.begun is None:
            return floor
        newest = str(int(self.newest.timestamp())) if self.newest else ""
        begun = str(int(self.begun.timestamp()))
        return "|".join((floor, begun, newest, str(self.source), self.after))


def _time(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def swept(
    sources: Sequence[Source],
    since: Cursor,
    now: datetime,
    *,
    begun: datetime | None = None,
    limit: int = SWEEP_PAGES,
) -> Page[Post]:
    """What citizens wrote after the cursor in all the sources, oldest first.

    With an empty cursor it goes back to `begun`, or to the end of what the sources show.
    """
    mark = Mark.of(since) if since or not begun else Mark(begun)
    try:
        found, mark = _sweep(sources, mark, now, limit)
    except FacebookError as error:
        if not (mark.after and code(error) == 100 and not gone(error)):
            raise
        # A place in a list is good for a while only: from the beginning again.
        found, mark = _sweep(sources, replace(mark, source=0, after=""), now, limit)
    unique = {post.remote_id: post for post in reversed(found)}
    ordered = sorted(unique.values(), key=lambda post: post.created_at)
    return Page(items=tuple(ordered), cursor=mark.told(), more=mark.begun is not None)


def _sweep(
    sources: Sequence[Source], mark: Mark, now: datetime, limit: int
) -> tuple[list[Post], Mark]:
    mark = replace(mark, begun=mark.begun or now)
    found: list[Post] = []
    for _ in range(limit):
        posts, after = sources[mark.source](mark.after, mark.floor)
        if after and after == mark.after:
            raise ChannelBusy("the network gives the same page again")
        found += [post for post in posts if post.created_at >= mark.floor]
        seen = [post.created_at for post in posts]
        newest = max([*seen, *([mark.newest] if mark.newest else [])], default=None)
        source = mark.source if after else mark.source + 1
        mark = replace(mark, newest=newest, source=source, after=after)
        if source == len(sources):
            return found, Mark(_next_floor(mark))
    return found, mark


def _next_floor(mark: Mark) -> datetime:
    """Not after the sweep's beginning: what came on a page that was read by then is still unread.

    Nor after the newest that was seen: our clock may be ahead.
    """
    known = [each for each in (mark.begun, mark.newest) if each]
    return max(mark.floor, min(known) - OVERLAP) if mark.newest else mark.floor


def stands(line: Line, remote_id: str) -> bool | None:
    """Whether an object is there: None where the answer says neither."""
    try:
        line.get(remote_id, "id")
    except FacebookError as error:
        if about_us(error):
            raise
        return False if gone(error) else None
    return True


def deleted(
    line: Line, remote_ids: Collection[str], controls: Callable[[], Iterable[str]]
) -> set[str]:
    """Those that are gone, provably: in the same minute another of their kind could be read.

    Meta says the same of what is deleted and of what we may not see, and there were days when it
    said so of everything. `controls` gives ids that should stand.
    """
    fates = {remote_id: stands(line, remote_id) for remote_id in remote_ids}
    missing = {remote_id for remote_id, fate in fates.items() if fate is False}
    if missing and True not in fates.values():
        control = next((each for each in controls() if each not in missing), None)
        if control is None or not stands(line, control):
            return set()
    return missing


def identified(item: Any) -> str:
    """An entry's id. Raises `ValueError` where there is none."""
    found = item.get("id") if isinstance(item, dict) else None
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found):
        raise ValueError("the answer holds no id")
    return str(found)


def moment(value: Any) -> datetime:
    """A time such as `2026-12-03T09:00:00+0000`, in UTC. Raises `ValueError` for anything else."""
    if not isinstance(value, str):
        raise ValueError("the answer holds no time")
    at = datetime.fromisoformat(value)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def inner(item: Item, *names: str) -> Any:
    """What lies below these names, None where any of them is missing."""
    found: Any = item
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
