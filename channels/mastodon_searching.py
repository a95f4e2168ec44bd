"""Reading what a Mastodon server knows under a hashtag, page by page, skipping nothing."""

from datetime import datetime
from typing import Any

from channels.errors import ChannelBusy
from channels.mastodon_line import Line
from channels.mastodon_reading import STATUSES_A_PAGE, TIMELINE_PAGES, order, swept
from channels.mastodon_values import identified, moment, post
from channels.model import Cursor, Page, Post

SEARCH_PAGES = 25


def tagged(
    line: Line, tag: str, since: Cursor, begun: datetime | None, *, pages: int = SEARCH_PAGES
) -> Page[Post]:
    """Posts under the hashtag after the cursor, oldest first; the cursor is one of `swept`."""

    def after(position: str) -> Any:
        return line.api.timeline_hashtag(tag, min_id=position, limit=STATUSES_A_PAGE)

    start = since or (_before(line, tag, begun) if begun else "")
    statuses, cursor, more = swept(after, start, pages)
    found = {status["id"]: status for status in statuses}
    return Page(items=tuple(map(post, found.values())), cursor=cursor, more=more)


def _before(line: Line, tag: str, begun: datetime) -> Cursor:
    """The youngest post under the hashtag from before that time: a tag of years has many."""
    max_id = None
    for _ in range(TIMELINE_PAGES):
        batch = line.api.timeline_hashtag(tag, max_id=max_id, limit=STATUSES_A_PAGE)
        older = [identified(one) for one in batch if moment(one["created_at"]) < begun]
        if older:
            return max(older, key=order)
        if not batch:
            return ""
        max_id = min(map(identified, batch), key=order)
    raise ChannelBusy(f"#{tag} has more than {TIMELINE_PAGES} pages since {begun:%F %T} UTC")
