"""What no polite network would send still becomes a case."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from channels.practice import Practice
from registry.model import Network
from rules.case import Status
from settings import Settings
from store.tables import Case, Post
from tasks.classify import classify
from tasks.open_cases import open_cases
from tasks.reading import read
from tasks.workplace import Workplace
from tests.channels.rough_server import rough_server, saying
from tests.tasks.conftest import QUICK

#: Half of an emoji, as a client writes it that cuts a text in the middle of one.
HALVES = ("\ud83d", "\udea6")


def mention(half: str) -> bytes:
    """A page of notifications with one post, as Mastodon would write it, in ASCII."""
    at = "2026-11-02T00:59:00.000Z"
    author = {"id": f"7{half}", "acct": f"ji{half}woo", "display_name": f"지{half}우"}
    status = {
        "id": "41",
        "account": author,
        "content": f"<p>@x_seoul 시청 앞 신호등이 {half} 꺼졌어요</p>",
        "created_at": at,
        "url": f"https://m.example/41{half}",
        "visibility": "public",
        "place": {"lat": 37.5, "lon": 127, "name": f"시청{half}"},
    }
    note = {"id": "9", "type": "mention", "created_at": at, "account": author, "status": status}
    return json.dumps([note]).encode("ascii")


@pytest.mark.parametrize("half", HALVES, ids=["the first half", "the second half"])
def test_a_lone_surrogate_loses_no_post(quiet: Workplace, half: str) -> None:
    answer = saying("200 OK", mention(half), "Content-Type: application/json")
    with rough_server(answer) as server:
        settings = Settings(var=quiet.settings.var, practice_url=server.url)
        channel = Practice(settings, timeouts=QUICK)
        place = replace(quiet, channel_of=lambda _: channel)
        assert [harvest.cause for harvest in read(place) if harvest.cause] == []
        assert [harvest.cause for harvest in read(place) if harvest.cause] == []
    open_cases(place)
    classify(place)
    with place.store.read() as session:
        # every account was told of the same post: whoever was first keeps it for its network
        post = session.scalars(select(Post).where(Post.network == Network.X)).one()
        case = session.get_one(Case, post.case_id)
    kept = "".join((post.text, post.author_handle, post.author_name, post.url, case.place or ""))
    assert half not in kept
    assert kept.encode()
    assert "신호등이" in post.text
    assert "꺼졌어요" in post.text
    assert case.status is not Status.RECEIVED
