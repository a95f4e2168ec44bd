"""Whatever a registry may hold, a folder and a workbook give it back as it was."""

import tempfile
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from registry import folder, workbook
from registry.changes import compare
from registry.cleaning import INVISIBLE
from registry.load import load
from registry.model import (
    Account,
    DayOff,
    DisasterRole,
    Example,
    Hashtag,
    HashtagPurpose,
    Network,
    Office,
    Registry,
)
from registry.sheets import LANGUAGES
from tests.registry.small_city import SmallCity

SMALL = SmallCity().checked().accepted()


def clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def text(most: int = 40) -> st.SearchStrategy[str]:
    """What a name may hold, often beginning as a formula does."""
    chars = st.characters(
        exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp"), exclude_characters="".join(INVISIBLE)
    )
    start = st.sampled_from(["", "=", "+", "-", "@", "#REF!", "'", '"', "가"])
    return st.builds(str.__add__, start, st.text(chars, max_size=most)).map(clean).filter(bool)


def prose() -> st.SearchStrategy[str]:
    return st.lists(text(), min_size=1, max_size=3).map("\n".join).map(clean)


words = st.lists(
    text(10).filter(lambda word: not set(word) & set(";,|；，")), unique=True, max_size=4
)
ids = st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)
handles = st.from_regex(r"[a-z0-9가-힣._-]{1,20}", fullmatch=True)
tags = st.from_regex(r"[a-z가-힣_][a-z0-9가-힣_]{0,20}", fullmatch=True)

foreign = st.sampled_from(["", "Mapo-gu", "=1+1", "麻浦区", "ソウル"])

offices = st.builds(
    Office,
    id=st.just("traffic"),
    kind=st.just(SMALL.offices["traffic"].kind),
    name=text(),
    parent=text() | st.just(""),
    duties=prose(),
    keywords=words.map(tuple),
    email=st.just("traffic@haenam.example"),
    review=st.booleans(),
    name_en=foreign,
    name_zh=foreign,
    name_ja=foreign,
)
accounts = st.builds(
    Account,
    id=ids.map("a_".__add__),
    network=st.just(Network.BLUESKY),
    server=st.sampled_from(["", "bsky.example", "localhost:8300"]),
    handle=handles,
    name=text(),
    office=st.sampled_from(["traffic", "mapo"]),
    answers_as=st.none(),
    disaster_role=st.sampled_from([DisasterRole.RELAY, DisasterRole.LOCAL, DisasterRole.NONE]),
    credential=st.sampled_from(["", "b-1"]),
    active=st.booleans(),
    languages=st.lists(st.sampled_from(list(LANGUAGES)), unique=True).map(tuple),
    in_parts=st.booleans(),
)
days = st.builds(
    DayOff,
    day=st.dates(date(2000, 1, 2), date(2100, 1, 1)),
    name=text(),
    works=st.booleans(),
)
hashtags = st.builds(
    Hashtag, tag=tags, purpose=st.sampled_from(HashtagPurpose), hazard=ids | st.just("")
)
examples = st.builds(Example, text=prose(), office=st.sampled_from(["traffic", "mapo"]))


def folded(value: str) -> str:
    return unicodedata.normalize("NFKC", value).casefold().strip()


@st.composite
def registries(draw: st.DrawFn) -> Registry:
    unique_by = (lambda a: a.id, lambda a: folded(a.handle))
    more = draw(st.lists(accounts, max_size=3, unique_by=unique_by))
    return replace(
        SMALL,
        accounts={**SMALL.accounts, **{account.id: account for account in more}},
        offices={**SMALL.offices, "traffic": draw(offices)},
        days_off=tuple(draw(st.lists(days, max_size=3, unique_by=lambda d: d.day))),
        hashtags=tuple(draw(st.lists(hashtags, max_size=3, unique_by=lambda h: folded(h.tag)))),
        examples=tuple(draw(st.lists(examples, max_size=3, unique_by=lambda e: folded(e.text)))),
    )


@settings(max_examples=40, deadline=None)
@given(registries())
def test_a_folder_gives_back_what_was_written(registry: Registry) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder.write(Path(place), registry)
        assert load(Path(place)) == registry


@settings(max_examples=20, deadline=None)
@given(registries())
def test_a_workbook_gives_back_what_was_written(registry: Registry) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "registry.xlsx"
        workbook.write(registry, path)
        assert load(path) == registry


@settings(max_examples=40, deadline=None)
@given(registries(), registries())
def test_changes_are_empty_exactly_when_nothing_differs(old: Registry, new: Registry) -> None:
    assert not compare(old, old)
    assert bool(compare(old, new)) == (old != new and by_rows(old) != by_rows(new))


def by_rows(registry: Registry) -> tuple[object, ...]:
    """The registry without the order of its rows."""
    held = (registry.staff, registry.hashtags, registry.days_off, registry.examples)
    return (registry.city, registry.accounts, registry.offices, *map(frozenset, held))
