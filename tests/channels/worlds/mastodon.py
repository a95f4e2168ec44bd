"""Mastodon, on our own practice network, which speaks its client API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from channels.mastodon import Mastodon
from practice.testing import PracticeServer, practice_server
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds.world import Secret, World


@dataclass(kw_only=True)
class MastodonWorld(World):
    server: PracticeServer

    reposts = deletes = keyed = True

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        return self.server.post("citizen", f"@{self.account.handle} {text}", in_reply_to_id=to)

    def citizen_deletes(self, remote_id: str) -> None:
        token = self.server.token("citizen")
        httpx.delete(
            f"{self.server.url}/api/v1/statuses/{remote_id}",
            headers={"Authorization": f"Bearer {token}"},
        ).raise_for_status()

    def standing(self) -> list[str]:
        return self.server.texts(self.account.handle)

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path == "/api/v1/statuses"


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[World]:
    with practice_server(folder) as server, proxy_to(server.url) as proxy:
        account = an_account(
            id="mastodon_seoul",
            network=Network.MASTODON,
            server=proxy.url,
            handle="haechi",
            credential="mastodon-seoul",
        )
        secret("mastodon-seoul", server.token("haechi", name="서울시", city=True, limit=5000))
        channel = Mastodon(settings_in(folder, live=True), timeouts=PATIENT)
        yield MastodonWorld(channel=channel, account=account, proxy=proxy, server=server)
