"""The picture of a bulletin: everything on it can be read, and an exercise looks like one."""

from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rules.bulletin import HAZARD_NAMES, BulletinKind, Hazard
from templates.bulletin_words import bulletin_words
from templates.card import (
    BAND,
    COLOURS,
    EXERCISE,
    KINDS,
    MARGIN,
    NOT_REAL,
    SIDE,
    SIGN,
    SMALLEST,
    CardImpossible,
    card_alt,
    draw_card,
    lay_out,
)

BOTH = pytest.mark.parametrize("exercise", [False, True], ids=["live", "exercise"])


def card(**more: Any) -> dict[str, Any]:
    word = "훈련" if more.get("exercise") else "재난"
    return {
        "city": "서울특별시",
        "hazard_name": "침수",
        "act_now": "지하에서 바로 나와 높은 곳으로 대피하세요.",
        "marker": f"[서울 {word} 2026-12-3]",
        "exercise": False,
        "kind": "alert",
        **more,
    }


def shipped(hazard: Hazard, kind: BulletinKind) -> dict[str, Any]:
    blanks = {"where": "종로구", "phone": "02-120"}
    words = bulletin_words(hazard, kind, "ko", blanks)
    return {"hazard_name": HAZARD_NAMES[hazard], "act_now": words.act_now, "kind": kind.value}


def drawn(**more: Any) -> Image.Image:
    return Image.open(BytesIO(draw_card(**card(**more)))).convert("RGB")


def apart(**more: Any) -> bool:
    """Nothing leaves the picture, nothing lies on anything else."""
    lines = lay_out(**card(**more))
    inside = all(
        line.x >= MARGIN
        and line.x + line.width <= SIDE - MARGIN // 2
        and line.bottom <= SIDE - BAND
        for line in lines
    )
    overlaps = [
        (one.text, other.text)
        for one, other in combinations(lines, 2)
        if one.y < other.bottom
        and other.y < one.bottom
        and one.x < other.x + other.width
        and other.x < one.x + one.width
    ]
    return inside and not overlaps


@BOTH
@pytest.mark.parametrize("hazard", Hazard)
def test_nothing_overlaps_on_any_shipped_card(hazard: Hazard, exercise: bool) -> None:
    for kind in BulletinKind:
        assert apart(exercise=exercise, **shipped(hazard, kind))


@BOTH
@given(st.lists(st.text("가나다라마바사뷁.,!?", min_size=1, max_size=9), min_size=1, max_size=12))
@settings(deadline=None, max_examples=50)
def test_nothing_overlaps_whatever_a_person_writes(exercise: bool, words: list[str]) -> None:
    assert apart(exercise=exercise, act_now=" ".join(words)[:60].strip() or "가")


@BOTH
def test_a_card_is_a_square_picture_in_the_colour_of_its_kind(exercise: bool) -> None:
    for kind in KINDS:
        image = drawn(kind=kind, exercise=exercise)
        assert image.format is None
        assert image.size == (SIDE, SIDE)
        colour = EXERCISE if exercise else COLOURS[kind]
        shown = "#{:02X}{:02X}{:02X}".format(*image.getpixel((SIDE - 20, SIDE // 2)))  # type: ignore[misc]
        assert shown == colour


def test_an_exercise_is_of_another_colour_striped_and_says_so() -> None:
    live, exercise = drawn(), drawn(exercise=True)
    assert EXERCISE not in COLOURS.values()
    for edge in (10, SIDE - 10):
        assert len({live.getpixel((x, edge)) for x in range(SIDE)}) == 1
        assert len({exercise.getpixel((x, edge)) for x in range(SIDE)}) == 2
    texts = [line.text for line in lay_out(**card(exercise=True))]
    assert texts[:2] == [SIGN, NOT_REAL]
    assert SIGN not in " ".join(line.text for line in lay_out(**card()))


def test_white_on_each_colour_can_be_read_by_weak_eyes() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    assert all(1.05 / (light(colour) + 0.05) >= 7 for colour in COLOURS.values())


def test_the_line_to_act_on_is_the_largest_and_is_broken_between_words() -> None:
    words = "앞선 대기오염 안내를 바로잡습니다. 이 글을 따라 주세요."
    lines = lay_out(**card(act_now=words))[1:-2]
    assert " ".join(line.text for line in lines).replace("\u00a0", " ") == words
    assert all(line.size >= SMALLEST for line in lines)
    assert all(one.y < other.y for one, other in pairwise(lines))
    assert not any(line.text.endswith(" 이") for line in lines)
    assert min(line.size for line in lay_out(**card())[1:-2]) > lay_out(**card())[0].size


@BOTH
@pytest.mark.parametrize("kind", KINDS)
def test_the_description_for_the_blind_holds_every_word_of_the_picture(
    kind: str, exercise: bool
) -> None:
    words = card(kind=kind, exercise=exercise, act_now="연기를 피해 낮은 자세로 바로 대피하세요.")
    alt = card_alt(**words)
    for line in lay_out(**words):
        assert line.text.replace("\u00a0", " ") in alt


def test_every_kind_has_its_word_and_its_colour() -> None:
    assert tuple(KINDS) == tuple(COLOURS) == tuple(BulletinKind)


def test_the_same_words_give_the_same_bytes() -> None:
    assert draw_card(**card()) == draw_card(**card())


def test_letters_that_the_font_lacks_are_written_with_those_it_has() -> None:
    lines = lay_out(**card(act_now="농도는 150㎍/㎥입니다."))
    assert "150μg/m3입니다." in " ".join(line.text for line in lines)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"act_now": "대피하세요 🏃"}, "🏃"),
        ({"act_now": "가" * 60}, "들어가지 않습니다"),
        ({"act_now": "지금 나가세요. " * 60}, "들어가지 않습니다"),
        ({"city": "시" * 80}, "들어가지 않습니다"),
        ({"font": Path("/nowhere/at-all.woff")}, "make run"),
    ],
)
def test_a_card_that_cannot_be_drawn_says_why(words: dict[str, Any], said: str) -> None:
    with pytest.raises(CardImpossible, match=said):
        draw_card(**card(**words))
