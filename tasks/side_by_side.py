"""Many accounts at the same time, so that a dead or slow one holds up none of the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    work: Callable[[T], R], items: Sequence[T], *, threads: int, patience: float
) -> list[R | None]:
    """What `work` made of each item, in their order; None where it is not done yet.

    Whoever takes longer than `patience` seconds goes on alone and is waited for no more (the
    process waits for it at its very end), so `work` must leave everything right by itself. Raises
    what `work` raised, once everybody else is done.
    """
    pool = ThreadPoolExecutor(threads)
    futures = [pool.submit(work, item) for item in items]
    try:
        done, _ = wait(futures, timeout=patience)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # those that never began come next time
    return [future.result() if future in done else None for future in futures]
