"""Naver's blogs: written by hand since their writing API was closed in 2020, read by their feed.

Facts as in `channels/feed.py`. The feed shows the newest public posts, often only how they begin.
"""

import re

from channels.base import ChannelError, Trouble
from channels.feed import Feed
from channels.wire import Timeouts
from registry.model import Account
from settings import Settings

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class NaverBlog(Feed):
    """The feed is at the account's `server` where that is an address, else found by its handle."""

    network = "naver_blog"

    def __init__(
        self,
        settings: Settings,
        *,
        timeouts: Timeouts | None = None,
        origin: str = "https://rss.blog.naver.com",
    ) -> None:
        super().__init__(settings, timeouts=timeouts)
        self._origin = origin

    def address(self, account: Account) -> str:
        if account.server:
            return super().address(account)
        name = account.handle.strip().lstrip("@")
        if not _NAME.fullmatch(name):
            raise ChannelError(f"{account.id}: {name[:60]!r} is no blog's name", Trouble.SERVER)
        return f"{self._origin}/{name}.xml"


CHANNEL = NaverBlog
