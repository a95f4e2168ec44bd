"""What is WordPress's own: its errors, slugs, pictures, what waits for a moderator, its HTML.

`tests/networks/test_wordpress.py` runs these cases over a real site as well.
"""

import html
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from channels.base import (
    Attachment,
    ChannelBusy,
    ChannelError,
    InDoubt,
    Message,
    Published,
    RemotePhoto,
    Trouble,
)
from channels.html_text import text_of
from channels.wordpress_values import Ref, linked, paragraphs, slug, titled
from registry.model import Account
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment
from tests.channels.proxy import Asked, Fault
from tests.channels.test_every_network import anything, collected, found, marker, ours, said, world
from tests.channels.worlds._wordpress_server import WordPressServer
from tests.channels.worlds.wordpress import WordPressWorld, a_no, open_world
from tests.channels.worlds.world import LONG_AGO

__all__ = ["marker", "world"]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPressWorld]:
    with pytest.MonkeyPatch.context() as patch:

        def secret(name: str, value: str) -> None:
            patch.setenv(secret_variable(name), value)

        with open_world(tmp_path_factory.mktemp("site"), secret) as world:
            yield world


@pytest.fixture
def server(world: WordPressWorld) -> WordPressServer:
    """The site, where it is ours and its tables can be changed."""
    if world.server is None:
        pytest.skip("this site is a real one")
    return world.server


def uploads(asked: Asked) -> bool:
    return asked.method == "POST" and "media" in asked.path


def publish(world: WordPressWorld, text: str, key: str, **more: object) -> Published:
    return world.channel.publish(world.account, a_message(text, key=key, **more))


def pictures(world: WordPressWorld) -> list[str]:
    return [media["source_url"] for media in world.ask("GET", "media", params={"per_page": 100})]


def as_user(world: WordPressWorld, login: tuple[str, str], patch: pytest.MonkeyPatch) -> Account:
    """Our account with another user's password."""
    secret = json.dumps({"user": login[0], "app_password": login[1]})
    patch.setenv(secret_variable("another"), secret)
    return replace(world.account, credential="another")


# --- what stands once


def test_a_post_is_named_by_its_delivery_and_made_once(world: WordPressWorld) -> None:
    published = publish(world, "수도 공사\n내일 합니다", "Haechi:2026/7-A")

    post = world.ask("GET", Ref.of(published.remote_id).route)
    again = publish(world, "수도 공사\n내일 합니다", "Haechi:2026/7-A")

    assert post["slug"] == "haechi-2026-7-a"
    assert again == published


def test_a_post_that_a_person_took_back_is_not_written_again(world: WordPressWorld) -> None:
    first = publish(world, "다시 쓸 글", "taken-back")
    _set(world, first.remote_id, "draft")

    with pytest.raises(ChannelError, match="draft"):
        publish(world, "다시 쓸 글", "taken-back")


def test_a_comment_said_twice_is_in_doubt_for_it_may_be_ours(
    world: WordPressWorld, marker: str
) -> None:
    post = world.citizen_writes("물이 안 나와요")
    first = world.channel.publish(world.account, said("확인하겠습니다", marker, post))

    with pytest.raises(InDoubt, match="comment_duplicate"):
        world.channel.publish(world.account, said("확인하겠습니다", marker, post))

    assert ours(world, marker) == 1
    assert found(list(world.channel.thread(world.account, post)), marker) == [first.remote_id]


@pytest.mark.parametrize("status", ["hold", "spam", "trash"])
def test_a_comment_that_the_site_holds_back_is_not_published(
    world: WordPressWorld, status: str
) -> None:
    post = world.citizen_writes("물이 안 나와요")
    held = {"id": 7, "post": 1, "date_gmt": "2026-01-01T00:00:00", "status": status}
    world.proxy.fault(world.publishes, Fault(reaches=False, status=201, body=_json(held)))

    with pytest.raises(ChannelError, match=f"holds it back as '{status}'") as error:
        publish(world, "확인하겠습니다", f"held-{status}", in_reply_to=post)

    assert error.value.kind is Trouble.REFUSED


def test_a_post_that_waits_for_an_editor_is_not_published(world: WordPressWorld) -> None:
    held = {"id": 7, "date_gmt": "2026-01-01T00:00:00", "status": "pending"}
    world.proxy.fault(world.publishes, Fault(reaches=False, status=201, body=_json(held)))

    with pytest.raises(ChannelError, match="pending"):
        publish(world, "수도 공사", "pending-post")


