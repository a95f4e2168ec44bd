"""Our channel against Bluesky's own server and index: the contract of every network, and what is
its own. Everything else that the tests know of Bluesky was taken down here."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.base import InDoubt
from channels.bluesky import Bluesky
from channels.bluesky_values import tid, written
from channels.wire import Timeouts
from registry.model import Network
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_account, an_attachment, settings_in
from tests.channels.proxy import Asked, Fault, proxy_to
from tests.channels.test_every_network import *  # noqa: F403  # the contract, on this server
from tests.channels.test_every_network import world  # noqa: F401  # a fixture
from tests.channels.worlds.bluesky import BlueskyWorld, Remembered, mention_of
from tests.channels.worlds.world import World
from tests.networks._bluesky import bluesky

pytestmark = pytest.mark.networks

PATIENT = Timeouts(connect=2, read=10, whole=20)
PASSWORD = "a-long-password"


@dataclass
class Person:
    """Somebody on the network, who uses it by another client than ours."""

    url: str
    handle: str
    did: str
    token: str

    def asks(self, name: str, /, **params: Any) -> Any:
        return self._answer(httpx.get(self._at(name), params=params, headers=self._headers))

    def does(self, name: str, /, **said: Any) -> Any:
        return self._answer(httpx.post(self._at(name), json=said, headers=self._headers))

    def writes(self, text: str, **more: Any) -> str:
        record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": written(now())} | more
        uri: str = self.does(
            "com.atproto.repo.createRecord",
            repo=self.did,
            collection="app.bsky.feed.post",
            record=record,
        )["uri"]
        return uri

    def record(self, uri: str) -> Any:
        repo, collection, rkey = uri.removeprefix("at://").split("/")
        return self.asks("com.atproto.repo.getRecord", repo=repo, collection=collection, rkey=rkey)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _at(self, name: str) -> str:
        return f"{self.url}/xrpc/{name}"

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


def now() -> datetime:
    return datetime.now(UTC)


def joins(url: str, handle: str) -> Person:
    wanted = {"handle": handle, "email": f"{handle}@example.com", "password": PASSWORD}
    told = httpx.post(f"{url}/xrpc/com.atproto.server.createAccount", json=wanted).json()
    return Person(url, handle, told["did"], told["accessJwt"])


def until(seen: Callable[[], bool]) -> None:
    """The index follows the server by moments."""
    ends = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < ends, "the index did not follow"
        time.sleep(0.05)


@dataclass(kw_only=True)
class RealWorld(World):
    person: Person
    us: Person
    remembered: Remembered

    reposts = deletes = keyed = True
    revoked = BlueskyWorld.revoked

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        more: dict[str, Any] = {"facets": [mention_of(self.us.handle, self.us.did)]}
        if to:
            above = self.person.record(to)
            parent = {"uri": above["uri"], "cid": above["cid"]}
            root = above["value"].get("reply", {}).get("root", parent)
            more = {"reply": {"root": root, "parent": parent}}
        uri = self.person.writes(f"@{self.us.handle} {text}", **more)
        until(lambda: self.indexed(uri))
        return uri

    def citizen_deletes(self, remote_id: str) -> None:
        self.person.does(
            "com.atproto.repo.deleteRecord",
            repo=self.person.did,
            collection="app.bsky.feed.post",
            rkey=remote_id.rpartition("/")[2],
        )
        until(lambda: not self.indexed(remote_id))

    def indexed(self, uri: str) -> bool:
        return bool(self.us.asks("app.bsky.feed.getPosts", uris=[uri])["posts"])

    def records(self, collection: str) -> list[Any]:
        found: list[Any] = self.us.asks(
            "com.atproto.repo.listRecords", repo=self.us.did, collection=collection, limit=100
        )["records"]
        return found

    def standing(self) -> list[str]:
        return [one["value"]["text"] for one in self.records("app.bsky.feed.post")]

    def publishes(self, asked: Asked) -> bool:
        return asked.path == "/xrpc/com.atproto.repo.createRecord"


@pytest.fixture(scope="module")  # type: ignore[no-redef]  # in place of the contract's own
def opened(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RealWorld]:
    folder = tmp_path_factory.mktemp("bluesky")
    with (
        bluesky(folder) as server,
        proxy_to(server.url.replace("localhost", "127.0.0.1")) as proxy,
        pytest.MonkeyPatch.context() as patch,
    ):
        if not server.index:
            pytest.skip("what people say to us needs Debian's package postgresql")
        us, person = joins(server.url, "haechi.test"), joins(server.url, "citizen.test")
        app = us.does("com.atproto.server.createAppPassword", name="haechi")["password"]
        secret = {"handle": us.handle, "app_password": app}
        patch.setenv(secret_variable("bluesky-seoul"), json.dumps(secret))
        account = an_account(
            id="bluesky_seoul",
            network=Network.BLUESKY,
            handle=us.handle,
            server=proxy.url,
            credential="bluesky-seoul",
        )
        remembered = Remembered()
        channel = Bluesky(settings_in(folder, live=True), timeouts=PATIENT, keeper=remembered)
        yield RealWorld(
            channel=channel,
            account=account,
            proxy=proxy,
            us=us,
            person=person,
            remembered=remembered,
        )


def another_process(opened: RealWorld) -> Bluesky:
    assert isinstance(opened.channel, Bluesky)
    return Bluesky(opened.channel.settings, timeouts=PATIENT, keeper=opened.remembered)


def sessions(opened: RealWorld, name: str) -> int:
    return sum(name in asked.path for asked in opened.proxy.asked)


def test_the_server_takes_a_record_once_and_says_500_the_second_time(opened: RealWorld) -> None:
    message = a_message("한 번만", key="once")
    first = opened.channel.publish(opened.account, message)
    opened.proxy.asked.clear()

    assert another_process(opened).publish(opened.account, message) == first
    assert first.remote_id.endswith("/" + tid(message.at, message.key))
    assert [each.path.partition("?")[0].split(".")[-1] for each in opened.proxy.asked] == [
        "createRecord",
        "getRecord",
    ]


def test_a_process_goes_on_with_the_session_of_the_one_before(opened: RealWorld) -> None:
    opened.channel.check(opened.account)
    opened.proxy.asked.clear()

    for _ in range(3):
        assert another_process(opened).check(opened.account).writes

    assert sessions(opened, "Session") == sessions(opened, "getSession") == 3


def test_a_session_is_refreshed_and_the_old_refresh_token_still_serves_the_late(
    opened: RealWorld,
) -> None:
    opened.channel.check(opened.account)
    (name,) = opened.remembered.values
    before = json.loads(opened.remembered.values[name])
    spoiled = json.dumps(before | {"access": "e30.e30.spoiled"})
    opened.proxy.asked.clear()

    for _ in range(2):  # both hold the same refresh token
        opened.remembered.values[name] = spoiled
        assert another_process(opened).check(opened.account).reads

    after = json.loads(opened.remembered.values[name])
    assert after["refresh"] != before["refresh"]
    assert (sessions(opened, "refreshSession"), sessions(opened, "createSession")) == (2, 0)


def test_a_session_that_was_ended_is_followed_by_a_new_one(opened: RealWorld) -> None:
    opened.channel.check(opened.account)
    (name,) = opened.remembered.values
    spoiled = {"access": "e30.e30.spoiled", "refresh": "e30.e30.spoiled"}
    opened.remembered.values[name] = json.dumps(
        json.loads(opened.remembered.values[name]) | spoiled
    )
    opened.proxy.asked.clear()

    assert another_process(opened).check(opened.account).reads
    assert sessions(opened, "createSession") == 1


def test_the_server_takes_our_links_pictures_and_threads(opened: RealWorld, tmp_path: Path) -> None:
    text = f"🌧️ @{opened.person.handle}님 #서울_폭우 https://seoul.go.kr/a?b=1에서 보세요"
    first = opened.channel.publish(
        opened.account,
        a_message(text, key="whole", attachments=(an_attachment(tmp_path),)),
    )
    second = opened.channel.publish(
        opened.account, a_message("이어서", key="part 2", in_reply_to=first.remote_id)
    )

    until(lambda: opened.indexed(second.remote_id))
    views = opened.us.asks("app.bsky.feed.getPosts", uris=[first.remote_id, second.remote_id])[
        "posts"
    ]
    kinds = [facet["features"][0]["$type"] for facet in views[0]["record"]["facets"]]
    assert [kind.partition("#")[2] for kind in kinds] == ["mention", "tag", "link"]
    assert views[0]["embed"]["images"][0]["aspectRatio"] == {"width": 40, "height": 30}
    assert views[0]["replyCount"] == 1
    assert views[1]["record"]["reply"]["parent"]["uri"] == first.remote_id


def test_a_repost_that_is_asked_for_twice_stands_once(opened: RealWorld) -> None:
    post = opened.citizen_writes("알립니다")
    opened.proxy.fault(opened.publishes, Fault(reaches=True))

    with pytest.raises(InDoubt):
        opened.channel.repost(opened.account, post)
    again = opened.channel.repost(opened.account, post)

    ours = [
        one["uri"]
        for one in opened.records("app.bsky.feed.repost")
        if one["value"]["subject"]["uri"] == post
    ]
    assert ours == [again.remote_id]


def test_a_hashtag_is_searched(opened: RealWorld) -> None:
    begun = now() - timedelta(minutes=1)
    tagged = opened.person.writes("물이 찹니다 #서울_폭우_제보")
    until(lambda: opened.indexed(tagged))

    page = opened.channel.search(opened.account, "서울_폭우_제보", "", begun=begun)

    assert [post.remote_id for post in page.items] == [tagged]


def test_a_post_of_a_closed_account_is_not_taken_for_deleted(opened: RealWorld) -> None:
    somebody = joins(opened.person.url, "somebody.test")
    post = somebody.writes("곧 쉽니다")
    until(lambda: opened.indexed(post))
    httpx.post(
        f"{somebody.url}/xrpc/com.atproto.server.deactivateAccount",
        json={},
        headers={"Authorization": f"Bearer {somebody.token}"},
    )
    until(lambda: not opened.indexed(post))

    assert opened.channel.missing(opened.account, [post]) == set()


def test_pictures_of_citizens_are_named_at_the_networks_media_host(opened: RealWorld) -> None:
    blob = httpx.post(
        f"{opened.person.url}/xrpc/com.atproto.repo.uploadBlob",
        content=b"\xff\xd8\xff\xe0 picture",
        headers={
            "Authorization": f"Bearer {opened.person.token}",
            "Content-Type": "image/jpeg",
        },
    ).json()["blob"]
    images = {"$type": "app.bsky.embed.images", "images": [{"alt": "구멍", "image": blob}]}
    mention = mention_of(opened.us.handle, opened.us.did)
    uri = opened.person.writes(f"@{opened.us.handle} 보세요", facets=[mention], embed=images)
    until(lambda: opened.indexed(uri))

    page = opened.channel.fetch(opened.account, "")

    (post,) = [post for post in page.items if post.remote_id == uri]
    (photo,) = post.photos
    shown = opened.us.asks("app.bsky.feed.getPosts", uris=[uri])["posts"][0]["embed"]["images"]
    assert photo.alt == "구멍"
    assert photo.url.removesuffix("@jpeg").endswith(
        shown[0]["fullsize"].partition("/img")[2].removesuffix("@jpeg")
    )


def test_an_account_of_another_server_needs_a_secret_of_its_own(opened: RealWorld) -> None:
    health = opened.channel.check(replace(opened.account, server="http://127.0.0.1:9"))

    assert not health.reads
