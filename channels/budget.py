"""What a network lets us ask in a while, and what asking costs: facts, counted by whoever holds the purse."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from channels.errors import ChannelBusy
from registry.model import Account


class Scope(StrEnum):
    """Whose budget it is."""

    ACCOUNT = "account"
    APP = "app"  # all of the city's accounts on the network together
    ADDRESS = "address"  # whatever this machine sends to one server


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most `limit` in any `window`, in requests or in the network's own points (`cost` each).

    `requests` is a pattern, searched in `METHOD /path` of a request (without its query).
    """

    name: str
    scope: Scope
    limit: int
    window: timedelta
    requests: str = "."
    cost: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """One request's share of one budget: the budget's owner, its limit, what this takes of it."""

    key: str
    limit: int
    window: timedelta
    cost: int = 1


class Purse(Protocol):
    """Counts for all workers together."""

    def spend(self, spendings: Sequence[Spending]) -> None:
        """Take all of these, or raise `ChannelBusy` (how long to wait) and take none."""

    def count(self, network: str, what: str, amount: int = 1) -> None:
        """Count for the month what has a price."""

    def __hash__(self) -> int:
        """Channels are kept for each purse."""


@dataclass(frozen=True, slots=True)
class Bottomless:
    """Whoever counts nothing, such as the practice network."""

    def spend(self, spendings: Sequence[Spending]) -> None:
        pass

    def count(self, network: str, what: str, amount: int = 1) -> None:
        pass


Gate = Callable[[str, str], None]
"""Every request passes here before it leaves, by its method and its whole address.

Raises `ChannelBusy` where a budget is used up: then nothing left.
"""


def gate(purse: Purse, budgets: Sequence[Budget], account: Account) -> Gate:
    """What counts the requests of one account against these budgets."""

    def counted(method: str, url: str) -> None:
        parts = urlsplit(url)
        asked = f"{method} {parts.path}"
        spendings = [
            _spending(budget, account, parts.netloc)
            for budget in budgets
            if re.search(budget.requests, asked)
        ]
        if spendings:
            purse.spend(spendings)

    return counted


def watched(passing: Gate) -> tuple[Gate, list[ChannelBusy]]:
    """The same gate, and where it notes whom it stopped."""
    stopped: list[ChannelBusy] = []

    def noting(method: str, url: str) -> None:
        try:
            passing(method, url)
        except ChannelBusy as busy:
            stopped.append(busy)
            raise

    return noting, stopped


def open_gate(_method: str, _url: str) -> None:
    """Where nothing is counted."""


def _spending(budget: Budget, account: Account, host: str) -> Spending:
    owner = {
        Scope.ACCOUNT: account.id,
        Scope.APP: account.network,
        Scope.ADDRESS: f"{host} {socket.gethostname()}",
    }[budget.scope]
    return Spending(
        key=f"{account.network} {budget.name} {budget.scope} {owner}",
        limit=budget.limit,
        window=budget.window,
        cost=budget.cost,
    )