@pytest.mark.parametrize("status", [None, 7, "a-plugins-own"])
def test_what_the_site_took_in_words_that_nobody_knows_is_in_doubt(
    world: WordPressWorld, status: object
) -> None:
    odd = {"id": 7, "date_gmt": "2026-01-01T00:00:00", "status": status}
    world.proxy.fault(world.publishes, Fault(reaches=False, status=201, body=_json(odd)))

    with pytest.raises(InDoubt, match="cannot be read"):
        publish(world, "수도 공사", f"odd-{status}")


def _json(told: object) -> bytes:
    return json.dumps(told).encode()


def test_the_timeline_holds_posts_and_comments_newest_first(
    world: WordPressWorld, marker: str
) -> None:
    post = publish(world, f"글 {marker}", f"mixed-{marker[-3:-1]}")
    below = world.channel.publish(world.account, said("답글", marker, post.remote_id))

    timeline = list(world.channel.timeline(world.account, LONG_AGO))

    assert set(found(timeline, marker)) == {post.remote_id, below.remote_id}
    assert [each.at for each in timeline] == sorted((e.at for e in timeline), reverse=True)
    assert below.in_reply_to == post.remote_id


def test_a_long_timeline_is_read_to_its_end(world: WordPressWorld, server: WordPressServer) -> None:
    made = [publish(world, f"긴 목록 {n}", f"long-{n}").remote_id for n in range(3)]
    row = server._one("posts", Ref.of(made[0]).number)
    copies = [row | {"id": 100_000 + n, "slug": f"copy-{n}"} for n in range(250)]  # one second
    server.tables["posts"] += copies

    read = [post.remote_id for post in world.channel.timeline(world.account, LONG_AGO)]

    server.tables["posts"] = [each for each in server.tables["posts"] if each not in copies]
    assert len(set(read)) == len(read)
    assert {*made, *(f"post:{each['id']}@{world.site}" for each in copies)} <= set(read)


def test_many_comments_of_one_second_are_all_fetched(
    world: WordPressWorld, server: WordPressServer
) -> None:
    first = world.citizen_writes("한꺼번에 옮긴 글")
    row = server._one("comments", Ref.of(first).number)
    copies = [
        row | {"id": 200_000 + n} for n in range(2_700)
    ]  # an import; more than one call reads
    server.tables["comments"] += copies

    posts, _ = collected(world)

    server.tables["comments"] = [c for c in server.tables["comments"] if c not in copies]
    read = {post.remote_id for post in posts}
    assert {f"comment:{copy['id']}@{world.site}" for copy in copies} <= read


# --- reading


def test_a_comment_of_the_future_hides_none_of_today(
    world: WordPressWorld, server: WordPressServer
) -> None:
    early = world.citizen_writes("날짜가 틀린 글")
    server._one("comments", Ref.of(early).number)["date_gmt"] = "2099-01-01T00:00:00"
    _, cursor = collected(world)
    written = world.citizen_writes("오늘의 글")

    posts, _ = collected(world, cursor)
    of_old, _ = collected(world, "2098-12-31T23:50:00Z")  # a cursor that went astray

    assert written in {post.remote_id for post in posts}
    assert written in {post.remote_id for post in of_old}
    server._one("comments", Ref.of(early).number)["date_gmt"] = "2026-01-01T00:00:00"


def test_what_waits_for_a_moderator_is_fetched_but_not_public(world: WordPressWorld) -> None:
    _, cursor = collected(world)
    shown, held = world.citizen_writes("보이는 글"), world.citizen_writes("기다리는 글")
    _set(world, held, "hold")

    posts, _ = collected(world, cursor)

    public = {post.remote_id: post.public for post in posts}
    assert (public[shown], public[held]) == (True, False)


def test_what_lies_in_the_trash_is_missing(world: WordPressWorld) -> None:
    kept, gone = world.citizen_writes("남는 글"), world.citizen_writes("휴지통 글")
    _set(world, gone, "trash")

    assert world.channel.missing(world.account, [kept, gone, "put-up-by-hand"]) == {gone}


def _set(world: WordPressWorld, remote_id: str, status: str) -> None:
    if world.server:
        ref = Ref.of(remote_id)
        world.server._one(f"{ref.kind}s", ref.number)["status"] = status
    else:
        world.ask("POST", Ref.of(remote_id).route, json={"status": status})


