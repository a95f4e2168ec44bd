"""X, on a small server of ours, made from X's documentation and its API description 2.168."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.x import X
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds._x_server import CITIZEN, CITY, PARTS, XServer, x_server
from tests.channels.worlds.world import Secret, World


def limited_until(moment: float) -> Fault:
    """What X answers who asked too often; `moment` in seconds since 1970."""
    return Fault(
        reaches=False,
        status=429,
        headers={"x-rate-limit-reset": str(int(moment))},
        body=b'{"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}',
    )


@dataclass(kw_only=True)
class XWorld(World):
    server: XServer

    reposts = deletes = True
    limited = limited_until(time.time() + 3600)

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        return self.server.write(CITIZEN, f"@{self.account.handle} {text}", to=to)

    def citizen_deletes(self, remote_id: str) -> None:
        self.server.remove(remote_id)

    def standing(self) -> list[str]:
        return self.server.texts(CITY)

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path == "/2/tweets"


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[World]:
    with x_server() as server, proxy_to(server.url) as proxy:
        account = an_account(
            id="x_seoul", network=Network.X, handle="haechi_seoul", credential="x-seoul"
        )
        secret("x-seoul", json.dumps(PARTS))
        channel = X(settings_in(folder, live=True), origin=proxy.url, timeouts=PATIENT)
        yield XWorld(channel=channel, account=account, proxy=proxy, server=server)
