"""Instagram's own: media by containers, what it would not take, two origins, answers' answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.base import (
    Attachment,
    ChannelBusy,
    ChannelError,
    InDoubt,
    Message,
    RemotePhoto,
    Trouble,
)
from channels.instagram import Instagram
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment, settings_in
from tests.channels.proxy import Fault
from tests.channels.worlds._graph_server import error_body
from tests.channels.worlds.facebook import JSON
from tests.channels.worlds.instagram import (
    USER,
    InstagramWorld,
    add_comment,
    add_media,
    open_world,
)
from tests.channels.worlds.world import LONG_AGO

PUBLIC = "https://seoul.example/pictures/light.jpg"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstagramWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as opened:
        yield opened


@pytest.fixture
def picture(tmp_path: Path) -> Attachment:
    return replace(an_attachment(tmp_path), url=PUBLIC)


@pytest.fixture
def kept() -> list[str]:
    return []


@pytest.fixture
def message(picture: Attachment, kept: list[str]) -> Message:
    return a_message(attachments=(picture,), keep=kept.append, at=datetime.now(UTC))


def asked(world: InstagramWorld, ends: str) -> int:
    return sum(each.path.endswith(ends) and each.method == "POST" for each in world.proxy.asked)


def is_container(status: str) -> Fault:
    body = json.dumps({"id": "1", "status_code": status, "status": f"{status}: 2207026"}).encode()
    return Fault(reaches=False, status=200, headers=JSON, body=body)


def set_status(world: InstagramWorld, status: str, times: int = 1) -> None:
    world.proxy.fault(lambda each: "status_code" in each.path, is_container(status), times=times)


# --- containers


def test_a_medium_stands_with_caption_picture_and_words_for_it(
    world: InstagramWorld, message: Message
) -> None:
    published = world.channel.publish(world.account, message)

    medium = world.graph.nodes[published.remote_id].fields
    assert (medium["caption"], medium["media_url"], medium["alt"]) == (
        message.text,
        PUBLIC,
        "고친 신호등",
    )
    assert published.url == medium["permalink"]


def test_the_container_is_kept_before_it_is_published(
    world: InstagramWorld, message: Message, kept: list[str]
) -> None:
    world.proxy.fault(world.publishes, Fault(reaches=False))

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    assert [world.graph.nodes[each].fields["status_code"] for each in kept] == ["FINISHED"]


def test_a_lost_answer_and_another_try_make_one_medium(
    world: InstagramWorld, message: Message, kept: list[str]
) -> None:
    world.proxy.fault(world.publishes, Fault(reaches=True))
    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    again = world.channel.publish(world.account, replace(message, prepared=kept[0]))

    standing = [post.remote_id for post in world.channel.timeline(world.account, LONG_AGO)]
    assert standing == [again.remote_id, world.medium.id]
    assert asked(world, "/media_publish") == 1
    assert len(kept) == 1


def test_a_kept_container_that_is_ready_is_used(
    world: InstagramWorld, message: Message, kept: list[str]
) -> None:
    world.proxy.fault(world.publishes, Fault(reaches=False))
    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)

    world.channel.publish(world.account, replace(message, prepared=kept[0]))

    assert asked(world, f"{USER}/media") == 1
    assert world.standing().count(message.text) == 1


@pytest.mark.parametrize("status", ["ERROR", "EXPIRED"])
def test_a_kept_container_that_failed_is_made_anew(
    world: InstagramWorld, message: Message, kept: list[str], status: str
) -> None:
    set_status(world, status)

    world.channel.publish(world.account, replace(message, prepared="17"))

    assert len(kept) == 1
    assert world.standing().count(message.text) == 1


def test_a_kept_container_that_nobody_knows_is_made_anew(
    world: InstagramWorld, message: Message, kept: list[str]
) -> None:
    world.channel.publish(world.account, replace(message, prepared="17"))

    assert len(kept) == 1


def test_a_container_that_is_out_but_not_to_be_seen_stays_in_doubt(
    world: InstagramWorld, message: Message
) -> None:
    set_status(world, "PUBLISHED", times=9)

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, replace(message, prepared="17"))

    assert asked(world, "/media_publish") == 0


def test_a_container_in_work_is_waited_for_a_while(
    world: InstagramWorld, message: Message, tmp_path: Path
) -> None:
    waited: list[float] = []
    channel = Instagram(
        settings_in(tmp_path, live=True), origin=world.proxy.url, pause=waited.append
    )
    set_status(world, "IN_PROGRESS", times=2)

    channel.publish(world.account, message)

    assert waited == [1.0, 2.0]


def test_a_container_that_takes_too_long_is_come_back_to(
    world: InstagramWorld, message: Message, kept: list[str]
) -> None:
    set_status(world, "IN_PROGRESS", times=99)

    with pytest.raises(ChannelBusy) as busy:
        world.channel.publish(world.account, message)

    assert busy.value.retry_after
    assert len(kept) == 1
    assert asked(world, "/media_publish") == 0


def test_a_picture_that_instagram_cannot_use_is_a_matter_for_a_person(
    world: InstagramWorld, message: Message
) -> None:
    set_status(world, "ERROR")

    with pytest.raises(ChannelError, match="2207026"):
        world.channel.publish(world.account, message)


@pytest.mark.parametrize(
    "body", [error_body(24, subcode=2207006), error_body(100, subcode=33), error_body(-1)]
)
def test_a_container_that_is_not_found_at_the_end_may_be_out(
    world: InstagramWorld, message: Message, body: bytes
) -> None:
    world.proxy.fault(world.publishes, Fault(reaches=True, status=400, headers=JSON, body=body))

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, message)


def test_a_container_that_is_not_ready_at_the_end_is_not_out(
    world: InstagramWorld, message: Message
) -> None:
    body = error_body(9007, subcode=2207027)
    world.proxy.fault(world.publishes, Fault(reaches=False, status=400, headers=JSON, body=body))

    with pytest.raises(ChannelBusy):
        world.channel.publish(world.account, message)


def test_a_medium_whose_address_cannot_be_read_is_out_all_the_same(
    world: InstagramWorld, message: Message
) -> None:
    world.proxy.fault(lambda each: "permalink" in each.path, Fault(reaches=False))

    published = world.channel.publish(world.account, message)

    assert published.remote_id in world.graph.nodes
    assert published.url == ""


def test_several_pictures_are_a_carousel(world: InstagramWorld, message: Message) -> None:
    two = replace(message, attachments=message.attachments * 2)

    world.channel.publish(world.account, two)

    assert asked(world, f"{USER}/media") == 3
    (whole,) = [n for n in world.graph.nodes.values() if n.fields.get("media_type") == "CAROUSEL"]
    assert [
        world.graph.nodes[part].fields["image_url"] for part in whole.fields["children"].split(",")
    ] == [PUBLIC, PUBLIC]


# --- what it would not take


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"attachments": ()}, "needs 1 to 10 pictures"),
        ({"text": "가" * 2_201}, "2201 characters"),
        ({"text": "#" + " #".join(["길"] * 6)}, "6 hashtags"),
        ({"in_reply_to": "1"}, "takes no picture"),
    ],
)
def test_what_instagram_would_refuse_is_never_sent(
    world: InstagramWorld, message: Message, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ChannelError, match=words):
        world.channel.publish(world.account, replace(message, **changes))

    assert not world.proxy.asked


def test_a_center_that_is_not_public_is_named_as_the_reason(
    world: InstagramWorld, message: Message, tmp_path: Path
) -> None:
    hidden = (an_attachment(tmp_path),)

    with pytest.raises(ChannelError, match="reachable from the internet") as error:
        world.channel.publish(world.account, replace(message, attachments=hidden))

    assert error.value.kind is Trouble.REFUSED


# --- comments


def test_an_answer_goes_below_a_medium_too(world: InstagramWorld) -> None:
    published = world.channel.publish(
        world.account, a_message("덧붙입니다", in_reply_to=world.medium.id)
    )

    found = list(world.channel.thread(world.account, world.medium.id))
    assert [(post.remote_id, post.text) for post in found] == [(published.remote_id, "덧붙입니다")]


def test_an_answer_to_what_is_gone_is_told(world: InstagramWorld) -> None:
    with pytest.raises(ChannelError) as error:
        world.channel.publish(world.account, a_message("예", in_reply_to="17"))

    assert error.value.kind is Trouble.GONE


def test_an_answer_to_an_answer_is_found_where_instagram_puts_it(world: InstagramWorld) -> None:
    first = world.citizen_writes("첫 댓글")
    second = world.citizen_writes("답글", to=first)

    published = world.channel.publish(world.account, a_message("예", in_reply_to=second))

    assert world.graph.nodes[published.remote_id].above == first
    assert [post.remote_id for post in world.channel.thread(world.account, second)] == [
        published.remote_id
    ]


def test_a_new_answer_below_an_old_comment_is_not_skipped(world: InstagramWorld) -> None:
    old = world.citizen_writes("지난주 댓글")
    world.graph.nodes[old].fields["timestamp"] = "2026-01-01T00:00:00+0000"
    for number in range(60):
        world.citizen_writes(f"그 뒤의 댓글 {number}")
    cursor = world.channel.fetch(world.account, "").cursor
    new = world.citizen_writes("아직인가요?", to=old)

    posts = {post.remote_id: post for post in world.channel.fetch(world.account, cursor).items}

    assert posts[new].in_reply_to == old
    assert old not in posts


def test_media_that_tag_us_are_read_with_their_picture(
    world: InstagramWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://scontent.cdninstagram.com/v/pothole.jpg"
    add_media(world.graph, "citizen", "@haechi_seoul 여기", tagging=True, media_url=url)
    add_comment(world.graph, USER, "우리 댓글", world.medium)
    assert world.channel.fetch(world.account, "").items == ()  # by Instagram's login

    world.graph.tokens["EAApage"] = USER
    secret = json.dumps({"token": "EAApage", "user": USER})
    monkeypatch.setenv(secret_variable("instagram-seoul"), secret)
    (post,) = world.channel.fetch(world.account, "").items

    assert (post.text, post.photos) == (
        "@haechi_seoul 여기",
        (RemotePhoto(url=url, mime="image/jpeg"),),
    )


def test_our_media_are_deleted_by_a_person(world: InstagramWorld) -> None:
    with pytest.raises(ChannelError) as error:
        world.channel.delete(world.account, world.medium.id)

    assert error.value.kind is Trouble.BY_HAND


# --- tokens


def test_a_token_says_by_which_login_it_was_given(tmp_path: Path) -> None:
    channel = Instagram(settings_in(tmp_path, live=True))

    assert channel._home("IGAAx") == "https://graph.instagram.com"
    assert channel._home("EAAx") == "https://graph.facebook.com"


def test_a_token_of_instagrams_login_is_renewed_with_its_user(world: InstagramWorld) -> None:
    assert isinstance(world.channel, Instagram)

    renewed = world.channel.renew(world.account)

    assert renewed is not None
    secret, ends = renewed
    assert json.loads(secret) == {"token": "IGAAcity2", "user": USER}
    assert 59 <= (ends - datetime.now(UTC)).days <= 60


def test_a_token_of_facebooks_login_is_not(
    world: InstagramWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(world.channel, Instagram)
    secret = json.dumps({"token": "EAApage", "user": USER})
    monkeypatch.setenv(secret_variable("instagram-seoul"), secret)

    assert world.channel.renew(world.account) is None


def test_an_account_whose_posts_of_the_day_are_used_up_says_so(world: InstagramWorld) -> None:
    assert world.channel.check(world.account).limit_left == 97
    (limit,) = world.graph.nodes[USER].edges["content_publishing_limit"]({})
    limit.fields["quota_usage"] = 100

    health = world.channel.check(world.account)

    assert (health.writes, health.limit_left) == (False, 0)
    assert Trouble.LIMITED in health.reason
