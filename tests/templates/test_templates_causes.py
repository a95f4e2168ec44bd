"""People read in Korean what happened and what to do; the network's words are the detail."""

import re
from pathlib import Path

import pytest

from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble
from templates.causes import WORDS, in_korean, told


@pytest.mark.parametrize("kind", list(Trouble))
def test_every_trouble_of_a_channel_has_words(kind: Trouble) -> None:
    assert kind in WORDS


@pytest.mark.parametrize("kind", WORDS)
def test_the_words_are_polite_korean_sentences(kind: str) -> None:
    for said in filter(None, WORDS[kind]):
        assert re.search(r"(니다|세요)\.$", said)
        assert not re.search(r"[a-z]{3,}", said.replace("accounts", "").replace("server", ""))


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ChannelError("x_a: answered 401", Trouble.REVOKED), "인증 정보"),
        (ChannelError("x_a: answered 422"), "받지 않았습니다"),
        (ChannelBusy("x_a: no answer"), "제때 답하지"),
        (ChannelBusy("x_a: answered 429", 3.0, Trouble.LIMITED), "잠시 막았습니다"),
        (InDoubt("x_a: timed out"), "알려 주지 않았습니다"),
    ],
)
def test_what_a_channel_raises_is_told_with_its_own_words_as_detail(
    failure: ChannelBusy | ChannelError | InDoubt, words: str
) -> None:
    said = told(failure.cause)
    assert words in said.what
    assert said.todo
    assert said.detail == failure.reason


@pytest.mark.parametrize(
    "cause",
    [
        "stopped by a@b.c",
        "superseded by [서울 재난 2026-12-3]",
        "the account never carried what this puts right",
        "the post that is passed on says it in this language, too",
        "expired: its time was over before it was sent",
        "behind: the part before it needs a person",
        "behind: the part before it did not come out",
        "died: its sender died",
        "by hand: put up, a@b.c; before: busy: no answer",
        "by hand: again, a@b.c",
        "by hand: cancelled, a@b.c; before: refused: answered 422",
        "left_out: 안내 그림이 없습니다.",
        "removed: 대피소가 잠겼습니다.",
        "removed_with: the post that it passed on was taken down",
        "removed_before: the post that it would pass on is taken down",
    ],
)
def test_what_our_own_code_writes_down_is_told_without_a_word_of_english(cause: str) -> None:
    said = told(cause)
    assert said.detail == ""
    assert not re.search(r"[a-z]{3,}", str(said).replace("a@b.c", ""))
    assert "처리하지 못했습니다" not in said.what


def test_every_cause_that_a_delivery_is_dropped_for_is_known() -> None:
    """Whatever the store's rooms write as `dropped` or `cause` has words here."""
    root = Path(__file__).parent.parent.parent
    written = {
        found[2]
        for folder in ("store", "tasks")
        for path in (root / folder).rglob("*.py")
        for found in re.finditer(
            r"\b(dropped|cause|why)\s*=\s*\(?\s*f?\"([a-z_]+: [^\"{]*|the [^\"{]*)\"",
            path.read_text(),
        )
    }
    assert len(written) > 8, "it finds what the code writes"
    unknown = {cause for cause in written if "담당자에게 알려" in told(cause).todo}
    of_no_delivery = {"the first one, from the registry alone", "the reply was cancelled"}
    assert unknown <= of_no_delivery


def test_a_cause_inside_a_cause_stays_in_the_detail() -> None:
    said = told("tired: 40 tries, the last one: busy: no answer")
    assert said.detail == "40 tries, the last one: busy: no answer"
    assert str(said).startswith("하루 동안")


@pytest.mark.parametrize(
    ("cause", "korean"),
    [
        ("revoked: x_a: answered 401", "인증 정보(토큰)를 더는"),
        ("expired: its time was over before it was sent", "유효 시각이 지나"),
        (
            "superseded by [서울 재난 2026-12-3]",
            "대체되어 보내지 않았습니다: [서울 재난 2026-12-3]",
        ),
        ("by hand: put up, kim@comms.example; before: refused: no", "kim@comms.example 님이 직접"),
        ("not sure enough: traffic 61%", "확신도가 낮아 소통팀이 분류 (traffic 61%)"),
        ("the reply was cancelled", "보내지 않기로 함"),
    ],
)
def test_in_a_table_a_cause_is_one_korean_line(cause: str, korean: str) -> None:
    assert korean in in_korean(cause)


def test_the_networks_own_words_stand_behind_it_and_unknown_ones_stay() -> None:
    assert in_korean("revoked: x_a: answered 401").endswith("(x_a: answered 401)")
    for unknown in ("", "신호등, 고장", "traffic office: 신호등", "403 from the network"):
        assert in_korean(unknown) == unknown


@pytest.mark.parametrize("cause", ["403 from the network", "HTTPError: oh", "무엇: 인가"])
def test_a_cause_of_no_known_kind_is_all_detail(cause: str) -> None:
    said = told(cause)
    assert said.detail == cause
    assert "담당자에게 알려" in said.todo
