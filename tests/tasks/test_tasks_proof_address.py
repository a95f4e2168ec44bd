"""What people put up is looked for at its address, and nothing is claimed that was not read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, LookBack, Published
from channels.by_hand import ByHand
from registry.model import Account, Network
from rules.outbox import DeliveryState
from rules.proof_address import Proof
from settings import Settings
from store import approving, bulletin_by_hand, by_hand
from store.bulletins import deliveries_of
from store.engine import Store
from store.proof_address import proof_of
from store.registry import apply
from store.tables import Bulletin, Delivery, Link, Mail, Message, Post
from tasks.proof_address import Proved, look
from tasks.read_back import read_back
from tasks.workplace import Workplace
from tests import builders, bulletins
from tests.builders import COMMS, NOW, Clock
from tests.bulletins import AGREES
from tests.tasks.fake_channel import FakeChannel
from tests.tasks.replying import statements
from tests.transactions import breaches

_D = DeliveryState
TRAFFIC = "manager@traffic.example"
UP = "https://x.com/traffic/status/77"


class Feed(FakeChannel):
    """Shows all that it has, however old; something may happen `meanwhile`."""

    def __init__(self, clock: Clock, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__(clock)
        self._meanwhile = meanwhile

    def _timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        self._meanwhile()
        yield from reversed(self.taken[account.id])


class Unwritten(Store):
    """A store that nobody may write to."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        yield from ()
        raise AssertionError("there is nothing to write")


@pytest.fixture
def network(clock: Clock) -> FakeChannel:
    return FakeChannel(clock)


@pytest.fixture
def place(store: Store, clock: Clock, tmp_path: Path, network: FakeChannel) -> Workplace:
    """The small city on a network in memory."""
    return Workplace(Settings(var=tmp_path), store, now=clock, channel_of=lambda _a: network)


def put_up(place: Workplace, url: str = UP, *, cause: str = "credential: no secret") -> int:
    """A reply on the account of the traffic office that its comms team says is up; its id."""
    with place.store.write() as session:
        row = builders.delivery(session, state=_D.NEEDS_PERSON, cause=cause, at=place.now())
        row.account_id, row.readings = "x_traffic", 1
        by_hand.published_by_hand(session, row.id, url, who=COMMS, at=place.now())
        return row.id


def stands(
    network: FakeChannel,
    remote_id: str,
    text: str = "고쳤습니다",
    *,
    at: datetime = NOW,
    below: str | None = None,
    account: str = "x_traffic",
) -> None:
    network.taken[account].append(
        Published(
            remote_id=remote_id,
            url=f"https://x.com/traffic/status/{remote_id}",
            text=text,
            at=at,
            in_reply_to=below,
        )
    )


def row_of(place: Workplace, id_: int) -> Delivery:
    with place.store.read() as session:
        return session.get_one(Delivery, id_)


def known(place: Workplace, id_: int) -> Proof | None:
    return proof_of(row_of(place, id_), at=place.now())


