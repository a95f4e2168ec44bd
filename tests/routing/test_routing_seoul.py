"""The shipped city on the scripted day, none of whose posts is among the examples.

Floors lie well below what was measured (decision 0010), so that they hold when examples are added.
"""

import json

import pytest

from registry.load import load
from routing.gazetteer import read_places
from routing.kind import kind_of
from routing.label import Route
from routing.model import Router
from routing.place import Places
from rules.kind import NEEDS_ANSWER, Kind
from settings import HOME

CITY = HOME / "registry" / "seoul"
DAY = json.loads((HOME / "practice" / "day.json").read_text(encoding="utf-8"))["posts"]
ROUTED = [post for post in DAY if post["expect"].get("office")]


@pytest.fixture(scope="module")
def router() -> Router:
    registry = load(CITY)
    places = Places(read_places(CITY / "places.csv"))
    return Router.fit(registry.offices.values(), registry.examples, places=places)


@pytest.fixture(scope="module")
def routes(router: Router) -> list[Route]:
    points = [p["place"] and (p["place"]["lat"], p["place"]["lon"]) for p in ROUTED]
    return router.route([post["text"] for post in ROUTED], points)


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


def test_no_post_of_the_day_is_an_example() -> None:
    assert not {post["text"] for post in DAY} & {example.text for example in load(CITY).examples}


def test_most_first_guesses_on_the_day_are_right(routes: list[Route]) -> None:
    right = [r.office == p["expect"]["office"] for r, p in zip(routes, ROUTED, strict=True)]
    near = [
        p["expect"]["office"] in {g.office for g in r.guesses}
        for r, p in zip(routes, ROUTED, strict=True)
    ]
    assert share(right) >= 0.7
    assert share(near) >= 0.8


def test_the_machine_decides_a_good_part_of_the_day_and_is_rarely_wrong(
    routes: list[Route],
) -> None:
    sure = [(r, p) for r, p in zip(routes, ROUTED, strict=True) if r.sure]
    assert len(sure) / len(ROUTED) >= 0.4
    assert share([r.office == p["expect"]["office"] for r, p in sure]) >= 0.9


def test_what_is_sure_names_the_words_that_decided(routes: list[Route]) -> None:
    assert all(route.words for route in routes if route.sure)


def test_held_out_examples_say_what_the_machine_may_promise(router: Router) -> None:
    assert router.figures.top1 >= 0.7
    assert router.figures.coverage >= 0.35
    assert router.figures.precision >= 0.95
    assert router.figures.calibration_error <= 0.06


def test_no_post_of_the_day_that_needs_an_answer_is_dismissed() -> None:
    assert not [
        p["text"]
        for p in DAY
        if kind_of(p["text"]).dismissed and p["expect"]["kind"] in NEEDS_ANSWER
    ]


def test_most_posts_of_the_day_are_known_to_need_an_answer_or_none() -> None:
    right = [
        (kind_of(p["text"]).kind in NEEDS_ANSWER) == (Kind(p["expect"]["kind"]) in NEEDS_ANSWER)
        for p in DAY
    ]
    assert share(right) >= 0.8


def test_hardly_any_example_is_dismissed() -> None:
    dismissed = [e.text for e in load(CITY).examples if kind_of(e.text).dismissed]
    assert len(dismissed) / len(load(CITY).examples) <= 0.01
