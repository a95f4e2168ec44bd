"""The shipped offices: every one that was agreed, each able to say what it answers for."""

import csv
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

CITY = Path(__file__).parents[2] / "registry" / "seoul"
FOREIGN = ["name_en", "name_zh", "name_ja"]
COLUMNS = ["id", "kind", "name", "parent", "duties", "keywords", "email", "review", "regime"]
COLUMNS += FOREIGN

AGREED = {
    "department": """
        comms_office traffic_ops road_management road_facilities pedestrian bus taxi bicycle
        parking construction_sites sewer flood_control parks trees air_quality environment_noise
        waste animals food_safety public_health welfare elderly disability family childcare youth
        housing building jobs small_business consumer tax culture heritage tourism library sports
        lifelong_learning digital safety city_design land civil_rights
    """,
    "agency": """
        metro facilities housing_corp water hangang fire grand_park culture_foundation dasan
        police business_agency medical
    """,
    "district": """
        jongno junggu yongsan seongdong gwangjin dongdaemun jungnang seongbuk gangbuk dobong nowon
        eunpyeong seodaemun mapo yangcheon gangseo guro geumcheon yeongdeungpo dongjak gwanak
        seocho gangnam songpa gangdong
    """,
}
DOMAINS = {
    "department": "seoul.example",
    "agency": "{host}.seoul.example",
    "district": "{host}.seoul.example",
}


@pytest.fixture(scope="module")
def offices() -> list[dict[str, str]]:
    with (CITY / "offices.csv").open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def tasks_of(office: dict[str, str]) -> list[str]:
    return [task.strip() for task in office["duties"].split(",")]


@pytest.mark.parametrize("kind", sorted(AGREED))
def test_every_agreed_office_is_there_and_no_other(
    offices: list[dict[str, str]], kind: str
) -> None:
    assert Counter(o["id"] for o in offices if o["kind"] == kind) == Counter(AGREED[kind].split())


@pytest.mark.parametrize("column", ["id", "name", "email", "duties"])
def test_no_two_offices_share(offices: list[dict[str, str]], column: str) -> None:
    assert [v for v, n in Counter(o[column] for o in offices).items() if n > 1] == []


def test_duties_are_a_text_of_several_tasks(offices: list[dict[str, str]]) -> None:
    short = [o["id"] for o in offices if not 120 <= len(o["duties"]) <= 300]
    few = [o["id"] for o in offices if len(tasks_of(o)) < 4]
    assert (short, few) == ([], [])


def test_keywords_are_six_to_fifteen_different_words(offices: list[dict[str, str]]) -> None:
    words = {o["id"]: o["keywords"].split(";") for o in offices}
    assert [i for i, w in words.items() if not 6 <= len(w) <= 15] == []
    assert [i for i, w in words.items() if len(set(w)) != len(w)] == []
    assert [i for i, w in words.items() if any(k != k.strip() or not k for k in w)] == []


def test_two_offices_are_not_told_apart_by_the_same_keywords(
    offices: list[dict[str, str]],
) -> None:
    words = {o["id"]: set(o["keywords"].split(";")) for o in offices}
    alike = [(a, b) for a, b in combinations(words, 2) if len(words[a] & words[b]) > 2]
    assert alike == []


def test_districts_share_no_neighbourhood(offices: list[dict[str, str]]) -> None:
    words = Counter(
        word for o in offices if o["kind"] == "district" for word in o["keywords"].split(";")
    )
    assert [w for w, n in words.items() if n > 1] == []


def test_districts_word_the_same_duties_differently(offices: list[dict[str, str]]) -> None:
    tasks = Counter(t for o in offices if o["kind"] == "district" for t in tasks_of(o))
    assert [t for t, n in tasks.items() if n > 1] == []


def test_addresses_can_never_reach_a_real_mailbox(offices: list[dict[str, str]]) -> None:
    for office in offices:
        local = "minwon" if office["kind"] == "district" else office["id"]
        host = office["id"].replace("_", "-")  # a host name has no underscore
        assert office["email"] == f"{local}@{DOMAINS[office['kind']].format(host=host)}"
        assert re.fullmatch(r"[a-z_]+@([a-z-]+\.)+example", office["email"])


def test_about_a_fifth_of_the_managers_approve_answers(offices: list[dict[str, str]]) -> None:
    review = Counter(o["review"] for o in offices)
    assert set(review) == {"yes", "no"}
    assert 0.15 <= review["yes"] / len(offices) <= 0.25


def test_only_a_handful_of_offices_keep_the_laws_own_clock(
    offices: list[dict[str, str]],
) -> None:
    statutory = {o["id"] for o in offices if o["regime"] == "statutory"}
    assert {o["regime"] for o in offices} == {"statutory", "social"}
    assert {"civil_rights", "tax"} <= statutory
    assert len(statutory) <= 8


def test_districts_alone_have_a_name_in_each_language_and_no_two_the_same(
    offices: list[dict[str, str]],
) -> None:
    for column in FOREIGN:
        names = [o[column] for o in offices if o["kind"] == "district"]
        assert all(names)
        assert len(set(names)) == len(names)
        assert not any(o[column] for o in offices if o["kind"] != "district")


def test_districts_are_written_as_the_state_romanises_and_as_their_neighbours_write(
    offices: list[dict[str, str]],
) -> None:
    names = {o["id"]: [o[column] for column in FOREIGN] for o in offices}
    assert names["jongno"] == ["Jongno-gu", "钟路区", "鍾路区"]
    assert names["junggu"] == ["Jung-gu", "中区", "中区"]
    assert names["gangdong"] == ["Gangdong-gu", "江东区", "江東区"]
    for id_, (english, chinese, japanese) in names.items():
        if english:
            assert re.fullmatch(r"[A-Z][a-z]+-gu", english)
            assert id_.removesuffix("gu") == english.removesuffix("-gu").lower().removesuffix("gu")
            assert chinese.endswith("区")
            assert japanese.endswith("区")
            assert len(chinese) == len(japanese)
