"""The life of a case: its states, and which moves between them are allowed."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Status(StrEnum):
    RECEIVED = "received"
    TRIAGE = "triage"
    ROUTED = "routed"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    REPLIED = "replied"
    REOPENED = "reopened"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


_S = Status

MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        _S.RECEIVED: frozenset({_S.ROUTED, _S.TRIAGE, _S.DISMISSED, _S.WITHDRAWN}),
        _S.TRIAGE: frozenset({_S.ROUTED, _S.DISMISSED, _S.WITHDRAWN}),
        # routed → routed: transferred to another office
        _S.ROUTED: frozenset({_S.ASSIGNED, _S.ROUTED, _S.TRIAGE, _S.DISMISSED, _S.WITHDRAWN}),
        # assigned → assigned: reassigned inside the office
        _S.ASSIGNED: frozenset(
            {_S.ANSWERED, _S.ASSIGNED, _S.ROUTED, _S.TRIAGE, _S.DISMISSED, _S.WITHDRAWN}
        ),
        # answered → assigned: a reply that could not be delivered goes back to its caseworker
        _S.ANSWERED: frozenset({_S.REPLIED, _S.ASSIGNED, _S.WITHDRAWN}),
        _S.REPLIED: frozenset({_S.REOPENED, _S.WITHDRAWN}),
        _S.REOPENED: frozenset({_S.ROUTED, _S.TRIAGE, _S.DISMISSED, _S.WITHDRAWN}),
        _S.DISMISSED: frozenset({_S.RECEIVED, _S.TRIAGE, _S.ROUTED, _S.WITHDRAWN}),
        _S.WITHDRAWN: frozenset(),
    }
)

#: Somebody still owes the citizen something.
OPEN = frozenset({_S.RECEIVED, _S.TRIAGE, _S.ROUTED, _S.ASSIGNED, _S.ANSWERED, _S.REOPENED})

#: At this many hand-backs the comms team's next decision binds the office it names.
HAND_BACKS_UNTIL_BINDING = 3


#: After so many answers the same person's next word on the same matter may be closed (Act, art. 23).
ANSWERS_BEFORE_CLOSING = 2


class MoveRefused(ValueError):
    """A case cannot go from this status to that one."""

    def __init__(self, now: Status, to: Status) -> None:
        allowed = ", ".join(sorted(MOVES[now])) or "nothing"
        super().__init__(f"a case that is {now} cannot become {to}; it may become {allowed}")


def check_move(now: Status, to: Status) -> None:
    """Raise `MoveRefused` unless a case may go from `now` to `to`."""
    if to not in MOVES[now]:
        raise MoveRefused(now, to)


def may_close(answers: int) -> bool:
    """Whether a person may close what the same citizen had this many answers to before."""
    return answers >= ANSWERS_BEFORE_CLOSING


def may_hand_back(hand_backs: int) -> bool:
    """Whether an office may still hand a case back that was handed back this often before."""
    return hand_backs < HAND_BACKS_UNTIL_BINDING