def test_what_the_account_wrote_itself_is_nobodys_report(
    world: WordPressWorld, marker: str
) -> None:
    post = world.citizen_writes("가로등이 꺼졌어요")
    published = world.channel.publish(world.account, said("확인하겠습니다", marker, post))

    posts, _ = collected(world)

    assert published.remote_id not in [each.remote_id for each in posts]


def test_ids_of_two_sites_are_never_the_same(world: WordPressWorld) -> None:
    post = world.citizen_writes("두 누리집의 첫 댓글")

    assert post.endswith(f"@{world.site}")


def test_a_guest_is_nobody_we_know(world: WordPressWorld) -> None:
    written = world.citizen_writes("손님이 쓴 글")

    posts, _ = collected(world)

    (post,) = [each for each in posts if each.remote_id == written]
    assert (post.author_id, post.author_handle) == (written, "")
    assert "example.kr" not in repr(post)  # no address of a guest's is ever taken


@pytest.mark.parametrize(
    "broken",
    [
        {"id": None},
        {"id": True},
        {"id": "7"},
        {"post": None},
        {"post": "x"},
    ],
)
def test_a_comment_that_is_none_is_waited_for(
    world: WordPressWorld, broken: dict[str, object]
) -> None:
    comment = {"id": 7, "post": 1, "author": 0, "date_gmt": "2026-01-01T00:00:00"} | broken
    body = json.dumps([comment]).encode()
    world.proxy.fault(anything, Fault(reaches=False, status=200, body=body), times=9)

    with pytest.raises(ChannelBusy):
        collected(world)


@pytest.mark.parametrize(
    "odd",
    [
        {"date_gmt": None},
        {"date_gmt": "0000-00-00T00:00:00"},
        {"content": None},
        {"content": {"raw": 7}},
        {"author_name": None},
        {"author": "7", "link": None, "status": 9},
        {"author": 7, "_embedded": {"author": [{"code": "rest_user_cannot_view"}]}},
        {"author": 7, "_embedded": 3},
    ],
)
def test_a_comment_that_lacks_something_is_read_without_it(
    world: WordPressWorld, odd: dict[str, object]
) -> None:
    world.channel.check(world.account)
    comment = {"id": 7, "post": 1, "author": 0, "date_gmt": "2026-01-01T00:00:00"} | odd
    body = json.dumps([comment]).encode()
    world.proxy.fault(
        lambda asked: "comments" in asked.path, Fault(reaches=False, status=200, body=body)
    )

    page = world.channel.fetch(world.account, "")

    assert [post.remote_id for post in page.items] == [f"comment:7@{world.site}"]


# --- text and pictures


NASTY = '[gallery ids="1"] <script>alert(1)</script> & "따옴표" #안전 --- 5 < 6'


def test_a_text_is_shown_as_it_was_written(world: WordPressWorld) -> None:
    text = f"{NASTY}\n첫째 줄\n둘째 줄\n\nhttps://seoul.example/a?b=1&c=2 에서 보세요."
    published = publish(world, text, "nasty")

    (read,) = [
        post
        for post in world.channel.timeline(world.account, LONG_AGO)
        if post.remote_id == published.remote_id
    ]
    shown = world.ask("GET", Ref.of(published.remote_id).route)["content"]["rendered"]

    assert read.text == text.replace("5 < 6\n", "5 < 6\n\n", 1)
    assert '<a href="https://seoul.example/a?b=1&#038;c=2"' in shown.replace("&amp;", "&#038;")
    assert "<script" not in shown


def test_a_reply_is_shown_as_it_was_written(world: WordPressWorld) -> None:
    post = world.citizen_writes("질문")
    text = f"{NASTY}\n첫째 줄\n\nhttps://seoul.example/a?b=1&c=2."
    published = world.channel.publish(
        world.account, a_message(text, key="nasty-reply", in_reply_to=post)
    )

    assert text in [each.text for each in world.channel.thread(world.account, post)]
    shown = world.ask("GET", Ref.of(published.remote_id).route)["content"]["rendered"]
    assert "<script" not in shown
    assert 'href="https://seoul.example/a?b=1' in shown


