"""What every network's channel promises, tried on each in turn: one file in `worlds/` is one network."""

import contextlib
import itertools
from dataclasses import replace

import pytest

from channels.base import ChannelBusy, ChannelError, InDoubt, Message, Post, Published, Trouble
from tests.channels.channel_builders import a_message
from tests.channels.proxy import Asked, Fault
from tests.channels.worlds.opening import opened, world
from tests.channels.worlds.world import World

__all__ = ["opened", "world"]  # fixtures

_numbers = itertools.count(1)


@pytest.fixture
def marker() -> str:
    """What only this test's message holds."""
    return f"[서울 2026-{next(_numbers)}]"


def said(words: str, marker: str, below: str | None) -> Message:
    """A message of ours, each with a key of its own."""
    number = marker.partition("-")[2].rstrip("]")
    return a_message(f"{words} {marker}", key=f"delivery-{number}", in_reply_to=below)


def anything(_asked: Asked) -> bool:
    return True


def collected(world: World, since: str = "") -> tuple[list[Post], str]:
    """Everything from the cursor on, over as many pages as there are."""
    posts: list[Post] = []
    while True:
        page = world.channel.fetch(world.account, since)
        posts, since = [*posts, *page.items], page.cursor
        if not page.more:
            return posts, since


def ours(world: World, marker: str) -> int:
    """How often this test's message stands there."""
    return sum(marker in text for text in world.standing())


def found(posts: list[Published], marker: str) -> list[str]:
    return [post.remote_id for post in posts if marker in post.text]


# --- reading


def test_what_citizens_write_to_us_is_fetched_oldest_first(world: World) -> None:
    _, cursor = collected(world)
    written = [world.citizen_writes(f"가로등이 꺼졌어요 {n} <b>&") for n in range(3)]

    posts, _ = collected(world, cursor)

    fetched = [post for post in posts if post.remote_id in written]
    assert [post.remote_id for post in fetched] == written
    assert "가로등이 꺼졌어요 0 <b>&" in fetched[0].text
    assert fetched[0].author_id
    assert fetched[0].created_at.utcoffset() is not None


def test_a_later_fetch_gives_what_is_new_and_skips_nothing(world: World) -> None:
    first = world.citizen_writes("먼저 쓴 글")
    posts, cursor = collected(world)
    later = world.citizen_writes("나중에 쓴 글")

    again, _ = collected(world, cursor)

    assert first in [post.remote_id for post in posts]
    assert later not in [post.remote_id for post in posts]
    assert later in [post.remote_id for post in again]


def test_more_than_one_page_is_fetched_to_the_end(world: World) -> None:
    _, cursor = collected(world)
    written = {world.citizen_writes(f"많은 글 {n}") for n in range(120)}

    posts, _ = collected(world, cursor)

    assert written <= {post.remote_id for post in posts}


def test_a_reply_to_our_post_says_what_it_answers(world: World, marker: str) -> None:
    below = world.target()
    published = world.channel.publish(world.account, said("안내드립니다", marker, below))
    _, cursor = collected(world)
    reply = world.citizen_writes("고맙습니다", to=published.remote_id)

    posts, _ = collected(world, cursor)

    (answer,) = [post for post in posts if post.remote_id == reply]
    assert answer.in_reply_to == world.answers(published.remote_id)


def test_only_what_was_deleted_is_missing(world: World) -> None:
    if not world.tells_deleted:
        pytest.skip("this network does not tell")
    kept, gone = world.citizen_writes("두는 글"), world.citizen_writes("지울 글")
    world.citizen_deletes(gone)

    assert world.channel.missing(world.account, [kept, gone]) == {gone}


def test_a_network_in_trouble_proves_nothing_missing(world: World) -> None:
    post = world.citizen_writes("살아 있는 글")
    world.proxy.fault(anything, Fault(reaches=False, status=503), times=99)

    with contextlib.suppress(ChannelBusy):  # saying so is as good
        assert world.channel.missing(world.account, [post]) == set()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_network_is_waited_for(world: World, status: int) -> None:
    world.proxy.fault(anything, Fault(reaches=False, status=status), times=99)

    with pytest.raises(ChannelBusy):
        collected(world)


def test_a_network_that_gives_no_answer_is_waited_for(world: World) -> None:
    world.proxy.fault(anything, Fault(reaches=False), times=99)

    with pytest.raises(ChannelBusy):
        collected(world)


def test_a_network_that_answers_nonsense_is_waited_for(world: World) -> None:
    world.proxy.fault(anything, Fault(reaches=False, status=200, body=b"<html>"), times=99)

    with pytest.raises(ChannelBusy):
        collected(world)


def test_a_rate_limit_says_how_long_to_wait(world: World) -> None:
    world.proxy.fault(anything, world.limited, times=99)

    with pytest.raises(ChannelBusy) as busy:
        collected(world)

    assert busy.value.kind is Trouble.LIMITED
    assert busy.value.retry_after is None or 0 < busy.value.retry_after < 3700


