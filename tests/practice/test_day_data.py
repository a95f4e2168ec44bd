"""The written day: everything a day at the city's accounts holds, and nothing borrowed."""

import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rapidfuzz import fuzz, process

ROOT = Path(__file__).parents[2]
SEOUL = ROOT / "registry" / "seoul"
DEAD_LIGHT = "불광"  # the crossing that five people tell of
KINDS = {
    "complaint",
    "tip",
    "suggestion",
    "question",
    "thanks",
    "chatter",
    "abuse",
    "advertising",
}
NEEDS_ANSWER = {"complaint", "tip", "suggestion", "question"}
SCENES = """
    pothole dark_street_light trash broken_traffic_light flooded_road fallen_tree illegal_parking
    broken_bench damaged_sign snow graffiti cracked_wall leaking_pipe crowded_bus_stop
"""
PERSONAL = {
    "resident number": r"\b\d{6}-[1-4]\d{6}\b",
    "phone": r"\b010-\d{4}-\d{4}\b",
    "car plate": r"\d{2,3}[가-힣] ?\d{4}\b",
    "e-mail": r"[\w.]+@example\.com",
}

Post = dict[str, Any]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def day() -> dict[str, list[Post]]:
    loaded: dict[str, list[Post]] = json.loads(
        (ROOT / "practice" / "day.json").read_text(encoding="utf-8")
    )
    return loaded


@pytest.fixture(scope="module")
def posts(day: dict[str, list[Post]]) -> list[Post]:
    return day["posts"]


@pytest.fixture(scope="module")
def office_kinds() -> dict[str, str]:
    return {row["id"]: row["kind"] for row in rows_of(SEOUL / "offices.csv")}


def minutes(post: Post) -> int:
    hour, minute = post["at"].split(":")
    return int(hour) * 60 + int(minute)


def spots(post: Post) -> list[tuple[float, float]]:
    """Every (lat, lon) that the post carries, in degrees."""
    found = []
    if post["place"]:
        found.append((post["place"]["lat"], post["place"]["lon"]))
    if post["photo"] and post["photo"]["gps"]:
        found.append(tuple(post["photo"]["gps"]))
    return found


def of_kind(posts: list[Post], *kinds: str) -> list[Post]:
    return [p for p in posts if p["expect"]["kind"] in kinds]


