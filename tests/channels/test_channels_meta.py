"""What Facebook, Instagram and Threads share: errors by code, tokens, sweeps, proof of absence."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyfacebook import FacebookError

from channels.base import ChannelBusy, ChannelError, InDoubt, Post, Trouble
from channels.facebook import Facebook
from channels.meta_errors import meant
from channels.meta_reading import LONG_AGO, OVERLAP, Mark, items, swept
from channels.verdict import Doing
from channels.wire import Exchange
from settings import secret_variable
from tests.channels.channel_builders import a_message, settings_in
from tests.channels.proxy import Asked, Fault
from tests.channels.worlds._graph_server import error_body
from tests.channels.worlds.facebook import JSON, TOKEN, FacebookWorld, open_world

NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FacebookWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as opened:
        yield opened


def failure(doing: Doing, status: int, **error: Any) -> ChannelBusy | ChannelError | InDoubt:
    told = FacebookError({"error": {"message": "no", **error}})
    return meant(doing, told, Exchange(sent=True, status=status), "facebook_seoul", None)


def anything(_asked: Asked) -> bool:
    return True


# --- errors


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 190}, Trouble.REVOKED),
        ({"code": 190, "error_subcode": 463}, Trouble.REVOKED),
        ({"code": 102}, Trouble.REVOKED),
        ({"code": 10}, Trouble.FORBIDDEN),
        ({"code": 200}, Trouble.FORBIDDEN),
        ({"code": 299}, Trouble.FORBIDDEN),
        ({"code": 368}, Trouble.FORBIDDEN),
        ({"code": 4, "error_subcode": 2207051}, Trouble.FORBIDDEN),
        ({"code": 100, "error_subcode": 33}, Trouble.GONE),
        ({"code": 100}, Trouble.REFUSED),
        ({"code": 36003}, Trouble.REFUSED),
        ({"code": 777_777}, Trouble.REFUSED),
        ({"code": "190"}, Trouble.REFUSED),
        ({}, Trouble.REFUSED),
    ],
)
@pytest.mark.parametrize("doing", [Doing.READING, Doing.PUBLISHING])
def test_these_errors_are_a_matter_for_a_person(
    doing: Doing, error: dict[str, Any], kind: Trouble
) -> None:
    failed = failure(doing, 400, **error)

    assert isinstance(failed, ChannelError)
    assert failed.kind is kind


@pytest.mark.parametrize("code", [4, 9, 17, 32, 341, 613, 80001, 80008])
@pytest.mark.parametrize("doing", [Doing.READING, Doing.PUBLISHING])
def test_these_errors_are_limits_and_nothing_was_done(doing: Doing, code: int) -> None:
    failed = failure(doing, 400, code=code)

    assert isinstance(failed, ChannelBusy)
    assert failed.kind is Trouble.LIMITED


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": 1}),
        (400, {"code": 2}),
        (400, {"code": -1, "error_subcode": 2207001}),
        (400, {"code": 24, "error_subcode": 4279009}),
        (400, {"code": 506}),
        (400, {"code": 777_777, "is_transient": True}),
        (500, {"code": 777_777}),
        (503, {}),
        (200, {"code": 777_777}),
    ],
)
def test_these_errors_leave_a_post_in_doubt_and_a_reading_waits(
    status: int, error: dict[str, Any]
) -> None:
    assert isinstance(failure(Doing.PUBLISHING, status, **error), InDoubt)
    assert isinstance(failure(Doing.PREPARING, status, **error), ChannelBusy)
    assert isinstance(failure(Doing.READING, status, **error), ChannelBusy)


def test_an_error_is_told_by_its_code_and_its_words(world: FacebookWorld) -> None:
    body = error_body(10, message="(#10) Requires pages_read_engagement")
    world.proxy.fault(anything, Fault(reaches=False, status=400, headers=JSON, body=body))

    with pytest.raises(ChannelError, match=r"facebook_seoul .*error 10: \(#10\) Requires"):
        world.channel.fetch(world.account, "")


def test_meta_says_in_a_header_how_many_minutes_to_wait(world: FacebookWorld) -> None:
    world.proxy.fault(anything, world.limited)

    with pytest.raises(ChannelBusy) as busy:
        world.channel.fetch(world.account, "")

    assert busy.value.retry_after == 19 * 60


@pytest.mark.parametrize("usage", ["{", "[]", '{"a": 1}', '{"a": [1, {"odd": []}]}', '"x"'])
def test_odd_words_about_our_use_disturb_nothing(world: FacebookWorld, usage: str) -> None:
    headers = JSON | {"X-Business-Use-Case-Usage": usage, "X-App-Usage": '{"new": 1}'}
    answer = Fault(reaches=True, status=200, headers=headers, body=b'{"id": "1_2"}')
    world.proxy.fault(world.publishes, answer)

    assert world.channel.publish(world.account, a_message()).remote_id == "1_2"


# --- tokens


def test_no_token_stands_in_an_address(world: FacebookWorld) -> None:
    world.channel.fetch(world.account, "")
    world.channel.publish(world.account, a_message())

    assert world.proxy.asked
    assert not any(
        TOKEN in asked.path or TOKEN.encode() in asked.body for asked in world.proxy.asked
    )


def test_what_is_written_down_of_a_failure_names_no_query(
    world: FacebookWorld, tmp_path: Path
) -> None:
    nowhere = Facebook(settings_in(tmp_path, live=True), origin="http://127.0.0.1:9")

    with pytest.raises(ChannelBusy) as busy:
        nowhere.fetch(world.account, "")

    assert busy.value.reason.endswith("127.0.0.1: nothing listens there")


def test_a_new_token_is_used_at_once(world: FacebookWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    world.channel.fetch(world.account, "")
    monkeypatch.setenv(secret_variable("facebook-seoul"), "EAAwithdrawn")

    with pytest.raises(ChannelError) as error:
        world.channel.fetch(world.account, "")

    assert error.value.kind is Trouble.REVOKED


# --- what is gone


def test_on_a_day_when_meta_finds_nothing_nothing_is_deleted(world: FacebookWorld) -> None:
    post = world.citizen_writes("살아 있는 글")
    body = error_body(100, subcode=33)
    world.proxy.fault(
        lambda asked: "_posts" not in asked.path,
        Fault(reaches=False, status=400, headers=JSON, body=body),
        times=99,
    )

    assert world.channel.missing(world.account, [post]) == set()


def test_a_deleted_post_is_missing_even_when_it_is_asked_for_alone(world: FacebookWorld) -> None:
    post = world.citizen_writes("지울 글")
    world.citizen_deletes(post)

    assert world.channel.missing(world.account, [post]) == {post}


def test_what_we_may_not_see_any_more_is_not_deleted(world: FacebookWorld) -> None:
    post = world.citizen_writes("안 보이는 글")
    world.proxy.fault(
        lambda asked: post in asked.path,
        Fault(reaches=False, status=400, headers=JSON, body=error_body(10)),
    )

    assert world.channel.missing(world.account, [post]) == set()


def test_what_stands_and_cannot_be_deleted_is_a_persons_task(world: FacebookWorld) -> None:
    post = world.citizen_writes("시민의 글")

    with pytest.raises(ChannelError) as error:
        world.channel.delete(world.account, post)

    assert error.value.kind is Trouble.BY_HAND


# --- sweeps


def a_post(number: int, *, minutes: int) -> Post:
    return Post(
        remote_id=str(number),
        author_id="1",
        author_handle="",
        author_name="",
        text="",
        url="",
        created_at=NOW - timedelta(minutes=minutes),
    )


class Listed:
    """A list of citizens' posts, newest first, in pages of two."""

    def __init__(self, *posts: Post) -> None:
        self.posts = list(posts)
        self.asked: list[str] = []

    def __call__(self, after: str, floor: datetime) -> tuple[list[Post], str]:
        self.asked.append(after)
        start = int(after or 0)
        found = self.posts[start : start + 2]
        more = start + 2 < len(self.posts) and found[-1].created_at >= floor
        return found, str(start + 2) if more else ""


