"""What is Bluesky's own: sessions, record keys, links by bytes, the index that knows less."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.base import Attachment, ChannelBusy, ChannelError, InDoubt, Trouble
from channels.bluesky import Bluesky
from channels.bluesky_session import Session
from channels.bluesky_values import MEDIA_HOST, post, tid, tid_time
from channels.budget import Bottomless
from channels.credential import trying
from settings import secret_variable
from tests.channels.channel_builders import WRITTEN, a_message, a_picture, an_attachment
from tests.channels.proxy import Fault
from tests.channels.reached import PATIENT
from tests.channels.worlds import _bluesky_server as fake
from tests.channels.worlds.bluesky import HANDLE, PASSWORD, BlueskyWorld, Remembered, open_world
from tests.channels.worlds.world import LONG_AGO

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BlueskyWorld]:
    def secret(name: str, value: str) -> None:
        monkeypatch.setenv(secret_variable(name), value)

    with open_world(tmp_path, secret) as opened:
        yield opened


def another_process(world: BlueskyWorld, *, keeper: Remembered | None = None) -> Bluesky:
    """A channel that shares nothing with the world's but what was written down."""
    channel = world.channel
    assert isinstance(channel, Bluesky)
    return Bluesky(channel.settings, timeouts=PATIENT, keeper=keeper or world.remembered)


def error(status: int, name: str) -> Fault:
    body = json.dumps({"error": name, "message": "in its own words"}).encode()
    return Fault(reaches=False, status=status, headers=JSON, body=body)


def asked(world: BlueskyWorld, name: str) -> int:
    return sum(name in each.path for each in world.proxy.asked)


def the_record(world: BlueskyWorld, remote_id: str) -> dict[str, Any]:
    value: dict[str, Any] = world.network.records[remote_id]["value"]
    return value


# --- sessions


def test_many_processes_share_one_session(world: BlueskyWorld) -> None:
    for _ in range(5):
        another_process(world).fetch(world.account, "")

    assert (world.network.sessions, world.network.refreshed) == (1, 0)


def test_without_a_keeper_a_process_has_a_session_of_its_own(world: BlueskyWorld) -> None:
    channel = another_process(world, keeper=Remembered())

    channel.fetch(world.account, "")
    channel.fetch(world.account, "")

    assert world.network.sessions == 1


def test_a_session_that_is_about_to_end_is_refreshed_and_the_new_one_kept(
    world: BlueskyWorld,
) -> None:
    world.network.seconds = 60
    world.channel.fetch(world.account, "")
    world.network.seconds, world.network.refreshed = fake.SECONDS, 0

    another_process(world).fetch(world.account, "")
    another_process(world).fetch(world.account, "")

    assert (world.network.sessions, world.network.refreshed) == (1, 1)


def test_a_token_that_the_server_takes_no_more_is_renewed_in_the_same_call(
    world: BlueskyWorld,
) -> None:
    world.channel.fetch(world.account, "")
    world.network.access.clear()

    published = world.channel.publish(world.account, a_message())

    assert published.remote_id in world.network.records
    assert (world.network.sessions, world.network.refreshed) == (1, 1)


def test_a_new_session_is_made_where_no_token_serves_any_more(world: BlueskyWorld) -> None:
    world.channel.fetch(world.account, "")
    world.network.access.clear()
    world.network.refresh.clear()

    assert another_process(world).check(world.account).writes
    assert world.network.sessions == 2