def test_the_day_has_about_eighty_posts_in_order_of_time(posts: list[Post]) -> None:
    assert 78 <= len(posts) <= 90
    assert [p["id"] for p in posts] == [f"p{n:02d}" for n in range(1, len(posts) + 1)]
    assert [minutes(p) for p in posts] == sorted(minutes(p) for p in posts)
    assert all(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", p["at"]) for p in posts)


def test_everyone_who_writes_is_introduced_once(day: dict[str, list[Post]]) -> None:
    handles = [person["handle"] for person in day["people"]]
    assert Counter(handles) == Counter(set(handles))
    assert set(handles) == {p["by"] for p in day["posts"]}
    assert all(re.fullmatch(r"[a-z0-9_]+", h) for h in handles)
    assert all(person["name"].strip() for person in day["people"])


def test_texts_mention_nobody_and_no_two_are_the_same(posts: list[Post]) -> None:
    assert [p["id"] for p in posts if re.search(r"(?<!\w)@\w", p["text"])] == []
    assert len({p["text"] for p in posts}) == len(posts)
    assert all(p["text"] == unicodedata.normalize("NFC", p["text"]) for p in posts)


def test_the_mayors_account_gets_half_or_more_and_the_rest_spreads(posts: list[Post]) -> None:
    to = Counter(p["to"] for p in posts)
    assert to["x_mayor"] >= len(posts) / 2
    assert len(to) >= 10


def test_posts_go_to_accounts_that_are_read(posts: list[Post]) -> None:
    accounts = {row["id"]: row for row in rows_of(SEOUL / "accounts.csv")}
    assert {p["to"] for p in posts} <= {i for i, row in accounts.items() if row["active"] != "no"}


def test_no_citizen_bears_the_name_of_a_city_account(day: dict[str, list[Post]]) -> None:
    accounts = {row["handle"] for row in rows_of(SEOUL / "accounts.csv")}
    assert accounts.isdisjoint(person["handle"] for person in day["people"])


def test_every_kind_comes_and_at_least_half_need_an_answer(posts: list[Post]) -> None:
    assert {p["expect"]["kind"] for p in posts} == KINDS
    assert len(of_kind(posts, *NEEDS_ANSWER)) >= len(posts) / 2


def test_an_office_is_expected_where_an_answer_is_and_known(
    posts: list[Post], office_kinds: dict[str, str]
) -> None:
    expected = {p["id"]: p["expect"]["office"] for p in posts if p["expect"]["office"]}
    assert set(expected.values()) <= set(office_kinds)
    assert set(expected) <= {p["id"] for p in of_kind(posts, *NEEDS_ANSWER)}


def test_a_few_posts_are_truly_ambiguous(posts: list[Post]) -> None:
    unsure = [p for p in of_kind(posts, *NEEDS_ANSWER) if p["expect"]["office"] is None]
    assert 2 <= len(unsure) <= 5


def test_about_thirty_percent_are_for_districts_and_the_rest_for_many_offices(
    posts: list[Post], office_kinds: dict[str, str]
) -> None:
    offices = [p["expect"]["office"] for p in posts if p["expect"]["office"]]
    districts = [o for o in offices if office_kinds[o] == "district"]
    assert 0.25 <= len(districts) / len(offices) <= 0.35
    assert len(set(districts)) >= 12
    assert len(set(offices) - set(districts)) >= 22


def test_photos_show_known_scenes_and_say_what_is_seen(posts: list[Post]) -> None:
    photos = [p["photo"] for p in posts if p["photo"]]
    assert {photo["scene"] for photo in photos} == set(SCENES.split())
    assert all(len(photo["alt"]) >= 8 for photo in photos)


def test_coordinates_lie_in_seoul(posts: list[Post]) -> None:
    found = [spot for p in posts for spot in spots(p)]
    assert len(found) >= 15
    assert all(37.42 <= lat <= 37.71 and 126.76 <= lon <= 127.19 for lat, lon in found)


def test_some_district_tips_say_where_by_coordinates_alone(
    posts: list[Post], office_kinds: dict[str, str]
) -> None:
    keywords = {r["id"]: r["keywords"].split(";") for r in rows_of(SEOUL / "offices.csv")}
    silent = [
        p
        for p in posts
        if spots(p)
        and office_kinds.get(p["expect"]["office"]) == "district"
        and not (p["place"] and p["place"]["name"])
        and not any(word in p["text"] for word in keywords[p["expect"]["office"]])
    ]
    assert len(silent) >= 2


@pytest.mark.parametrize("what", sorted(PERSONAL))
def test_a_text_holds_made_up_personal_data(posts: list[Post], what: str) -> None:
    pattern = re.compile(PERSONAL[what])
    assert any(pattern.search(unicodedata.normalize("NFKC", p["text"])) for p in posts)


def test_one_number_is_written_in_full_width_digits(posts: list[Post]) -> None:
    assert any(re.search(r"[０-９]{4}", p["text"]) for p in posts)


def test_one_citizen_tells_one_matter_in_three_posts_within_minutes(posts: list[Post]) -> None:
    by_citizen: dict[str, list[Post]] = {}
    for post in posts:
        by_citizen.setdefault(post["by"], []).append(post)
    threads = [told for told in by_citizen.values() if len(told) == 3]
    assert len(threads) == 1
    [told] = threads
    assert minutes(told[-1]) - minutes(told[0]) <= 5
    assert len({p["expect"]["office"] for p in told}) == 1


def test_five_people_tell_of_the_same_dead_light_in_their_own_words(posts: list[Post]) -> None:
    told = [p for p in posts if DEAD_LIGHT in p["text"]]
    assert len({p["by"] for p in told}) == len(told) == 5
    assert {p["expect"]["office"] for p in told} == {"traffic_ops"}
    alike = process.cdist([p["text"] for p in told], [p["text"] for p in told], scorer=fuzz.ratio)
    assert sorted(alike.flatten())[-6] < 60  # the five highest are each text with itself


def test_a_citizen_follows_up_on_an_own_earlier_post(posts: list[Post]) -> None:
    known = {p["id"]: p for p in posts}
    replies = [p for p in posts if p["reply_to"]]
    assert replies
    for reply in replies:
        first = known[reply["reply_to"]]
        assert first["by"] == reply["by"]
        assert minutes(first) < minutes(reply)


def test_exactly_one_post_is_deleted_and_it_was_a_case(posts: list[Post]) -> None:
    [gone] = [p for p in posts if p["deleted"]]
    assert gone["expect"]["kind"] in NEEDS_ANSWER


@pytest.mark.parametrize("start", ["<script>", "=SUM(", "/etc/"])
def test_oddities_are_harmless_text(posts: list[Post], start: str) -> None:
    assert [p["id"] for p in posts if start in p["text"]] != []


def test_formula_and_path_stand_where_they_would_do_harm(posts: list[Post]) -> None:
    assert any(p["text"].startswith("=") for p in posts)
    assert any(p["text"].startswith("/") for p in posts)


def test_the_peaks_are_at_ten_and_at_midnight(posts: list[Post]) -> None:
    hours = Counter(p["at"][:2] for p in posts)
    assert {hour for hour, _ in hours.most_common(3)} == {"22", "23", "00"}


def test_no_post_is_among_the_registrys_examples(posts: list[Post]) -> None:
    texts = [row["text"] for path in SEOUL.glob("examples*.csv") for row in rows_of(path)]
    assert texts, "no examples to compare the day with"
    alike = process.cdist([p["text"] for p in posts], texts, scorer=fuzz.ratio)
    assert [p["id"] for p, near in zip(posts, alike.max(axis=1), strict=True) if near >= 70] == []
