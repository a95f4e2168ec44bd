"""Ids that grow with time, as Mastodon's do: milliseconds since 1970, then 16 bits of counting."""

import threading
from datetime import UTC, datetime


class Ids:
    """Hands out ids, each greater than all before, even when the clock goes back."""

    def __init__(self, last: int = 0) -> None:
        self._last = last
        self._lock = threading.Lock()

    def next(self, moment: datetime) -> int:
        """The next id for something that happened at `moment`."""
        with self._lock:
            self._last = max(at(moment), self._last + 1)
            return self._last


def at(moment: datetime) -> int:
    """The first id of that millisecond."""
    return int(moment.astimezone(UTC).timestamp() * 1000) << 16
