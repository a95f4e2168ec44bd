"""The outbox: every message on its way, and the only ways its state changes.

`taking` says what may go now and writes ahead that it does, `dropping` what must not go any more,
`outcomes` what the network's answer makes of it, `doubt` how one ends that may or may not be out.
"""

from store.outbox.above import above
from store.outbox.doubt import doubts, not_found, take_back, to_settle, unread
from store.outbox.dropping import cancel_dropped, drop, must_not_go
from store.outbox.outcomes import (
    again,
    all_published,
    failed,
    held,
    in_doubt,
    in_own_words,
    needs_person,
    prepared,
    published,
)
from store.outbox.taking import depart, take, waiting

__all__ = [
    "above",
    "again",
    "all_published",
    "cancel_dropped",
    "depart",
    "doubts",
    "drop",
    "failed",
    "held",
    "in_doubt",
    "in_own_words",
    "must_not_go",
    "needs_person",
    "not_found",
    "prepared",
    "published",
    "take",
    "take_back",
    "to_settle",
    "unread",
    "waiting",
]
