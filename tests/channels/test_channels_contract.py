"""What every channel promises, whatever network it speaks to."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mastodon
import pytest

from channels.base import (
    Channel,
    ChannelBusy,
    ChannelError,
    Idempotency,
    InDoubt,
    LookBack,
    Post,
    RemotePhoto,
    Trouble,
)
from channels.by_hand import ByHand
from channels.directory import channel_for
from registry.model import Network
from tests.channels.channel_builders import a_message, an_account, an_attachment, settings_in
from tests.channels.reached import Reached

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def collected(reached: Reached, since: str = "") -> tuple[list[Post], str]:
    """Everything from the cursor on, over as many pages as there are."""
    posts: list[Post] = []
    while True:
        page = reached.channel.fetch(reached.account, since)
        posts, since = [*posts, *page.items], page.cursor
        if not page.more:
            return posts, since


def write(reached: Reached, text: str, author: str = "citizen") -> str:
    return reached.server.post(author, f"@{reached.handle} {text}")


def fresh(posts: list[Post], known: set[str]) -> list[str]:
    return [post.remote_id for post in posts if post.remote_id not in known]


# --- reading


def test_what_citizens_write_to_us_is_fetched_oldest_first(reached: Reached) -> None:
    written = [write(reached, f"가로등이 꺼졌어요 {n}") for n in range(3)]

    posts, _ = collected(reached)

    assert [post.remote_id for post in posts] == written
    assert posts[0].text == f"@{reached.handle} 가로등이 꺼졌어요 0"
    assert (posts[0].author_handle, posts[0].public) == ("citizen", True)
    assert posts[0].created_at.utcoffset() == timedelta(0)


def test_more_than_one_page_is_fetched_to_the_end(reached: Reached) -> None:
    written = {write(reached, f"많은 글 {n}") for n in range(170)}

    posts, _ = collected(reached)

    assert {post.remote_id for post in posts} == written


def test_a_later_fetch_gives_what_is_new_and_skips_nothing(reached: Reached) -> None:
    first = write(reached, "먼저")
    posts, cursor = collected(reached)
    later = write(reached, "나중")

    again, _ = collected(reached, cursor)

    assert fresh(posts, set()) == [first]
    assert fresh(again, {first}) == [later]


def test_a_mention_that_becomes_visible_late_is_still_fetched(reached: Reached) -> None:
    author = f"slow_{reached.handle}"[:60]
    token = reached.server.token(author)
    reached.server.fault(author, hide=2.0, count=1)
    late = _post_as(reached, token, "늦게 보이는 글")
    early = write(reached, "바로 보이는 글")
    posts, cursor = collected(reached)
    assert fresh(posts, set()) == [early]

    ends = time.monotonic() + 60
    while late not in fresh(collected(reached, cursor)[0], {early}):
        assert time.monotonic() < ends, "it was read past"
        time.sleep(0.05)


def test_nothing_new_leaves_the_cursor_where_it_is(reached: Reached) -> None:
    write(reached, "하나")
    _, cursor = collected(reached)

    assert collected(reached, cursor)[1] == cursor


def test_forty_deleted_posts_in_a_row_do_not_stop_the_reading(reached: Reached) -> None:
    author = f"gone_{reached.handle}"[:60]
    token = reached.server.token(author)
    for n in range(85):
        _delete_as(reached, token, write(reached, f"지운 글 {n}", author))
    stays = write(reached, "남은 글")

    posts, _ = collected(reached)

    assert [post.remote_id for post in posts] == [stays]


def test_a_reply_to_our_post_is_fetched_and_says_what_it_answers(reached: Reached) -> None:
    ours = reached.channel.publish(reached.account, a_message())
    reply = reached.server.post(
        "citizen", f"@{reached.handle} 고맙습니다", in_reply_to_id=ours.remote_id
    )

    posts, _ = collected(reached)

    assert [(post.remote_id, post.in_reply_to) for post in posts] == [(reply, ours.remote_id)]


def test_only_deleted_posts_are_missing(reached: Reached) -> None:
    token = reached.server.token("citizen")
    kept, gone = write(reached, "두는 글"), write(reached, "지울 글")
    _delete_as(reached, token, gone)

    assert reached.channel.missing(reached.account, [kept, gone]) == {gone}


def test_a_server_in_trouble_proves_nothing_missing(reached: Reached) -> None:
    post = write(reached, "살아 있는 글")
    reached.server.fault(reached.handle, failing_reads=503)

    assert reached.channel.missing(reached.account, [post]) == set()


@pytest.mark.parametrize("fault", [{"busy": 7}, {"down": True}, {"revoked": True}])
def test_an_account_in_trouble_proves_nothing_missing(
    reached: Reached, fault: dict[str, float]
) -> None:
    post = write(reached, "살아 있는 글")
    reached.server.fault(reached.handle, **fault)

    with pytest.raises((ChannelBusy, ChannelError)):
        reached.channel.missing(reached.account, [post])


@pytest.mark.parametrize("fault", [{"failing_reads": 503}, {"down": True}, {"slow": 5.0}])
def test_a_failing_server_is_waited_for(reached: Reached, fault: dict[str, float]) -> None:
    reached.server.fault(reached.handle, **fault)

    with pytest.raises(ChannelBusy, match=reached.handle):
        reached.channel.fetch(reached.account, "")


def test_a_rate_limit_says_how_long_to_wait(reached: Reached) -> None:
    reached.server.fault(reached.handle, busy=17)

    with pytest.raises(ChannelBusy) as busy:
        reached.channel.fetch(reached.account, "")

    assert busy.value.retry_after == 17


def test_a_revoked_token_is_a_matter_for_a_person(reached: Reached) -> None:
    reached.server.revoke(reached.handle)

    with pytest.raises(ChannelError) as error:
        reached.channel.fetch(reached.account, "")

    assert error.value.kind is Trouble.REVOKED


# --- publishing


def test_what_is_published_stands_on_the_timeline_with_its_marker(reached: Reached) -> None:
    published = reached.channel.publish(
        reached.account, a_message("고쳤습니다 [서울 2026-7]\n\n#동파 신고")
    )

    (found,) = reached.channel.timeline(reached.account, LONG_AGO)

    assert found.remote_id == published.remote_id
    assert found.text == published.text == "고쳤습니다 [서울 2026-7]\n\n#동파 신고"
    assert published.url.startswith(reached.server.url)
    assert published.at.utcoffset() == timedelta(0)


def test_a_reply_hangs_below_the_post_it_answers(reached: Reached) -> None:
    post = write(reached, "신호등이 꺼졌어요")

    reply = reached.channel.publish(reached.account, a_message(in_reply_to=post))

    assert reply.in_reply_to == post
    thread = reached.channel.thread(reached.account, post)
    assert [found.remote_id for found in thread] == [reply.remote_id]


def test_a_thread_holds_only_our_own_posts(reached: Reached) -> None:
    post = write(reached, "신호등이 꺼졌어요")
    reached.server.post("neighbour", "저도 봤어요", in_reply_to_id=post)

    assert list(reached.channel.thread(reached.account, post)) == []


def test_the_same_key_publishes_once(reached: Reached) -> None:
    assert reached.channel.idempotency is Idempotency.KEY
    first = reached.channel.publish(reached.account, a_message(key="delivery-9"))
    second = reached.channel.publish(reached.account, a_message(key="delivery-9"))

    assert first.remote_id == second.remote_id
    assert len(reached.server.texts(reached.handle)) == 1


def test_a_picture_goes_out_with_its_description(reached: Reached, tmp_path: Path) -> None:
    message = a_message(attachments=(an_attachment(tmp_path, "고친 신호등 사진"),))

    reached.channel.publish(reached.account, message)

    (status,) = reached.server.statuses(reached.handle)
    assert [media["description"] for media in status["media_attachments"]] == ["고친 신호등 사진"]


def test_a_long_timeline_is_read_back_past_the_time_asked(reached: Reached) -> None:
    for n in range(90):
        reached.server.post(reached.handle, f"소식 {n}")

    assert len(list(reached.channel.timeline(reached.account, LONG_AGO))) == 90


def test_a_timeline_is_read_even_when_our_clock_ran_ahead(reached: Reached) -> None:
    reached.channel.publish(reached.account, a_message())
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    assert len(list(reached.channel.timeline(reached.account, tomorrow))) == 1


def test_a_timeline_that_cannot_be_read_never_looks_complete(reached: Reached) -> None:
    for n in range(45):
        reached.server.post(reached.handle, f"소식 {n}")
    posts = reached.channel.timeline(reached.account, LONG_AGO)
    read = [next(posts) for _ in range(40)]
    reached.server.fault(reached.handle, failing_reads=500)

    with pytest.raises(ChannelBusy):
        list(posts)
    assert len(read) == 40


@pytest.mark.parametrize(
    ("fault", "on_the_network"),
    [
        ({"lose_answer": True}, 1),
        ({"error_after_accepting": 500}, 1),
        ({"error_after_accepting": 503}, 1),
        ({"lie": True}, 1),
        ({"unreadable": True}, 1),
        ({"lie_without_accepting": True}, 0),
        ({"slow": 5.0}, None),
        ({"down": True}, 0),
    ],
    ids=str,
)
def test_an_answer_that_tells_nothing_leaves_the_post_in_doubt(
    reached: Reached, fault: dict[str, float], on_the_network: int | None
) -> None:
    reached.server.fault(reached.handle, on=["post"], **fault)

    with pytest.raises(InDoubt, match=reached.handle):
        reached.channel.publish(reached.account, a_message())

    if on_the_network is not None:
        assert len(reached.server.texts(reached.handle)) == on_the_network


def test_a_rate_limit_publishes_nothing_and_says_how_long_to_wait(reached: Reached) -> None:
    reached.server.fault(reached.handle, on=["post"], busy=42)

    with pytest.raises(ChannelBusy) as busy:
        reached.channel.publish(reached.account, a_message())

    assert busy.value.retry_after == 42
    assert reached.server.texts(reached.handle) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"revoked": True}, Trouble.REVOKED),
        ({"refuse": "403 This action is not allowed"}, Trouble.FORBIDDEN),
        ({"refuse": "422 Validation failed"}, Trouble.REFUSED),
        ({"refuse": "410 Gone"}, Trouble.GONE),
    ],
    ids=str,
)
def test_a_refusal_is_a_matter_for_a_person(
    reached: Reached, fault: dict[str, str], kind: Trouble
) -> None:
    reached.server.fault(reached.handle, on=["post"], **fault)

    with pytest.raises(ChannelError) as error:
        reached.channel.publish(reached.account, a_message())

    assert error.value.kind is kind
    assert reached.server.texts(reached.handle) == []


def test_a_reply_to_a_deleted_post_says_that_it_is_gone(reached: Reached) -> None:
    token = reached.server.token("citizen")
    post = write(reached, "금방 지울 글")
    _delete_as(reached, token, post)

    with pytest.raises(ChannelError) as error:
        reached.channel.publish(reached.account, a_message(in_reply_to=post))

    assert error.value.kind is Trouble.GONE


@pytest.mark.parametrize("fault", [{"down": True}, {"slow": 5.0}, {"busy": 5}], ids=str)
def test_a_picture_that_cannot_be_uploaded_leaves_nothing_in_doubt(
    reached: Reached, tmp_path: Path, fault: dict[str, float]
) -> None:
    reached.server.fault(reached.handle, on=["media"], **fault)

    with pytest.raises(ChannelBusy):
        reached.channel.publish(reached.account, a_message(attachments=(an_attachment(tmp_path),)))

    assert reached.server.texts(reached.handle) == []


def test_a_picture_that_is_gone_from_our_disk_is_a_matter_for_a_person(
    reached: Reached, tmp_path: Path
) -> None:
    attachment = an_attachment(tmp_path)
    attachment.path.unlink()

    with pytest.raises(ChannelError, match=r"light\.jpg"):
        reached.channel.publish(reached.account, a_message(attachments=(attachment,)))


def test_a_text_that_cannot_be_sent_is_not_left_in_doubt(reached: Reached) -> None:
    with pytest.raises(ChannelError, match="could not be made"):
        reached.channel.publish(reached.account, a_message("\ud800"))

    assert reached.server.texts(reached.handle) == []


def test_one_channel_serves_many_threads_and_accounts_at_once(reached: Reached) -> None:
    threads = [
        threading.Thread(
            target=reached.channel.publish,
            args=(reached.account, a_message(f"동시에 {n}", key=f"delivery-{n}")),
        )
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(reached.server.texts(reached.handle)) == sorted(f"동시에 {n}" for n in range(12))


# --- taking down


def test_a_post_that_is_taken_down_is_gone_and_taking_it_down_again_is_done(
    reached: Reached,
) -> None:
    stays = reached.channel.publish(reached.account, a_message("두는 글"))
    ours = reached.channel.publish(reached.account, a_message("내릴 글", key="delivery-2"))

    assert reached.channel.delete(reached.account, ours.remote_id)
    assert not reached.channel.delete(reached.account, ours.remote_id)

    left = reached.channel.timeline(reached.account, LONG_AGO)
    assert [post.remote_id for post in left] == [stays.remote_id]


def test_a_repost_is_taken_back_and_what_it_passed_on_stays(reached: Reached) -> None:
    theirs = reached.server.post("neighbour", "함께 알립니다")
    ours = reached.channel.repost(reached.account, theirs)

    assert reached.channel.delete(reached.account, ours.remote_id)

    assert list(reached.channel.timeline(reached.account, LONG_AGO)) == []
    assert reached.channel.missing(reached.account, [theirs]) == set()


def test_what_is_not_ours_to_take_down_stays_and_is_not_called_gone(reached: Reached) -> None:
    theirs = reached.server.post("neighbour", "남의 글")

    with pytest.raises(ChannelError) as error:
        reached.channel.delete(reached.account, theirs)

    assert error.value.kind is Trouble.FORBIDDEN
    assert reached.channel.missing(reached.account, [theirs]) == set()


@pytest.mark.parametrize("fault", [{"down": True}, {"busy": 7}, {"slow": 5.0}], ids=str)
def test_taking_down_is_tried_again_where_nobody_answers(
    reached: Reached, fault: dict[str, float]
) -> None:
    ours = reached.channel.publish(reached.account, a_message())
    reached.server.fault(reached.handle, on=["delete"], **fault)

    with pytest.raises(ChannelBusy) as busy:
        reached.channel.delete(reached.account, ours.remote_id)

    assert busy.value.retry_after == fault.get("busy")


def test_an_answer_that_was_lost_is_settled_by_asking_again(reached: Reached) -> None:
    ours = reached.channel.publish(reached.account, a_message())
    reached.server.fault(reached.handle, on=["delete"], lose_answer=True, count=1)
    with pytest.raises(ChannelBusy):
        reached.channel.delete(reached.account, ours.remote_id)

    assert not reached.channel.delete(reached.account, ours.remote_id)


def test_a_revoked_token_never_makes_a_post_gone(reached: Reached) -> None:
    ours = reached.channel.publish(reached.account, a_message())
    reached.server.revoke(reached.handle)

    with pytest.raises(ChannelError) as error:
        reached.channel.delete(reached.account, ours.remote_id)

    assert error.value.kind is Trouble.REVOKED


# --- photos and health


def test_a_photo_of_a_post_can_be_fetched_from_the_practice_network(
    reached: Reached, tmp_path: Path
) -> None:
    other = reached.channel
    other.publish(reached.account, a_message(attachments=(an_attachment(tmp_path),)))
    (status,) = reached.server.statuses(reached.handle)
    photo = RemotePhoto(url=status["media_attachments"][0]["url"])

    if other.network == "practice":
        assert other.photo(reached.account, photo).startswith(b"\xff\xd8")
    else:  # a live server may never be on this machine
        with pytest.raises(ChannelError):
            other.photo(reached.account, photo)


def test_a_healthy_account_reads_and_writes(reached: Reached) -> None:
    health = reached.channel.check(reached.account)

    assert (health.reads, health.writes, health.reason) == (True, True, "")
    assert health.name == "서울시"
    assert health.limit_left is not None


def test_a_sick_account_says_why_and_raises_nothing(reached: Reached) -> None:
    reached.server.revoke(reached.handle)

    health = reached.channel.check(reached.account)

    assert (health.reads, health.writes) == (False, False)
    assert "401" in health.reason


# --- by hand, and which channel serves whom


def test_a_network_without_a_channel_reads_nothing_and_asks_a_person(tmp_path: Path) -> None:
    account = an_account(id="kakao_seoul", network=Network.KAKAO)
    channel: Channel = channel_for(account, settings_in(tmp_path, live=True))

    assert isinstance(channel, ByHand)
    assert channel.fetch(account, "7").items == ()
    assert channel.missing(account, ["1"]) == set()
    assert channel.look_back is LookBack.NONE
    assert "by hand" in channel.check(account).reason
    for act in (
        lambda: channel.publish(account, a_message()),
        lambda: channel.delete(account, "1"),
    ):
        with pytest.raises(ChannelError) as error:
            act()
        assert error.value.kind is Trouble.BY_HAND


def test_an_unreadable_timeline_by_hand_never_proves_absence(tmp_path: Path) -> None:
    with pytest.raises(ChannelError):
        list(ByHand().timeline(an_account(), LONG_AGO))


def _post_as(reached: Reached, token: str, text: str) -> str:
    return str(_client(reached, token).status_post(f"@{reached.handle} {text}")["id"])


def _delete_as(reached: Reached, token: str, post: str) -> None:
    _client(reached, token).status_delete(post)


def _client(reached: Reached, token: str) -> mastodon.Mastodon:
    return mastodon.Mastodon(access_token=token, api_base_url=reached.server.url)
