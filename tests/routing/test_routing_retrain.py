"""Who may take over, and who is looked at twice."""

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.label import Label
from routing.model import Router
from routing.retrain import ENOUGH, LEAST, compare, sample, split
from tests.routing.small_corpus import OFFICES, small_labels, small_places


@pytest.fixture(scope="module")
def untaught() -> Router:
    return Router.fit(OFFICES, [], places=small_places())


@pytest.fixture(scope="module")
def taught() -> Router:
    return Router.fit(OFFICES, small_labels(), places=small_places())


# What people came to decide otherwise than the duties say.
NEWEST = [Label(text=f"{n}번째 수돗물 누수 신고", office="traffic") for n in range(ENOUGH)]


def test_the_first_router_takes_over_at_once(untaught: Router) -> None:
    assert compare(None, untaught, []).replace


def test_an_equally_good_router_takes_over(taught: Router) -> None:
    decision = compare(taught, taught, small_labels())
    assert decision.replace
    assert decision.old == decision.new == 1.0


def test_a_router_that_gets_fewer_right_does_not(untaught: Router) -> None:
    drifted = Router.fit(OFFICES, [*small_labels(), *NEWEST], places=small_places())
    assert compare(untaught, drifted, NEWEST).replace
    decision = compare(drifted, untaught, NEWEST)
    assert not decision.replace
    assert decision.new is not None
    assert decision.old is not None
    assert decision.new < decision.old


def test_a_router_that_decides_more_of_them_wrongly_does_not(untaught: Router) -> None:
    reckless = dataclasses.replace(
        untaught,
        threshold=0.0,
        trusted=(True,) * len(untaught.classes),
        figures=untaught.figures._replace(precision=0.95),
    )
    wrong = [
        Label(text=f"{n}번째로 씁니다 신호등이 꺼졌어요", office="water") for n in range(ENOUGH)
    ]
    assert "wrongly" in compare(untaught, reckless, wrong).reason


def test_a_router_that_is_as_useless_as_the_older_one_does_not(taught: Router) -> None:
    nowhere = [Label(text=f"{n}번째 수돗물 누수 신고", office="nowhere") for n in range(ENOUGH)]
    decision = compare(taught, taught, nowhere)
    assert (decision.replace, decision.old, decision.new) == (False, 0.0, 0.0)
    assert "too few to be of use" in decision.reason


def test_a_router_that_is_little_better_than_blind_does_not_and_one_that_is_of_use_does(
    taught: Router,
) -> None:
    wrong = [dataclasses.replace(label, office="nowhere") for label in small_labels()]
    least = max(LEAST, 1 / len(taught.classes))

    def newest(right: int) -> list[Label]:
        return [*small_labels()[:right], *wrong][: 2 * ENOUGH]

    enough = round(least * len(newest(0)) + 0.5)
    assert not compare(taught, taught, newest(enough - 2)).replace
    assert compare(taught, taught, newest(enough)).replace


def test_with_few_new_labels_the_older_one_stays(taught: Router, untaught: Router) -> None:
    decision = compare(untaught, taught, NEWEST[: ENOUGH - 1])
    assert not decision.replace
    assert str(ENOUGH) in decision.reason


def test_labels_are_split_forward_in_time() -> None:
    earlier, newest = split(NEWEST, 0.2)
    assert [*earlier, *newest] == NEWEST
    assert len(newest) == 6


@pytest.mark.parametrize("share", [0, 1])
def test_a_split_leaves_something_on_both_sides(share: float) -> None:
    with pytest.raises(ValueError, match="newest"):
        split(NEWEST, share)


@given(st.text(), st.floats(0, 1))
def test_the_same_post_is_always_sampled_alike(post: str, share: float) -> None:
    assert sample(post, share) == sample(post, share)
    assert not sample(post, 0)
    assert sample(post, 1)


def test_three_percent_are_sampled() -> None:
    sampled = Counter(sample(f"2026-{n}", 0.03) for n in range(20_000))
    assert sampled[True] / 20_000 == pytest.approx(0.03, abs=0.004)


def test_a_larger_share_samples_the_same_posts_and_more() -> None:
    posts = [f"2026-{n}" for n in range(2_000)]
    assert {p for p in posts if sample(p, 0.02)} <= {p for p in posts if sample(p, 0.05)}
