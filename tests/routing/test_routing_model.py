"""The router on a small city: it learns, explains, abstains and survives what people post."""

import dataclasses
import pickle
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.model import Office, OfficeKind
from routing.competence import label_weights, matrix
from routing.label import Label, Route
from routing.model import Router
from routing.ngrams import Vocabulary
from routing.place import Places
from tests.routing.small_corpus import OFFICES, example, small_labels, small_places

GANGNAM = (37.5180, 127.0460)
NEW_POSTS = [
    "편의점 앞 신호등이 꺼졌네요",
    "버스가 십 분째 안 와요",
    "역삼동 보안등이 나갔어요",
    "보안등이 나갔어요",
]


@pytest.fixture(scope="module")
def router() -> Router:
    return Router.fit(OFFICES, small_labels(), places=small_places())


def test_a_post_goes_to_the_office_whose_matter_it_is(router: Router) -> None:
    routes = router.route(NEW_POSTS[:3])
    assert [route.office for route in routes] == ["traffic", "bus", "gangnam"]
    assert all(route.sure for route in routes)


def test_the_words_that_decided_are_words_of_the_post(router: Router) -> None:
    (route,) = router.route(["편의점 앞 신호등이 꺼졌네요"])
    assert "신호등이" in route.words
    assert set(route.words) <= {"편의점", "앞", "신호등이", "꺼졌네요"}


def test_three_best_guesses_begin_with_the_office(router: Router) -> None:
    (route,) = router.route(["역삼동 보안등이 나갔어요"])
    assert len(route.guesses) == 3
    assert route.guesses[0].office == route.office
    confidences = [guess.confidence for guess in route.guesses]
    assert confidences == sorted(confidences, reverse=True)


def test_a_matter_for_a_district_without_a_place_goes_to_triage(router: Router) -> None:
    (route,) = router.route(["보안등이 나갔어요"])
    assert (route.office, route.sure) == (None, False)


def test_coordinates_name_the_district_that_the_text_does_not(router: Router) -> None:
    (route,) = router.route(["보안등이 나갔어요"], [GANGNAM])
    assert (route.office, route.district) == ("gangnam", "gangnam")


def test_a_place_of_several_districts_offers_each_as_a_guess(router: Router) -> None:
    (route,) = router.route(["신사동 골목 보안등이 나갔어요"])
    assert (route.office, route.sure) == (None, False)
    assert {"gangnam", "eunpyeong"} <= {guess.office for guess in route.guesses}


def test_a_place_does_not_make_it_the_districts_matter(router: Router) -> None:
    (route,) = router.route(["역삼동에서 시내버스 배차간격이 길어요 버스가 안 와요"])
    assert (route.office, route.district, route.place_words) == ("bus", "gangnam", ("역삼동",))


def test_without_labels_duties_guess_but_nothing_is_sure() -> None:
    routes = Router.fit(OFFICES, [], places=small_places()).route(NEW_POSTS)
    assert [route.office for route in routes] == ["traffic", "bus", "gangnam", None]
    assert not any(route.sure for route in routes)


def test_an_office_with_few_examples_is_guessed_but_never_decided_for() -> None:
    labels = [label for label in small_labels() if label.office != "water"]
    labels += [label for label in small_labels() if label.office == "water"][:2]
    routes = Router.fit(OFFICES, labels, places=small_places()).route(
        ["수돗물에서 녹물이 나와요", "신호등이 꺼졌어요"]
    )
    assert [(route.office, route.sure) for route in routes] == [("water", False), ("traffic", True)]


def test_the_same_post_a_thousand_times_proves_nothing() -> None:
    router = Router.fit(OFFICES, [example("신호등이 꺼졌어요", "traffic")] * 1_000)
    (route,) = router.route(["신호등이 꺼졌어요"])
    assert (route.office, route.sure) == ("traffic", False)


def test_a_higher_precision_asked_decides_no_more() -> None:
    posts = [label.text for label in small_labels()]
    decided = [
        sum(
            r.sure
            for r in Router.fit(OFFICES, small_labels(), precision=p, places=small_places()).route(
                posts
            )
        )
        for p in (0.8, 0.95, 0.999)
    ]
    assert decided == sorted(decided, reverse=True)
    assert decided[-1] == 0 < decided[0]


def test_training_twice_gives_the_same_bytes(router: Router) -> None:
    again = Router.fit(OFFICES, small_labels(), places=small_places())
    assert again.to_bytes() == router.to_bytes()


def test_labels_of_offices_that_are_gone_are_left_out(router: Router) -> None:
    more = [*small_labels(), Label(text="전차가 멈췄어요", office="tram")]
    assert Router.fit(OFFICES, more, places=small_places()).to_bytes() == router.to_bytes()


