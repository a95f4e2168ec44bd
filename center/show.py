"""How values look on a page: times on the city's clock, links that are links."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rules.particles import bare, ro
from templates.causes import Told, told

_WEEKDAYS = "월화수목금토일"


class Show:
    """What templates call. Every moment given is aware; what is shown is the city's time."""

    def __init__(self, timezone: str) -> None:
        self._tz = ZoneInfo(timezone)

    def when(self, at: datetime | None) -> str:
        """`2026. 11. 22.(일) 14:05`; nothing for no moment."""
        if at is None:
            return ""
        local = at.astimezone(self._tz)
        return (
            f"{local.year}. {local.month}. {local.day}.({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"
        )

    def day(self, at: datetime | None) -> str:
        """`11월 25일(수) 18:00`, as it is said to a citizen."""
        if at is None:
            return ""
        local = at.astimezone(self._tz)
        return f"{local.month}월 {local.day}일({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"

    def clock(self, at: datetime) -> str:
        """`14:05:09`."""
        return f"{at.astimezone(self._tz):%H:%M:%S}"

    def iso(self, at: datetime) -> str:
        """For `<time datetime>`."""
        return at.astimezone(self._tz).isoformat(timespec="minutes")

    def cause(self, cause: str) -> Told:
        """Why something did not work, in Korean."""
        return told(cause)

    def span(self, length: timedelta) -> str:
        """A length of time in its largest unit: `3일`, `5시간`, `12분`."""
        minutes = int(abs(length).total_seconds()) // 60
        if minutes >= 48 * 60:
            return f"{minutes // (24 * 60)}일"
        return f"{minutes // 60}시간" if minutes >= 60 else f"{max(minutes, 1)}분"

    def until(self, at: datetime, now: datetime) -> str:
        """How long until a moment, as people count: from two days on by the calendar's days."""
        days = (at.astimezone(self._tz).date() - now.astimezone(self._tz).date()).days
        return f"{days}일" if days >= 2 else self.span(at - now)

    def late(self, at: datetime, now: datetime) -> str:
        """How long ago a moment was, counted as `until` counts."""
        return self.until(now, at)

    def evidence(self, words: Iterable[str]) -> list[str]:
        """The words that decided, without their particles."""
        return bare(words)

    def ro(self, name: str) -> str:
        """`로` or `으로` behind a name."""
        return ro(name)

    def percent(self, share: float) -> str:
        """`0.873` as `87%`."""
        return f"{round(share * 100)}%"

    def link(self, address: str | None) -> str:
        """The address where it is one of the web; empty for anything else, `javascript:` say."""
        return web_address(address or "")

    def map(self, lat: float, lon: float) -> str:
        """OpenStreetMap at a place."""
        return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=17/{lat:.5f}/{lon:.5f}"

    def marked(self, text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
        """The text in pieces, and which of them are among the words."""
        return marked(text, words)


def web_address(address: str) -> str:
    """An http or https address as it is, anything else as an empty text."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in ("http", "https") and parts.hostname else ""


def marked(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """Split a text where words occur in it, longest first: (piece, is a word)."""
    sought = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not sought:
        return [(text, False)]
    found = re.compile("|".join(map(re.escape, sought)), re.IGNORECASE)
    pieces: list[tuple[str, bool]] = []
    done = 0
    for match in found.finditer(text):
        pieces += [(text[done : match.start()], False), (match.group(), True)]
        done = match.end()
    return [piece for piece in [*pieces, (text[done:], False)] if piece[0]]
