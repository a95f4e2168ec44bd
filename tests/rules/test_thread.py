"""A text that is too long for one post, as the posts of a thread."""

import re
from bisect import bisect_left, bisect_right
from unicodedata import normalize

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Network
from rules.links import unbroken
from rules.text import TEXT_RULES, TextRule, count, fits
from rules.thread import parts
from tests.rules.test_text import BLUESKY, MASTODON, THREADS, X, long_posts, posts, rules

ANSWER = (
    "안녕하세요, 시민님. 말씀하신 사거리의 신호등은 지난주 폭우로 배선이 젖어 오작동했습니다. "
    "오늘 오전에 배선과 전구를 모두 바꾸었고, 인근 교차로 네 곳의 신호등도 함께 점검했습니다. "
    "불편을 드려 죄송합니다. 앞으로 같은 일이 없도록 매달 한 번 점검하겠습니다. "
)
LINK = "https://seoul.example/c/2026-000123"

#: A word, and at most two things after it that are none.
said = st.builds(
    lambda word, *others: " ".join([word, *filter(None, others)]),
    st.sampled_from(
        ["신호등이", "고쳤습니다.", "점검했고,", "네.", "2026년", "a\nb", "왜 그래요?"]
    ),
    *[st.sampled_from(["", "", "", "#서울눈", "🫠", "☃️ 1️⃣", LINK, "@seoulmania"])] * 2,
)
answers = st.lists(said, min_size=30, max_size=80).map(" ".join)
real_rules = st.sampled_from([X, BLUESKY, MASTODON, THREADS])


def unnumbered(post: str) -> str:
    return re.sub(r" \(\d+/\d+\)$", "", post)


def has_a_word(text: str) -> bool:
    for start, end in reversed(list(unbroken(text))):
        text = text[:start] + text[end:]
    return bool(re.search(r"\w", text.replace("1️⃣", "")))


def least_posts(text: str, rule: TextRule, number: str) -> int:
    """Filling each post with whole characters, links and hashtags, one after the other."""
    inside = {n for start, end in unbroken(text) for n in range(start + 1, end)}
    ends = [m.end() for m in regex.finditer(r"\X", text) if m.end() not in inside]
    start, made = 0, 0

    def too_long(end: int) -> bool:
        return not fits(text[start:end].strip() + number, rule)

    while start < len(text):
        after = bisect_right(ends, start)
        start, made = ends[bisect_left(ends, True, lo=after, key=too_long) - 1], made + 1
    return made


@given(posts, rules)
def test_the_parts_of_a_thread_fit_and_lose_nothing(text: str, rule: TextRule) -> None:
    posts_ = parts(text, rule)
    assert all(fits(post, rule) for post in posts_)
    if len(posts_) > 1:
        numbers = [f" ({n}/{len(posts_)})" for n in range(1, len(posts_) + 1)]
        assert all(post.endswith(number) for post, number in zip(posts_, numbers, strict=True))
        posts_ = [post.removesuffix(n) for post, n in zip(posts_, numbers, strict=True)]
    assert "".join("".join(posts_).split()) == "".join(normalize("NFC", text).split())


def test_a_thread_of_a_long_answer_is_cut_at_sentences() -> None:
    thread = parts("제설 작업을 마쳤습니다. " * 60, X)
    assert len(thread) > 3
    assert all(re.search(r"마쳤습니다\. \(\d+/\d+\)$", post) for post in thread)


def test_a_thread_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        parts("가나다라마바", TextRule(limit=5))


@given(long_posts, rules)
def test_a_thread_breaks_only_what_is_longer_than_a_post(text: str, rule: TextRule) -> None:
    text = normalize("NFC", text).strip()
    whole = [text[a:b] for a, b in unbroken(text) if fits(f"{text[a:b]} (999/999)", rule)]
    together = "\n".join(map(unnumbered, parts(text, rule)))
    assert all(together.count(each) >= whole.count(each) for each in set(whole))
    clusters = set(regex.findall(r"\X", text))
    small = {one for one in clusters if fits(f"{one} (999/999)", rule)}
    kept = set(regex.findall(r"\X", together))
    assert {one for one in small if not one.isspace() and one.strip() == one} <= kept | {""}


@given(answers, real_rules)
def test_a_thread_is_at_most_one_post_longer_than_it_must_be(text: str, rule: TextRule) -> None:
    posts_ = parts(text, rule)
    number = " (9/9)" if len(posts_) < 10 else " (99/99)"
    assert len(posts_) <= least_posts(text, rule, number) + 1


@given(answers, real_rules)
def test_every_post_of_a_thread_says_something(text: str, rule: TextRule) -> None:
    assert all(has_a_word(unnumbered(post)) for post in parts(text, rule))


@pytest.mark.parametrize("ending", ["🫠", "#서울", LINK, f"{LINK} 🫠 #서울", "#서울 #제설 1️⃣"])
@pytest.mark.parametrize("times", range(1, 5))
def test_what_is_no_word_stays_with_the_words_before_it(ending: str, times: int) -> None:
    for spare in range(24):
        *_, last = parts(ANSWER * times + "낱말 " * spare + ending, X)
        assert has_a_word(unnumbered(last))
        assert unnumbered(last).endswith(ending)


def test_a_hashtag_after_one_long_word_takes_some_of_it_along() -> None:
    assert parts("가" * 136 + " #서울서울", X)[-1].endswith("가 #서울서울 (2/2)")


def test_a_text_of_hashtags_is_a_thread_of_hashtags() -> None:
    thread = parts("#눈 " * 300, X)
    assert len(thread) == 5
    assert not any(has_a_word(unnumbered(post)) for post in thread)


def test_a_sentence_is_cut_rather_than_a_post_more_made() -> None:
    sentence = "제설 작업을 " * 14 + "마쳤습니다. "
    thread = parts(sentence * 3, X)
    assert count(sentence, X) > 150
    assert len(thread) == 2


def test_a_clause_is_preferred_to_a_word() -> None:
    first, _ = parts("제설 작업을 " * 15 + "마쳤고, " + "낱말 " * 30, X)
    assert unnumbered(first).endswith("마쳤고,")


def test_a_short_first_sentence_does_not_make_a_post() -> None:
    assert count(parts("네. " + "낱말 " * 110, X)[0], X) > 140


def test_a_link_longer_than_a_post_is_broken_and_others_are_not() -> None:
    thread = parts(f"자세히: {LINK} https://a.kr/{'a' * 420}", TEXT_RULES[Network.BLUESKY])
    assert len(thread) == 2
    assert f"자세히: {LINK} " in thread[0]