def test_workers_that_renew_together_do_not_take_one_anothers_session(world: BlueskyWorld) -> None:
    """Here a refresh token serves once: whoever is late finds what the first one kept."""
    world.channel.fetch(world.account, "")
    world.network.grace = False
    world.network.access.clear()
    together, kept = threading.Barrier(4), threading.Event()
    health = []

    class Telling(Remembered):
        """Tells those who wait for it that a session was written down."""

        def save(self, name: str, value: str) -> None:
            super().save(name, value)
            kept.set()

    def work(channel: Bluesky) -> None:
        together.wait()
        health.append(channel.check(world.account))

    channels = [another_process(world, keeper=Telling(world.remembered.values)) for _ in range(4)]

    def pause(_seconds: float) -> None:
        kept.wait(20)

    for channel in channels:
        channel._sessions._pause = pause
    workers = [threading.Thread(target=work, args=(channel,)) for channel in channels]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [each.reads for each in health] == [True] * 4
    assert world.network.sessions == 1


def test_threads_of_one_process_ask_for_one_session(world: BlueskyWorld) -> None:
    threads = [
        threading.Thread(target=world.channel.fetch, args=(world.account, "")) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert world.network.sessions == 1


def test_a_session_of_another_handle_is_not_used(world: BlueskyWorld) -> None:
    world.channel.fetch(world.account, "")
    (name, kept), *_ = world.remembered.values.items()
    world.remembered.values[name] = json.dumps(json.loads(kept) | {"handle": "somebody.else"})

    another_process(world).fetch(world.account, "")

    assert world.network.sessions == 2


def a_secret(app_password: str) -> str:
    return json.dumps({"handle": HANDLE, "app_password": app_password})


def test_a_mistyped_app_password_is_not_verified_by_the_session_of_the_old_one(
    world: BlueskyWorld,
) -> None:
    world.channel.fetch(world.account, "")
    before = dict(world.remembered.values)

    with trying(world.account.credential, a_secret("mistyped-mist-yped-mist")):
        health = another_process(world).check(world.account)

    assert not health.reads
    assert health.reason.startswith(f"{Trouble.REVOKED}:")
    assert world.remembered.values == before
    assert PASSWORD not in json.dumps(before)


def test_a_session_of_another_app_password_is_not_used(
    world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.channel.fetch(world.account, "")
    monkeypatch.setenv(secret_variable("bluesky-seoul"), a_secret("mistyped-mist-yped-mist"))

    assert not another_process(world).check(world.account).reads


def test_a_secret_that_is_only_tried_signs_in_and_leaves_nothing(world: BlueskyWorld) -> None:
    world.channel.fetch(world.account, "")
    before = dict(world.remembered.values)

    with trying(world.account.credential, a_secret(PASSWORD)):
        assert another_process(world).check(world.account).writes

    assert world.network.sessions == 2
    assert world.remembered.values == before


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"did": 1}', '{"access": "비밀"}'])
def test_what_was_kept_and_cannot_be_read_is_as_good_as_nothing(
    world: BlueskyWorld, kept: str
) -> None:
    world.remembered.values["bluesky-seoul-session"] = kept

    assert world.channel.check(world.account).reads


def test_no_token_shows_in_what_is_printed_of_a_session() -> None:
    session = Session(
        server="s", handle="h", did="d", access="secret-1", refresh="secret-2", made_with="secret-3"
    )

    assert "secret" not in repr(session)


def test_a_login_asks_for_no_profile(world: BlueskyWorld) -> None:
    world.channel.fetch(world.account, "")

    assert not asked(world, "getProfile")


# --- what errors mean


@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (401, "AuthenticationRequired", Trouble.REVOKED),
        (401, "AuthFactorTokenRequired", Trouble.CREDENTIAL),
        (401, "AccountTakedown", Trouble.FORBIDDEN),
        (401, "AccountDeactivated", Trouble.CLOSED),
        (400, "InvalidRequest", Trouble.REFUSED),
        (403, "Forbidden", Trouble.FORBIDDEN),
    ],
)
def test_each_refusal_says_what_is_wrong(
    world: BlueskyWorld, status: int, name: str, kind: Trouble
) -> None:
    world.proxy.fault(lambda _: True, error(status, name), times=9)

    with pytest.raises(ChannelError, match="in its own words") as no:
        world.channel.fetch(world.account, "")

    assert no.value.kind is kind


