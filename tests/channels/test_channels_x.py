"""What is X's own: its refusals, its rule on answers, its places and pictures, its prices, its pages."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from channels import x_own, x_reading
from channels.base import ChannelBusy, ChannelError, InDoubt, Place, Trouble
from channels.budget import Scope, Spending
from channels.wire import Timeouts
from channels.x import PRICES, X
from channels.x_ids import id_at, written
from channels.x_line import Line, reset_in
from channels.x_values import posts, published
from settings import secret_variable
from tests.channels.channel_builders import a_message, an_attachment
from tests.channels.proxy import Asked, Fault
from tests.channels.worlds._x_description import OPERATIONS
from tests.channels.worlds._x_server import CITIZEN, CITY, PARTS, PIN
from tests.channels.worlds.world import LONG_AGO
from tests.channels.worlds.x import XWorld, limited_until, open_world


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[XWorld]:
    with pytest.MonkeyPatch.context() as patch:

        def secret(name: str, value: str) -> None:
            patch.setenv(secret_variable(name), value)

        with open_world(tmp_path_factory.mktemp("x"), secret) as world:
            assert isinstance(world, XWorld)
            yield world


@pytest.fixture
def x(opened: XWorld) -> Iterator[XWorld]:
    """X with nothing written on it."""
    yield opened
    opened.proxy.heal()
    opened.proxy.asked.clear()
    opened.server.posts.clear()
    opened.server.access_level, opened.server.says_rest_id = "read-write", True


def line_to(x: XWorld) -> Line:
    assert isinstance(x.channel, X)
    return x.channel._line(x.account)


def saying(status: int, **told: Any) -> Fault:
    return Fault(reaches=False, status=status, body=json.dumps(told).encode())


def anything(_asked: Asked) -> bool:
    return True


def a_get(asked: Asked) -> bool:
    return asked.method == "GET"


def answering(x: XWorld, answer: Any) -> None:
    """Let X answer every reading with this."""
    x.proxy.fault(a_get, Fault(reaches=False, status=200, body=json.dumps(answer).encode()))


# --- refusals


@pytest.mark.parametrize(
    ("fault", "kind", "told"),
    [
        (saying(400, title="Invalid Request", detail="bad", errors=[{"message": "no text"}]), "refused", "no text"),
        (saying(401, title="Unauthorized"), "revoked", "401"),
        (saying(402, title="CreditsDepleted", detail="no credits"), "forbidden", "buy some"),
        (saying(403, detail="Your account is suspended and is not permitted to access this feature."), "forbidden", "suspended"),
        (saying(403, errors=[{"code": 326, "message": "this account is temporarily locked."}]), "forbidden", "unlock"),
        (saying(403, detail="You are not permitted to perform this action."), "forbidden", "automation"),
        (saying(403, type="https://api.x.com/2/problems/client-forbidden", reason="client-not-enrolled"), "forbidden", "no project"),
        (saying(403, type="https://api.twitter.com/2/problems/oauth1-permissions"), "forbidden", "Read and write"),
        (saying(403, detail="The original Tweet author restricted who can reply to this Tweet."), "refused", "some people"),
        (saying(403, detail="Your Tweet text is too long."), "refused", "longer"),
        (saying(403, detail="something new"), "forbidden", "something new"),
        (saying(404, title="Not Found Error"), "gone", "Not Found"),
        (saying(429, type="https://api.x.com/2/problems/usage-capped"), "forbidden", "spending limit"),
        (Fault(reaches=False, status=403, body=b"<html>"), "forbidden", "403"),
        (Fault(reaches=False, status=403, body=b'{"errors": {"a": [1]}, "detail": null}'), "forbidden", "403"),
        (Fault(reaches=False, status=403, body=b'[["duplicate content"]]'), "forbidden", "403"),
    ],
)  # fmt: skip
def test_each_refusal_says_what_it_means_and_publishes_nothing(
    x: XWorld, fault: Fault, kind: str, told: str
) -> None:
    x.proxy.fault(x.publishes, fault)

    with pytest.raises(ChannelError, match=told) as error:
        x.channel.publish(x.account, a_message())

    assert error.value.kind == kind
    assert "x_seoul" in str(error.value)
    assert x.standing() == []


def test_a_clock_that_is_wrong_is_waited_for(x: XWorld) -> None:
    x.proxy.fault(x.publishes, saying(401, errors=[{"code": 135, "message": "Timestamp out of bounds."}]))  # fmt: skip

    with pytest.raises(ChannelBusy, match="clock"):
        x.channel.publish(x.account, a_message())


def test_the_same_text_twice_is_in_doubt_and_stands_once(x: XWorld) -> None:
    first = x.channel.publish(x.account, a_message())

    with pytest.raises(InDoubt, match="it may be ours"):
        x.channel.publish(x.account, a_message())

    assert [post.remote_id for post in x.look_back(None)] == [first.remote_id]


def test_an_answer_to_who_did_not_address_us_is_refused_in_a_plain_sentence(x: XWorld) -> None:
    aside = x.server.write(CITIZEN, "아무에게도 하지 않은 말")

    with pytest.raises(ChannelError, match="a person may answer it on X itself") as error:
        x.channel.publish(x.account, a_message(in_reply_to=aside))

    assert error.value.kind is Trouble.REFUSED


def test_an_answer_to_a_deleted_post_finds_it_gone(x: XWorld) -> None:
    post = x.citizen_writes("지울 글")
    x.citizen_deletes(post)

    with pytest.raises(ChannelError) as error:
        x.channel.publish(x.account, a_message(in_reply_to=post))

    assert error.value.kind is Trouble.GONE


def test_a_part_of_a_thread_answers_our_own_part_before_it(x: XWorld) -> None:
    first = x.channel.publish(x.account, a_message("하나"))

    second = x.channel.publish(x.account, a_message("둘", in_reply_to=first.remote_id))

    assert x.look_back(None)[0].in_reply_to == first.remote_id
    assert second.url == f"https://x.com/haechi_seoul/status/{second.remote_id}"


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = str(int(NOW.timestamp()) + 300)
TOMORROW = str(int(NOW.timestamp()) + 80_000)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-rate-limit-reset": LATER}, 300),
        ({"x-rate-limit-reset": LATER, "Date": "Sun, 22 Nov 2026 09:04:00 GMT"}, 60),
        ({"x-rate-limit-reset": LATER, "Date": "Sun, 22 Nov 2026 19:04:00 GMT"}, 0),
        (
            {
                "x-rate-limit-reset": LATER,
                "x-rate-limit-remaining": "99",
                "x-app-limit-24hour-reset": TOMORROW,
                "x-app-limit-24hour-remaining": "0",
            },
            80_000,
        ),
        ({"x-rate-limit-reset": "soon"}, None),
        ({}, None),
    ],
)
def test_a_limit_ends_when_x_says_so(headers: dict[str, str], seconds: float | None) -> None:
    assert reset_in(headers, now=NOW) == seconds


def test_a_rate_limit_tells_when_to_come_again(x: XWorld) -> None:
    x.proxy.fault(anything, limited_until(time.time() + 1800))

    with pytest.raises(ChannelBusy) as busy:
        x.channel.fetch(x.account, "")

    assert busy.value.retry_after is not None
    assert 1000 < busy.value.retry_after <= 1800


# --- reading


def the_post(x: XWorld, text: str, **more: Any) -> Any:
    remote_id = x.server.write(CITIZEN, f"@haechi_seoul {text}", **more)
    found = x.channel.fetch(x.account, "").items
    return next(post for post in found if post.remote_id == remote_id)


def test_a_post_keeps_its_writer_its_address_and_its_time(x: XWorld) -> None:
    post = the_post(x, "가로등 <고장> &")

    assert (post.author_id, post.author_handle, post.author_name) == (CITIZEN, "citizen", "김시민")
    assert post.url == f"https://x.com/citizen/status/{post.remote_id}"
    assert post.text == "@haechi_seoul 가로등 <고장> &"
    assert abs(post.created_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert post.public


def test_a_point_is_kept_as_the_place(x: XWorld) -> None:
    x.server.places["p1"] = {
        "id": "p1",
        "full_name": "서울 중구",
        "geo": {"bbox": [126, 37, 127, 38]},
    }
    point = {"type": "Point", "coordinates": [126.978, 37.5665]}

    post = the_post(x, "여기요", geo={"place_id": "p1", "coordinates": point})

    assert post.place == Place(lat=37.5665, lon=126.978, name="서울 중구")


def test_a_small_place_is_kept_by_its_middle_and_a_whole_city_is_not(x: XWorld) -> None:
    small = {"id": "p2", "full_name": "정동", "geo": {"bbox": [126.96, 37.56, 126.98, 37.58]}}
    city = {"id": "p3", "full_name": "서울", "geo": {"bbox": [126.73, 37.41, 127.27, 37.72]}}
    x.server.places |= {"p2": small, "p3": city}

    near, wide = (the_post(x, one, geo={"place_id": one}) for one in ("p2", "p3"))

    assert (near.place.name, near.place.lat) == ("정동", pytest.approx(37.57))
    assert wide.place is None


def test_photos_are_kept_with_their_descriptions_and_films_are_not(x: XWorld) -> None:
    photo = {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/a.jpg", "alt_text": "꺼진 등"}  # fmt: skip
    x.server.media |= {"3_1": photo, "7_2": {"media_key": "7_2", "type": "video"}}

    post = the_post(x, "사진", attachments={"media_keys": ["3_1", "7_2", "9_9"][:2]})

    ((url, alt, mime),) = [(p.url, p.alt, p.mime) for p in post.photos]
    assert (url, alt, mime) == ("https://pbs.twimg.com/media/a.jpg", "꺼진 등", "image/jpeg")


def test_a_photo_comes_from_xs_media_host_alone(x: XWorld) -> None:
    post = the_post(x, "사진 없음")
    elsewhere = posts_of({"id": post.remote_id, "author_id": "5", "attachments": {"media_keys": ["k"]}},
                         media=[{"media_key": "k", "type": "photo", "url": "https://evil.example/a.jpg"}])  # fmt: skip

    with pytest.raises(ChannelError, match="not on the network's media host"):
        x.channel.photo(x.account, elsewhere[0].photos[0])


def test_links_are_read_as_they_were_written_and_the_pictures_own_is_left_out(x: XWorld) -> None:
    urls = [
        {"url": "https://t.co/a", "expanded_url": "https://seoul.go.kr/light?id=1&b=2"},
        {"url": "https://t.co/b", "expanded_url": "https://x.com/a/status/1/photo/1", "media_key": "3_1"},
        {"url": "https://t.co/c", "expanded_url": "javascript:alert(1)"},
        {"url": "a", "expanded_url": "https://evil.example"},
    ]  # fmt: skip

    post = the_post(
        x, "보세요 https://t.co/a https://t.co/c https://t.co/b", entities={"urls": urls}
    )

    assert post.text == "@haechi_seoul 보세요 https://seoul.go.kr/light?id=1&b=2 https://t.co/c"


def test_a_long_post_is_read_whole(x: XWorld) -> None:
    assert (
        the_post(x, "앞부분…", note_tweet={"text": "긴 글 " * 200}).text == ("긴 글 " * 200).strip()
    )


def posts_of(*data: Any, **includes: Any) -> list[Any]:
    return list(posts({"data": list(data), "includes": includes}))


def test_xs_newer_names_are_understood_too() -> None:
    told = {
        "id": "2124619140873322496",
        "author_id": "5",
        "text": "short",
        "referenced_posts": [{"type": "replied_to", "id": "7"}],
        "note_post": {"text": "long"},
    }

    (post,) = posts_of(told)

    assert (post.in_reply_to, post.text) == ("7", "long")
    assert post.created_at == written(told["id"])  # type: ignore[arg-type]  # a text, above


ODD: Sequence[Any] = (None, 7, "x", [], {}, [1], {"a": 1}, [None], [{}], float("inf"), True)


@pytest.mark.parametrize(
    "name",
    ["text", "created_at", "entities", "geo", "attachments", "note_tweet", "referenced_tweets"],
)
def test_what_is_odd_in_a_post_is_left_out_and_the_post_is_not_lost(name: str) -> None:
    for odd in ODD:
        (post,) = posts_of({"id": "2124619140873322496", "author_id": "5", name: odd})
        assert post.place is None
        assert post.in_reply_to is None


@pytest.mark.parametrize("name", ["users", "media", "places"])
def test_what_is_odd_beside_the_posts_is_left_out(name: str) -> None:
    told = {
        "id": "2124619140873322496",
        "author_id": "5",
        "attachments": {"media_keys": ["k", 3]},
        "geo": {"place_id": "k", "coordinates": {"coordinates": ["1", None]}},
    }
    for odd in (*ODD, [{"id": "5"}, {"media_key": "k"}, {"id": "k", "geo": {"bbox": [1, 2, 3]}}]):
        (post,) = posts_of(told, **{name: odd})
        assert (post.place, post.photos, post.author_handle) == (None, (), "")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "text",
        None,
        {},
        {"data": []},
        {"meta": []},
        {"data": {}, "meta": {}},
        {"data": [[]], "meta": {}},
        {"data": [{}], "meta": {}},
        {"data": [{"id": 7, "author_id": "5"}], "meta": {}},
        {"data": [{"id": "x", "author_id": "5"}], "meta": {}},
        {"data": [{"id": "7"}], "meta": {}},
        {"data": [{"id": "7", "author_id": 5}], "meta": {}},
        {"meta": {"next_token": 5}},
    ],
)
def test_an_answer_that_makes_no_sense_is_waited_for(x: XWorld, answer: Any) -> None:
    answering(x, answer)

    with pytest.raises(ChannelBusy):
        x.channel.fetch(x.account, "")


def test_what_we_wrote_ourselves_and_what_is_only_passed_on_is_not_fetched(x: XWorld) -> None:
    x.server.write(CITY, "@haechi_seoul 우리 말")
    passed = [{"type": "retweeted", "id": "1"}]
    x.server.write(CITIZEN, "RT @a: @haechi_seoul 남의 말", referenced_tweets=passed)

    assert x.channel.fetch(x.account, "").items == ()


def test_a_post_that_shows_late_is_not_skipped(x: XWorld) -> None:
    x.citizen_writes("나중 글")
    cursor = x.channel.fetch(x.account, "").cursor
    early = id_at(datetime.now(UTC) - timedelta(seconds=50))
    x.server.write(CITIZEN, "@haechi_seoul 늦게 보인 글", remote_id=early)

    texts = [post.text for post in x.channel.fetch(x.account, cursor).items]

    assert texts == ["@haechi_seoul 늦게 보인 글", "@haechi_seoul 나중 글"]


def test_an_account_is_read_from_a_week_back_at_first(x: XWorld) -> None:
    now = datetime.now(UTC)
    for days in (5, 9):
        x.server.write(CITIZEN, f"@haechi_seoul {days}", remote_id=id_at(now - timedelta(days)))

    page = x.channel.fetch(x.account, "")

    assert [post.text for post in page.items] == ["@haechi_seoul 5"]


def test_a_clock_that_was_wrong_at_first_hides_nothing_later(x: XWorld) -> None:
    x.citizen_writes("지금 쓴 글")
    ahead = x_reading.mentions(line_to(x), "", now=datetime.now(UTC) + timedelta(days=90))

    assert ahead.items == ()
    assert len(x.channel.fetch(x.account, ahead.cursor).items) == 1


def test_an_old_post_is_not_read_and_paid_for_again(x: XWorld) -> None:
    old = datetime.now(UTC) - timedelta(days=3)
    x.server.write(CITIZEN, "@haechi_seoul 옛 글", remote_id=id_at(old))
    x.citizen_writes("새 글")
    cursor = x.channel.fetch(x.account, "").cursor

    assert [post.text for post in x.channel.fetch(x.account, cursor).items] == [
        "@haechi_seoul 새 글"
    ]


def test_a_long_sweep_goes_on_from_where_it_stopped_and_skips_nothing(x: XWorld) -> None:
    for minutes in range(250):
        at = datetime.now(UTC) - timedelta(minutes=5 * minutes)
        x.server.write(CITIZEN, f"@haechi_seoul 글 {minutes}", remote_id=id_at(at))
    wanted = set(x.server.posts)
    pages = [x_reading.mentions(line_to(x), "", most=1)]
    wanted.add(x.citizen_writes("그사이에 쓴 글"))
    while pages[-1].more:
        pages.append(x_reading.mentions(line_to(x), pages[-1].cursor, most=1))
    assert len(pages) == 3
    pages.append(x_reading.mentions(line_to(x), pages[-1].cursor))

    assert {post.remote_id for page in pages for post in page.items} == wanted
    assert len(pages[-1].items) == 2  # what came meanwhile, and the last minute again


def test_pages_that_never_end_are_waited_for(x: XWorld) -> None:
    for number in range(6):
        data = [{"id": "2124619140873322496", "author_id": "5"}]
        answering(x, {"data": data, "meta": {"next_token": f"token-number-{number:09}"}})

    with pytest.raises(ChannelBusy, match="again and again"):
        x.channel.fetch(x.account, "")


def test_a_hashtag_is_searched_from_the_beginning_of_the_emergency(x: XWorld) -> None:
    ago = timedelta(hours=2)
    x.server.write(
        CITIZEN, "#서울폭설 어제", remote_id=id_at(datetime.now(UTC) - timedelta(days=1))
    )
    now = x.server.write(CITIZEN, "#서울폭설 지금 길이 얼었어요")
    x.server.write(CITIZEN, "#서울폭설아님 다른 말")

    page = x.channel.search(x.account, "서울폭설", "", begun=datetime.now(UTC) - ago)

    assert [post.remote_id for post in page.items] == [now]


def test_a_search_that_is_older_than_a_week_asks_for_what_x_still_has(x: XWorld) -> None:
    post = x.server.write(CITIZEN, "#서울폭설 눈")

    page = x.channel.search(x.account, "서울폭설", id_at(LONG_AGO))

    assert [found.remote_id for found in page.items] == [post]
    assert not page.more


@pytest.mark.parametrize("days", [6, 8])
def test_a_search_that_lay_unfinished_for_a_week_begins_above_what_x_forgot(
    x: XWorld, days: int
) -> None:
    now = datetime.now(UTC)
    position, top = id_at(now - timedelta(days=9)), id_at(now - timedelta(days=days))
    late = x.server.write(CITIZEN, "#서울폭설 길이 막혀요")

    page = x.channel.search(x.account, "서울폭설", f"{id_at(LONG_AGO)}:{position}:{top}")

    (asked,) = [asked.path for asked in x.proxy.asked if "search/recent" in asked.path]
    assert "until_id" not in asked
    assert [post.remote_id for post in page.items] == [late]
    since = int(parse_qs(urlsplit(asked).query)["since_id"][0])
    assert (since > int(id_at(now - timedelta(days=6, minutes=2)))) == (days == 6)


def test_a_post_is_missing_only_by_xs_own_word(x: XWorld) -> None:
    kept, gone = x.citizen_writes("두는 글"), x.citizen_writes("지운 글")
    x.citizen_deletes(gone)
    many = [str(10**18 + n) for n in range(150)]

    assert x.channel.missing(x.account, [kept, gone, "not-an-id", *many]) == {gone, *many}
    assert len([a for a in x.proxy.asked if a.path.startswith("/2/tweets?")]) == 2


def test_a_post_that_is_hidden_from_us_is_not_missing(x: XWorld) -> None:
    problem = "https://api.x.com/2/problems/not-authorized-for-resource"
    answering(x, {"errors": [{"type": problem, "resource_id": "7"}, "odd", {"value": "7"}]})

    assert x.channel.missing(x.account, ["7"]) == set()


# --- our own posts


def test_looking_back_stops_where_it_was_asked_to(x: XWorld) -> None:
    for age in range(150):
        x.server.write(CITY, f"글 {age}", remote_id=id_at(NOW - timedelta(hours=age)))

    found = list(x.channel.timeline(x.account, NOW - timedelta(hours=2)))

    assert len(found) == 100
    assert len(x.proxy.asked) == 1
    assert "exclude" not in x.proxy.asked[0].path


def test_a_timeline_that_x_cuts_off_is_not_taken_for_whole(
    x: XWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(x_own, "HISTORY", 150)
    for number in range(160):
        x.server.write(CITY, f"글 {number}")

    with pytest.raises(ChannelBusy, match="3,200"):
        list(x.channel.timeline(x.account, LONG_AGO))


def test_a_thread_is_ours_below_a_post_also_where_a_citizen_speaks_between(x: XWorld) -> None:
    root = x.citizen_writes("하수구가 막혔어요")
    aside = x.channel.publish(x.account, a_message("다른 이야기"))
    ours = x.channel.publish(x.account, a_message("확인합니다", in_reply_to=root))
    again = x.citizen_writes("언제요?", to=ours.remote_id)
    below = x.channel.publish(x.account, a_message("내일입니다", in_reply_to=again))

    def thread() -> list[str]:
        return [post.remote_id for post in x.channel.thread(x.account, root)]

    assert thread() == [below.remote_id, ours.remote_id]
    assert aside.remote_id not in thread()
    assert f"since_id={root}" in "".join(asked.path for asked in x.proxy.asked)
    x.citizen_deletes(root)
    assert thread() == [below.remote_id, ours.remote_id]


def test_a_repost_without_an_id_of_its_own_is_found_on_the_timeline(x: XWorld) -> None:
    x.server.says_rest_id = False
    post = x.citizen_writes("알립니다")

    shared = x.channel.repost(x.account, post)

    assert shared.shares == post
    assert shared.remote_id == x.look_back(None)[0].remote_id != post


@pytest.mark.parametrize("status", [None, 401, 429, 503])
def test_a_repost_that_cannot_be_looked_at_is_in_doubt(x: XWorld, status: int | None) -> None:
    x.server.says_rest_id = False
    post = x.citizen_writes("알립니다")
    x.proxy.fault(a_get, Fault(reaches=False, status=status))

    with pytest.raises(InDoubt, match="x_seoul"):
        x.channel.repost(x.account, post)


def test_a_repost_made_twice_is_in_doubt_since_it_may_be_ours(x: XWorld) -> None:
    post = x.citizen_writes("알립니다")
    x.channel.repost(x.account, post)

    with pytest.raises(InDoubt, match="it may be ours"):
        x.channel.repost(x.account, post)


def test_what_is_not_ours_is_not_deleted(x: XWorld) -> None:
    post = x.citizen_writes("시민의 글")

    with pytest.raises(ChannelError, match="still stands") as error:
        x.channel.delete(x.account, post)

    assert error.value.kind is Trouble.FORBIDDEN


# --- pictures


def test_a_picture_is_uploaded_described_and_attached(x: XWorld, tmp_path: Path) -> None:
    picture = replace(an_attachment(tmp_path), alt="고친 신호등" * 300)

    x.channel.publish(x.account, a_message(attachments=(picture,)))

    ((media_id, alt),) = x.server.alts.items()
    assert x.server.media[media_id]["type"] == "image/jpeg"
    assert alt == ("고친 신호등" * 300)[:1000]
    assert x.proxy.asked[-1].json()["media"] == {"media_ids": [media_id]}


@pytest.mark.parametrize("body", [b"{}", b'{"data": {"id": "7", "processing_info": {"state": "pending"}}}'])  # fmt: skip
def test_a_picture_that_is_not_ready_leaves_nothing_published(
    x: XWorld, tmp_path: Path, body: bytes
) -> None:
    x.proxy.fault(lambda asked: "upload" in asked.path, Fault(reaches=False, status=200, body=body))

    with pytest.raises(ChannelBusy):
        x.channel.publish(x.account, a_message(attachments=(an_attachment(tmp_path),)))

    assert x.standing() == []


def test_a_picture_that_is_not_there_is_a_matter_for_a_person(x: XWorld, tmp_path: Path) -> None:
    picture = replace(an_attachment(tmp_path), path=tmp_path / "gone.jpg")

    with pytest.raises(ChannelError, match=r"gone\.jpg cannot be read"):
        x.channel.publish(x.account, a_message(attachments=(picture,)))


# --- the account


def test_an_app_that_may_only_read_says_what_to_change(x: XWorld) -> None:
    x.server.access_level = "read"

    health = x.channel.check(x.account)

    assert (health.reads, health.writes) == (True, False)
    assert health.reason.startswith("forbidden: the app may only read")
    with pytest.raises(ChannelError, match="Read and write"):
        x.channel.publish(x.account, a_message())


def test_tokens_of_another_account_never_pass_for_ours(x: XWorld) -> None:
    health = x.channel.check(replace(x.account, handle="gangnam"))

    assert not health.writes
    assert health.reason == "credential: the secret is that of @haechi_seoul, not of @gangnam"


def test_a_healthy_account_tells_its_name_and_what_is_left(x: XWorld) -> None:
    health = x.channel.check(x.account)

    assert (health.name, health.limit_left) == ("서울시", 847)


@pytest.mark.parametrize("secret", ["token", "[]", json.dumps(PARTS | {"access_token": "abc"})])
def test_a_credential_that_is_none_of_xs_says_so(
    x: XWorld, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv(secret_variable("x-seoul"), secret)

    assert x.channel.check(x.account).reason.startswith("credential: ")


def test_a_renewed_secret_is_signed_with_at_once(
    x: XWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(secret_variable("x-seoul"), json.dumps(PARTS | {"consumer_secret": "old"}))
    assert x.channel.check(x.account).reason.startswith("revoked: ")
    monkeypatch.undo()
    monkeypatch.setenv(secret_variable("x-seoul"), json.dumps(PARTS))

    assert x.channel.check(x.account).writes


def test_any_number_of_threads_publish_each_its_own(x: XWorld) -> None:
    def publish(number: int) -> None:
        x.channel.publish(x.account, a_message(f"글 {number}"))

    threads = [threading.Thread(target=publish, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(x.standing()) == [f"글 {n}" for n in range(8)]


# --- budgets and prices


@dataclass
class Counted:
    """A purse that remembers."""

    spent: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def spend(self, spendings: Sequence[Spending]) -> None:
        self.spent += [spending.key for spending in spendings]

    def count(self, network: str, what: str, amount: int = 1) -> None:
        assert network == "x"
        self.counts[what] = self.counts.get(what, 0) + amount

    def __hash__(self) -> int:
        return id(self)


@contextmanager
def counting(x: XWorld) -> Iterator[Counted]:
    before, x.channel.purse = x.channel.purse, Counted()
    try:
        yield x.channel.purse
    finally:
        x.channel.purse = before


def test_what_has_a_price_is_counted(x: XWorld, tmp_path: Path) -> None:
    first, _ = x.citizen_writes("하나"), x.citizen_writes("둘")
    with counting(x) as purse:
        x.channel.fetch(x.account, "")
        x.channel.publish(x.account, a_message("답", attachments=(an_attachment(tmp_path),)))
        x.channel.publish(x.account, a_message("보세요 https://seoul.go.kr"))
        shared = x.channel.repost(x.account, first)
        x.channel.missing(x.account, [first, "7"])
        list(x.channel.timeline(x.account, LONG_AGO))
        x.channel.delete(x.account, shared.remote_id)
        x.channel.check(x.account)

    assert purse.counts == {
        "post read": 2 + 1 + 3,
        "user read": 1 + 1,
        "post created": 1,
        "post with a link created": 1,
        "picture described": 1,
        "repost": 1,
        "post deleted": 1,
    }
    assert set(purse.counts) == set(PRICES)


def test_every_request_has_a_budget_and_posts_one_of_the_app_too(x: XWorld, tmp_path: Path) -> None:
    with counting(x) as purse:
        post = x.citizen_writes("하나")
        x.channel.fetch(x.account, "")
        x.channel.search(x.account, "서울", "")
        x.channel.publish(x.account, a_message(attachments=(an_attachment(tmp_path),)))
        x.channel.delete(x.account, x.channel.repost(x.account, post).remote_id)
        x.channel.missing(x.account, [post])
        list(x.channel.timeline(x.account, LONG_AGO))
        x.channel.check(x.account)

    assert {key.split(" account")[0].split(" app")[0][2:] for key in purse.spent} == {
        budget.name for budget in X.budgets
    }
    assert len(purse.spent) == len(x.proxy.asked) + 1
    assert [budget.name for budget in X.budgets if budget.scope is Scope.APP] == ["posts a day"]
    assert len(X.budgets) == len(OPERATIONS) + 1


def test_what_was_published_needs_only_an_id() -> None:
    found = published({"id": id_at(NOW)}, "")

    assert (found.url, found.at) == (f"https://x.com/i/status/{id_at(NOW)}", NOW)


# --- a sign-in by a PIN


APP = {name: PARTS[name] for name in ("consumer_key", "consumer_secret")}


def plainly(status: int, body: str) -> Fault:
    return Fault(reaches=False, status=status, body=body.encode())


def test_a_pin_gives_the_two_parts_that_were_lacking(x: XWorld) -> None:
    begun = x.channel.sign_in(x.account, APP)
    assert urlsplit(begun.address).path == "/oauth/authorize"
    assert set(parse_qs(urlsplit(begun.address).query)["oauth_token"]) == set(x.server.sign_ins)
    assert APP | dict(begun.redeem(PIN)) == PARTS


def test_a_pin_holds_once(x: XWorld) -> None:
    begun = x.channel.sign_in(x.account, APP)
    begun.redeem(PIN)
    with pytest.raises(ChannelError, match="it holds once"):
        begun.redeem(PIN)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (plainly(503, "<html>Over capacity</html>"), ChannelBusy, "answered 503"),
        (plainly(429, ""), ChannelBusy, "answered 429"),
        (plainly(200, "<html>a captive portal</html>"), ChannelBusy, "cannot be read"),
        (
            plainly(403, "<errors><error code='415'>Callback URL not approved</error></errors>"),
            ChannelError,
            r"settings' are filled in \(answered 403. Callback URL not approved\)",
        ),
        (saying(403, detail="Your account is suspended"), ChannelError, "X has suspended"),
        (Fault(reaches=False, status=None), ChannelBusy, "127.0.0.1: the connection broke off"),
    ],
)
def test_a_sign_in_that_cannot_begin_says_why_in_words(
    x: XWorld, fault: Fault, kind: type[Exception], words: str
) -> None:
    x.proxy.fault(lambda asked: asked.path == "/oauth/request_token", fault)
    with pytest.raises(kind, match=words) as raised:
        x.channel.sign_in(x.account, APP)
    assert "<" not in str(raised.value)
    assert "object at" not in str(raised.value)


def test_a_network_that_is_slow_to_begin_a_sign_in_is_not_waited_for(x: XWorld) -> None:
    assert isinstance(x.channel, X)
    impatient = X(x.channel.settings, origin=x.proxy.url, timeouts=Timeouts(read=0.2))
    slow = Fault(reaches=False, after=1.0)
    x.proxy.fault(lambda asked: asked.path == "/oauth/request_token", slow)
    with pytest.raises(ChannelBusy, match="it did not answer in time"):
        impatient.sign_in(x.account, APP)