@pytest.mark.parametrize("precision", [0, 1, 1.5, -0.1])
def test_a_precision_that_is_no_share_is_refused(precision: float) -> None:
    with pytest.raises(ValueError, match="precision"):
        Router.fit(OFFICES, [], precision=precision)


def test_a_city_without_offices_is_refused() -> None:
    with pytest.raises(ValueError, match="no office"):
        Router.fit([], [])


def test_an_office_called_district_is_refused() -> None:
    with pytest.raises(ValueError, match="district"):
        Router.fit([Office(id="district", kind=OfficeKind.AGENCY, name="구역")], [])


def test_a_city_of_one_office_without_a_readable_name_still_routes() -> None:
    router = Router.fit([Office(id="all", kind=OfficeKind.DEPARTMENT, name="🏛")], [])
    assert Router.from_bytes(router.to_bytes()).route(["안녕"])[0].office == "all"


@pytest.mark.parametrize("few", [1, 10_000])
def test_both_methods_learn_from_labels_and_are_held_out_honestly(few: int) -> None:
    texts = [label.text for label in small_labels()]
    names = sorted({label.office for label in small_labels()})
    classes = np.array([names.index(label.office) for label in small_labels()])
    posts = matrix(texts, Vocabulary.learn(texts))
    learned = label_weights(posts, classes, len(names), few)
    assert ((posts @ learned.weights).argmax(axis=1) == classes).all()
    # The same matter is held out wherever it happened, or it would be its own proof.
    assert 0.5 < (learned.held_out.argmax(axis=1) == classes).mean() <= 1
    strange = matrix(["전차 궤도가 휘었어요"], Vocabulary.learn(texts)) @ learned.weights
    assert abs(strange).max() < abs(posts @ learned.weights).max()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "🔥🔥",
        "\0\0신호등\0",
        "\ud800",
        "가" * 40_000,
        "신호등 " * 10_000,
        "‮등호신",
        "=1+1",
        "https://a.example",
    ],
)
def test_nothing_that_people_post_stops_a_batch(router: Router, text: str) -> None:
    before, _, after = router.route([NEW_POSTS[0], text, NEW_POSTS[1]])
    assert (before.office, after.office) == ("traffic", "bus")


@pytest.mark.parametrize("text", ["", "🔥🔥", "https://a.example", "?!"])
def test_a_post_with_nothing_to_read_has_no_office(router: Router, text: str) -> None:
    assert router.route([text], [GANGNAM]) == [Route(None, 0.0, district="gangnam")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=4))
def test_each_post_is_routed_as_if_it_were_alone(router: Router, texts: list[str]) -> None:
    together = router.route(texts)
    assert [r.office for r in together] == [router.route([text])[0].office for text in texts]


def test_texts_and_coordinates_must_be_as_many(router: Router) -> None:
    with pytest.raises(ValueError, match="1 texts but 2 coordinates"):
        router.route(["a"], [None, None])


def test_a_router_read_back_decides_the_very_same(router: Router) -> None:
    posts = [label.text for label in small_labels()] + NEW_POSTS
    back = Router.from_bytes(router.to_bytes())
    assert back.route(posts) == router.route(posts)
    assert back.to_bytes() == router.to_bytes()
    assert back.figures == router.figures


def test_a_router_read_back_may_be_given_a_newer_gazetteer(router: Router) -> None:
    back = Router.from_bytes(router.to_bytes(), Places())
    assert back.route(["역삼동 보안등이 나갔어요"])[0].office is None


def test_the_file_holds_no_pickle(router: Router) -> None:
    with zipfile.ZipFile(BytesIO(router.to_bytes())) as file:
        for name in file.namelist():
            array = np.lib.format.read_array(BytesIO(file.read(name)), allow_pickle=False)
            assert not array.dtype.hasobject


def changed(router: Router, **arrays: object) -> bytes:
    with np.load(BytesIO(router.to_bytes())) as file:
        kept = {name: file[name] for name in file.files} | arrays
    out = BytesIO()
    np.savez(out, **kept)
    return out.getvalue()


def test_a_file_that_is_no_router_is_refused(router: Router) -> None:
    whole = router.to_bytes()
    bad = [
        b"",
        b"PK",
        whole[: len(whole) // 2],
        pickle.dumps({"a": 1}),
        changed(router, facts=np.frombuffer(b"{}", dtype=np.uint8)),
        changed(router, facts=np.array([{"a": 1}], dtype=object)),
        changed(router, weights=np.zeros((2, 2), dtype=np.float16)),
        changed(router, facts=np.frombuffer(b'{"version": 99}', dtype=np.uint8)),
    ]
    for content in bad:
        with pytest.raises(ValueError, match="train again"):
            Router.from_bytes(content)


def test_a_router_is_a_frozen_value(router: Router) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        router.threshold = 0.0  # type: ignore[misc]
