"""A channel in a test, with what stands behind it."""

from dataclasses import dataclass

from channels.base import Channel
from channels.wire import Timeouts
from practice.testing import PracticeServer
from registry.model import Account

QUICK = Timeouts(connect=5, read=2, whole=5)
"""For tests of what takes too long."""
PATIENT = Timeouts(connect=10, read=20, whole=30)
"""For all others: a busy machine is no network that does not answer."""


@dataclass(frozen=True)
class Reached:
    """A channel, an account it reaches, and the server behind."""

    channel: Channel
    account: Account
    server: PracticeServer

    @property
    def handle(self) -> str:
        return self.account.id