def ids(posts: Any) -> list[str]:
    return [post.remote_id for post in posts]


def test_a_sweep_that_is_cut_short_goes_on_where_it_was() -> None:
    source = Listed(*(a_post(n, minutes=n) for n in range(1, 8)))

    first = swept([source], "", NOW, limit=2)
    second = swept([source], first.cursor, NOW + timedelta(hours=1), limit=2)

    assert (ids(first.items), first.more) == (["4", "3", "2", "1"], True)
    assert (ids(second.items), second.more) == (["7", "6", "5"], False)
    assert source.asked == ["", "2", "4", "6"]


def test_what_comes_while_a_sweep_is_under_way_is_found_by_the_next() -> None:
    early, late = Listed(a_post(1, minutes=90)), Listed(a_post(2, minutes=80))
    first = swept([early, late], "", NOW - timedelta(minutes=70), limit=1)
    early.posts.insert(0, a_post(3, minutes=60))  # on the page that is read already
    late.posts.insert(0, a_post(4, minutes=1))

    second = swept([early, late], first.cursor, NOW)
    third = swept([early, late], second.cursor, NOW)

    assert "3" not in ids(second.items)
    assert "3" in ids(third.items)


def test_a_clock_that_is_ahead_skips_nothing() -> None:
    source = Listed(a_post(1, minutes=10))
    cursor = swept([source], "", NOW + timedelta(days=2)).cursor
    source.posts.insert(0, a_post(2, minutes=5))

    assert "2" in ids(swept([source], cursor, NOW).items)


