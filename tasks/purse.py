"""The networks' budgets as channels spend them: counted in the store, for all workers together."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from channels.budget import Spending
from channels.errors import ChannelBusy, Trouble
from store import budgets
from store.engine import Store

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Wish:
    """One thread's request, and what became of it."""

    spendings: tuple[Spending, ...] = ()
    counted: tuple[str, str, int] | None = None
    done: bool = False
    failure: ChannelBusy | None = field(default=None)


class SharedPurse:
    """Any number of threads may spend from it: those who come together share one commit."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._wishes: list[_Wish] = []
        self._door = threading.Lock()
        self._turn = threading.Lock()

    def spend(self, spendings: Sequence[Spending]) -> None:
        """Take all of these or none. Raises `ChannelBusy` where one must wait, or none can be counted."""
        self._ask(_Wish(tuple(spendings)))

    def count(self, network: str, what: str, amount: int = 1) -> None:
        """Count for the month what has a price but no limit.

        Raises nothing: what is counted has happened, and must never look as if it had not.
        """
        wish = self._asked(_Wish(counted=(network, what, amount)))
        if wish.failure:
            _log.warning("%s of %s is not counted: %s", amount, network, wish.failure)

    def _ask(self, wish: _Wish) -> None:
        if failure := self._asked(wish).failure:
            raise failure

    def _asked(self, wish: _Wish) -> _Wish:
        with self._door:
            self._wishes.append(wish)
        with self._turn:
            if not wish.done:
                self._fulfil()
        return wish

    def _fulfil(self) -> None:
        """All that wait by now, in one transaction."""
        with self._door:
            wishes, self._wishes = self._wishes, []
        try:
            self._commit(wishes)
        except Exception as error:  # whatever it was, nothing may leave uncounted
            for wish in wishes:
                wish.failure = ChannelBusy(f"the budget cannot be counted now: {error}", 10)
        for wish in wishes:
            wish.done = True

    def _commit(self, wishes: Sequence[_Wish]) -> None:
        at = self._now()
        asked = [wish for wish in wishes if wish.spendings]
        counted: Counter[tuple[str, str]] = Counter()
        for wish in wishes:
            if wish.counted:
                network, what, amount = wish.counted
                counted[network, what] += amount
        with self._store.write() as session:
            answers = budgets.take(session, [wish.spendings for wish in asked], at=at)
            budgets.count(session, counted, at=at)
        for wish, waits in zip(asked, answers, strict=True):
            if waits is not None:
                names = ", ".join(spending.key for spending in wish.spendings)
                wish.failure = ChannelBusy(
                    f"our own budget is used up for now ({names})",
                    max(1.0, waits.total_seconds()),
                    Trouble.LIMITED,
                )
