"""From which confidence on the machine may decide alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.confidence import (
    RISK,
    calibration_error,
    lower_bound,
    threshold,
    upper_bound,
)

DECISIONS = st.lists(
    st.tuples(st.sampled_from([0.2, 0.5, 0.6, 0.7, 0.9, 0.99]), st.booleans()), max_size=120
)


def at_least(right: int, decided: int, share: float) -> float:
    """The chance of `right` or more of `decided` at a true share."""
    return sum(
        math.comb(decided, k) * share**k * (1 - share) ** (decided - k)
        for k in range(right, decided + 1)
    )


@given(st.integers(1, 80).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_the_lower_bound_is_the_share_at_which_such_luck_has_the_risk(
    counts: tuple[int, int],
) -> None:
    right, decided = counts
    bound = lower_bound(right, decided)
    assert at_least(right, decided, bound) == pytest.approx(RISK, rel=1e-4)
    assert bound <= right / decided <= upper_bound(right, decided)


def test_nothing_right_proves_nothing() -> None:
    assert lower_bound(0, 10) == 0


def test_59_right_ones_are_the_least_that_prove_95_percent_at_a_risk_of_5() -> None:
    assert lower_bound(58, 58, 0.05) < 0.95 <= lower_bound(59, 59, 0.05)


@given(DECISIONS)
def test_what_passes_the_threshold_is_proved_to_be_precise_enough(
    decisions: list[tuple[float, bool]],
) -> None:
    confidence = np.array([c for c, _ in decisions])
    right = np.array([r for _, r in decisions], dtype=bool)
    least = threshold(confidence, right, 0.8)
    passing = confidence >= least
    if math.isinf(least):
        assert not passing.any()
    else:
        assert lower_bound(int(right[passing].sum()), int(passing.sum())) >= 0.8


@given(DECISIONS)
def test_no_lower_threshold_would_have_been_proved(decisions: list[tuple[float, bool]]) -> None:
    confidence = np.array([c for c, _ in decisions])
    right = np.array([r for _, r in decisions], dtype=bool)
    least = threshold(confidence, right, 0.8)
    for lower in {c for c, _ in decisions if c < least}:
        passing = confidence >= lower
        assert lower_bound(int(right[passing].sum()), int(passing.sum())) < 0.8


def test_few_labels_let_the_machine_decide_nothing() -> None:
    assert math.isinf(threshold(np.full(40, 0.99), np.ones(40, dtype=bool), 0.95))
    assert threshold(np.full(50, 0.99), np.ones(50, dtype=bool), 0.95) == 0.99


def test_calibration_error_is_the_gap_between_claim_and_truth() -> None:
    assert calibration_error(np.full(10, 0.9), np.ones(10, dtype=bool)) == pytest.approx(0.1)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) == 0
