"""The audit's comparison: what is out must be seen, what is seen must be known, and once."""

from typing import Any

import pytest

from rules.bulletin_audit import WRONG, Entry, Finding, Standing, Wrong, compare

MARKER, OTHER = "[서울 재난 2026-12-3]", "[서울 재난 2026-12-30]"
LEAD = "900"


def entry(**more: Any) -> Entry:
    return Entry(**{"marker": MARKER, "out": True, "remote_id": "1", "url": "u1", **more})


def post(remote_id: str = "1", text: str = f"나오세요 {MARKER}", shares: str = "") -> Standing:
    return Standing(remote_id=remote_id, url=f"u{remote_id}", text=text, shares=shares)


def wrongs(entries: list[Entry], posts: list[Standing]) -> list[Finding]:
    return compare(entries, posts, markers={MARKER}, leads={LEAD})


def test_what_is_out_and_seen_is_right() -> None:
    assert wrongs([entry()], [post()]) == []


def test_what_is_out_and_not_seen_is_missing() -> None:
    assert wrongs([entry()], []) == [Finding(Wrong.MISSING, "u1")]


def test_what_is_seen_and_in_no_table_is_unknown() -> None:
    assert wrongs([], [post()]) == [Finding(Wrong.UNKNOWN, "u1")]


def test_what_the_table_says_did_not_go_is_unknown_where_it_stands() -> None:
    assert wrongs([entry(out=False)], [post()]) == [Finding(Wrong.UNKNOWN, "u1")]


def test_the_second_of_two_is_one_too_many_and_the_one_in_the_table_is_not() -> None:
    assert wrongs([entry()], [post("2"), post()]) == [Finding(Wrong.TWICE, "u2")]


def test_a_post_under_another_id_is_still_the_accounts_post() -> None:
    assert wrongs([entry()], [post("7")]) == []


def test_another_bulletins_post_is_none_of_this_ones() -> None:
    assert wrongs([entry()], [post(), post("2", f"그만 {OTHER}")]) == []


def test_passing_on_is_found_by_what_is_passed_on_and_not_by_words() -> None:
    passes_on = entry(shares=LEAD, remote_id="5")
    assert wrongs([passes_on], [post("5", shares=LEAD)]) == []
    assert wrongs([passes_on], [post("5", shares="1")]) == [Finding(Wrong.MISSING, "u1")]


def test_passing_on_the_leads_post_unasked_is_unknown() -> None:
    assert wrongs([], [post("5", shares=LEAD)]) == [Finding(Wrong.UNKNOWN, "u5")]


def test_somebody_elses_post_passed_on_is_none_of_ours() -> None:
    assert wrongs([], [post("5", shares="77")]) == []


def test_the_parts_of_a_thread_answer_for_one_post_each() -> None:
    english = "[서울 재난 2026-12-3 EN]"
    parts = [entry(), entry(marker=english, remote_id="2")]
    both = [post(), post("2", f"Leave {english}")]
    assert compare(parts, both, markers={MARKER, english}, leads=set()) == []
    assert compare(parts, both[:1], markers={MARKER, english}, leads=set()) == [
        Finding(Wrong.MISSING, "u1")
    ]


@pytest.mark.parametrize("wrong", list(Wrong))
def test_each_has_words(wrong: Wrong) -> None:
    assert WRONG[wrong].endswith("니다.")
