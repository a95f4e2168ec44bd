"""How long a text is on each network, and what is left of one that is too long."""

import re
from unicodedata import normalize

import pytest
import regex
from hypothesis import assume, given
from hypothesis import strategies as st

from channels import instagram
from registry.model import Network
from rules.links import unbroken
from rules.text import MARK, TEXT_RULES, TextRule, TextUnit, count, cut, fits, measured

X = TEXT_RULES[Network.X]
BLUESKY = TEXT_RULES[Network.BLUESKY]
MASTODON = TEXT_RULES[Network.MASTODON]
THREADS = TEXT_RULES[Network.THREADS]
FAMILY = "👨‍👩‍👧‍👦"
TAIL = "전체 답변: https://seoul.example/c/2026-000123"

#: What each word counts on X, on Mastodon and on Threads.
WORDS = {
    "신호등이": (8, 4, 4),
    "고장났어요.": (11, 6, 6),
    "#서울눈": (7, 4, 4),
    "@seoulmania": (11, 11, 11),
    "https://seoul.go.kr/a/b?c=1": (23, 23, 27),
    "http://한글.kr/x": (23, 23, 14),
    "blog.naver.com/seoul/123": (23, 24, 24),
    "a@b.kr": (6, 6, 6),
    FAMILY: (2, 1, 25),
    "🇰🇷": (2, 1, 8),
    "☃️": (2, 1, 6),
    "1️⃣": (2, 1, 7),
    "👍🏽": (2, 1, 8),
    "é": (1, 1, 1),
    "…": (2, 1, 1),
}
words = st.sampled_from(
    [
        "신호등이", "고장났어요.", "감사합니다!", "왜 그래요?", "ㅋㅋㅋ", "#서울눈", "#제설_2026", "@seoulmania",
        "https://seoul.go.kr/a/b?c=1", "http://한글.kr/x", "seoul.go.kr", "blog.naver.com/seoul/123",
        "foo.unknownending", "a@b.kr", FAMILY, "🇰🇷", "☃️", "1️⃣", "👍🏽", "e\u0301", "각", "\n", "。",
        "아주긴낱말" * 12, "z\u0335\u0336\u0337", "…", "(괄호)", "https://ko.example/위키/문서",
    ]
)  # fmt: skip
posts = st.lists(st.one_of(words, st.text(max_size=12)), max_size=70).flatmap(
    lambda chosen: st.sampled_from([" ", "", "\n"]).map(lambda glue: glue.join(chosen))
)
long_posts = posts.map(lambda text: f"{text} 끝. {text} " * 8)
rules = st.one_of(
    st.sampled_from([X, BLUESKY, MASTODON, THREADS, TEXT_RULES[Network.ME2DAY]]),
    st.builds(
        TextRule,
        limit=st.integers(60, 120),
        unit=st.sampled_from(TextUnit),
        url=st.sampled_from([None, 23]),
        bytes_limit=st.sampled_from([None, 200]),
    ),
)


def test_every_network_has_a_rule() -> None:
    assert set(TEXT_RULES) == set(Network)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("abc", 3),
        ("가나다", 6),
        ("\u1112\u1161\u11ab", 2),  # decomposed 한: NFC first
        ("ㅋㅋ", 4),
        ("café", 4),
        ("\u10ff\u1100", 3),
        ("\u2000\u200d\u2010\u201f\u2032\u2037", 6),
        ("\u200e\u2020\u2031\u2038", 8),
        ("漢字、", 6),
        ("😀", 2),
        (FAMILY, 2),
        ("🇰🇷", 2),
        ("👍🏽", 2),
        ("1️⃣", 2),
        ("☃️", 2),
        ("©", 1),
        ("#서울눈", 7),
        ("https://seoul.go.kr", 23),
        ("https://seoul.go.kr/very/long/path/that/goes/on?and=on&and=on#and-on", 23),
        ("seoul.go.kr", 23),
        ("seoul.go.kr에서", 27),
        ("확인:seoul.go.kr/a.", 29),
        ("https://seoul.go.kr/눈", 25),  # the path ends where Hangul starts
        ("http://한글.kr", 23),
        ("http://한글.한국", 23),
        ("http://localhost", 16),
        ("@seoul.go.kr", 12),  # a handle, then letters
        ("3.5km 2026.12.3", 15),
        ("끝.다음", 7),
        ("e.g. this", 9),
        ("a.thisisnotanending", 23),  # unsure: the longer of both
        ("a." + "b" * 40, 42),
        ("http://" + "가" * 15 + ".com?a=b://c", 23),
        ("http://" + "가나다라" * 14 + ".com", 123),  # too long for a domain name
        ("r" * 64 + ".com", 68),
        ("https://a.kr https://b.kr", 47),
        ("확인하세요.seoul.go.kr", 34),  # no blank after the sentence
        ("가.seoul.go.kr 나", 29),
        ("#제설_2026seoul.go.kr", 29),
        ("https://seoul.go.kr/a(서울시)", 31),
        ("https://seoul.go.kr/a(b)", 23),
        ("-seoul.go.kr", 12),
        ("가/seoul.go.kr", 14),
        # published by twitter-text (conformance/validate.yml)
        ("This is a test.", 15),
        ("test.com", 23),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("\U00010000\U0010ffff", 4),
        ("저찀쯿쿿", 8),
        ("H🐱☺", 5),
    ],
)
def test_x_weighs_a_text(text: str, weight: int) -> None:
    assert count(text, X) == weight


def test_140_hangul_fit_x_and_141_do_not() -> None:
    assert fits("가" * 140, X)
    assert not fits("가" * 141, X)


