"""Faults on demand, for each account: what a real network does on a bad day."""

import math
import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

EVERYONE = "*"

PUBLISH = ("post", "reblog")
WRITES = ("post", "reblog", "media", "delete", "other")
EVERYTHING = (*WRITES, "read")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault does, on which operations unless told otherwise, and its usual value."""

    says: str
    on: tuple[str, ...]
    value: float | str


KINDS: Mapping[str, Kind] = {
    "down": Kind("the connection is closed at once", EVERYTHING, 0),
    "revoked": Kind("401, as if the token had been revoked", EVERYTHING, 0),
    "busy": Kind("429; the value is Retry-After in seconds", EVERYTHING, 30),
    "refuse": Kind(
        "the value is 'status text', such as '403 duplicate content'",
        WRITES,
        "403 This action is not allowed",
    ),
    "failing_reads": Kind("reads answer with this status", ("read",), 503),
    "slow": Kind("the answer takes this many seconds more", EVERYTHING, 1.0),
    "lose_answer": Kind("accepted; then the connection drops without an answer", PUBLISH, 0),
    "accept_late": Kind("the connection drops now; accepted this many seconds later", PUBLISH, 1.0),
    "error_after_accepting": Kind("accepted, answered with this status", PUBLISH, 500),
    "lie": Kind("accepted, answered 200 without an id", PUBLISH, 0),
    "lie_without_accepting": Kind("not accepted, answered 200 without an id", PUBLISH, 0),
    "unreadable": Kind("accepted, answered 200 with broken JSON", PUBLISH, 0),
    "hide": Kind("new posts cannot be read for this many seconds", PUBLISH, 1.0),
    "ignore_idempotency": Kind("Idempotency-Key is not looked at", PUBLISH, 0),
    "unchecked_media": Kind("any file passes as a picture", ("media",), 0),
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One fault of one account.

    `on`: operations it touches (post, reblog, media, delete, other, read); by default its
    kind's. `count`: how often it still happens. `probability`: how likely each time.
    `seconds`: how long it stays. `seed`: makes the dice repeatable. `hang`: seconds that a
    dropped connection is held open first.
    """

    kind: str
    value: float | str
    on: tuple[str, ...]
    count: int | None = None
    probability: float = 1.0
    seconds: float | None = None
    seed: int | None = None
    hang: float = 0.0
    hits: int = 0
    since: float = 0.0
    _dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 (dice, not a secret)

    def strikes(self, operation: str, clock: float) -> bool:
        """Whether it happens to this operation at `clock` (monotonic seconds); counts it then."""
        spent = self.count is not None and self.hits >= self.count
        over = self.seconds is not None and clock - self.since > self.seconds
        if operation not in self.on or spent or over or self._dice.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def number(self) -> float:
        return float(self.value)


def from_json(wanted: Mapping[str, Any]) -> list[Fault]:
    """The faults of one JSON object, such as `{"slow": 0.3, "lose_answer": true, "count": 2}`.

    Raises `ValueError` that names what is wrong.
    """
    options = {name: value for name, value in wanted.items() if name not in KINDS}
    kinds = {name: value for name, value in wanted.items() if name in KINDS and value is not False}
    unknown = set(options) - {"on", "count", "probability", "seconds", "seed", "hang"}
    if unknown or not kinds:
        raise ValueError(
            f"a fault is one of {', '.join(KINDS)}; not {', '.join(unknown) or 'none'}"
        )
    chosen = tuple(options.pop("on", None) or ())
    if set(chosen) - set(EVERYTHING):
        raise ValueError(f"`on` is a list of {', '.join(EVERYTHING)}")
    return [_fault(name, value, chosen or KINDS[name].on, options) for name, value in kinds.items()]


def _fault(name: str, told: Any, on: tuple[str, ...], options: Mapping[str, Any]) -> Fault:
    """One fault. Raises `ValueError` or `TypeError` for a value that cannot be one."""
    value = KINDS[name].value if told is True else told
    fault = Fault(kind=name, value=value, on=on, **options)
    if name == "refuse":
        int(str(value).partition(" ")[0])
    elif not 0 <= fault.number() < math.inf:
        raise ValueError(f"{name}: a number of at least 0, not {value}")
    return fault


class FaultBook:
    """Which faults are set for whom; in memory: a restart heals everything."""

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()

    def add(self, handle: str, faults: Iterable[Fault], clock: float) -> None:
        """Add to what is set for the handle, or for everyone (`*`)."""
        with self._lock:
            for fault in faults:
                fault.since = clock
                self._faults.setdefault(handle, []).append(fault)

    def clear(self, handle: str | None = None) -> None:
        """Take away the handle's faults, or all."""
        with self._lock:
            if handle is None:
                self._faults.clear()
            else:
                self._faults.pop(handle, None)

    def striking(self, handle: str, operation: str, clock: float) -> list[Fault]:
        """The faults that happen to this request, in the order of `KINDS`."""
        if not self._faults:
            return []
        with self._lock:
            here = [*self._faults.get(handle, ()), *self._faults.get(EVERYONE, ())]
            return sorted(
                (fault for fault in here if fault.strikes(operation, clock)),
                key=lambda fault: list(KINDS).index(fault.kind),
            )

    def listed(self, handle: str) -> list[dict[str, Any]]:
        """What is set for the handle, with its hits, as JSON."""
        with self._lock:
            return [_shown(fault) for fault in self._faults.get(handle, ())]


def _shown(fault: Fault) -> dict[str, Any]:
    hidden = ("_dice", "since")
    names = (field.name for field in fields(fault) if field.name not in hidden)
    return {name: getattr(fault, name) for name in names}
