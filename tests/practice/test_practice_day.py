"""The scripted day: played once, in order, with photos, and one post deleted later."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon
from PIL import Image
from sqlalchemy import delete, select, update

from practice import day
from practice.day import Script
from practice.network import CityAccount, Network
from practice.scenes import SCENES, photo
from practice.tables import Job, Marker, Status, now
from practice.testing import PracticeServer, practice_server
from tests.practice.waiting import eventually

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def scripted(number: int, **told: Any) -> dict[str, Any]:
    usual = {"to": "x_seoul", "photo": None, "place": None, "reply_to": None, "deleted": False}
    return {
        "id": f"p{number}",
        "by": "bob",
        "at": f"0{number}:00",
        "text": f"글 {number}",
        **usual,
        **told,
    }


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network(folder=tmp_path, key="key")
    made.welcome([CityAccount(handle="x_seoul", name="서울시")])
    yield made
    made.close()


@pytest.fixture
def city(server: PracticeServer) -> Mastodon:
    return Mastodon(access_token=server.token("x_seoul", city=True), api_base_url=server.url)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path, city=[CityAccount(handle="x_seoul", name="서울시")]) as running:
        yield running


def test_all_posts_are_there_at_once_in_order_and_in_the_past(
    server: PracticeServer, city: Mastodon
) -> None:
    posts = [scripted(1), scripted(2, reply_to="p1"), scripted(3)]
    assert day.play(server.network, Script({"bob": "밥"}, posts)) == 3
    told = [notice.status for notice in city.notifications(types=["mention"])][::-1]
    assert ["글 1" in told[0].content, "글 3" in told[2].content] == [True, True]
    assert told[1].in_reply_to_id == told[0].id
    assert told[0].account.display_name == "밥"
    times = [status.created_at for status in told]
    assert times == sorted(times)
    assert now() - timedelta(days=1) <= times[0] < times[2] <= now()


def test_a_day_is_played_once(network: Network) -> None:
    script = Script({}, [scripted(1)])
    assert [day.play(network, script, moment=NOW), day.play(network, script, moment=NOW)] == [1, 0]


def test_a_day_broken_off_goes_on_where_it_stopped(network: Network) -> None:
    half, whole = Script({}, [scripted(1)]), Script({}, [scripted(1), scripted(2)])
    day.play(network, half, moment=NOW)
    with network.store.write() as connection:
        connection.execute(delete(Marker))  # as if it had not come to the end
    day.play(network, whole, moment=NOW + timedelta(minutes=5))
    with network.store.read() as session:
        texts = [row[0] for row in session.execute(select(Status.text))]
    assert sorted(texts) == ["@x_seoul 글 1", "@x_seoul 글 2"]


def test_a_deleted_post_is_seen_first_and_goes_after_a_restart_too(tmp_path: Path) -> None:
    script = Script({}, [scripted(1, deleted=True), scripted(2)])
    with practice_server(tmp_path, city=[CityAccount(handle="x_seoul", name="서울시")]) as first:
        day.play(first.network, script)
        assert len(first.statuses("bob")) == 2
    again = Network(folder=tmp_path, key="key")
    again.welcome([CityAccount(handle="x_seoul", name="서울시")])
    with again.store.write() as connection:  # as if three minutes had gone by
        connection.execute(update(Job).values(due_at=now()))
    again.close()
    with practice_server(tmp_path) as second:
        assert eventually(lambda: second.texts("bob") == ["@x_seoul 글 2"])


def test_photos_carry_their_scene_and_gps(server: PracticeServer) -> None:
    told = {"scene": "pothole", "alt": "구멍 난 길", "gps": [37.5, 127.0]}
    day.play(server.network, Script({}, [scripted(1, photo=told)]))
    (post,) = server.statuses("bob")
    assert post["media_attachments"][0]["description"] == "구멍 난 길"
    name = post["media_attachments"][0]["url"].rsplit("/", 1)[1]
    gps = Image.open(server.network.media.path(name)).getexif().get_ifd(0x8825)
    assert (gps[1], float(gps[2][0]), gps[3], float(gps[4][0])) == ("N", 37.0, "E", 127.0)


@pytest.mark.parametrize("scene", [*SCENES, "something nobody drew"])
def test_every_scene_is_a_small_jpeg(scene: str) -> None:
    raw = photo(scene)
    with Image.open(io.BytesIO(raw)) as image:
        image.load()
        assert image.format == "JPEG"
    assert len(raw) < 200_000


def test_the_shipped_day_can_be_played(network: Network) -> None:
    script = day.read()
    network.welcome(CityAccount(handle=post["to"], name=post["to"]) for post in script.posts)
    assert day.play(network, script, moment=NOW) == len(script.posts)
    assert {post["photo"]["scene"] for post in script.posts if post["photo"]} <= set(SCENES)
