"""A blog that shows a feed and has no API: people write there, we read what stands.

Text: the blog's. Pictures, relay, reading citizens: by hand, since a feed holds no comments. Once:
a person looks. Source: RSS 2.0 and Atom, read by feedparser from bytes that our wire fetched.
"""

import io
import re
import threading
import xml.sax
import xml.sax.handler
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import defusedxml.sax
import feedparser
import requests

from channels.base import ChannelBusy, ChannelError, Health, Published, Trouble
from channels.by_hand import ByHand
from channels.html_text import text_of
from channels.server import Server
from channels.wire import Timeouts, Wire
from registry.model import Account
from settings import Settings

SIZE = 4 * 1024 * 1024
"""Bytes. A feed of fifty long articles is far below."""
ELEMENTS, DEEP = 20_000, 64
_DECLARED = re.compile(rb'^\s*<\?xml[^>]{0,200}encoding=["\']([\w.-]{1,40})["\'][^>]{0,200}\?>')
_KOREAN = frozenset({b"euc-kr", b"cp949", b"ms949", b"uhc", b"ks_c_5601-1987"})
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class _Own(threading.local):
    def __init__(self, timeouts: Timeouts) -> None:
        self.wire = Wire(timeouts)


class Feed(ByHand):
    """Any blog with a feed; the registry's column `server` holds the feed's https address."""

    network = "feed"

    def __init__(self, settings: Settings, *, timeouts: Timeouts | None = None) -> None:
        self.settings = settings
        self._own = _Own(timeouts or Timeouts())

    def address(self, account: Account) -> str:
        """Where the feed is. Raises `ChannelError` where the registry's address is not one."""
        Server.of(account.server)
        if "://" not in account.server:
            raise ChannelError(
                f"{account.id}: the column `server` must hold the feed's whole address",
                Trouble.SERVER,
            )
        return account.server

    def _way_out(self) -> Wire:
        return self._own.wire

    def _read(self, account: Account) -> Any:
        answer = self._own.wire.get(
            self.address(account),
            headers={"User-Agent": "haechi", "Accept": "application/rss+xml, application/xml"},
        )
        answer.raise_for_status()
        if answer.status_code != requests.codes.ok:
            raise ValueError("the answer is no feed")
        return parsed(answer.content)

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        """What the feed shows, which is only its newest: it raises where that does not reach back.

        An entry that does not say when it appeared shows nothing of how far back it reaches.
        """
        entries = sorted(
            (entry(each) for each in self._read(account).entries),
            key=lambda each: each.at,
            reverse=True,
        )
        yield from entries
        if not any(_NEVER < each.at < since for each in entries):
            raise ChannelBusy(f"{account.id}: the feed does not reach back to {since:%F %T} UTC")

    def _check(self, account: Account) -> Health:
        told = self._read(account)
        name = str(told.feed.get("title") or account.name)
        why = f"{Trouble.BY_HAND}: {account.id}: {len(told.entries)} entries read; people write"
        return Health(reads=True, writes=False, name=name, reason=why)


def parsed(raw: bytes) -> Any:
    """A feed, as feedparser gives it. Raises `ValueError` for what is none, or may do harm.

    feedparser goes on with whatever is broken, and slowly; so only well-formed XML without a
    document type comes to it, and nothing but bytes: a text it would take for an address.
    """
    if len(raw) > SIZE:
        raise ValueError(f"the feed is larger than {SIZE >> 20} MB")
    raw = _in_utf8(raw)
    try:
        defusedxml.sax.parse(io.BytesIO(raw), _Guard(), forbid_dtd=True)
    except xml.sax.SAXException as error:
        raise ValueError("the feed is no XML") from error
    told = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    if not told.version:
        raise ValueError("this is no feed")
    return told


def entry(each: Any) -> Published:
    """An entry as our value; it is called as its address ends, as a post put up by hand is."""
    url = next(
        (link for name in ("id", "link") if _is_web(link := str(each.get(name) or ""))),
        "",
    )
    contents = each.get("content") or [{"value": each.get("summary")}]
    body = "\n\n".join(text_of(str(part.get("value") or "")) for part in contents)
    return Published(
        remote_id=urlsplit(url).path.rstrip("/").rpartition("/")[2] or str(each.get("id") or url),
        url=url,
        text=f"{text_of(str(each.get('title') or ''))}\n\n{body}",
        at=_moment(each),
    )


class _Guard(xml.sax.handler.ContentHandler):
    """Refuses what is deeper or has more elements than any feed."""

    def __init__(self) -> None:
        super().__init__()
        self._count = self._depth = 0

    def startElement(self, _name: str, _attrs: object) -> None:  # noqa: N802 (SAX's name)
        self._count += 1
        self._depth += 1
        if self._count > ELEMENTS or self._depth > DEEP:
            raise ValueError("the feed has more elements than any feed")

    def endElement(self, _name: str) -> None:  # noqa: N802 (SAX's name)
        self._depth -= 1


def _in_utf8(raw: bytes) -> bytes:
    """Korean encodings of two bytes, which the XML parser does not know, made UTF-8."""
    match = _DECLARED.match(raw)
    if match is None or match[1].lower() not in _KOREAN:
        return raw
    return raw[match.end() :].decode("cp949", "replace").encode()


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _moment(each: Any) -> datetime:
    """When it appeared, as feedparser read it (UTC); long ago where the feed does not say."""
    for name in ("published_parsed", "updated_parsed"):
        try:
            return datetime.fromtimestamp(timegm(each[name]), UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            continue
    return _NEVER
