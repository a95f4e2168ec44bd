"""A correction where what answers a post is a comment: a post of its own, and one comment that says so."""

import itertools
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from registry.model import DisasterRole, Registry
from rules.bulletin import BulletinKind, Way
from rules.outbox import DeliveryState
from settings import Settings
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.engine import Store
from store.proof import report
from store.tables import Bulletin, Delivery, Mail, Message
from tasks.audit_bulletin import audit
from tasks.conduct import conduct
from tasks.deliver import deliver
from tasks.reply import ask_for_hands
from tasks.settle import settle
from tasks.workplace import Workplace
from tests import bulletins
from tests.builders import Clock
from tests.channels.proxy import Asked, Fault
from tests.channels.worlds._graph_server import error_body
from tests.channels.worlds.facebook import JSON
from tests.channels.worlds.opening import opened, world
from tests.channels.worlds.world import World

__all__ = ["opened", "world"]  # fixtures

_numbers = itertools.count(1)

on_networks_with_comments = pytest.mark.parametrize(
    "opened", ["facebook", "wordpress"], indirect=True
)


@pytest.fixture
def database() -> str:
    """One is enough: what differs here is the network."""
    return "sqlite"


@dataclass
class City:
    """One real account that broadcasts on its network, and what stood there before."""

    world: World
    store: Store
    clock: Clock
    registry: Registry
    var: Path
    before: list[str]

    @property
    def place(self) -> Workplace:
        return Workplace(
            Settings(var=self.var),
            self.store,
            now=self.clock,
            channel_of=lambda _account: self.world.channel,
        )

    def alert(self) -> int:
        with self.store.write() as session:
            bulletin, _ = bulletins.approved(session, self.registry, exercise=False, again=True)
            return bulletin.id

    def correct(self, first: int) -> int:
        with self.store.write() as session:
            of = session.get_one(Bulletin, first)
            kind = BulletinKind.CORRECTION
            return bulletins.follow_up(session, self.registry, of, kind)[0].id

    def post(self, number: int) -> Delivery:
        with self.store.read() as session:
            (row,) = deliveries_of(session, number)
            return row

    def pointers(self, number: int) -> list[Delivery]:
        with self.store.read() as session:
            query = select(Delivery).join(Message).where(Message.bulletin_id == number)
            return list(session.scalars(query.where(Delivery.way == Way.POINTER)))

    def stands(self) -> list[str]:
        """What was said in the city's name since."""
        left = self.world.standing()
        for text in self.before:
            left.remove(text)
        return left

    def settled(self, number: int) -> Delivery:
        """The pointer, looked back for and sent again until it is known to be out."""
        for _ in range(60):
            (pointer,) = self.pointers(number)
            if pointer.state is DeliveryState.PUBLISHED:
                break
            settle(self.place)
            deliver(self.place)
            self.clock.pass_(30)
        return pointer

    def below(self, post: Delivery) -> list[str]:
        """The texts of our comments below a post, as the network tells them."""
        found = self.world.channel.thread(self.world.account, post.remote_id or "")
        return [each.text for each in found]

    def is_a_pointer(self, asked: Asked) -> bool:
        return self.world.publishes(asked) and "comments" in asked.path


@pytest.fixture
def city(world: World, store: Store, clock: Clock, tmp_path: Path) -> City:
    account = replace(world.account, office="comms", disaster_role=DisasterRole.LEAD)
    # one network serves all tests: each has markers of its own
    name = replace(bulletins.city().city, name=f"서울{next(_numbers)}")
    registry = bulletins.city(account, city=name)
    with store.write() as session:
        registry_store.apply(session, registry, at=clock())
    return City(world, store, clock, registry, tmp_path, world.standing())


@on_networks_with_comments
def test_a_correction_is_a_post_of_its_own_and_one_comment_below_the_old_one_leads_to_it(
    city: City,
) -> None:
    first = city.alert()
    assert conduct(city.place, longest=30)
    second = city.correct(first)
    assert conduct(city.place, longest=30)

    new, (pointer,) = city.post(second), city.pointers(second)
    assert (new.state, pointer.state) == (DeliveryState.PUBLISHED, DeliveryState.PUBLISHED)
    assert new.url
    (comment,) = city.below(city.post(first))
    assert new.url in comment
    assert "이 안내는 정정되었습니다." in comment
    assert len(city.stands()) == 3
    assert sum(new.marker in text for text in city.stands()) == 1
    assert [audit(city.place, number) for number in (first, second)] == [[], []]


@on_networks_with_comments
@pytest.mark.parametrize("reaches", [True, False])
def test_a_pointer_whose_answer_or_request_is_lost_stands_once(city: City, reaches: bool) -> None:
    first = city.alert()
    conduct(city.place, longest=30)
    second = city.correct(first)
    city.world.proxy.fault(city.is_a_pointer, Fault(reaches=reaches))
    assert conduct(city.place, longest=30)  # the correction is out, and that is its end
    assert city.pointers(second)[0].state is DeliveryState.IN_DOUBT

    assert city.settled(second).state is DeliveryState.PUBLISHED
    assert len(city.below(city.post(first))) == 1
    assert len(city.stands()) == 3
    assert audit(city.place, second) == []


@on_networks_with_comments
def test_a_conductor_that_is_killed_with_its_pointer_on_the_way_doubles_nothing(
    city: City,
) -> None:
    first = city.alert()
    conduct(city.place, longest=30)
    second = city.correct(first)
    city.world.proxy.fault(city.is_a_pointer, Fault(reaches=True, after=5))
    conductor = multiprocessing.get_context("fork").Process(target=lambda: conduct(city.place))
    conductor.start()
    _until(lambda: len(city.stands()) == 3)
    conductor.kill()
    conductor.join()
    conduct(city.place, longest=30)

    assert city.settled(second).state is DeliveryState.PUBLISHED
    assert len(city.below(city.post(first))) == 1
    assert len(city.stands()) == 3


@pytest.mark.parametrize("opened", ["facebook"], indirect=True)
def test_a_network_that_takes_no_comment_holds_up_nothing_and_nobody_is_asked(city: City) -> None:
    first = city.alert()
    conduct(city.place, longest=30)
    second = city.correct(first)
    closed = Fault(reaches=False, status=403, body=error_body(200), headers=JSON)
    city.world.proxy.fault(city.is_a_pointer, closed)
    assert conduct(city.place, longest=30)
    ask_for_hands(city.place)

    assert city.pointers(second)[0].state is DeliveryState.FAILED
    assert city.below(city.post(first)) == []
    with city.store.read() as session:
        asked = select(Mail.event).where(Mail.event.contains("by_hand"))
        assert session.scalars(asked).all() == []
        found = report(session, city.registry, session.get_one(Bulletin, second))
    assert (found.out, found.taking_part) == (1, 1)


@pytest.mark.parametrize("opened", ["mastodon", "bluesky"], indirect=True)
def test_where_an_answer_is_a_post_the_correction_itself_is_all_that_stands_below(
    city: City,
) -> None:
    first = city.alert()
    conduct(city.place, longest=30)
    second = city.correct(first)
    assert conduct(city.place, longest=30)

    assert city.pointers(second) == []
    assert len(city.stands()) == 2
    assert len(city.below(city.post(first))) == 1


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "the network never got it"
        time.sleep(0.01)
