"""Our own small X against X's own client for Python: its requests are taken, its models read our answers."""

from importlib import import_module
from typing import Any

import pytest

from tests.channels.worlds._x_server import CITIZEN, CITY, PARTS, x_server

pytestmark = pytest.mark.networks


def test_xs_own_client_signs_and_reads_as_our_small_x_does() -> None:
    why = "X's own client is not installed: pip install xdk (0.10.6 was tried)"
    xdk: Any = pytest.importorskip("xdk", reason=why)
    schemas: Any = import_module("xdk.schemas")
    signing: Any = import_module("xdk.oauth1_auth")

    with x_server() as server:
        auth = signing.OAuth1(
            api_key=PARTS["consumer_key"],
            api_secret=PARTS["consumer_secret"],
            callback="",
            access_token=PARTS["access_token"],
            access_token_secret=PARTS["access_token_secret"],
        )
        client = xdk.Client(base_url=server.url, auth=auth)
        asked = server.write(CITIZEN, "@haechi_seoul 가로등이 꺼졌어요")
        answer = schemas.CreatePostsRequest(
            text="확인합니다", reply={"in_reply_to_tweet_id": asked}
        )

        made = client.posts.create(answer).data.id
        shared = client.users.repost_post(CITY, schemas.RepostPostRequest(tweet_id=asked)).data

        assert client.users.get_me().data.username == "haechi_seoul"
        (mentions,) = client.users.get_mentions(CITY, max_results=5)
        assert mentions.data[-1].id == asked
        (own,) = client.users.get_posts(CITY, max_results=5)
        assert [post.id for post in own.data] == [shared.rest_id, made]
        (problem,) = client.posts.get_by_ids([asked, "123"]).errors
        assert problem.resource_id == "123"
        (found,) = client.posts.search_recent("#서울 -is:retweet")
        assert not found.data
        assert client.posts.delete(made).data.deleted
