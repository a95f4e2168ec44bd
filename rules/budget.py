"""Whether one more request is within a budget: at most so many in any window, however they fall."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

#: A window is counted in so many parts, and one part more than it has is looked at: a part is over
#: only as a whole. So the limit holds for every window, and a tenth of it stays unused.
PARTS = 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Share(Protocol):
    """What one request takes of one budget, which `key` names."""

    @property
    def key(self) -> str: ...
    @property
    def limit(self) -> int: ...
    @property
    def window(self) -> timedelta: ...
    @property
    def cost(self) -> int: ...


def part_of(window: timedelta, at: datetime) -> datetime:
    """When the part of a window began that this moment lies in."""
    return at - (at - _EPOCH) % (window / PARTS)


def over(window: timedelta, since: datetime, at: datetime) -> bool:
    """Whether a part that began then lies wholly outside the window that ends now.

    One that begins later than now was counted by a clock that has been set back since.
    """
    return since + window / PARTS <= at - window or since > at + window / PARTS


def waits(share: Share, used: Mapping[datetime, int], at: datetime) -> timedelta | None:
    """How long a share has to wait, given how much was used in the parts since when; None: not at all."""
    counted = sorted((since, n) for since, n in used.items() if not over(share.window, since, at))
    taken = sum(n for _, n in counted)
    if taken + share.cost <= share.limit:
        return None
    for since, n in counted:
        taken -= n
        if taken + share.cost <= share.limit:
            return since + share.window / PARTS + share.window - at
    return share.window  # it costs more than the whole budget