@pytest.mark.parametrize(
    ("text", "title", "body"),
    [
        ("한 줄", "한 줄", "한 줄"),
        ("# 제목\n\n본문", "제목", "본문"),
        ("#안전 제목\n본문", "#안전 제목", "본문"),
        ("가" * 200 + "\n본문", "가" * 99 + "…", "가" * 200 + "\n본문"),
    ],
)
def test_a_short_first_line_is_the_title(text: str, title: str, body: str) -> None:
    made = titled(text)

    assert (html.unescape(made[0]), text_of(made[1])) == (title, body)


def test_a_link_ends_before_the_sentence_does() -> None:
    assert linked("보기 https://a.example/x.") == (
        '보기 <a href="https://a.example/x">https://a.example/x</a>.'
    )
    assert paragraphs('https://a.example/"onload="x') == (
        '<p><a href="https://a.example/">https://a.example/</a>&quot;onload=&quot;x</p>'
    )


def test_a_slug_is_what_wordpress_would_make_of_it() -> None:
    assert slug("haechi-2026-1_X 가:b--") == "haechi-2026-1_x-b"


def test_a_picture_stands_in_the_post_with_its_description_and_goes_with_it(
    world: WordPressWorld, tmp_path: Path
) -> None:
    picture = an_attachment(tmp_path, '고친 "신호등" <b>')
    published = publish(world, "고쳤습니다\n보세요", "picture-1", attachments=(picture,))

    post = world.ask("GET", Ref.of(published.remote_id).route)
    (url,) = [each for each in pictures(world) if "picture-1-picture-1" in each]
    (media,) = world.ask("GET", "media", params={"slug": "picture-1-picture-1"})

    assert url.rpartition("/")[2] in post["content"]["rendered"]
    assert 'alt="고친 &quot;신호등&quot; &lt;b&gt;"' in post["content"]["rendered"]
    assert media["alt_text"].startswith("고친 ")
    assert world.channel.delete(world.account, published.remote_id)
    assert url not in pictures(world)


def test_a_reply_leads_to_its_picture(world: WordPressWorld, tmp_path: Path) -> None:
    post = world.citizen_writes("고쳤나요?")
    message = a_message(key="reply-7", in_reply_to=post, attachments=(an_attachment(tmp_path),))

    published = world.channel.publish(world.account, message)

    shown = world.ask("GET", Ref.of(published.remote_id).route)["content"]["rendered"]
    assert "reply-7-picture-1.jpg" in shown
    assert "고친 신호등</a>" in shown
    assert world.channel.delete(world.account, published.remote_id)
    assert not any("reply-7" in url for url in pictures(world))


def test_a_picture_whose_answer_was_lost_is_not_uploaded_again(
    world: WordPressWorld, tmp_path: Path
) -> None:
    message = a_message(key="lost-picture", attachments=(an_attachment(tmp_path),))
    world.proxy.fault(uploads, Fault(reaches=True))
    with pytest.raises(ChannelBusy):
        world.channel.publish(world.account, message)

    world.channel.publish(world.account, message)

    assert len([url for url in pictures(world) if "lost-picture" in url]) == 1


def test_a_picture_that_cannot_be_read_leaves_nothing(world: WordPressWorld) -> None:
    lost = Attachment(path=Path("nowhere/x.jpg"), alt="", mime="image/jpeg")

    with pytest.raises(ChannelError, match=r"x\.jpg cannot be read"):
        publish(world, "사진 없는 글", "no-file", attachments=(lost,))


def test_a_picture_from_elsewhere_is_not_fetched(world: WordPressWorld) -> None:
    with pytest.raises(ChannelError, match="media host"):
        world.channel.photo(world.account, RemotePhoto(url="https://evil.example/x.jpg"))


# --- taking down


def test_what_another_user_wrote_is_not_deleted(world: WordPressWorld) -> None:
    post = world.citizen_writes("시민의 글")

    with pytest.raises(ChannelError) as error:
        world.channel.delete(world.account, post)

    assert error.value.kind is Trouble.FORBIDDEN


def test_a_site_without_a_trash_deletes_at_once(
    world: WordPressWorld, server: WordPressServer
) -> None:
    published = publish(world, "지울 글", "no-trash")
    server.trash = False

    assert world.channel.delete(world.account, published.remote_id)
    server.trash = True
    assert not world.channel.delete(world.account, published.remote_id)


def test_what_a_person_put_up_is_not_taken_for_a_post_of_ours(world: WordPressWorld) -> None:
    with pytest.raises(ChannelError, match="names no post"):
        world.channel.delete(world.account, "a-slug-by-hand")


