"""Which channel reaches an account."""

from collections.abc import Mapping
from functools import lru_cache

from channels.base import Channel
from channels.by_hand import ByHand
from channels.exercise import Citizens, Exercise
from channels.mastodon import Mastodon
from channels.practice import Practice
from registry.model import Account, Network
from settings import Settings

LIVE: Mapping[Network, type[Mastodon]] = {Network.MASTODON: Mastodon}
"""A new network is one file and one line here. Those not named are served by hand."""


def channel_for(account: Account, settings: Settings) -> Channel:
    """The account's channel: its twin in practice, its own network when live.

    The same one for every account of a network, so that connections are shared.
    """
    if not settings.live:
        return _channel(Practice, settings)
    return _channel(LIVE.get(account.network), settings)


def exercise_channel(settings: Settings) -> Channel:
    """Where every exercise goes, in either mode: the practice network, and nowhere else."""
    return _channel(Exercise, settings)


@lru_cache(maxsize=64)
def citizens_of(settings: Settings) -> Citizens:
    """Those who report in an exercise: on the practice network, and nowhere else."""
    return Citizens(settings)


@lru_cache(maxsize=64)
def _channel(kind: type[Mastodon] | None, settings: Settings) -> Channel:
    return kind(settings) if kind else ByHand()
