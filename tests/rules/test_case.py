"""The table of a case's moves."""

import pytest

from rules.case import (
    HAND_BACKS_UNTIL_BINDING,
    MOVES,
    OPEN,
    MoveRefused,
    Status,
    check_move,
    may_hand_back,
)

_S = Status


@pytest.mark.parametrize("now", Status)
@pytest.mark.parametrize("to", Status)
def test_a_move_is_allowed_exactly_where_the_table_says(now: Status, to: Status) -> None:
    if to in MOVES[now]:
        check_move(now, to)
    else:
        with pytest.raises(MoveRefused) as refused:
            check_move(now, to)
        assert now in str(refused.value)
        assert to in str(refused.value)


def test_a_refusal_says_what_would_be_allowed() -> None:
    with pytest.raises(MoveRefused, match="it may become reopened, withdrawn"):
        check_move(_S.REPLIED, _S.ASSIGNED)
    with pytest.raises(MoveRefused, match="it may become nothing"):
        check_move(_S.WITHDRAWN, _S.RECEIVED)


def test_a_citizen_may_withdraw_at_any_time_and_for_good() -> None:
    assert all(_S.WITHDRAWN in MOVES[status] for status in Status if status is not _S.WITHDRAWN)
    assert not MOVES[_S.WITHDRAWN]


def test_every_status_can_be_reached_from_received() -> None:
    reached, edge = {_S.RECEIVED}, [_S.RECEIVED]
    while edge:
        new = MOVES[edge.pop()] - reached
        reached |= new
        edge.extend(new)
    assert reached == set(Status)


def test_no_open_case_is_stuck_without_withdrawing() -> None:
    assert all(MOVES[status] - {_S.WITHDRAWN} for status in OPEN)


def test_only_what_is_answered_becomes_replied() -> None:
    assert [s for s in Status if _S.REPLIED in MOVES[s]] == [_S.ANSWERED]
    assert [s for s in Status if _S.ANSWERED in MOVES[s]] == [_S.ASSIGNED]


def test_nobody_owes_anything_once_it_is_replied_dismissed_or_withdrawn() -> None:
    assert set(Status) - OPEN == {_S.REPLIED, _S.DISMISSED, _S.WITHDRAWN}


def test_the_third_hand_back_is_the_last() -> None:
    allowed = [hand_backs for hand_backs in range(6) if may_hand_back(hand_backs)]
    assert allowed == list(range(HAND_BACKS_UNTIL_BINDING)) == [0, 1, 2]