# --- what goes wrong


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "incorrect_password", Trouble.REVOKED),
        (401, "invalid_username", Trouble.REVOKED),
        (401, "application_passwords_disabled_for_user", Trouble.REVOKED),
        (401, "rest_not_logged_in", Trouble.REVOKED),
        (401, "rest_forbidden", Trouble.FORBIDDEN),
        (403, "rest_cannot_create", Trouble.FORBIDDEN),
        (403, "rest_comment_closed", Trouble.FORBIDDEN),
        (403, "rest_comment_trash_post", Trouble.GONE),
        (404, "rest_comment_invalid_id", Trouble.GONE),
        (404, "rest_no_route", Trouble.SERVER),
        (400, "rest_invalid_param", Trouble.REFUSED),
        (401, "of_a_plugin", Trouble.REVOKED),
        (403, "of_a_plugin", Trouble.FORBIDDEN),
    ],
)
def test_each_of_wordpresss_errors_has_its_meaning(
    world: WordPressWorld, status: int, code: str, kind: Trouble
) -> None:
    world.proxy.fault(world.publishes, a_no(status, code))

    with pytest.raises(ChannelError, match=code) as error:
        publish(world, "안내", "refused")

    assert error.value.kind is kind


def test_a_comment_too_soon_after_another_waits(world: WordPressWorld, marker: str) -> None:
    post = world.citizen_writes("질문")
    world.proxy.fault(world.publishes, a_no(400, "comment_flood"))

    with pytest.raises(ChannelBusy) as busy:
        world.channel.publish(world.account, said("답", marker, post))

    assert (busy.value.kind, busy.value.retry_after) == (Trouble.LIMITED, 15)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_page_that_is_not_wordpresss_proves_nothing(world: WordPressWorld, status: int) -> None:
    page = Fault(reaches=False, status=status, body=b"<html>under construction</html>")
    post = world.citizen_writes("살아 있는 글")
    world.proxy.fault(anything, page, times=2)

    with pytest.raises(ChannelBusy, match="not WordPress's"):
        collected(world)
    with pytest.raises(ChannelBusy):
        world.channel.missing(world.account, [post])

    world.proxy.heal()
    world.proxy.fault(world.publishes, page)
    with pytest.raises(InDoubt):
        publish(world, "안내", f"page-{status}")


def test_a_warning_of_php_before_the_answer_leaves_a_post_in_doubt(world: WordPressWorld) -> None:
    noise = b'<br /><b>Warning</b>: x in y.php<br />{"id": 7}'
    world.proxy.fault(world.publishes, Fault(reaches=True, status=201, body=noise))

    with pytest.raises(InDoubt):
        publish(world, "안내", "warned")

    assert publish(world, "안내", "warned").remote_id


def test_a_site_that_moved_is_a_matter_for_a_person(world: WordPressWorld) -> None:
    moved = Fault(reaches=False, status=301, headers={"Location": "https://www.example.kr/"})
    world.proxy.fault(anything, moved, times=9)

    with pytest.raises(ChannelError, match=r"www\.example\.kr") as error:
        collected(world)

    assert error.value.kind is Trouble.SERVER


def test_a_wrong_password_is_revoked(
    world: WordPressWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = as_user(world, (world.login[0], "aaaa bbbb cccc"), monkeypatch)

    assert world.channel.check(account).reason.startswith(Trouble.REVOKED)


def test_a_user_who_may_not_moderate_is_told_what_it_lacks(
    world: WordPressWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = as_user(world, world.other, monkeypatch)

    health = world.channel.check(account)

    assert not health.writes
    assert "Editor" in health.reason
    with pytest.raises(ChannelError) as error:
        world.channel.fetch(account, "")
    assert error.value.kind is Trouble.FORBIDDEN


def test_a_secret_of_another_shape_says_what_is_missing(
    world: WordPressWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secret_variable("another"), "just-a-password")

    health = world.channel.check(replace(world.account, credential="another"))

    assert "user, app_password" in health.reason


def test_an_unknown_id_is_refused_before_anything_leaves(world: WordPressWorld) -> None:
    asked = len(world.proxy.asked)

    with pytest.raises(ChannelError):
        world.channel.publish(
            world.account, Message(text="답", key="k", at=LONG_AGO, in_reply_to="123")
        )

    assert len(world.proxy.asked) == asked
