"""Threads' own: containers, conversations, reposts, search, tokens of sixty days."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.base import ChannelError, InDoubt, Message, RemotePhoto, Trouble
from channels.budget import Spending
from channels.threads import Threads
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment
from tests.channels.proxy import Fault
from tests.channels.worlds._graph_server import error_body
from tests.channels.worlds.facebook import JSON
from tests.channels.worlds.threads import NAME, USER, ThreadsWorld, add_post, open_world


class Counted:
    """Remembers which budgets were spent from."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def spend(self, spendings: Sequence[Spending]) -> None:
        self.names += [" ".join(each.key.split()[:2]) for each in spendings]

    def count(self, network: str, what: str, amount: int = 1) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)


PUBLIC = "https://seoul.example/pictures/light.jpg"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadsWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as opened:
        yield opened


@pytest.fixture
def kept() -> list[str]:
    return []


@pytest.fixture
def message(kept: list[str]) -> Message:
    return a_message(keep=kept.append, at=datetime.now(UTC))


# --- publishing


@pytest.mark.parametrize("answering", [False, True])
def test_a_lost_answer_and_another_try_make_one_post(
    world: ThreadsWorld, message: Message, kept: list[str], answering: bool
) -> None:
    below = world.citizen_writes("가로등이 꺼졌어요") if answering else None
    message = replace(message, in_reply_to=below)
    world.proxy.fault(world.publishes, Fault(reaches=True))
    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    again = world.channel.publish(world.account, replace(message, prepared=kept[0]))

    assert world.standing() == [message.text]
    assert again.in_reply_to == below
    assert again.remote_id in world.graph.nodes


def test_a_container_published_twice_is_in_doubt_and_stands_once(
    world: ThreadsWorld, message: Message
) -> None:
    body = error_body(24, subcode=4279009)
    world.proxy.fault(world.publishes, Fault(reaches=True, status=400, headers=JSON, body=body))

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    assert world.standing() == [message.text]


def test_an_answer_to_a_post_that_is_gone_is_never_published(
    world: ThreadsWorld, message: Message
) -> None:
    with pytest.raises(ChannelError) as error:
        world.channel.publish(world.account, replace(message, in_reply_to="17"))

    assert error.value.kind is Trouble.GONE


def test_a_picture_goes_by_its_public_address(
    world: ThreadsWorld, message: Message, tmp_path: Path
) -> None:
    picture = replace(an_attachment(tmp_path), url=PUBLIC)

    published = world.channel.publish(world.account, replace(message, attachments=(picture,)))

    shown = world.graph.nodes[published.remote_id].fields
    assert (shown["media_url"], shown["alt_text"]) == (PUBLIC, "고친 신호등")
    unseen = replace(picture, url="")
    with pytest.raises(ChannelError, match="reachable from the internet"):
        world.channel.publish(world.account, replace(message, attachments=(unseen,)))


def test_parts_of_a_thread_are_all_found_below_what_they_answer(
    world: ThreadsWorld, message: Message
) -> None:
    citizen = world.citizen_writes("언제 고치나요?")
    first = world.channel.publish(world.account, replace(message, in_reply_to=citizen))
    second = world.channel.publish(world.account, replace(message, in_reply_to=first.remote_id))
    world.channel.publish(world.account, message)

    found = [post.remote_id for post in world.channel.thread(world.account, citizen)]

    assert found == [second.remote_id, first.remote_id]


def test_what_is_published_is_counted_and_what_is_prepared_is_not(
    world: ThreadsWorld, message: Message
) -> None:
    purse = Counted()
    world.channel.purse = purse

    world.channel.publish(world.account, message)
    world.channel.repost(world.account, world.citizen_writes("글"))

    assert purse.names == ["threads publishing", "threads reposts"]


# --- reading


