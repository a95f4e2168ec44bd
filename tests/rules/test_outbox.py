"""The table of a delivery's moves, its waits, and when a message is believed absent."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.outbox import (
    MOVES,
    READINGS_UNTIL_ABSENT,
    UNSETTLED,
    DeliveryRefused,
    DeliveryState,
    absent,
    check_move,
    wait_after,
)

_D = DeliveryState


@pytest.mark.parametrize("now", DeliveryState)
@pytest.mark.parametrize("to", DeliveryState)
def test_a_move_is_allowed_exactly_where_the_table_says(
    now: DeliveryState, to: DeliveryState
) -> None:
    if to in MOVES[now]:
        check_move(now, to)
    else:
        with pytest.raises(DeliveryRefused, match=f"{now}.*{to}"):
            check_move(now, to)


def test_only_a_claimed_delivery_leaves() -> None:
    assert [state for state in _D if _D.IN_FLIGHT in MOVES[state]] == [_D.CLAIMED]


def test_only_a_queued_delivery_is_claimed() -> None:
    assert [state for state in _D if _D.CLAIMED in MOVES[state]] == [_D.QUEUED]


def test_published_is_final() -> None:
    assert not MOVES[_D.PUBLISHED]


def test_what_may_be_out_cannot_be_cancelled() -> None:
    claimed_is_unsent = UNSETTLED - {_D.CLAIMED}
    assert all(_D.CANCELLED not in MOVES[state] for state in claimed_is_unsent)


def test_a_message_can_be_found_out_from_every_state_but_a_final_one() -> None:
    final = {_D.PUBLISHED, _D.CANCELLED}
    assert all(_D.PUBLISHED in MOVES[state] for state in set(_D) - final)


def test_one_reading_proves_nothing() -> None:
    assert [absent(readings) for readings in range(4)] == [False, False, True, True]
    assert READINGS_UNTIL_ABSENT == 2


def test_waits_double_up_to_ten_minutes() -> None:
    waits = [wait_after(tries).total_seconds() for tries in range(1, 12)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]


def test_the_networks_own_wait_wins_when_it_is_longer() -> None:
    assert wait_after(1, 300).total_seconds() == 300
    assert wait_after(9, 300).total_seconds() == 512


@given(st.integers(0, 10**6), st.none() | st.floats(min_value=0, allow_infinity=True))
def test_no_wait_is_longer_than_a_day_whatever_a_network_asks(
    tries: int, asked: float | None
) -> None:
    seconds = wait_after(tries, asked).total_seconds()
    assert 0 < seconds <= 86_400
    assert math.isfinite(seconds)
