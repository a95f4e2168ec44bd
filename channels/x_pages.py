"""X's pages, newest first, to the end."""

from collections.abc import Callable, Iterator
from typing import Any

from channels.errors import ChannelBusy
from channels.x_values import identified, rows

A_PAGE = 100
IDLE_PAGES = 3
"""Some of X's lists never end: the same page again and again, each time with another token."""

Ask = Callable[[str | None], Any]
"""Asks for the page of a token, the first where it is None."""


def pages(ask: Ask) -> Iterator[Any]:
    """Page after page to the end."""
    token, seen, idle = None, set[str](), 0
    while True:
        answer = ask(token)
        yield answer
        ids = {identified(told) for told in rows(answer)}
        idle = 0 if ids - seen else idle + 1
        seen |= ids
        following = next_token(answer)
        if not following:
            return
        if following == token or idle >= IDLE_PAGES:
            raise ChannelBusy("X gives the same page again and again")
        token = following


def next_token(answer: Any) -> str:
    """Where the next page begins; "" after the last one."""
    meta = answer.get("meta")
    if not isinstance(meta, dict):
        raise ValueError("the answer does not say whether it is the last page")
    token = meta.get("next_token")
    if token is not None and not isinstance(token, str):
        raise ValueError("the answer holds no token")
    return token or ""
