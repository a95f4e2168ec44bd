"""Mastodon's rate limits: so many requests in a window, told in three headers."""

import math
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from practice.errors import ApiError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Requests a window for each account (or address, for who is not signed in).

    The defaults are Mastodon's; the city's own accounts have `city_factor` times as many, for
    one machine plays all of them.
    """

    requests: int = 300
    media: int = 30
    deletes: int = 30
    city_factor: int = 10


UNLIMITED = Limits(requests=10**9, media=10**9, deletes=10**9)
WINDOWS = {"requests": 300, "media": 1800, "deletes": 1800}  # seconds


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a window is left."""

    limit: int
    remaining: int
    resets_at: float

    @property
    def headers(self) -> dict[str, str]:
        reset = datetime.fromtimestamp(self.resets_at, UTC)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.remaining)),
            "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }


class RateLimiter:
    """Counts in memory, in windows that start at whole multiples of their length."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._counts: Counter[tuple[str, str]] = Counter()
        self._window: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, who: str, kind: str, *, city: bool, clock: float) -> Standing:
        """Count one request of `kind` ("requests", "media" or "deletes") at `clock` (Unix time)."""
        limit = getattr(self._limits, kind) * (self._limits.city_factor if city else 1)
        length = WINDOWS[kind]
        window = math.floor(clock / length)
        with self._lock:
            if self._window.get(kind) != window:
                self._window[kind] = window
                for key in [key for key in self._counts if key[1] == kind]:
                    del self._counts[key]
            self._counts[who, kind] += 1
            used = self._counts[who, kind]
        return Standing(limit, limit - used, (window + 1) * length)


def too_many(standing: Standing, clock: float) -> ApiError:
    """429, as Mastodon says it."""
    wait = max(1, math.ceil(standing.resets_at - clock))
    return ApiError(429, "Too many requests", {**standing.headers, "Retry-After": str(wait)})
