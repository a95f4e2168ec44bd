"""The first page: what is mine, what is late, and finding a case again."""

from datetime import timedelta

import pytest

from tests.center.town import (
    ADMINISTRATOR,
    CASEWORKER,
    COLLEAGUE,
    COMMS,
    MANAGER,
    OTHER_MANAGER,
    Town,
)


def page(town: Town, who: str, query: str = "") -> str:
    answer = town.visitor(who).get(f"/{query}")
    assert answer.status_code == 200
    return str(answer.text)


def test_each_sees_their_own_and_the_comms_team_and_administrators_all(town: Town) -> None:
    mine, office = town.case("내 건", to=CASEWORKER), town.case("과의 건")
    other = town.case("강변구 건", office="river")
    seen = {
        who: {number for number in (mine, office, other) if number in page(town, who)}
        for who in (CASEWORKER, COLLEAGUE, MANAGER, OTHER_MANAGER, COMMS, ADMINISTRATOR)
    }
    assert seen == {
        CASEWORKER: {mine},
        COLLEAGUE: set(),
        MANAGER: {mine, office},
        OTHER_MANAGER: {other},
        COMMS: {mine, office, other},
        ADMINISTRATOR: {mine, office, other},
    }


def test_what_has_no_caseworker_yet_stands_on_top(town: Town) -> None:
    designated = town.case("지정된 건", to=CASEWORKER, received=town.now - timedelta(days=9))
    waiting = town.case("기다리는 건")
    text = page(town, MANAGER)
    assert text.index(waiting) < text.index(designated)


def test_views_count_and_show_what_they_say(town: Town) -> None:
    late = town.case("늦은 건", to=CASEWORKER, received=town.now - timedelta(days=9))
    soon = town.case("곧 끝나는 건", to=CASEWORKER, received=town.now - timedelta(days=2))
    assert late in page(town, MANAGER, "?view=overdue")
    assert soon not in page(town, MANAGER, "?view=overdue")
    assert soon in page(town, MANAGER, "?view=near")
    assert late not in page(town, MANAGER, "?view=near")
    assert "기한 지남</span> <strong>1</strong>" in page(town, MANAGER)


@pytest.mark.parametrize("word", ["신호등", "minji", "시청", "2026-00000"])
def test_a_case_is_found_by_its_words_its_author_its_place_and_its_number(
    town: Town, word: str
) -> None:
    number = town.case()
    assert number in page(town, MANAGER, f"?q={word}")
    assert number not in page(town, MANAGER, "?q=없는말")


@pytest.mark.parametrize("word", ["%", "%_", "'", '"', "\\", "%25' OR 1=1 --", "<b>"])
def test_signs_in_a_search_mean_themselves(town: Town, word: str) -> None:
    town.case()
    text = page(town, MANAGER, f"?q={word}")
    assert "찾는 건이 없습니다" in text
    assert "<b>" not in text.replace("<body>", "")


def test_long_lists_come_in_pages(town: Town) -> None:
    for n in range(31):
        town.case(f"건 {n}")
    assert page(town, MANAGER).count('class="case-row') == 30
    assert page(town, MANAGER, "?page=2").count('class="case-row') == 1


@pytest.mark.parametrize(
    ("who", "words"), [(MANAGER, "메일로도 알려"), (COMMS, "몇 분 뒤에 첫 건")]
)
def test_an_empty_list_says_what_will_come_and_when(town: Town, who: str, words: str) -> None:
    assert words in page(town, who)


@pytest.mark.parametrize("query", ["?page=0", "?page=-3", "?page=99999999999", "?view=nonsense"])
def test_an_odd_address_still_gives_a_page(town: Town, query: str) -> None:
    page(town, MANAGER, query)


def test_a_page_that_is_no_number_is_said_to_be_unreadable(town: Town) -> None:
    assert town.visitor(MANAGER).get("/?page=둘").status_code == 400
