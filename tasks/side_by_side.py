"""Many accounts at the same time, so that a dead, slow or odd one holds up none of the others."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from store.engine import StoreError
from tasks.odd import odd_cause

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    work: Callable[[T], R],
    items: Sequence[T],
    *,
    name: Callable[[T], str],
    odd: Callable[[T, str], R],
    threads: int,
    patience: float,
) -> list[R | None]:
    """What `work` made of each item, in their order; None where it is not done yet.

    Whoever takes longer than `patience` seconds goes on alone and is waited for no more (the
    process waits for it at its very end), so `work` must leave everything right by itself.

    An error that nobody expected is that item's own trouble: it is logged with the item's name,
    and `odd` says what it comes to, given its cause. Only a store that cannot be used is
    everybody's: that `StoreError` is raised, once everybody else is done.
    """
    pool = ThreadPoolExecutor(threads)
    futures = [pool.submit(work, item) for item in items]
    try:
        done, _ = wait(futures, timeout=patience)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # those that never began come next time
    found: list[R | None] = []
    broken: list[StoreError] = []
    for item, future in zip(items, futures, strict=True):
        if future not in done:
            future.add_done_callback(_told_late(name(item)))
            found.append(None)
            continue
        try:
            found.append(future.result())
        except StoreError as error:
            broken.append(error)
            found.append(None)
        except Exception as error:
            found.append(odd(item, odd_cause(name(item), error)))
    if broken:
        raise broken[0]
    return found


def _told_late(name: str) -> Callable[[Future[R]], None]:
    """Nobody waits for its result any more, but what went wrong is logged."""

    def tell(future: Future[R]) -> None:
        if not future.cancelled() and isinstance(error := future.exception(), Exception):
            odd_cause(name, error)

    return tell
