"""YouTube, on a small one of ours, held against Google's discovery document."""

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from channels.youtube import YouTube
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds._youtube_server import (
    REFRESH,
    US,
    YouTubeServer,
    an_error,
    youtube_server,
)
from tests.channels.worlds.world import Secret, World

SECRET = {"client_id": "app", "client_secret": "s3cret", "refresh_token": REFRESH}


def a_no(status: int, reason: str) -> Fault:
    """Google's way to say no."""
    return Fault(reaches=False, status=status, body=json.dumps(an_error(status, reason)).encode())


@dataclass(kw_only=True)
class YouTubeWorld(World):
    server: YouTubeServer

    posts = False
    deletes = True
    revoked = a_no(401, "authError")
    limited = a_no(403, "rateLimitExceeded")

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        parent = (to or "").partition(".")[0]
        return str(self.server.write(text, "UCcitizen", parent)["id"])

    def citizen_deletes(self, remote_id: str) -> None:
        with contextlib.suppress(KeyError):
            self.server.take_away(remote_id, "UCcitizen")

    def standing(self) -> list[str]:
        snippets = [comment["snippet"] for comment in self.server.comments.values()]
        return [s["textDisplay"] for s in snippets if s["authorChannelId"]["value"] == US]

    def answers(self, remote_id: str) -> str:
        return remote_id.partition(".")[0]  # threads are flat

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path.startswith("/youtube/v3/comments")


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[YouTubeWorld]:
    with youtube_server() as server, proxy_to(server.url) as proxy:
        account = an_account(
            id="youtube_seoul", network=Network.YOUTUBE, handle="ucours", credential="youtube-seoul"
        )
        secret("youtube-seoul", json.dumps(SECRET))
        channel = YouTube(
            settings_in(folder, live=True),
            timeouts=PATIENT,
            origin=proxy.url,
            consent_origin=proxy.url,
        )
        yield YouTubeWorld(channel=channel, account=account, proxy=proxy, server=server)
