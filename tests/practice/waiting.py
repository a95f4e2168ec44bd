"""Waiting for what happens by itself, without guessing how long it takes."""

import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], patience: float = 20) -> bool:
    """Whether it becomes true within `patience` seconds; returns as soon as it is."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.01)
    return true()
