"""A disaster message ends where a sentence ends, or says nothing of it."""

import pytest

from rules.sentences import sentence_ends, whole_sentences


def sentences(text: str) -> list[str]:
    ends = sentence_ends(text)
    return [text[a:b].strip() for a, b in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    "one",
    [
        "12. 3. 오후 2시부터 통제합니다.",
        "Use exit no. 3 of St. Mary station.",
        "기다려 주세요… 절대 움직이지 마세요.",
        "Wait... do not move.",
        "차를 빼러\n내려가지 마세요.",
        "https://a.kr/x?y=1. 에서 확인하세요.",
        "1. 지하에서 나오세요.",
    ],
)
def test_a_stop_inside_a_sentence_ends_nothing(one: str) -> None:
    assert sentences(one) == [one]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("나오세요. 차를 두고 가세요!", ["나오세요.", "차를 두고 가세요!"]),
        ("请离开。切勿返回。", ["请离开。", "切勿返回。"]),
        (
            "地下から出てください。（必ず。）戻らないで",
            ["地下から出てください。", "（必ず。）", "戻らないで"],
        ),
        ("비가 72mm.\n피하세요.", ["비가 72mm.", "피하세요."]),
        ("침수 알림\n\n나오세요.", ["침수 알림", "나오세요."]),
        ("“Get out.” Do not return.", ["“Get out.”", "Do not return."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_are_told_apart(text: str, found: list[str]) -> None:
    assert sentences(text) == found


def test_what_is_kept_is_whole_or_nothing() -> None:
    said = "나오세요. 차를 빼러 내려가지 마세요."

    def kept(room: int) -> str:
        return whole_sentences(said, lambda text: text + "…", lambda text: len(text) <= room)

    assert [kept(5), kept(6), kept(20), kept(40)] == ["", "나오세요.…", "나오세요.…", said + "…"]
