"""The feed of what stands: well-formed Atom, whatever the texts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from cap.feed import Entry, feed_file
from cap.model import CapRefused

AT = datetime(2026, 12, 3, 5, 30, tzinfo=UTC)
A = "{http://www.w3.org/2005/Atom}"


def entry(**changes: Any) -> Entry:
    return Entry(
        **{
            "id": "urn:haechi:seoul-1",
            "title": "강남구 침수 [서울 재난 2026-12-3]",
            "updated": AT,
            "link": "https://seoul.example/cap/seoul-1.xml",
            "summary": "지하에서 즉시 나오세요.",
            **changes,
        }
    )


def feed(*entries: Entry, **changes: Any) -> Element:
    return fromstring(file(*entries, **changes))


def file(*entries: Entry, **changes: Any) -> bytes:
    return feed_file(
        entries,
        **{
            "id": "https://seoul.example/cap/feed",
            "title": "서울특별시 재난 메시지",
            "author": "서울특별시",
            "link": "https://seoul.example/cap/feed",
            "at": AT,
            **changes,
        },
    )


def test_an_entry_names_the_bulletin_and_points_to_its_file() -> None:
    [one] = feed(entry()).findall(f"{A}entry")
    assert one.findtext(f"{A}id") == "urn:haechi:seoul-1"
    assert one.findtext(f"{A}title") == "강남구 침수 [서울 재난 2026-12-3]"
    assert one.findtext(f"{A}updated") == "2026-12-03T05:30:00+00:00"
    assert one.findtext(f"{A}summary") == "지하에서 즉시 나오세요."
    link = one.find(f"{A}link")
    assert link is not None
    assert link.attrib == {
        "rel": "alternate",
        "type": "application/cap+xml",
        "href": "https://seoul.example/cap/seoul-1.xml",
    }


def test_a_feed_has_what_rfc_4287_asks_for_though_nothing_stands() -> None:
    empty = feed()
    assert empty.tag == f"{A}feed"
    assert empty.findtext(f"{A}id") == "https://seoul.example/cap/feed"
    assert empty.findtext(f"{A}title")
    assert empty.findtext(f"{A}author/{A}name") == "서울특별시"
    assert empty.findtext(f"{A}updated") == "2026-12-03T05:30:00+00:00"
    link = empty.find(f"{A}link")
    assert link is not None
    assert link.attrib["rel"] == "self"
    assert empty.findall(f"{A}entry") == []


def test_the_newest_comes_first_and_dates_the_feed() -> None:
    old, new = entry(id="urn:x:old"), entry(id="urn:x:new", updated=AT + timedelta(hours=1))
    made = feed(old, new, at=AT + timedelta(days=1))
    assert [one.findtext(f"{A}id") for one in made.findall(f"{A}entry")] == [
        "urn:x:new",
        "urn:x:old",
    ]
    assert made.findtext(f"{A}updated") == "2026-12-03T06:30:00+00:00"


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    one, two = entry(id="urn:x:1"), entry(id="urn:x:2")
    assert file(one, two) == file(two, one)


def test_an_entry_without_a_summary_has_none() -> None:
    [one] = feed(entry(summary="")).findall(f"{A}entry")
    assert one.find(f"{A}summary") is None


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\ufffe\uffff", min_codepoint=32)))
def test_any_text_comes_back_as_text_and_never_as_markup(text: str) -> None:
    [one] = feed(
        entry(title=f"{text}</title><script>&x;", link=f"https://x/?{text}&a='\"")
    ).findall(f"{A}entry")
    assert one.findtext(f"{A}title") == f"{text}</title><script>&x;"
    link = one.find(f"{A}link")
    assert link is not None
    assert link.attrib["href"] == f"https://x/?{text}&a='\""


def test_control_characters_are_refused_rather_than_written() -> None:
    with pytest.raises(CapRefused, match=r"U\+0007"):
        file(entry(title="\a"))
