"""Facebook's own: pictures, visitors' posts, threads of two levels, permissions."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from channels.base import ChannelError, InDoubt, LookBack, Place, RemotePhoto, Trouble
from channels.budget import Bottomless, Spending
from channels.facebook import Facebook
from channels.facebook_reading import citizens
from channels.meta_line import Line
from channels.meta_reading import swept
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment
from tests.channels.proxy import Fault
from tests.channels.worlds._graph_server import error_body
from tests.channels.worlds.facebook import (
    JSON,
    PAGE,
    FacebookWorld,
    add_comment,
    add_post,
    open_world,
)
from tests.channels.worlds.world import LONG_AGO


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FacebookWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as opened:
        yield opened


def fetched(world: FacebookWorld) -> dict[str, str]:
    return {post.remote_id: post.text for post in world.channel.fetch(world.account, "").items}


# --- reading


def test_what_visitors_and_tags_say_is_read_with_place_and_photos(world: FacebookWorld) -> None:
    picture = {"image": {"src": "https://scontent-ssn1-1.xx.fbcdn.net/v/pothole.jpg?x=1"}}
    on_wall = add_post(
        world.graph,
        "citizen",
        "도로가 패였어요",
        wall=PAGE,
        place={"name": "시청", "location": {"latitude": 37.5, "longitude": 127}},
        attachments={
            "data": [
                {"media_type": "photo", "description": "구멍", "media": picture},
                {"media_type": "video", "media": picture},
            ]
        },
    )
    tagging = add_post(world.graph, "neighbour", "@서울시 보세요", wall="tagged")

    found = {post.remote_id: post for post in world.channel.fetch(world.account, "").items}

    assert found[on_wall.id].place == Place(lat=37.5, lon=127.0, name="시청")
    assert found[on_wall.id].photos == (
        RemotePhoto(url=picture["image"]["src"], alt="구멍", mime="image/jpeg"),
    )
    assert found[tagging.id].text == "@서울시 보세요"


def test_under_a_strangers_post_only_answers_to_us_are_to_us(world: FacebookWorld) -> None:
    tagging = add_post(world.graph, "neighbour", "@서울시 보세요", wall="tagged")
    chat = add_comment(world.graph, "friend", "맞아요", tagging)
    ours = add_comment(world.graph, PAGE, "확인하겠습니다", tagging)
    answer = add_comment(world.graph, "neighbour", "고맙습니다", ours)

    found = fetched(world)

    assert answer.id in found
    assert chat.id not in found
    assert ours.id not in found


def test_on_our_wall_everybody_speaks_to_us(world: FacebookWorld) -> None:
    on_wall = add_post(world.graph, "citizen", "도로가 패였어요", wall=PAGE)
    chat = add_comment(world.graph, "friend", "저도 봤어요", on_wall)

    assert {on_wall.id, chat.id} == set(fetched(world))


def test_a_comments_picture_is_read_and_a_hidden_comment_is_not_public(
    world: FacebookWorld,
) -> None:
    url = "https://scontent.xx.fbcdn.net/v/light.png"
    add_comment(
        world.graph,
        "citizen",
        "여기요",
        world.standing_post,
        attachment={"type": "photo", "media": {"image": {"src": url}}},
    )
    add_comment(world.graph, "spammer", "광고", world.standing_post, is_hidden=True)

    shown, hidden = world.channel.fetch(world.account, "").items

    assert (shown.photos, shown.public) == ((RemotePhoto(url=url, mime="image/png"),), True)
    assert (hidden.photos, hidden.public) == ((), False)


def test_an_author_whom_facebook_does_not_name_is_nobody_elses_author(world: FacebookWorld) -> None:
    comment = add_comment(world.graph, "citizen", "익명", world.standing_post)
    del comment.fields["from"]

    (post,) = world.channel.fetch(world.account, "").items

    assert (post.author_id, post.author_name) == (comment.id, "")


def line_of(world: FacebookWorld) -> Line:
    assert isinstance(world.channel, Facebook)
    return world.channel._line(world.account)


def reads(world: FacebookWorld) -> list[str]:
    """The lists that were asked for since this was asked last."""
    asked = [urlsplit(each.path).path.rpartition("/")[2] for each in world.proxy.asked]
    world.proxy.asked.clear()
    return [edge for edge in asked if edge in ("published_posts", "feed", "tagged")]


def test_wall_and_tags_are_read_every_five_minutes_and_nothing_is_skipped(
    world: FacebookWorld,
) -> None:
    begun, cursor, found, calls = datetime.now(UTC), "", set(), 0
    written = set()
    for minute in range(60):
        now = begun + timedelta(minutes=minute)
        on_wall = add_post(world.graph, "citizen", f"글 {minute}", wall=PAGE)
        on_wall.fields["created_time"] = now.strftime("%Y-%m-%dT%H:%M:%S+0000")
        written.add(on_wall.id)
        if minute == 59:
            now += timedelta(minutes=5)
        page = citizens(line_of(world), cursor, now, timedelta(days=30))
        found |= {post.remote_id for post in page.items}
        cursor = page.cursor
        asked = reads(world)
        calls += len([edge for edge in asked if edge != "feed"])
        assert ("feed" in asked) is ("tagged" in asked) is (minute % 5 == 0 or minute == 59)

    assert found == written
    assert calls == 60 + 13


def test_a_cursor_without_the_walls_time_or_with_one_of_the_future_reads_all(
    world: FacebookWorld,
) -> None:
    now = datetime.now(UTC)
    seconds = int(now.timestamp())
    for cursor in (str(seconds), f"{seconds + 999}~{seconds}"):
        page = citizens(line_of(world), cursor, now, timedelta(days=30))

        assert reads(world) == ["published_posts", "feed", "tagged"]
        assert page.cursor.startswith(f"{seconds}~")


def test_a_sweep_that_goes_on_reads_wall_and_tags_if_it_began_so(
    world: FacebookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swept, "__kwdefaults__", {"begun": None, "limit": 1})
    now, line = datetime.now(UTC), line_of(world)
    cursor, more, asked = f"{int(now.timestamp()) - 301}~{int(now.timestamp()) - 900}", True, []
    while more:
        page = citizens(line, cursor, now, timedelta(days=30))
        cursor, more, now = page.cursor, page.more, now + timedelta(minutes=1)
        asked += reads(world)

    assert asked == ["published_posts", "feed", "tagged"]


def test_only_what_collecting_reads_is_counted(world: FacebookWorld) -> None:
    spent: list[Spending] = []

    class Counting(Bottomless):
        def spend(self, spendings: Sequence[Spending]) -> None:
            spent.extend(spendings)

    below = world.citizen_writes("댓글")
    world.channel.purse = Counting()
    world.channel.fetch(world.account, "")
    assert len(spent) == 3
    world.channel.missing(world.account, [below])
    list(world.channel.timeline(world.account, LONG_AGO))
    list(world.channel.thread(world.account, below))
    world.channel.check(world.account)

    assert len(spent) == 3
    assert spent[0].limit > 6 * 1_440  # several pages of posts, every minute of a day


def test_below_a_post_of_more_than_a_month_ago_nobody_looks(world: FacebookWorld) -> None:
    world.citizen_writes("늦은 댓글")
    old = datetime.now(UTC) - timedelta(days=31)
    add_post(world.graph, PAGE, "어제 글")
    world.standing_post.fields["created_time"] = old.strftime("%Y-%m-%dT%H:%M:%S+0000")

    page = world.channel.fetch(world.account, "")
    pages_read = [asked for asked in world.proxy.asked if "published_posts" in asked.path]

    assert len(page.items) == 1  # it came with the page that reached that far
    assert len(pages_read) == 1


# --- publishing


def test_a_picture_goes_up_unseen_with_its_words_and_then_with_the_post(
    world: FacebookWorld, tmp_path: Path
) -> None:
    pictures = (an_attachment(tmp_path, alt="고친 신호등"), an_attachment(tmp_path, alt="옆에서"))

    published = world.channel.publish(world.account, a_message(attachments=pictures))

    photos = [
        world.graph.nodes[p].fields for p in world.graph.nodes[published.remote_id].fields["photos"]
    ]
    assert [photo["alt"] for photo in photos] == ["고친 신호등", "옆에서"]
    assert published.url == f"https://www.facebook.com/{published.remote_id}"


def test_a_comment_takes_one_picture_and_no_more(world: FacebookWorld, tmp_path: Path) -> None:
    picture = an_attachment(tmp_path)
    below = world.citizen_writes("고쳐 주세요")

    one = world.channel.publish(world.account, a_message(in_reply_to=below, attachments=(picture,)))
    with pytest.raises(ChannelError, match="one picture"):
        world.channel.publish(
            world.account, a_message(in_reply_to=below, attachments=(picture, picture))
        )

    assert world.graph.nodes[one.remote_id].fields["photo"] in world.graph.nodes


def test_a_picture_that_is_not_there_is_told(world: FacebookWorld, tmp_path: Path) -> None:
    picture = an_attachment(tmp_path)
    picture.path.unlink()

    with pytest.raises(ChannelError, match=r"light\.jpg cannot be read"):
        world.channel.publish(world.account, a_message(attachments=(picture,)))


def test_a_duplicate_may_be_our_own(world: FacebookWorld) -> None:
    duplicate = Fault(reaches=True, status=400, headers=JSON, body=error_body(506))
    world.proxy.fault(world.publishes, duplicate)

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, a_message("다시 [서울 2026-1]"))

    newest = next(world.channel.timeline(world.account, LONG_AGO))
    assert newest.text == "다시 [서울 2026-1]"


def test_an_answer_to_an_answer_is_found_where_facebook_puts_it(world: FacebookWorld) -> None:
    first = world.citizen_writes("첫 댓글")
    second = world.citizen_writes("답글", to=first)

    published = world.channel.publish(world.account, a_message("예", in_reply_to=second))

    assert world.graph.nodes[published.remote_id].above == first
    assert [post.remote_id for post in world.channel.thread(world.account, second)] == [
        published.remote_id
    ]


def test_replies_are_looked_for_in_their_thread_and_posts_on_the_page(
    world: FacebookWorld,
) -> None:
    below = world.citizen_writes("댓글")
    reply = world.channel.publish(world.account, a_message("답 [서울 2026-1]", in_reply_to=below))

    texts = [post.text for post in world.channel.timeline(world.account, LONG_AGO)]

    assert world.channel.look_back is LookBack.TIMELINE
    assert world.channel.replies_in_thread
    assert "답 [서울 2026-1]" not in texts
    assert reply.url.startswith("https://www.facebook.com/")


def test_nothing_is_shared_by_a_program(world: FacebookWorld) -> None:
    with pytest.raises(ChannelError, match="passes no posts on"):
        world.channel.repost(world.account, "1_2")


# --- health


def test_a_token_without_the_permission_to_post_says_so(world: FacebookWorld) -> None:
    world.graph.debug = {"expires_at": 1_800_000_000, "scopes": ["pages_manage_posts"]}

    health = world.channel.check(world.account)

    assert (health.reads, health.writes, health.name) == (True, False, "서울시")
    assert health.expires == datetime.fromtimestamp(1_800_000_000, UTC)
    assert health.reason == f"{Trouble.FORBIDDEN}: the token lacks pages_manage_engagement"


def test_a_token_that_may_not_ask_about_itself_is_still_healthy(world: FacebookWorld) -> None:
    world.proxy.fault(
        lambda asked: "debug_token" in asked.path,
        Fault(reaches=False, status=400, headers=JSON, body=error_body(100)),
    )

    health = world.channel.check(world.account)

    assert (health.writes, health.expires) == (True, None)


def test_a_page_token_is_not_renewed(world: FacebookWorld) -> None:
    assert world.channel.renew(world.account) is None
