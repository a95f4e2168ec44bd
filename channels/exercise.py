"""The accounts of exercises: twins on the practice network that nothing real ever uses."""

from dataclasses import replace

from channels.base import Message, Published
from channels.errors import ChannelError
from channels.practice import Practice, token_for
from registry.model import Account

HANDLE = "drill_"
"""What the handle of an exercise's account begins with; the registry refuses it in an id."""
SIGN = "훈련"
"""Every text of an exercise says so in its marker."""


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
