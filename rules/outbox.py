"""The life of a delivery: one message on one account, sent exactly once."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class DeliveryState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    IN_FLIGHT = "in_flight"
    IN_DOUBT = "in_doubt"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEEDS_PERSON = "needs_person"


_D = DeliveryState

MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        # queued and claimed → published: another reading found it on the timeline after all
        _D.QUEUED: frozenset({_D.CLAIMED, _D.CANCELLED, _D.NEEDS_PERSON, _D.PUBLISHED}),
        _D.CLAIMED: frozenset({_D.IN_FLIGHT, _D.QUEUED, _D.PUBLISHED, _D.CANCELLED}),
        _D.IN_FLIGHT: frozenset({_D.PUBLISHED, _D.FAILED, _D.QUEUED, _D.IN_DOUBT, _D.NEEDS_PERSON}),
        _D.IN_DOUBT: frozenset({_D.PUBLISHED, _D.QUEUED, _D.NEEDS_PERSON}),
        # Final, or a person decides: send once more, or it was done by hand, or never mind.
        _D.PUBLISHED: frozenset(),
        _D.FAILED: frozenset({_D.QUEUED, _D.PUBLISHED, _D.CANCELLED}),
        _D.CANCELLED: frozenset(),
        _D.NEEDS_PERSON: frozenset({_D.QUEUED, _D.PUBLISHED, _D.CANCELLED}),
    }
)

#: States in which bytes may be out, or about to be: nobody may send such a row again.
UNSETTLED = frozenset({_D.CLAIMED, _D.IN_FLIGHT, _D.IN_DOUBT})

#: What could not be sent, or not be looked for, in so long is given to a person.
PATIENCE = timedelta(hours=24)

#: A platform may accept or show a post late. So the first look comes this long after the last
#: moment at which bytes may have left, the next one this long after the look before, and a post
#: is believed absent after this many complete readings. A clock that jumps once spoils one of
#: these waits at most; the other is as long as it says.
SETTLING = timedelta(seconds=20)
READINGS_UNTIL_ABSENT = 2


class DeliveryRefused(ValueError):
    """A delivery cannot go from this state to that one."""


def check_move(now: DeliveryState, to: DeliveryState) -> None:
    """Raise `DeliveryRefused` unless a delivery may go from `now` to `to`."""
    if to not in MOVES[now]:
        raise DeliveryRefused(f"a delivery that is {now} cannot become {to}")


def wait_after(tries: int, asked: float | None = None) -> timedelta:
    """How long to wait after a try that sent nothing.

    `asked` is the network's own `Retry-After` in seconds and wins when it is longer;
    otherwise 2, 4, 8 … seconds, ten minutes at most.
    """
    own = min(2.0 ** min(tries, 10), 600.0)
    return timedelta(seconds=min(max(own, asked or 0.0), 86_400.0))


def absent(readings: int) -> bool:
    """Whether a message not found in `readings` complete readings was provably never published.

    Readings count only when each began `SETTLING` after what came before it.
    """
    return readings >= READINGS_UNTIL_ABSENT
