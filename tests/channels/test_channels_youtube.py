"""What is YouTube's own: quota, reasons, tokens, threads that show not all their answers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.base import ChannelBusy, ChannelError, InDoubt, Published, RemotePhoto, Trouble
from channels.budget import Bottomless, Spending, gate
from channels.youtube import CHANNEL
from channels.youtube_errors import until_midnight_pacific
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment
from tests.channels.proxy import Asked, Fault
from tests.channels.test_every_network import collected
from tests.channels.worlds._youtube_server import US
from tests.channels.worlds.world import LONG_AGO
from tests.channels.worlds.youtube import SECRET, YouTubeWorld, a_no, open_world


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as world:
        yield world


def reply(world: YouTubeWorld, to: str, text: str = "확인하겠습니다 [서울 2026-1]") -> Published:
    return world.channel.publish(world.account, a_message(text, in_reply_to=to))


def api(asked: Asked) -> bool:
    return asked.path.startswith("/youtube/")


def grants(asked: Asked) -> bool:
    return asked.path == "/token"


# --- writing


def test_what_answers_nobody_is_put_up_by_hand_and_nothing_leaves(world: YouTubeWorld) -> None:
    with pytest.raises(ChannelError, match="community") as error:
        world.channel.publish(world.account, a_message())

    assert error.value.kind is Trouble.BY_HAND
    assert world.proxy.asked == []


def test_a_picture_is_refused_before_anything_leaves(world: YouTubeWorld, tmp_path: Path) -> None:
    message = a_message(in_reply_to="Ug0001", attachments=(an_attachment(tmp_path),))

    with pytest.raises(ChannelError, match="picture"):
        world.channel.publish(world.account, message)

    assert world.proxy.asked == []


def test_an_answer_to_an_answer_hangs_below_the_first_comment(world: YouTubeWorld) -> None:
    first = world.citizen_writes("가로등이 꺼졌어요")
    second = world.citizen_writes("우리 동네도요", to=first)

    published = reply(world, second)

    assert published.in_reply_to == first
    assert published.url == f"https://www.youtube.com/watch?v=video-1&lc={published.remote_id}"
    assert [p.remote_id for p in world.channel.thread(world.account, second)] == [
        published.remote_id
    ]


def test_a_long_thread_is_looked_through_to_its_end(world: YouTubeWorld) -> None:
    first = world.citizen_writes("가로등이 꺼졌어요")
    for n in range(250):
        world.citizen_writes(f"답 {n}", to=first)
    published = reply(world, first)

    assert [p.remote_id for p in world.channel.thread(world.account, first)] == [
        published.remote_id
    ]


def test_no_timeline_is_ever_complete(world: YouTubeWorld) -> None:
    with pytest.raises(ChannelError):
        list(world.channel.timeline(world.account, LONG_AGO))


def test_what_somebody_else_wrote_is_not_deleted(world: YouTubeWorld) -> None:
    with pytest.raises(ChannelError) as error:
        world.channel.delete(world.account, world.citizen_writes("시민의 글"))

    assert error.value.kind is Trouble.FORBIDDEN


# --- reading


def test_all_answers_are_fetched_where_a_thread_shows_only_some(world: YouTubeWorld) -> None:
    first = world.citizen_writes("가로등이 꺼졌어요")
    written = {world.citizen_writes(f"답 {n}", to=first) for n in range(12)}

    posts, cursor = collected(world)
    assert written < {post.remote_id for post in posts}

    world.server.asked.clear()
    collected(world, cursor)
    assert world.server.asked == ["commentThreads.list"]  # nothing new, one unit

    late = world.citizen_writes("한 달 뒤의 답", to=first)
    posts, _ = collected(world, cursor)
    assert late in {post.remote_id for post in posts}


def test_threads_long_before_the_newest_are_not_read_again(world: YouTubeWorld) -> None:
    old = world.citizen_writes("오래된 글")
    world.server.comments[old]["snippet"]["publishedAt"] = "2025-01-01T00:00:00Z"
    for n in range(150):
        name = world.citizen_writes(f"지난 글 {n}")
        world.server.comments[name]["snippet"]["publishedAt"] = "2026-01-01T00:00:00Z"
    for n in range(60):
        world.citizen_writes(f"새 글 {n}")
    posts, cursor = collected(world)
    assert old in {post.remote_id for post in posts}

    world.server.asked.clear()
    collected(world, cursor)

    assert len(world.server.asked) == 1


def test_a_sweep_goes_on_where_it_was_cut_and_starts_anew_where_that_is_forgotten(
    world: YouTubeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.youtube_reading.comments.__kwdefaults__", {"pages": 1})
    written = {world.citizen_writes(f"글 {n}") for n in range(250)}

    page = world.channel.fetch(world.account, "")
    assert page.more
    assert len(page.items) == 100
    world.proxy.fault(lambda asked: "pageToken" in asked.path, a_no(400, "invalidPageToken"))
    posts, _ = collected(world, page.cursor)

    assert written <= {post.remote_id for post in (*page.items, *posts)}


def test_our_own_comments_are_nobodys_reports(world: YouTubeWorld) -> None:
    first = world.citizen_writes("질문")
    ours = {reply(world, first).remote_id, world.server.write("공지", US)["id"]}

    posts, _ = collected(world)

    assert not ours & {post.remote_id for post in posts}


@pytest.mark.parametrize("whole", [False, True], ids=["left out", "denied as a whole"])
def test_deleted_comments_are_found_among_many(world: YouTubeWorld, whole: bool) -> None:
    kept = [world.citizen_writes(f"두는 글 {n}") for n in range(60)]
    gone = [world.citizen_writes(f"지울 글 {n}") for n in range(2)]
    for name in gone:
        world.citizen_deletes(name)
    if whole:
        world.proxy.fault(
            lambda asked: any(f"id={name}" in asked.path for name in gone),
            a_no(404, "commentNotFound"),
            times=99,
        )

    assert world.channel.missing(world.account, [*kept, *gone]) == set(gone)


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"7",
        b'{"items": 3}',
        b'{"items": [7]}',
        b'{"items": [{"id": "x"}]}',
        b'{"items": [{"id": "x", "snippet": null}]}',
        b'{"items": [{"id": "x", "snippet": {"topLevelComment": 7}}]}',
        b'{"items": [{"id": "x", "snippet": {"topLevelComment": {"id": "x", "snippet": {}}}}]}',
        b'{"items": [{"id": 7, "snippet": {"topLevelComment": {"id": "x", "snippet": {"publishedAt": "now"}}}}]}',
    ],
)
def test_an_answer_that_is_none_is_waited_for(world: YouTubeWorld, body: bytes) -> None:
    world.channel.check(world.account)
    world.proxy.fault(api, Fault(reaches=False, status=200, body=body))

    with pytest.raises(ChannelBusy):
        world.channel.fetch(world.account, "")


def test_a_comment_of_a_closed_account_is_read(world: YouTubeWorld) -> None:
    written = world.citizen_writes("계정을 닫은 사람의 글")
    del world.server.comments[written]["snippet"]["authorChannelId"]
    world.server.comments[written]["snippet"]["authorDisplayName"] = ""

    posts, _ = collected(world)

    assert [(post.author_id, post.author_handle) for post in posts] == [(written, "")]


# --- what goes wrong


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (403, "commentsDisabled", Trouble.FORBIDDEN),
        (403, "forbidden", Trouble.FORBIDDEN),
        (403, "insufficientPermissions", Trouble.FORBIDDEN),
        (403, "ineligibleAccount", Trouble.FORBIDDEN),
        (403, "accessNotConfigured", Trouble.FORBIDDEN),
        (404, "parentCommentNotFound", Trouble.GONE),
        (404, "commentNotFound", Trouble.GONE),
        (400, "commentTextTooLong", Trouble.REFUSED),
        (400, "parentCommentIsPrivate", Trouble.REFUSED),
    ],
)
def test_each_reason_has_its_meaning(
    world: YouTubeWorld, status: int, reason: str, kind: Trouble
) -> None:
    world.proxy.fault(world.publishes, a_no(status, reason))

    with pytest.raises(ChannelError) as error:
        reply(world, world.citizen_writes("질문"))

    assert error.value.kind is kind


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
def test_a_used_up_day_is_waited_for_until_midnight_pacific(
    world: YouTubeWorld, reason: str
) -> None:
    world.proxy.fault(world.publishes, a_no(403, reason))

    with pytest.raises(ChannelBusy) as busy:
        reply(world, world.citizen_writes("질문"))

    assert busy.value.kind is Trouble.LIMITED
    expected = until_midnight_pacific(datetime.now(UTC))
    assert busy.value.retry_after == pytest.approx(expected, abs=60)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 7, 1, 6, 0, tzinfo=UTC), 1),  # summer: midnight is 07:00 UTC
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), 2),
        (datetime(2026, 11, 1, 7, 0, tzinfo=UTC), 25),  # the night the clocks go back
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 23),
        (datetime(2026, 12, 31, 8, 0, tzinfo=UTC), 24),
    ],
)
def test_midnight_pacific(now: datetime, hours: int) -> None:
    assert until_midnight_pacific(now) == timedelta(hours=hours).total_seconds()


def test_a_processing_failure_leaves_a_reply_in_doubt(world: YouTubeWorld) -> None:
    first = world.citizen_writes("질문")
    world.proxy.fault(world.publishes, replace(a_no(400, "processingFailure"), reaches=True))

    with pytest.raises(InDoubt, match="processingFailure"):
        reply(world, first)

    assert len(list(world.channel.thread(world.account, first))) == 1


def test_a_processing_failure_while_reading_is_waited_for(world: YouTubeWorld) -> None:
    world.proxy.fault(api, a_no(400, "processingFailure"))

    with pytest.raises(ChannelBusy):
        collected(world)


# --- tokens


def test_one_access_token_serves_many_requests(world: YouTubeWorld) -> None:
    for _ in range(3):
        collected(world)

    assert len([asked for asked in world.proxy.asked if grants(asked)]) == 1


def test_an_access_token_that_ended_early_is_renewed_and_the_reply_goes_once(
    world: YouTubeWorld,
) -> None:
    first = world.citizen_writes("질문")
    collected(world)
    world.server.granted.clear()

    reply(world, first)

    assert len(world.standing()) == 1


def test_a_consent_that_was_taken_back_is_a_matter_for_a_person(
    world: YouTubeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(
        secret_variable("youtube-seoul"), json.dumps(SECRET | {"refresh_token": "1//old"})
    )

    with pytest.raises(ChannelError, match="invalid_grant") as error:
        collected(world)

    assert error.value.kind is Trouble.REVOKED


def test_a_token_that_cannot_be_renewed_now_leaves_nothing_in_doubt(world: YouTubeWorld) -> None:
    world.proxy.fault(grants, Fault(reaches=False, status=503))

    with pytest.raises(ChannelBusy):
        reply(world, world.citizen_writes("질문"))

    assert world.standing() == []


def test_a_consent_for_reading_alone_does_not_write(world: YouTubeWorld) -> None:
    world.server.scope = "https://www.googleapis.com/auth/youtube.readonly"

    health = world.channel.check(world.account)

    assert (health.reads, health.writes) == (True, False)
    assert "youtube.force-ssl" in health.reason


def test_a_consent_of_an_app_in_testing_says_when_it_ends(world: YouTubeWorld) -> None:
    world.server.consent = {"refresh_token_expires_in": 604_799}

    health = world.channel.check(world.account)

    assert health.name == "서울시 영상"
    assert health.expires is not None
    assert timedelta(days=6) < health.expires - datetime.now(UTC) < timedelta(days=7)


def test_a_google_account_without_a_channel_is_told(world: YouTubeWorld) -> None:
    world.proxy.fault(
        lambda asked: "/channels" in asked.path, Fault(reaches=False, status=200, body=b"{}")
    )

    assert "without a channel" in world.channel.check(world.account).reason


def test_secrets_are_in_no_failure(world: YouTubeWorld) -> None:
    world.proxy.fault(lambda _: True, Fault(reaches=False, status=500, body=b"oops"), times=9)

    said = world.channel.check(world.account).reason

    assert not any(value in said for value in SECRET.values() if value != "app")


def test_a_picture_is_never_fetched(world: YouTubeWorld) -> None:
    with pytest.raises(ChannelError):
        world.channel.photo(world.account, RemotePhoto(url="https://yt3.ggpht.com/x"))


@pytest.mark.parametrize(
    ("method", "path", "units"),
    [
        ("GET", "/youtube/v3/commentThreads", 1),
        ("GET", "/youtube/v3/comments", 1),
        ("POST", "/youtube/v3/comments", 50),
        ("DELETE", "/youtube/v3/comments", 50),
        ("POST", "/token", 0),
    ],
)
def test_each_request_costs_its_units(
    world: YouTubeWorld, method: str, path: str, units: int
) -> None:
    spent = spendings(world, method, path)

    assert sum(each.cost for each in spent if each.key.startswith("youtube units ")) == units


def test_reading_leaves_room_for_answers(world: YouTubeWorld) -> None:
    def most(method: str) -> int:
        return min(each.limit for each in spendings(world, method, "/youtube/v3/comments"))

    assert (most("GET"), most("POST")) == (8_000, 10_000)


def spendings(world: YouTubeWorld, method: str, path: str) -> list[Spending]:
    spent: list[Spending] = []

    class Counting(Bottomless):
        def spend(self, spendings: Sequence[Spending]) -> None:
            spent.extend(spendings)

    gate(Counting(), CHANNEL.budgets, world.account)(method, f"https://youtube.example{path}?a=b")
    return spent
