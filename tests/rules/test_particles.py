"""Evidence reads as the names of things, and no word loses a part of its own."""

import pytest

from rules.particles import bare, ro, without_particle


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("신호등이", "신호등"),
        ("골목에", "골목"),
        ("쓰레기가", "쓰레기"),
        ("가로수를", "가로수"),
        ("보도블록을", "보도블록"),
        ("놀이터에서는", "놀이터"),
        ("공영주차장으로", "공영주차장"),
        ("여기밖에", "여기"),
        ("CCTV에", "CCTV"),
        ("12층에", "12층"),
    ],
)
def test_a_common_particle_is_taken_off(written: str, shown: str) -> None:
    assert without_particle(written) == shown


@pytest.mark.parametrize(
    "word",
    [
        *("횡단보도", "을지로", "교통과", "빗물받이", "길고양이", "물웅덩이", "따릉이", "어린이"),
        *(
            "건축허가",
            "올라가",
            "받아뒀을",
            "바꿔놓은",
            "끝없이",
            "기다리는",
            "길에",
            "불이",
            "CCTV가",
        ),
        *("에", "", "이"),
    ],
)
def test_what_may_be_a_word_of_its_own_stays(word: str) -> None:
    assert without_particle(word) == word


def test_a_word_is_named_once() -> None:
    assert bare(["신호등이", "골목에", "신호등"]) == ["신호등", "골목"]


@pytest.mark.parametrize(
    ("name", "behind"),
    [("교통운영과", "로"), ("강남구청", "으로"), ("서울", "로"), ("GTX", "로"), ("", "로")],
)
def test_ro_stands_as_the_last_letter_asks(name: str, behind: str) -> None:
    assert ro(name) == behind
