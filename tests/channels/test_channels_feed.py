"""Blogs without an API: their feeds are read, nothing is written, and no feed does any harm."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import ChannelBusy, ChannelError, LookBack, Trouble
from channels.by_hand import ByHand
from channels.directory import channel_for
from channels.feed import Feed, parsed
from channels.naver_blog import NaverBlog
from registry.model import Account, Network
from tests.channels.channel_builders import a_message, an_account, settings_in
from tests.channels.reached import QUICK
from tests.channels.rough_server import RoughServer, hanging_up, rough_server, saying

BEFORE = datetime(2026, 12, 1, tzinfo=UTC)
LATER = datetime(2026, 12, 2, tzinfo=UTC)

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>서울시 블로그</title><link>https://blog.naver.com/seoul</link>
<item><title><![CDATA[옛 글]]></title><guid>https://blog.naver.com/seoul/222</guid>
<link>https://blog.naver.com/seoul/222</link><pubDate>Sun, 29 Nov 2026 09:00:00 +0900</pubDate></item>
<item><title><![CDATA[대설 안내 <1>]]></title><guid>https://blog.naver.com/seoul/223</guid>
<link>https://blog.naver.com/seoul/223?fromRss=true&amp;trackingCode=rss</link>
<description><![CDATA[<p>눈이 <b>많이</b> 옵니다 [서울 재난 2026-12-3]</p><script>x</script>]]></description>
<pubDate>Thu, 03 Dec 2026 09:00:00 +0900</pubDate></item>
</channel></rss>"""


@pytest.fixture
def server() -> Iterator[RoughServer]:
    with rough_server(saying("200 OK", FEED.encode(), "Content-Type: text/xml")) as server:
        yield server


@pytest.fixture
def blog(server: RoughServer, tmp_path: Path) -> NaverBlog:
    return NaverBlog(settings_in(tmp_path, live=True), timeouts=QUICK, origin=server.url)


@pytest.fixture
def account() -> Account:
    return an_account(id="blog_seoul", network=Network.NAVER_BLOG, handle="seoul", credential="")


def an_item(description: str) -> bytes:
    return FEED.replace("<p>눈이", description + "<p>눈이").encode()


def test_a_feed_is_read_as_a_timeline(
    blog: NaverBlog, account: Account, server: RoughServer
) -> None:
    newest, oldest = blog.timeline(account, LATER)

    assert server.requests[0].startswith(b"GET /seoul.xml ")
    assert newest.url == "https://blog.naver.com/seoul/223"
    assert newest.remote_id == "223"  # as a post that a person put up is called
    assert newest.text == "대설 안내 <1>\n\n눈이 많이 옵니다 [서울 재난 2026-12-3]"
    assert newest.at == datetime(2026, 12, 3, tzinfo=UTC)
    assert oldest.remote_id == "222"


def test_a_feed_that_does_not_reach_back_proves_nothing(blog: NaverBlog, account: Account) -> None:
    with pytest.raises(ChannelBusy, match="reach back"):
        list(blog.timeline(account, datetime(2026, 1, 1, tzinfo=UTC)))


def test_an_entry_without_a_time_shows_nothing_of_how_far_a_feed_reaches(
    server: RoughServer, blog: NaverBlog, account: Account
) -> None:
    undated = FEED.replace("<pubDate>Sun, 29 Nov 2026 09:00:00 +0900</pubDate>", "")
    server.scripts[:] = [saying("200 OK", undated.encode())]

    with pytest.raises(ChannelBusy, match="reach back"):
        list(blog.timeline(account, LATER))


def test_a_healthy_blog_is_read_and_written_by_people(blog: NaverBlog, account: Account) -> None:
    health = blog.check(account)

    assert (health.reads, health.writes, health.name) == (True, False, "서울시 블로그")
    assert health.reason.startswith(Trouble.BY_HAND)


def test_whatever_is_written_there_is_written_by_hand(
    blog: NaverBlog, account: Account, server: RoughServer
) -> None:
    for asked in (
        lambda: blog.publish(account, a_message()),
        lambda: blog.delete(account, "223"),
        lambda: list(blog.thread(account, "223")),
    ):
        with pytest.raises(ChannelError) as error:
            asked()
        assert error.value.kind is Trouble.BY_HAND
    assert blog.fetch(account, "7").items == ()
    assert blog.missing(account, ["223"]) == set()
    assert server.requests == []


def test_a_feed_settles_no_doubt(blog: NaverBlog) -> None:
    assert blog.look_back is LookBack.NONE


def test_a_live_naver_blog_is_served_by_its_feed_and_counts_as_by_hand(
    tmp_path: Path, account: Account
) -> None:
    channel = channel_for(account, settings_in(tmp_path, live=True))

    assert isinstance(channel, NaverBlog)
    assert isinstance(channel, ByHand)


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({}, "https://rss.blog.naver.com/seoul.xml"),
        ({"handle": "@seoul"}, "https://rss.blog.naver.com/seoul.xml"),
        ({"server": "https://blog.example/feed?a=b"}, "https://blog.example/feed?a=b"),
    ],
)
def test_where_a_feed_is(
    tmp_path: Path, account: Account, changes: dict[str, Any], address: str
) -> None:
    assert NaverBlog(settings_in(tmp_path)).address(replace(account, **changes)) == address