def test_a_session_that_cannot_be_had_leaves_nothing_in_doubt(world: BlueskyWorld) -> None:
    world.proxy.fault(lambda one: "createSession" in one.path, Fault(reaches=False, status=503))

    with pytest.raises(ChannelBusy):
        world.channel.publish(world.account, a_message())
    world.proxy.fault(lambda one: "Session" in one.path, Fault(reaches=False), times=2)
    with pytest.raises(ChannelBusy):
        world.channel.repost(world.account, "at://did:plc:aaa/app.bsky.feed.post/3aaaaaaaaaaaa")


def test_a_session_that_is_lost_while_publishing_leaves_nothing_in_doubt(
    world: BlueskyWorld,
) -> None:
    message = a_message()
    world.channel.check(world.account)
    world.proxy.fault(world.publishes, error(400, "ExpiredToken"))
    world.proxy.fault(lambda one: "refreshSession" in one.path, Fault(reaches=True))

    with pytest.raises(ChannelBusy):
        world.channel.publish(world.account, message)

    assert world.standing() == []


@pytest.mark.parametrize("body", [b"[]", b"null", b"{}", b'{"notifications": 7}', b"7"])
def test_an_answer_of_another_shape_is_waited_for(world: BlueskyWorld, body: bytes) -> None:
    world.channel.check(world.account)
    world.proxy.fault(lambda _: True, Fault(reaches=False, status=200, headers=JSON, body=body))

    with pytest.raises(ChannelBusy):
        world.channel.fetch(world.account, "")


# --- writing


def test_the_record_is_the_same_in_every_try(world: BlueskyWorld) -> None:
    published = world.channel.publish(world.account, a_message("접수했습니다", key="d1"))

    assert published.remote_id.endswith("/" + tid(WRITTEN, "d1"))
    assert the_record(world, published.remote_id) == {
        "$type": "app.bsky.feed.post",
        "text": "접수했습니다",
        "createdAt": "2026-12-03T09:00:00.000Z",
        "langs": ["ko"],
    }


def test_what_stands_under_the_key_is_published_only_if_it_is_ours(world: BlueskyWorld) -> None:
    first = world.channel.publish(world.account, a_message("하나"))

    assert world.channel.publish(world.account, a_message("하나")) == first
    with pytest.raises(ChannelError, match="another record"):
        world.channel.publish(world.account, a_message("둘"))
    assert world.standing() == ["하나"]


def test_a_server_that_failed_and_cannot_be_asked_leaves_it_in_doubt(world: BlueskyWorld) -> None:
    world.proxy.fault(world.publishes, error(500, "InternalServerError"), times=2)

    with pytest.raises(InDoubt):
        world.channel.publish(world.account, a_message())
    world.proxy.fault(lambda one: "getRecord" in one.path, error(429, "RateLimitExceeded"))
    with pytest.raises(InDoubt):
        world.channel.publish(world.account, a_message())


def test_a_post_is_passed_on_once_however_often_it_is_asked(world: BlueskyWorld) -> None:
    post = world.citizen_writes("알립니다")

    again = [world.channel.repost(world.account, post).remote_id for _ in range(2)]

    assert again[0] == again[1]
    assert [each.shares for each in world.look_back(None)] == [post]


