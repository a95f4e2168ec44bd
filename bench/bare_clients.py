"""The client libraries with nothing of ours around them, doing what a channel does."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from channels.credential import credential
from settings import Settings
from tests.channels.worlds.world import World


class Client(Protocol):
    """A bare client of one account."""

    def publish(self, text: str, below: str | None) -> Any: ...
    def fetch(self) -> int: ...


Bare = Callable[[World], Client]


class Mastodon:
    """Mastodon.py."""

    def __init__(self, world: World) -> None:
        import mastodon

        self._api = mastodon.Mastodon(
            api_base_url=world.proxy.url,
            access_token=credential(world.account.credential, Settings()),
            version_check_mode="none",
        )

    def publish(self, text: str, below: str | None) -> Any:
        return self._api.status_post(text, in_reply_to_id=below, visibility="public")

    def fetch(self) -> int:
        position, found = "0", 0
        while True:
            page = self._api.notifications(types=["mention"], min_id=position, limit=80)
            found += len(page)
            if len(page) < 80:
                return found
            position = page[0]["id"]


BARE: Mapping[str, Bare] = {"mastodon": Mastodon}
