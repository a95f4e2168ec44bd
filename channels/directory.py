"""Which channel reaches an account."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from channels.base import Channel
from channels.budget import Bottomless, Purse
from channels.by_hand import ByHand
from channels.connecting import CONNECTING, NOTHING, ONE_TOKEN, Connecting
from channels.exercise import Citizens, Exercise
from channels.practice import Practice
from registry.model import Account, Network
from settings import Settings

_NOT_COUNTED = Bottomless()


def channel_for(account: Account, settings: Settings, purse: Purse = _NOT_COUNTED) -> Channel:
    """The account's channel: its twin in practice, its own network when live.

    The same one for every account of a network, so that connections are shared. When live, every
    request is counted in the purse.
    """
    if not settings.live:
        return _twins(settings)
    return live_channel(account, settings, purse)


def live_channel(account: Account, settings: Settings, purse: Purse = _NOT_COUNTED) -> Channel:
    """The channel of the account's own network, in practice mode too: to connect and to check it."""
    return _live(account.network, settings, purse)


def connecting(account: Account, settings: Settings) -> Connecting:
    """What to create for an account on its network, and what its secret is made of."""
    channel = live_channel(account, settings)
    if isinstance(channel, ByHand):
        return NOTHING
    return channel.connecting or CONNECTING.get(account.network) or ONE_TOKEN


def priced() -> dict[Network, Mapping[str, Decimal]]:
    """The networks that ask a price, with what each thing costs there, in dollars."""
    kinds = {network: _kind(network) for network in Network}
    return {network: kind.prices for network, kind in kinds.items() if kind and kind.prices}


def exercise_channel(settings: Settings) -> Channel:
    """Where every exercise goes, in either mode: the practice network, and nowhere else."""
    return _exercises(settings)


@lru_cache(maxsize=64)
def citizens_of(settings: Settings) -> Citizens:
    """Those who report in an exercise: on the practice network, and nowhere else."""
    return Citizens(settings)


@lru_cache(maxsize=64)
def _twins(settings: Settings) -> Practice:
    return Practice(settings)


@lru_cache(maxsize=64)
def _exercises(settings: Settings) -> Exercise:
    return Exercise(settings)


@lru_cache(maxsize=256)
def _live(network: Network, settings: Settings, purse: Purse) -> Channel:
    """`CHANNEL` of the module named like the network, loaded when first needed; else by hand.

    `docs/decisions/0084` shows how a network is added.
    """
    kind = _kind(network)
    if kind is None:
        return ByHand()
    channel: Channel = kind(settings)
    channel.purse = purse
    return channel


def _kind(network: Network) -> Any:
    """The network's own class of channel; None where people post."""
    module = f"channels.{network}"
    return import_module(module).CHANNEL if find_spec(module) else None