def test_an_idle_list_is_read_no_further_back_than_the_last_time() -> None:
    source = Listed(*(a_post(n, minutes=60 * n) for n in range(1, 9)))
    cursor = swept([source], "", NOW).cursor
    source.asked.clear()

    again = swept([source], cursor, NOW)

    assert source.asked == [""]
    assert again.cursor == cursor
    assert Mark.of(cursor).floor == NOW - timedelta(minutes=60) - OVERLAP


def test_a_place_in_a_list_that_meta_forgot_means_the_beginning_again() -> None:
    source = Listed(*(a_post(n, minutes=n) for n in range(1, 8)))
    cursor = swept([source], "", NOW, limit=1).cursor

    def forgetful(after: str, floor: datetime) -> tuple[list[Post], str]:
        if after == "2":
            raise FacebookError({"error": {"message": "Invalid cursor", "code": 100}})
        return source("", floor)[0], ""

    again = swept([forgetful], cursor, NOW)

    assert ids(again.items) == ["2", "1"]
    assert not again.more


def test_a_list_that_goes_round_is_waited_for() -> None:
    def round_and_round(after: str, floor: datetime) -> tuple[list[Post], str]:
        return [], "the same"

    with pytest.raises(ChannelBusy, match="same page"):
        swept([round_and_round], "", NOW)


def test_a_mark_survives_being_written_down() -> None:
    begun = replace(Mark(), begun=NOW, newest=NOW - OVERLAP, source=2, after="QVFI|=")

    assert Mark.of(begun.told()) == begun
    assert Mark.of(Mark(NOW).told()) == Mark(NOW)
    assert Mark.of("") == Mark(LONG_AGO)


def test_a_page_that_is_too_much_work_for_graph_is_asked_for_in_smaller_pieces(
    world: FacebookWorld,
) -> None:
    comment = world.citizen_writes("댓글")
    words = "Please reduce the amount of data you're asking for, then retry your request"
    world.proxy.fault(
        lambda asked: "published_posts" in asked.path and "limit=25" in asked.path[-300:],
        Fault(reaches=False, status=500, headers=JSON, body=error_body(1, message=words)),
    )

    posts = world.channel.fetch(world.account, "").items

    assert comment in ids(posts)
    assert any("limit=5" in asked.path for asked in world.proxy.asked)


# --- hostile answers


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"data": {}},
        {"data": [1]},
        {"data": [], "paging": {"next": "https://graph.example/"}},
        {"data": [], "paging": {"next": "x", "cursors": {"after": 5}}},
    ],
)
def test_what_is_no_page_is_not_taken_for_an_empty_one(told: Any) -> None:
    with pytest.raises(ValueError, match="answer"):
        items(told)


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"id": None, "created_time": "2026-12-03T09:00:00+0000"},
        {"id": "1_1", "created_time": 5},
        {"id": "1_1", "created_time": "yesterday"},
        {"id": "1_1", "created_time": "2026-12-03T09:00:00+0000", "comments": []},
        {
            "id": "1_1",
            "created_time": "2026-12-03T09:00:00+0000",
            "comments": {"data": [{"created_time": "2026-12-03T09:00:00+0000"}]},
        },
    ],
)
def test_an_odd_entry_is_waited_for_and_loses_nothing(world: FacebookWorld, item: Any) -> None:
    body = json.dumps({"data": [item]}).encode()
    world.proxy.fault(
        lambda asked: "published_posts" in asked.path,
        Fault(reaches=False, status=200, headers=JSON, body=body),
    )

    with pytest.raises(ChannelBusy):
        world.channel.fetch(world.account, "")


@pytest.mark.parametrize("error", [b'{"error": 5}', b'{"error": {"code": [], "message": {}}}'])
def test_an_odd_error_is_read_by_its_status(world: FacebookWorld, error: bytes) -> None:
    world.proxy.fault(anything, Fault(reaches=False, status=500, headers=JSON, body=error))

    with pytest.raises(ChannelBusy):
        world.channel.fetch(world.account, "")