def test_links_tags_and_mentions_are_marked_by_bytes(world: BlueskyWorld) -> None:
    text = "🌧️ @citizen.bsky.social님 #서울_폭우 안내는 https://seoul.go.kr/a?b=1에서 (https://a.kr/b) @no.body.kr"
    published = world.channel.publish(world.account, a_message(text))

    raw = text.encode()
    marked = [
        (raw[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(), f["features"][0])
        for f in the_record(world, published.remote_id)["facets"]
    ]
    assert [(words, {**says}) for words, says in marked] == [
        ("@citizen.bsky.social", {"$type": f"{FACET}#mention", "did": world.citizen}),
        ("#서울_폭우", {"$type": f"{FACET}#tag", "tag": "서울_폭우"}),
        (
            "https://seoul.go.kr/a?b=1",
            {"$type": f"{FACET}#link", "uri": "https://seoul.go.kr/a?b=1"},
        ),
        ("https://a.kr/b", {"$type": f"{FACET}#link", "uri": "https://a.kr/b"}),
    ]


FACET = "app.bsky.richtext.facet"


def test_a_reply_names_the_first_post_of_the_thread_and_the_one_it_answers(
    world: BlueskyWorld,
) -> None:
    first = world.citizen_writes("하수구가 막혔어요")
    second = world.citizen_writes("아직도요", to=first)

    published = world.channel.publish(world.account, a_message(in_reply_to=second))

    reply = the_record(world, published.remote_id)["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (first, second)
    assert reply["parent"]["cid"] == world.network.records[second]["cid"]


def test_an_answer_to_a_post_that_is_gone_is_a_matter_for_a_person(world: BlueskyWorld) -> None:
    gone = world.citizen_writes("지울 글")
    world.citizen_deletes(gone)

    with pytest.raises(ChannelError) as no:
        world.channel.publish(world.account, a_message(in_reply_to=gone))

    assert no.value.kind is Trouble.GONE


def test_pictures_go_out_with_their_words_and_shape(world: BlueskyWorld, tmp_path: Path) -> None:
    message = a_message(attachments=(an_attachment(tmp_path, alt="고친 신호등"),))

    published = world.channel.publish(world.account, message)

    (image,) = the_record(world, published.remote_id)["embed"]["images"]
    assert (image["alt"], image["aspectRatio"]) == ("고친 신호등", {"width": 40, "height": 30})
    assert image["image"]["mimeType"] == "image/jpeg"
    assert list(world.network.blobs.values()) == [a_picture()]


def test_a_picture_that_is_too_heavy_or_none_is_refused_before_anything_leaves(
    world: BlueskyWorld, tmp_path: Path
) -> None:
    heavy, none = tmp_path / "heavy.png", tmp_path / "none.png"
    heavy.write_bytes(a_picture("PNG") + os.urandom(1_000_000))
    none.write_text("not a picture")

    for path, words in ((heavy, "1,000,000"), (none, "cannot be read")):
        attachment = Attachment(path=path, alt="", mime="image/png")
        with pytest.raises(ChannelError, match=words):
            world.channel.publish(world.account, a_message(attachments=(attachment,)))
    assert world.standing() == []


def test_another_accounts_post_is_not_ours_to_delete(world: BlueskyWorld) -> None:
    theirs = world.citizen_writes("남의 글")

    with pytest.raises(ChannelError) as no:
        world.channel.delete(world.account, theirs)

    assert no.value.kind is Trouble.FORBIDDEN
    assert theirs in world.network.records


@given(st.datetimes(datetime(2024, 1, 1), datetime(2100, 1, 1)), st.text(max_size=40))
def test_a_record_key_is_valid_tells_its_time_and_depends_on_nothing_else(
    at: datetime, key: str
) -> None:
    at = at.replace(tzinfo=UTC)
    made = tid(at, key)

    assert fake.TID.fullmatch(made)
    assert made == tid(at, key)
    told = tid_time(made)
    assert told
    assert abs(told - at) < timedelta(seconds=1.1)


def test_messages_of_the_same_moment_have_keys_of_their_own() -> None:
    assert len({tid(WRITTEN, f"delivery-{n}") for n in range(5_000)}) == 5_000


# --- reading


def test_our_own_posts_do_not_come_back_as_a_citizens(world: BlueskyWorld) -> None:
    published = world.channel.publish(world.account, a_message(f"@{HANDLE} 안내"))
    world.network.notes.append({"to": world.ours, "uri": published.remote_id, "reason": "reply"})

    assert world.channel.fetch(world.account, "").items == ()


def test_a_post_from_a_clock_that_is_behind_is_not_skipped(world: BlueskyWorld) -> None:
    for n in range(3):
        world.citizen_writes(f"글 {n}")
    cursor = world.channel.fetch(world.account, "").cursor
    late = world.citizen_writes("늦은 시계")
    world.network.records[late]["value"]["createdAt"] = "2020-01-01T00:00:00.000Z"

    found = world.channel.fetch(world.account, cursor).items

    assert late in [post.remote_id for post in found]


def test_a_quiet_account_costs_one_request(world: BlueskyWorld) -> None:
    world.citizen_writes("하나")
    cursor = world.channel.fetch(world.account, "").cursor
    world.proxy.asked.clear()

    assert world.channel.fetch(world.account, cursor).cursor == cursor
    assert len(world.proxy.asked) == 1


def test_a_long_sweep_is_cut_into_calls_and_loses_nothing(
    world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [world.citizen_writes(f"글 {n}") for n in range(7)]
    monkeypatch.setattr("channels.bluesky_reading.A_PAGE", 2)
    monkeypatch.setattr("channels.bluesky_reading.PAGES", 2)

    found, cursor, calls = set[str](), "", 0
    while True:
        page = world.channel.fetch(world.account, cursor)
        found |= {post.remote_id for post in page.items}
        cursor, calls = page.cursor, calls + 1
        if not page.more:
            break

    assert found == set(written)
    assert calls == 2
    assert "|" not in cursor


def test_one_post_that_cannot_be_read_holds_up_no_other(world: BlueskyWorld) -> None:
    broken, whole = world.citizen_writes("깨진 글"), world.citizen_writes("온전한 글")
    world.network.records[broken]["indexedAt"] = 7

    found = world.channel.fetch(world.account, "").items

    assert [post.remote_id for post in found] == [whole]


def test_posts_under_a_hashtag_are_found_from_the_given_time_on(world: BlueskyWorld) -> None:
    tagged = world.network.writes(world.citizen, "물이 찹니다 #서울_폭우")
    world.network.writes(world.citizen, "다른 이야기")
    begun = datetime.now(UTC)

    page = world.channel.search(world.account, "서울_폭우", "", begun=begun)
    later = world.network.writes(world.citizen, "여기도요 #서울_폭우")
    again = world.channel.search(world.account, "서울_폭우", page.cursor)

    assert [post.remote_id for post in page.items] == [tagged]
    assert later in [post.remote_id for post in again.items]


def test_an_author_whom_the_index_does_not_show_proves_nothing(world: BlueskyWorld) -> None:
    written = world.citizen_writes("쉬는 계정의 글")
    world.network.hidden.add(world.citizen)

    assert world.channel.missing(world.account, [written, "not an address"]) == set()


def test_a_message_that_waited_long_is_still_found_by_looking_back(world: BlueskyWorld) -> None:
    queued = WRITTEN - timedelta(days=3)
    published = world.channel.publish(world.account, a_message(at=queued))

    found = list(world.channel.timeline(world.account, WRITTEN))

    assert [each.remote_id for each in found] == [published.remote_id]


def test_looking_back_reads_every_page(
    world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.bluesky_reading.A_PAGE", 3)
    for n in range(8):
        world.channel.publish(
            world.account, a_message(f"글 {n}", key=str(n), at=WRITTEN + timedelta(minutes=n))
        )

    texts = [each.text for each in world.channel.timeline(world.account, LONG_AGO)]

    assert texts == [f"글 {n}" for n in reversed(range(8))]


# --- what a post says


def a_view(**record: Any) -> dict[str, Any]:
    return {
        "uri": "at://did:plc:citizen/app.bsky.feed.post/3mabcdefghijk",
        "author": {"did": "did:plc:citizen", "handle": "citizen.bsky.social"},
        "indexedAt": "2026-11-22T10:00:00.000Z",
        "record": {"text": "", "createdAt": "2026-11-22T09:59:00Z"} | record,
    }


def a_link(text: str, shown: str, uri: Any) -> dict[str, Any]:
    start = len(text[: text.index(shown)].encode())
    return {
        "index": {"byteStart": start, "byteEnd": start + len(shown.encode())},
        "features": [{"$type": f"{FACET}#link", "uri": uri}],
    }


def test_links_that_were_written_short_are_whole_again() -> None:
    text = "사진은 seoul.go.kr/very... 여기 보세요"
    facets = [
        a_link(text, "seoul.go.kr/very...", "https://seoul.go.kr/very/long/way"),
        a_link(text, "여기", "https://evil.example/"),
    ]

    shown = post(a_view(text=text, facets=facets)).text

    assert shown == "사진은 https://seoul.go.kr/very/long/way 여기 (https://evil.example/) 보세요"


def test_a_card_and_a_quoted_post_are_named_below_the_text() -> None:
    card = {"$type": "app.bsky.embed.external", "external": {"uri": "https://a.kr/"}}
    uri = "at://did:plc:city/app.bsky.feed.post/3mabcdefghijk"
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": uri, "cid": "bafyreiabc"}}

    assert post(a_view(text="보세요", embed=card)).text == "보세요\nhttps://a.kr/"
    assert post(a_view(text="아직도", embed=quote)).text.splitlines() == [
        "아직도",
        "https://bsky.app/profile/did:plc:city/post/3mabcdefghijk",
    ]


def test_pictures_are_the_networks_own_and_only_those() -> None:
    image = {"alt": "가로등", "image": {"ref": {"$link": "bafkreiabc"}, "mimeType": "image/png"}}
    evil = {"alt": "", "image": {"ref": {"$link": "../../evil"}}}
    embed = {"$type": "app.bsky.embed.images", "images": [image, evil, 7, {}]}
    with_quote = {"$type": "app.bsky.embed.recordWithMedia", "media": embed}

    for each in (embed, with_quote):
        (photo,) = post(a_view(embed=each)).photos
        assert photo.url.startswith(
            f"https://{MEDIA_HOST}/img/feed_fullsize/plain/did:plc:citizen/"
        )
        assert photo.alt == "가로등"


def test_a_clock_that_is_ahead_makes_no_post_of_tomorrow() -> None:
    assert post(a_view(createdAt="2099-01-01T00:00:00Z")).created_at.year == 2026
    assert post(a_view(createdAt="never")).created_at.year == 2026


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["index", "features", "byteStart", "byteEnd", "uri", "$type", "images"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything, anything, anything)
def test_whatever_stands_beside_the_text_the_text_is_read(
    facets: Any, embed: Any, reply: Any
) -> None:
    view = a_view(text="가로등 🌧️", facets=facets, embed=embed, reply=reply)

    assert "가로등" in post(view).text


def test_the_same_budget_counts_new_records_and_deletions(world: BlueskyWorld) -> None:
    spent: list[tuple[str, int]] = []

    class Purse(Bottomless):
        def spend(self, spendings: Any) -> None:
            spent.extend((each.key, each.cost) for each in spendings)

    channel = another_process(world)
    channel.purse = Purse()
    published = channel.publish(world.account, a_message())
    channel.delete(world.account, published.remote_id)

    hour = [cost for key, cost in spent if " hour " in key]
    assert hour == [3, 1]
    assert len({key for key, _ in spent if " hour " in key}) == 1


def test_a_secret_may_name_the_server(world: BlueskyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"handle": HANDLE, "app_password": "abcd-efgh-ijkl-mnop", "server": world.proxy.url}
    monkeypatch.setenv(secret_variable("bluesky-seoul"), json.dumps(secret))

    assert world.channel.check(replace(world.account, server="")).reads