@pytest.mark.parametrize(
    "changes",
    [
        {"handle": "../x"},
        {"handle": ""},
        {"handle": "a/b"},
        {"server": "http://blog.example/feed"},
        {"server": "file:///etc/passwd"},
        {"server": "https://me@blog.example/"},
        {"server": "blog.example"},
    ],
)
def test_what_is_no_feeds_address_is_never_fetched(
    tmp_path: Path, account: Account, changes: dict[str, Any]
) -> None:
    with pytest.raises(ChannelError) as error:
        NaverBlog(settings_in(tmp_path)).address(replace(account, **changes))

    assert error.value.kind is Trouble.SERVER


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (saying("200 OK", b"<html><body>maintenance</body></html>"), Trouble.BUSY),
        (saying("200 OK", b""), Trouble.BUSY),
        (saying("200 OK", b"not XML at all"), Trouble.BUSY),
        (saying("304 Not Modified"), Trouble.BUSY),
        (saying("302 Found", b"", "Location: https://elsewhere.example/"), Trouble.BUSY),
        (saying("503 Busy"), Trouble.BUSY),
        (hanging_up, Trouble.BUSY),
        (saying("429 Too Many", b"", "Retry-After: 9"), Trouble.LIMITED),
        (saying("404 Not Found"), Trouble.GONE),
        (saying("403 Forbidden"), Trouble.FORBIDDEN),
    ],
)
def test_what_an_answer_means(
    blog: NaverBlog, account: Account, server: RoughServer, script: object, kind: Trouble
) -> None:
    server.scripts[:] = [script]  # type: ignore[list-item]  # each is one

    assert blog.check(account).reason.startswith(kind)


BOMB = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'.format(
    "ha" * 1000, "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9))
)


@pytest.mark.parametrize(
    "raw",
    [
        FEED.replace("<rss", BOMB + "<rss").encode(),
        FEED.replace("<rss", '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><rss').encode(),
        FEED.replace("<rss", '<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><rss').encode(),
        FEED.replace("<item>", "<a>" * 100_000 + "<item>", 1).encode(),
        FEED.replace("<item>", "<a>" * 500 + "</a>" * 500 + "<item>", 1).encode(),
        FEED.replace("<item>", "<a/>" * 50_000 + "<item>", 1).encode(),
        an_item("x" * 5_000_000),
        FEED.encode().replace(b"UTF-8", b"zip"),
        b"\x00" * 1000,
        FEED.encode()[:-300],
        FEED.encode("utf-16").replace(b"<\x00r\x00", b"<\x00!\x00D\x00"),
    ],
    ids=[
        "a bomb",
        "a document type elsewhere",
        "a file of ours",
        "never closed",
        "too deep",
        "too many",
        "too large",
        "an encoding that is none",
        "zeros",
        "cut off",
        "another encoding",
    ],
)
def test_what_may_do_harm_is_refused_at_once(raw: bytes) -> None:
    began = time.monotonic()

    with pytest.raises((ValueError, LookupError)):
        parsed(raw)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("unit", ["&lt;a ", "<![CDATA[<a ]]>", "&#60;!--", "<b/>"])
def test_an_entry_full_of_marks_is_read_in_no_time(
    blog: NaverBlog, account: Account, server: RoughServer, unit: str
) -> None:
    raw = FEED.replace(
        "<description>",
        "<description>" + unit * (300_000 // len(unit)) + "</description><description>",
        1,
    )
    server.scripts[:] = [saying("200 OK", raw.encode())]
    began = time.monotonic()
    with contextlib.suppress(ChannelBusy):
        list(blog.timeline(account, LATER))

    assert time.monotonic() - began < 5


def test_a_feed_in_an_old_korean_encoding_is_read() -> None:
    raw = FEED.replace("UTF-8", "EUC-KR").encode("cp949")

    assert parsed(raw).feed.title == "서울시 블로그"


def test_an_atom_feed_is_read(server: RoughServer, tmp_path: Path, account: Account) -> None:
    atom = """<feed xmlns="http://www.w3.org/2005/Atom"><title>새소식</title><id>urn:1</id>
    <entry><title>하나</title><id>urn:7</id><link href="https://blog.example/p/7"/>
    <content type="html">&lt;p&gt;본문&lt;/p&gt;</content></entry></feed>"""
    server.scripts[:] = [saying("200 OK", atom.encode())]
    feed = Feed(settings_in(tmp_path), timeouts=QUICK)

    read = next(feed.timeline(replace(account, server=f"{server.url}/feed"), LATER))

    assert (read.remote_id, read.url, read.text) == (
        "7",
        "https://blog.example/p/7",
        "하나\n\n본문",
    )
    assert read.at.year == 1970  # it did not say