@pytest.mark.parametrize(
    ("text", "rule", "length"),
    [
        (FAMILY, BLUESKY, 1),
        ("가나다", BLUESKY, 3),
        ("https://seoul.go.kr/abcdef", BLUESKY, 26),
        ("https://seoul.go.kr/abcdefghijklmnop", MASTODON, 23),
        ("seoul.go.kr", MASTODON, 11),
        (FAMILY, MASTODON, 1),
        ("가😀", THREADS, 5),
        (FAMILY, THREADS, 25),
        ("©", THREADS, 2),
        ("가나다라", TEXT_RULES[Network.ME2DAY], 4),
        ("😀", TEXT_RULES[Network.FACEBOOK], 1),
    ],
)
def test_other_networks_count_in_their_own_way(text: str, rule: TextRule, length: int) -> None:
    assert count(text, rule) == length


def test_bluesky_counts_bytes_too() -> None:
    assert not fits(FAMILY * 121, BLUESKY)
    assert fits(FAMILY * 120, BLUESKY)


def test_a_text_is_cut_at_a_sentence_with_the_link_after_it() -> None:
    answer = "신호등을 고쳤습니다. " * 20
    done = cut(answer, X, tail=TAIL)
    assert done.endswith(f"고쳤습니다. {TAIL}")
    assert MARK not in done
    assert count(done, X) > 200


def test_a_cut_without_a_tail_shows_that_something_is_missing() -> None:
    assert cut("신호등을 고쳤습니다. " * 20, X).endswith("고쳤습니다.…")


def test_a_text_without_sentences_is_cut_at_a_word() -> None:
    done = cut("신호등 고장 " * 40, X, tail=TAIL)
    assert re.search(r"(신호등|고장)… 전체", done)


def test_a_text_without_words_is_cut_between_characters() -> None:
    assert cut("가" * 200, X) == "가" * 139 + MARK


def test_a_short_first_sentence_does_not_swallow_the_rest() -> None:
    done = cut("네. " + "낱말 " * 100, X, tail=TAIL)
    assert count(done, X) > 200


def test_the_mark_stays_away_from_a_link() -> None:
    text = "https://seoul.go.kr/abc " + "나" * 600
    rule = TextRule(limit=26, unit=TextUnit.CHARACTERS)
    assert cut(text, rule) == "https://seoul.go.kr/abc …"


def test_a_tail_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="alone is longer than 10"):
        cut("가" * 20, TextRule(limit=10), tail="아주 긴 꼬리말입니다")


def test_only_the_tail_is_left_when_nothing_else_fits() -> None:
    link = "https://seoul.go.kr/" + "a" * 400
    assert cut(link, BLUESKY, tail="꼬리") == f"{MARK} 꼬리"
    assert cut("", X, tail="꼬리") == "꼬리"


@given(posts, rules)
def test_what_fits_is_kept_as_it_is(text: str, rule: TextRule) -> None:
    text = normalize("NFC", text)
    assume(fits(text, rule))
    assert cut(text, rule) == text


@given(posts, rules, st.sampled_from(["", "더 보기", TAIL]))
def test_what_was_cut_fits_and_ends_with_the_tail(text: str, rule: TextRule, tail: str) -> None:
    done = cut(text, rule, tail=tail)
    assert fits(done, rule)
    assert done.endswith(tail)


@given(long_posts, rules)
def test_a_cut_breaks_no_character_link_hashtag_or_mention(text: str, rule: TextRule) -> None:
    text = normalize("NFC", text)
    assume(not fits(text, rule))
    kept = cut(text, rule).removesuffix(MARK).rstrip()
    assert text.startswith(kept)
    ends = {m.end() for m in regex.finditer(r"\X", text)} | {0}
    # what rstrip takes off may end a cluster: a combining mark on a space, or CR LF
    assert any(not text[len(kept) : end].strip() for end in ends if end >= len(kept))
    assert all(not start < len(kept) < end for start, end in unbroken(text))


@given(st.lists(st.sampled_from(sorted(WORDS)), max_size=80), st.sampled_from([0, 1, 2]))
def test_a_text_counts_what_its_words_and_spaces_do(chosen: list[str], which: int) -> None:
    rule = (X, MASTODON, THREADS)[which]
    expected = sum(WORDS[word][which] for word in chosen) + max(len(chosen) - 1, 0)
    text = " ".join(chosen)
    assert count(text, rule) == expected
    assert fits(text, rule) == (expected <= rule.limit)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network.X, "5 of 280 weighted units (a Korean character counts 2)"),
        (Network.BLUESKY, "3 of 300 characters as a reader sees them, 7 of 3,000 bytes"),
        (Network.INSTAGRAM, "3 of 2,200 characters, 1 of 5 hashtags"),
        (Network.THREADS, "3 of 500 characters (an emoji counts its bytes)"),
        (Network.KAKAO, "3 characters, no limit of its own known"),
    ],
)
def test_a_measure_is_said_in_words(network: Network, said: str) -> None:
    assert measured("#길눈"[:3], TEXT_RULES[network]) == said


def test_where_hashtags_are_limited_one_more_does_not_fit() -> None:
    rule = TEXT_RULES[Network.INSTAGRAM]
    assert fits("#길 #눈 ＃비 #물 #불", rule)
    assert not fits("#길 #눈 ＃비 #물 #불 #산", rule)
    assert fits("#길 #눈 #비 #물 #불 #산", X)


def test_the_rule_and_the_channel_agree_on_instagram() -> None:
    rule = TEXT_RULES[Network.INSTAGRAM]
    assert (rule.limit, rule.hashtags) == (instagram.CAPTION, instagram.HASHTAGS)