def test_what_hangs_deep_below_our_post_is_read_once(world: ThreadsWorld) -> None:
    ours = add_post(world.graph, USER, "알립니다")
    answer = add_post(world.graph, "citizen", "질문요", ours)
    reply = add_post(world.graph, USER, "답변입니다", answer)
    deep = add_post(world.graph, "neighbour", "저도요", reply)

    posts = world.channel.fetch(world.account, "").items

    assert [(post.remote_id, post.in_reply_to) for post in posts] == [
        (answer.id, ours.id),
        (deep.id, reply.id),
    ]
    asked = [each.path for each in world.proxy.asked if f"{reply.id}/" in each.path]
    assert not asked  # the conversation has it


def test_what_answers_our_answer_to_a_strangers_post_is_read(world: ThreadsWorld) -> None:
    theirs = add_post(world.graph, "citizen", f"@{NAME} 여기요")
    reply = add_post(world.graph, USER, "확인했습니다", theirs)
    thanks = add_post(world.graph, "citizen", "고맙습니다", reply)

    posts = {post.remote_id: post for post in world.channel.fetch(world.account, "").items}

    assert set(posts) == {theirs.id, thanks.id}
    assert posts[thanks.id].in_reply_to == reply.id


def test_photos_are_read_with_their_words(world: ThreadsWorld) -> None:
    url = "https://scontent.cdninstagram.com/v/pothole.jpg"
    part = {"id": "1", "media_type": "IMAGE", "media_url": url, "alt_text": "구멍"}
    video = {"id": "2", "media_type": "VIDEO", "media_url": url}
    add_post(
        world.graph,
        "citizen",
        f"@{NAME}",
        media_type="CAROUSEL_ALBUM",
        children={"data": [part, video]},
    )

    (post,) = world.channel.fetch(world.account, "").items

    assert post.photos == (RemotePhoto(url=url, alt="구멍", mime="image/jpeg"),)


def test_posts_under_a_topic_are_found_from_where_one_stopped(world: ThreadsWorld) -> None:
    written = [add_post(world.graph, "citizen", f"#서울제보 {n}") for n in range(120)]
    add_post(world.graph, "citizen", "#다른말")
    begun = datetime(2026, 1, 1, tzinfo=UTC)

    page = world.channel.search(world.account, "서울제보", "", begun=begun)
    later = add_post(world.graph, "citizen", "#서울제보 또")
    again = world.channel.search(world.account, "서울제보", page.cursor)

    assert [post.remote_id for post in page.items] == [node.id for node in written]
    assert later.id in [post.remote_id for post in again.items]
    assert any("search_mode=TAG" in each.path for each in world.proxy.asked)


def test_that_our_own_posts_are_shown_proves_nothing_of_others(world: ThreadsWorld) -> None:
    add_post(world.graph, USER, "우리 글")
    post = world.citizen_writes("글")
    world.citizen_deletes(post)

    assert world.channel.missing(world.account, [post]) == set()

    world.citizen_writes("서 있는 글")
    assert world.channel.missing(world.account, [post]) == {post}


# --- health


def test_a_token_tells_when_it_ends_and_what_it_may(world: ThreadsWorld) -> None:
    health = world.channel.check(world.account)

    assert health.expires == datetime.fromtimestamp(1_800_000_000, UTC)
    assert (health.writes, health.limit_left, health.name) == (True, 246, NAME)

    world.graph.debug["scopes"] = ["threads_basic"]
    health = world.channel.check(world.account)
    assert (health.writes, health.reason) == (
        False,
        f"{Trouble.FORBIDDEN}: the token lacks threads_content_publish",
    )


def test_a_token_is_renewed_for_sixty_days(world: ThreadsWorld) -> None:
    assert isinstance(world.channel, Threads)

    renewed = world.channel.renew(world.account)

    assert renewed is not None
    assert renewed[0] == "THAAcity2"
    assert 59 <= (renewed[1] - datetime.now(UTC)).days <= 60


def test_a_token_that_ended_cannot_be_renewed(
    world: ThreadsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(world.channel, Threads)
    monkeypatch.setenv(secret_variable("threads-seoul"), "THAAended")

    with pytest.raises(ChannelError) as error:
        world.channel.renew(world.account)

    assert error.value.kind is Trouble.REVOKED