def mails(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        query = select(Mail).where(Mail.event == "proof_missing").order_by(Mail.to)
        return list(session.scalars(query))


def a_day_of_looks(place: Workplace, clock: Clock) -> int:
    """As the schedule runs them from now on; returns how many looks came to anything.

    Of all minutes of the day those around the moments at which something is looked for.
    """
    looks, now = 0, clock()
    for due in (1, 4, 16, 64, 256, 1024, 1440, 4096):
        for minute in (due - 1, due, due + 1):
            clock.moment = max(now, NOW + timedelta(minutes=minute))
            looks += look(place) != Proved()
    return looks


def test_it_is_found_by_the_address_that_was_named(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place, f"{UP}?s=20")
    stands(network, "76")
    stands(network, "77", "사람이 고쳐 쓴 글")
    assert known(place, id_) is Proof.AHEAD
    assert look(place) == Proved(), "a post may show late"
    seen_at = clock.pass_(60)
    assert look(place) == Proved(seen=1)
    row = row_of(place, id_)
    assert (row.state, row.seen_at, row.url) == (_D.PUBLISHED, seen_at, f"{UP}?s=20")
    assert known(place, id_) is Proof.SEEN
    clock.pass_(3600)
    assert look(place) == Proved()
    assert network.readings == 1


def test_it_is_found_by_its_marker_whatever_address_was_named(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place, "https://x.com/traffic/status/77/photo/1")
    stands(network, "501", f"고쳤습니다 {row_of(place, id_).marker}")
    clock.pass_(60)
    assert look(place) == Proved(seen=1)


def test_a_post_that_stood_there_before_it_was_to_be_said_is_another(
    place: Workplace, clock: Clock
) -> None:
    feed = Feed(clock)
    stands(feed, "77", "지난주의 글", at=NOW - timedelta(days=7))
    put_up(place)
    clock.pass_(60)
    assert look(replace(place, channel_of=lambda _a: feed)) == Proved(missing=1)


def test_a_hit_counts_on_a_timeline_that_does_not_reach_back_and_an_absence_does_not(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.short.add("x_traffic")
    there, not_there = put_up(place), put_up(place, "https://x.com/traffic/status/78")
    stands(network, "77")
    clock.pass_(60)
    assert look(place) == Proved(seen=1, unread=1)
    a_day_of_looks(place, clock)
    assert known(place, there) is Proof.SEEN
    assert known(place, not_there) is Proof.UNREAD
    assert row_of(place, not_there).readings == 0
    assert mails(place) == []


def test_what_three_readings_do_not_show_is_told_once_to_who_put_it_up_and_the_office(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place)
    stands(network, "76", "다른 글")
    for minutes in (1, 3):
        clock.pass_(minutes=minutes)
        assert look(place) == Proved(missing=1)
    assert mails(place) == []
    clock.pass_(minutes=12)
    look(place)
    told = mails(place)
    assert [mail.to for mail in told] == [COMMS, TRAFFIC]
    facts = told[0].facts
    assert (facts["url"], facts["readings"], facts["below"]) == (UP, 3, False)
    assert facts["account"] == "x_traffic account (x_traffic)"
    with place.store.read() as session:
        links = [session.get_one(Link, mail.link_id).path for mail in told]
    assert links == [f"/outbox/{id_}"] * 2
    assert a_day_of_looks(place, clock) == 3, "after 64, 256 and 1024 minutes"
    assert len(mails(place)) == 2
    assert (row_of(place, id_).state, known(place, id_)) == (_D.PUBLISHED, Proof.MISSING)


def test_what_shows_after_the_mail_is_confirmed(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place)
    for minutes in (1, 3, 12):
        clock.pass_(minutes=minutes)
        look(place)
    stands(network, "77", at=clock())
    clock.pass_(minutes=48)
    assert look(place) == Proved(seen=1)
    assert known(place, id_) is Proof.SEEN


def test_where_no_program_can_read_nothing_is_claimed_and_nobody_is_told(
    place: Workplace, clock: Clock
) -> None:
    id_ = put_up(place)
    looks = a_day_of_looks(replace(place, channel_of=lambda _a: ByHand()), clock)
    assert looks == 6, "ever more seldom"
    assert known(place, id_) is Proof.UNREAD
    assert mails(place) == []


def test_a_failure_is_no_reading(place: Workplace, network: FakeChannel, clock: Clock) -> None:
    id_ = put_up(place)
    network.reads["x_traffic"] = [ChannelBusy("down"), ValueError("odd")]
    for minutes, showed in ((1, Proved(unread=1)), (3, Proved(unread=1)), (12, Proved(missing=1))):
        clock.pass_(minutes=minutes)
        assert look(place) == showed
    assert row_of(place, id_).readings == 1


def test_one_reading_serves_all_of_an_account_and_stops_once_all_are_seen(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.short.add("x_traffic")  # it would fail at its end
    for number in range(70, 78):
        put_up(place, f"https://x.com/traffic/status/{number}")
        stands(network, str(number))
    clock.pass_(60)
    assert look(place) == Proved(seen=8)
    assert network.readings == 1


def test_nothing_due_costs_one_query_and_writes_nothing(place: Workplace) -> None:
    put_up(place)
    with place.store.write() as session:
        builders.delivery(session, state=_D.PUBLISHED, settled_at=NOW)
    store = Unwritten(place.store.url)
    assert statements(replace(place, store=store), look) == 1
    store.close()


def test_what_the_machine_sent_is_not_looked_for(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    with place.store.write() as session:
        builders.delivery(session, state=_D.PUBLISHED, settled_at=NOW, remote_id="1", url=UP)
    clock.pass_(60)
    assert look(place) == Proved()
    assert network.readings == 0


def test_two_looks_side_by_side_are_one_reading(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place)
    clock.pass_(60)
    slow = Feed(clock, meanwhile=lambda: look(place))
    look(replace(place, channel_of=lambda _a: slow))
    assert network.readings == 1, "the other look was done first"
    assert row_of(place, id_).readings == 1


def test_a_reply_is_looked_for_below_its_post_where_the_network_keeps_replies_apart(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.look_back = LookBack.THREAD  # type: ignore[misc]  # a fake may be of either kind
    there, not_there = put_up(place), put_up(place, "https://x.com/traffic/status/78")
    stands(network, "77", below=row_of(place, there).in_reply_to)
    stands(network, "78", below="another citizen's")
    clock.pass_(60)
    assert look(place) == Proved(seen=1, missing=1)
    for _ in range(2):
        clock.pass_(hours=5)
        look(place)
    assert all(mail.facts["below"] for mail in mails(place))
    assert known(place, not_there) is Proof.MISSING


def test_a_thread_that_is_gone_proves_nothing(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.look_back = LookBack.THREAD  # type: ignore[misc]  # a fake may be of either kind
    id_ = put_up(place)
    network.unreadable.add(row_of(place, id_).in_reply_to or "")
    clock.pass_(60)
    assert look(place) == Proved(unread=1)


def test_a_feed_holds_no_comments_so_a_reply_is_not_missed_there(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    network.look_back = LookBack.NONE  # type: ignore[misc]  # a fake may be of either kind
    put_up(place)
    clock.pass_(60)
    assert look(place) == Proved(unread=1)


@pytest.mark.parametrize("why", ["private", "withdrawn", "no_account: no account may", "closed: x"])
def test_what_was_not_put_up_on_the_account_itself_is_not_looked_for(
    place: Workplace, network: FakeChannel, clock: Clock, why: str
) -> None:
    id_ = put_up(place, cause=why)
    with place.store.write() as session:
        message = session.get_one(Message, session.get_one(Delivery, id_).message_id)
        post = session.get_one(Post, message.post_id)
        post.public = why != "private"
        post.withdrawn_at = NOW if why == "withdrawn" else None
    clock.pass_(60)
    assert look(place) == Proved()
    assert network.readings == 0


def test_an_address_that_was_put_right_is_looked_for_anew(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    id_ = put_up(place)
    stands(network, "78")
    clock.pass_(60)
    assert look(place) == Proved(missing=1)
    right = "https://x.com/traffic/status/78"
    with place.store.write() as session:
        at = clock.pass_(60)
        by_hand.correct_address(session, id_, right, UP, who=TRAFFIC, at=at)
    row = row_of(place, id_)
    assert (row.url, row.remote_id, row.readings, row.settled_at) == (right, "78", 0, NOW)
    assert row.cause.startswith(f"by hand: put up, {TRAFFIC}; before: {UP}, by hand: put up,")
    clock.pass_(60)
    assert look(place) == Proved(seen=1)
    with place.store.write() as session, pytest.raises(by_hand.NotWaiting):
        by_hand.correct_address(session, id_, UP, right, who=TRAFFIC, at=at)


def test_who_left_is_not_told(place: Workplace, clock: Clock) -> None:
    put_up(place)
    city = builders.small_registry()
    left = replace(city, staff=tuple(one for one in city.staff if one.email != COMMS))
    with place.store.write() as session:
        apply(session, left, at=clock())
    for minutes in (1, 3, 12):
        clock.pass_(minutes=minutes)
        look(replace(place))
    assert [mail.to for mail in mails(place)] == [TRAFFIC]


REGISTRY = bulletins.city(
    bulletins.account("x_lead", bulletins._D.LEAD),
    bulletins.account("blog", network=Network.NAVER_BLOG, office="traffic"),
)
ON_BLOG = "https://blog.naver.com/town/77"


def put_up_bulletin(place: Workplace) -> tuple[int, int]:
    """A bulletin whose post on the blog a person says is up; its number, and the delivery's."""
    with place.store.write() as session:
        apply(session, REGISTRY, at=NOW)
        draft = bulletins.draft(session, REGISTRY, exercise=False)
        approving.approve(session, REGISTRY, draft, who=AGREES, typed="침수", at=NOW)
        row = next(r for r in deliveries_of(session, draft.id) if r.account_id == "blog")
        row.state, row.cause = _D.NEEDS_PERSON, "by_hand: no channel"
        session.flush()
        bulletin_by_hand.put_up(session, draft, row.id, url=ON_BLOG, who=COMMS, at=NOW)
        return draft.id, row.id


def test_a_bulletins_post_is_looked_for_too(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    number, id_ = put_up_bulletin(place)
    network.look_back = LookBack.NONE  # type: ignore[misc]  # as a feed
    for minutes in (1, 3, 12):
        clock.pass_(minutes=minutes)
        assert look(place) == Proved(missing=1)
    told = mails(place)
    assert [mail.to for mail in told] == [COMMS, TRAFFIC]
    with place.store.read() as session:
        assert session.get_one(Link, told[0].link_id).path == f"/broadcast/{number}/posts/{id_}"
    stands(network, "77", account="blog", at=clock())
    clock.pass_(minutes=48)
    assert look(place) == Proved(seen=1)


def test_what_a_bulletins_reading_saw_before_it_failed_was_seen(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    number, id_ = put_up_bulletin(place)
    with place.store.read() as session:
        marker = session.get_one(Bulletin, number).marker
    stands(network, "77", f"나오세요 {marker}", account="blog")
    network.short.add("blog")
    assert read_back(place, number) == 1
    assert row_of(place, id_).seen_at == clock()


def test_no_network_is_asked_inside_a_transaction(
    place: Workplace, network: FakeChannel, clock: Clock
) -> None:
    put_up(place)
    clock.pass_(60)
    look(place)
    assert network.readings == 1
    assert breaches == []
