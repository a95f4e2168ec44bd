"""Our Mastodon channel against snac, a server that is not ours: what it can show of the contract.

It keeps no `Idempotency-Key`, deletes nothing by its API, reads posts as HTML, does not list what an
account passed on, and shows a mention only after some ten seconds; so a fetch of these tests waits until the server shows what was written.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from channels.base import ChannelBusy, ChannelError, Cursor, Page, Post, Published, Trouble
from channels.mastodon import Mastodon
from channels.wire import Timeouts
from registry.model import Account, Network
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_account, settings_in
from tests.channels.proxy import Asked, proxy_to
from tests.channels.test_every_network import (  # noqa: F401  # what snac can show of the contract
    marker,
    test_a_failing_network_is_waited_for,
    test_a_healthy_account_reads_and_writes,
    test_a_later_fetch_gives_what_is_new_and_skips_nothing,
    test_a_lost_answer_leaves_it_in_doubt_and_looking_back_finds_it,
    test_a_network_in_trouble_proves_nothing_missing,
    test_a_network_that_answers_nonsense_is_waited_for,
    test_a_network_that_gives_no_answer_is_waited_for,
    test_a_reply_hangs_below_the_post_it_answers,
    test_a_reply_to_our_post_says_what_it_answers,
    test_a_sick_account_says_why_and_raises_nothing,
    test_a_thread_holds_only_our_own_posts,
    test_what_is_published_is_found_by_its_marker,
    test_what_never_arrived_is_in_doubt_and_looking_back_does_not_find_it,
    world,
)
from tests.channels.worlds.world import LONG_AGO, World
from tests.networks._snac import Snac, snac

pytestmark = pytest.mark.networks

PATIENT = Timeouts(connect=2, read=10, whole=20)


@dataclass
class Person:
    """Somebody on the server, by another client than ours."""

    url: str
    token: str

    def asks(self, path: str, **params: Any) -> Any:
        return self._answer(httpx.get(self.url + path, params=params, headers=self._headers))

    def writes(self, text: str, to: str | None = None) -> str:
        said = {"status": text, "visibility": "public"} | ({"in_reply_to_id": to} if to else {})
        answer = httpx.post(f"{self.url}/api/v1/statuses", data=said, headers=self._headers)
        remote_id: str = self._answer(answer)["id"]
        return remote_id

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @staticmethod
    def _answer(answer: httpx.Response) -> Any:
        assert answer.is_success, answer.text
        return answer.json()


@dataclass
class Written:
    """What citizens wrote to us and the server need not show yet."""

    us: Person
    waiting: set[str] = field(default_factory=set)

    def wait(self) -> None:
        ends = time.monotonic() + 60
        while self.waiting:
            notes = self.us.asks("/api/v1/notifications", **{"types[]": "mention", "limit": 1000})
            self.waiting -= {note["status"]["id"] for note in notes if note.get("status")}
            assert time.monotonic() < ends, f"never shown: {self.waiting}"
            time.sleep(0.3)


class Waiting(Mastodon):
    """Our channel, asked only once the server shows what was written."""

    written: Written

    def fetch(self, account: Account, since: Cursor) -> Page[Post]:
        self.written.wait()
        return super().fetch(account, since)


@dataclass(kw_only=True)
class SnacWorld(World):
    us: Person
    citizen: Person
    server: Snac
    written: Written

    tells_deleted = False

    def citizen_writes(self, text: str, *, to: str | None = None) -> str:
        remote_id = self.citizen.writes(f"@haechi {text}", to)
        self.written.waiting.add(remote_id)
        return remote_id

    def citizen_deletes(self, remote_id: str) -> None:
        raise NotImplementedError

    def standing(self) -> list[str]:
        me = self.us.asks("/api/v1/accounts/verify_credentials")["id"]
        statuses = self.us.asks(f"/api/v1/accounts/{me}/statuses", limit=1000)
        return [status["content"] for status in statuses]

    def look_back(self, published_below: str | None) -> list[Published]:
        """It knows no second page of an account's posts, so only as far back as the first."""
        return list(self.channel.timeline(self.account, datetime.now(UTC) + timedelta(hours=1)))

    def publishes(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path == "/api/v1/statuses"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnacWorld]:
    folder = tmp_path_factory.mktemp("snac")
    with (
        snac(folder) as server,
        proxy_to(server.url) as proxy,
        pytest.MonkeyPatch.context() as patch,
    ):
        token = server.token("haechi")
        us, citizen = Person(server.url, token), Person(server.url, server.token("citizen"))
        patch.setenv(secret_variable("mastodon-seoul"), token)
        account = an_account(
            id="mastodon_seoul",
            network=Network.MASTODON,
            server=proxy.url,
            handle="haechi",
            credential="mastodon-seoul",
        )
        channel = Waiting(settings_in(folder, live=True), timeouts=PATIENT)
        channel.written = Written(us)
        yield SnacWorld(
            channel=channel,
            account=account,
            proxy=proxy,
            us=us,
            citizen=citizen,
            server=server,
            written=channel.written,
        )


def test_a_server_that_deletes_nothing_leaves_it_to_a_person(opened: SnacWorld) -> None:
    published = opened.channel.publish(opened.account, a_message("지울 글"))

    with pytest.raises(ChannelError) as no:
        opened.channel.delete(opened.account, published.remote_id)

    assert no.value.kind is Trouble.BY_HAND


def test_a_timeline_whose_second_page_is_the_first_again_is_not_taken_for_read(
    opened: SnacWorld,
) -> None:
    opened.channel.publish(opened.account, a_message("하나"))

    with pytest.raises(ChannelBusy, match="same page"):
        list(opened.channel.timeline(opened.account, LONG_AGO))
