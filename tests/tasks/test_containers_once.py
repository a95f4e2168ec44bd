"""What Instagram and Threads make ready before they publish goes through the outbox, and out once."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rules.outbox import DeliveryState
from settings import Settings, secret_variable
from store import registry as registry_store
from store.engine import Store
from store.tables import Delivery, Photo, PhotoState
from tasks.deliver import deliver
from tasks.settle import settle
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock, small_registry
from tests.channels.channel_builders import a_picture
from tests.channels.proxy import Asked, Fault
from tests.channels.worlds import instagram, threads
from tests.channels.worlds.world import Secret, World

MARKER = "[서울 재난 2026-77]"

WORLDS: dict[str, Callable[[Path, Secret], AbstractContextManager[World]]] = {
    "instagram": instagram.open_world,
    "threads": threads.open_world,
}


@pytest.fixture
def database() -> str:
    """One is enough: what differs here is the network."""
    return "sqlite"


@pytest.fixture(params=WORLDS)
def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with WORLDS[request.param](tmp_path, secret) as opened:
        yield opened


@dataclass
class Medium:
    """One picture with its words on its way to the network."""

    world: World
    place: Workplace
    clock: Clock
    id: int

    @property
    def row(self) -> Delivery:
        with self.place.store.read() as session:
            return session.get_one(Delivery, self.id)

    def stands(self) -> int:
        return sum(MARKER in text for text in self.world.standing())

    def is_made(self, asked: Asked) -> bool:
        """Whether this request makes a container: nothing is public yet."""
        return asked.method == "POST" and asked.path.partition("?")[0].endswith(
            ("/media", "/threads")
        )

    def is_published(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path.partition("?")[0].endswith("_publish")

    def containers(self) -> int:
        return sum(self.is_made(each) for each in self.world.proxy.asked)

    def settled(self) -> Delivery:
        """Look back and send again until it is known to be out."""
        for _ in range(20):
            if self.row.state is DeliveryState.PUBLISHED:
                break
            settle(self.place)
            deliver(self.place)
            self.clock.pass_(30)
        return self.row


@pytest.fixture
def medium(world: World, store: Store, clock: Clock, tmp_path: Path) -> Medium:
    settings = Settings(var=tmp_path, live=True, center_url="https://haechi.seoul.example")
    settings.media.mkdir(parents=True)
    (settings.media / "notice.png").write_bytes(a_picture("PNG", (1080, 1080)))
    city = small_registry()
    ours = replace(world.account, id="x_seoul", office=city.accounts["x_seoul"].office)
    with store.write() as session:
        changed = replace(city, accounts={**city.accounts, ours.id: ours})
        registry_store.apply(session, changed, at=clock())
        photo = Photo(
            state=PhotoState.KEPT,
            remote_url="",
            alt="대피소 안내",
            file="notice.png",
            mime="image/png",
        )
        session.add(photo)
        session.flush()
        row = builders.delivery(
            session,
            in_reply_to=None,
            photo_id=photo.id,
            text=f"물가에서 떠나세요. {MARKER}",
            marker=MARKER,
        )
        place = Workplace(settings, store, now=clock, channel_of=lambda _account: world.channel)
        return Medium(world, place, clock, row.id)


def test_what_is_ready_and_not_yet_public_is_used_again_after_a_kill(medium: Medium) -> None:
    medium.world.proxy.fault(medium.is_published, Fault(reaches=False, after=5))
    _killed(medium, until=lambda: any(map(medium.is_published, medium.world.proxy.asked)))
    ready = medium.row.prepared
    assert ready
    assert medium.stands() == 0

    assert medium.settled().state is DeliveryState.PUBLISHED

    assert medium.stands() == 1
    assert medium.row.prepared == ready
    assert medium.containers() == 1


def test_what_was_public_when_its_sender_was_killed_is_found_by_looking_back(
    medium: Medium,
) -> None:
    medium.world.proxy.fault(medium.is_published, Fault(reaches=True, after=5))
    _killed(medium, until=lambda: medium.stands() == 1)

    assert medium.settled().state is DeliveryState.PUBLISHED

    assert medium.stands() == 1
    assert sum(map(medium.is_published, medium.world.proxy.asked)) == 1


def test_a_lost_answer_about_what_is_made_ready_publishes_once(medium: Medium) -> None:
    medium.world.proxy.fault(medium.is_made, Fault(reaches=True))

    assert deliver(medium.place).waiting == 1  # nothing can be public yet: no doubt
    assert medium.row.prepared is None

    assert medium.settled().state is DeliveryState.PUBLISHED
    assert medium.stands() == 1


def _killed(medium: Medium, *, until: Callable[[], bool]) -> None:
    sender = multiprocessing.get_context("fork").Process(target=lambda: deliver(medium.place))
    sender.start()
    ends = time.monotonic() + 20
    while not until():
        assert time.monotonic() < ends, "the network was never asked"
        time.sleep(0.01)
    sender.kill()
    sender.join()
