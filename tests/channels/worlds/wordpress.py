"""WordPress: a small site of ours, and in `tests/networks` a real one; both are asked the same."""

import html
import itertools
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from channels.html_text import text_of
from channels.wire import Timeouts
from channels.wordpress import WordPress
from channels.wordpress_values import Ref
from registry.model import Network
from tests.channels.channel_builders import an_account, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.reached import PATIENT
from tests.channels.worlds._wordpress_server import WordPressServer, wordpress_server
from tests.channels.worlds.world import Secret, World

AUTHOR = "mnop QRST 5678 abcd EFGH 1234"
PASSWORD = "abcd EFGH 1234 ijkl MNOP 5678"


def a_no(status: int, code: str) -> Fault:
    """WordPress's way to say no."""
    said = {"code": code, "message": f"Sorry: {code}.", "data": {"status": status}}
    return Fault(reaches=False, status=status, body=json.dumps(said).encode())


@dataclass(kw_only=True)
class WordPressWorld(World):
    """`login` is our account's user, number `me`; citizens write as guests, below the post `door`."""

    url: str
    login: tuple[str, str]
    me: int
    door: int = 0
    server: WordPressServer | None = None  # where it is ours
    other: tuple[str, str] = ("author", AUTHOR)  # may write, but moderate nothing
    line: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))
    citizens: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    deletes = keyed = True
    revoked = a_no(401, "incorrect_password")

    def ask(self, method: str, route: str, *, guest: bool = False, **options: Any) -> Any:
        """Past channel and proxy."""
        params = {"rest_route": f"/wp/v2/{route}", **options.pop("params", {})}
        auth = None if guest else self.login
        answer = self.line.request(method, f"{self.url}/", params=params, auth=auth, **options)
        answer.raise_for_status()
        return answer.json()

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        ref = Ref.of(to) if to else Ref("post", self.door)
        below: dict[str, int] = {"post": ref.number}
        if ref.kind == "comment":
            comment = self.ask("GET", ref.route, params={"context": "edit"})
            below = {"post": comment["post"], "parent": ref.number}
        content = html.escape(text, quote=False)
        number = next(self.citizens)  # the same words by the same guest are refused
        author = {"author_name": f"시민 {number}", "author_email": f"c{number}@example.kr"}
        told = self.ask("POST", "comments", guest=True, json=below | author | {"content": content})
        return Ref("comment", told["id"]).at(self.site)

    def citizen_deletes(self, remote_id: str) -> None:
        self.ask("DELETE", Ref.of(remote_id).route, params={"force": "true"})

    def standing(self) -> list[str]:
        asked = {"author": self.me, "per_page": 100, "context": "edit"}
        posts = self.ask("GET", "posts", params=asked | {"status": "publish"})
        comments = self.ask("GET", "comments", params=asked | {"status": "approve"})
        said = [f"{post['title']['raw']} {post['content']['raw']}" for post in posts]
        return [text_of(text) for text in [*said, *(c["content"]["raw"] for c in comments)]]

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and "media" not in asked.path

    @property
    def site(self) -> str:
        return self.proxy.url.partition("://")[2]


@contextmanager
def world_over(
    folder: Path, secret: Secret, url: str, login: tuple[str, str], timeouts: Timeouts = PATIENT
) -> Iterator[WordPressWorld]:
    """The world of the site at `url`, whatever it is made of, with one post as a door to us."""
    with proxy_to(url) as proxy:
        secret("wordpress-seoul", json.dumps({"user": login[0], "app_password": login[1]}))
        account = an_account(
            id="wordpress_seoul",
            network=Network.WORDPRESS,
            server=proxy.url,
            handle=login[0],
            credential="wordpress-seoul",
        )
        channel = WordPress(settings_in(folder, live=True), timeouts=timeouts)
        world = WordPressWorld(
            channel=channel, account=account, proxy=proxy, url=url, login=login, me=0
        )
        world.me = world.ask("GET", "users/me")["id"]
        door = {"title": "시민의 소리", "content": "말씀해 주세요", "slug": "door"}
        world.door = world.ask("POST", "posts", json=door | {"status": "publish"})["id"]
        with closing(world.line):
            yield world


@contextmanager
def open_world(folder: Path, secret: Secret) -> Iterator[WordPressWorld]:
    with (
        wordpress_server({"news": PASSWORD, "author": AUTHOR}) as server,
        world_over(folder, secret, server.url, ("news", PASSWORD)) as world,
    ):
        world.server = server
        yield world
