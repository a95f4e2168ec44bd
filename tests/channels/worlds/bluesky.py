"""Bluesky, on a small network of our own that answers like the real server (`tests/networks`)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from channels.bluesky import Bluesky
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds import _bluesky_server as fake
from tests.channels.worlds.world import Secret, World

HANDLE = "haechi-seoul.bsky.social"
PASSWORD = "abcd-efgh-ijkl-mnop"


@dataclass
class Remembered:
    """Sessions that outlive a channel, without Prefect."""

    values: dict[str, str] = field(default_factory=dict)

    def load(self, name: str) -> str:
        return self.values.get(name, "")

    def save(self, name: str, value: str) -> None:
        self.values[name] = value


def mention_of(handle: str, did: str) -> dict[str, Any]:
    """What makes the handle at a text's beginning a mention."""
    index = {"byteStart": 0, "byteEnd": len(handle) + 1}
    return {
        "index": index,
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": did}],
    }


@dataclass(kw_only=True)
class BlueskyWorld(World):
    network: fake.Bluesky
    citizen: str
    ours: str
    remembered: Remembered

    reposts = deletes = keyed = True
    revoked: ClassVar[Fault] = Fault(
        reaches=False,
        status=401,
        headers={"Content-Type": "application/json"},
        body=b'{"error":"AuthenticationRequired","message":"Invalid identifier or password"}',
    )

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        more: dict[str, Any] = {"facets": [mention_of(HANDLE, self.ours)]}
        if to:
            parent = {key: self.network.records[to][key] for key in ("uri", "cid")}
            root = self.network.records[to]["value"].get("reply", {}).get("root", parent)
            more = {"reply": {"root": root, "parent": parent}}
        return self.network.writes(self.citizen, f"@{HANDLE} {text}", **more)

    def citizen_deletes(self, remote_id: str) -> None:
        assert self.network.delete(remote_id)

    def standing(self) -> list[str]:
        records = self.network.records.items()
        return [r["value"].get("text", "") for uri, r in records if self.ours in uri]

    def publishes(self, asked: Asked) -> bool:
        return asked.path == "/xrpc/com.atproto.repo.createRecord"


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[BlueskyWorld]:
    with fake.bluesky_server() as network, proxy_to(network.url) as proxy:
        account = an_account(
            id="bluesky_seoul",
            network=Network.BLUESKY,
            handle=HANDLE,
            server=proxy.url,
            credential="bluesky-seoul",
        )
        secret("bluesky-seoul", json.dumps({"handle": HANDLE, "app_password": PASSWORD}))
        remembered = Remembered()
        channel = Bluesky(settings_in(folder, live=True), timeouts=PATIENT, keeper=remembered)
        yield BlueskyWorld(
            channel=channel,
            account=account,
            proxy=proxy,
            network=network,
            ours=network.account(HANDLE, PASSWORD),
            citizen=network.account("citizen.bsky.social"),
            remembered=remembered,
        )
