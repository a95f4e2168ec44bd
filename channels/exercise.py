"""The accounts of exercises: twins on the practice network that nothing real ever uses."""

from dataclasses import replace
from datetime import UTC, datetime

import requests

from channels.base import Message, Published
from channels.errors import ChannelError
from channels.practice import Practice, citizens_token, token_for
from channels.wire import Timeouts, Wire
from registry.model import Account, Network
from settings import Settings

HANDLE = "drill_"
"""What the handle of an exercise's account begins with; the registry refuses it in an id."""
SIGN = "훈련"
"""Every text of an exercise says so in its marker."""
_LOOK = Timeouts(connect=2, read=3, whole=5)


def silence(settings: Settings) -> str:
    """Why the practice network does not answer, after five seconds at most; "" where it does."""
    with Wire(_LOOK, proxied=Practice.proxied) as wire:
        try:
            answer = wire.get(f"{settings.practice}/api/v2/instance")
        except requests.RequestException:
            return wire.last.reason
    return "" if answer.ok else f"answered {answer.status_code}"


class Exercise(Practice):
    """Reaches the practice network alone, whatever mode the city is in, and twins of its own."""

    network = "exercise"

    def token(self, account: Account) -> str:
        twin = replace(account, id=f"{HANDLE}{account.id}", name=f"[{SIGN}] {account.name}")
        return token_for(self.settings.practice_key, twin)

    def _publish(self, account: Account, message: Message, prepared: list[str]) -> Published:
        if SIGN not in message.text:
            raise ChannelError(f"{account.id}: a text that does not say {SIGN} is no exercise's")
        return super()._publish(account, message, prepared)


class Citizens(Practice):
    """Who reports in an exercise: people on the practice network that nobody is.

    They speak by tokens of their own, never for an account of the city.
    """

    network = "exercise"

    def report(self, number: int, text: str, *, key: str) -> Published:
        """Let one of them (from 1 on) write a report, once for each key. Fails like `publish`."""
        return self.publish(citizen(number), Message(text=text, key=key, at=datetime.now(UTC)))

    def token(self, account: Account) -> str:
        return citizens_token(self.settings.practice_key, account)

    def _publish(self, account: Account, message: Message, prepared: list[str]) -> Published:
        if SIGN not in message.text:
            raise ChannelError(f"{account.id}: a report that does not say {SIGN} is no exercise's")
        return super()._publish(account, message, prepared)


def citizen(number: int) -> Account:
    """One of them, from 1 on; an account only as far as a channel needs one."""
    return Account(
        id=f"{HANDLE}citizen_{number}",
        network=Network.MASTODON,
        server="",
        handle=f"{HANDLE}citizen_{number}",
        name=f"[{SIGN}] 시민 {number}",
        office="",
    )