def test_a_revoked_token_is_a_matter_for_a_person(world: World) -> None:
    world.proxy.fault(anything, world.revoked, times=99)

    with pytest.raises(ChannelError) as error:
        collected(world)

    assert error.value.kind is Trouble.REVOKED


# --- publishing


def test_what_is_published_is_found_by_its_marker(world: World, marker: str) -> None:
    below = world.target()

    published = world.channel.publish(world.account, said("접수했습니다. <b>&\n", marker, below))

    assert ours(world, marker) == 1
    assert published.remote_id
    assert found(world.look_back(below), marker) == [published.remote_id]


def test_a_reply_hangs_below_the_post_it_answers(world: World, marker: str) -> None:
    post = world.citizen_writes("하수구가 막혔어요")

    published = world.channel.publish(world.account, said("확인하겠습니다", marker, post))

    thread = list(world.channel.thread(world.account, post))
    assert found(thread, marker) == [published.remote_id]


def test_a_thread_holds_only_our_own_posts(world: World, marker: str) -> None:
    post = world.citizen_writes("하수구가 막혔어요")
    published = world.channel.publish(world.account, said("확인하겠습니다", marker, post))
    world.citizen_writes("언제요?", to=published.remote_id)

    texts = [each.text for each in world.channel.thread(world.account, post)]

    assert texts
    assert not any("언제요?" in text for text in texts)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(reaches=True),
        Fault(reaches=True, status=500),
        Fault(reaches=True, status=503),
        Fault(reaches=True, status=200, body=b"{}"),
        Fault(reaches=True, status=200, body=b"<html>"),
    ],
    ids=["lost", "500", "503", "without an id", "nonsense"],
)
def test_a_lost_answer_leaves_it_in_doubt_and_looking_back_finds_it(
    world: World, marker: str, fault: Fault
) -> None:
    below = world.target()
    world.proxy.fault(world.publishes, fault)

    with pytest.raises(InDoubt, match=world.account.id):
        world.channel.publish(world.account, said("접수했습니다", marker, below))

    assert ours(world, marker) == 1
    assert len(found(world.look_back(below), marker)) == 1


def test_what_never_arrived_is_in_doubt_and_looking_back_does_not_find_it(
    world: World, marker: str
) -> None:
    below = world.target()
    world.proxy.fault(world.publishes, Fault(reaches=False))

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, said("접수했습니다", marker, below))

    assert ours(world, marker) == 0
    assert found(world.look_back(below), marker) == []


def test_the_same_key_stands_once(world: World, marker: str) -> None:
    if not world.keyed:
        pytest.skip("this network knows no keys")
    message = said("접수했습니다", marker, world.target())
    world.proxy.fault(world.publishes, Fault(reaches=True))
    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    again = world.channel.publish(world.account, message)

    assert again.remote_id
    assert ours(world, marker) == 1


def test_a_rate_limit_publishes_nothing(world: World, marker: str) -> None:
    below = world.target()
    world.proxy.fault(world.publishes, world.limited)

    with pytest.raises(ChannelBusy):
        world.channel.publish(world.account, said("접수했습니다", marker, below))

    assert ours(world, marker) == 0


def test_a_refusal_publishes_nothing_and_is_a_matter_for_a_person(
    world: World, marker: str
) -> None:
    below = world.target()
    world.proxy.fault(world.publishes, Fault(reaches=False, status=400))

    with pytest.raises(ChannelError):
        world.channel.publish(world.account, said("접수했습니다", marker, below))

    assert ours(world, marker) == 0


def test_a_post_is_passed_on(world: World, marker: str) -> None:
    if not world.reposts:
        pytest.skip("this network passes no posts on")
    post = world.citizen_writes(f"알립니다 {marker}")

    shared = world.channel.repost(world.account, post)

    assert shared.shares == post
    assert [each.remote_id for each in world.look_back(None) if each.shares == post] == [
        shared.remote_id
    ]


def test_a_post_that_is_taken_down_is_gone_and_again_is_done(world: World, marker: str) -> None:
    if not world.deletes:
        pytest.skip("no program can delete there")
    published = world.channel.publish(world.account, said("잘못 쓴 글", marker, world.target()))

    assert world.channel.delete(world.account, published.remote_id)
    assert ours(world, marker) == 0
    assert not world.channel.delete(world.account, published.remote_id)


# --- health


def test_a_healthy_account_reads_and_writes(world: World) -> None:
    health = world.channel.check(world.account)

    assert (health.reads, health.writes, health.reason) == (True, True, "")


def test_a_sick_account_says_why_and_raises_nothing(world: World) -> None:
    world.proxy.fault(anything, world.revoked, times=99)

    health = world.channel.check(world.account)

    assert not health.reads
    assert Trouble.REVOKED in health.reason


def test_an_account_without_a_credential_says_what_to_set(world: World) -> None:
    account = replace(world.account, id="nobody", credential="nobody-s")

    health = world.channel.check(account)

    assert not health.reads
    assert "nobody-s" in health.reason
