"""The client libraries with nothing of ours around them, doing what a channel does."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from channels.credential import credential
from settings import Settings
from tests.channels.worlds.world import World


class Client(Protocol):
    """A bare client of one account."""

    def publish(self, text: str, below: str | None) -> Any: ...
    def fetch(self) -> int: ...


Bare = Callable[[World], Client]


class Mastodon:
    """Mastodon.py."""

    def __init__(self, world: World) -> None:
        import mastodon

        self._api = mastodon.Mastodon(
            api_base_url=world.proxy.url,
            access_token=credential(world.account.credential, Settings()),
            version_check_mode="none",
        )

    def publish(self, text: str, below: str | None) -> Any:
        return self._api.status_post(text, in_reply_to_id=below, visibility="public")

    def fetch(self) -> int:
        position, found = "0", 0
        while True:
            page = self._api.notifications(types=["mention"], min_id=position, limit=80)
            found += len(page)
            if len(page) < 80:
                return found
            position = page[0]["id"]


class X:
    """tweepy, its fixed host replaced in its session."""

    def __init__(self, world: World) -> None:
        import requests
        import tweepy

        class Elsewhere(requests.Session):
            def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
                here = str(url).replace("https://api.twitter.com", world.proxy.url)
                return super().request(method, here, *args, **kwargs)

        parts = json.loads(credential(world.account.credential, Settings()))
        self._me = parts["access_token"].partition("-")[0]
        self._api = tweepy.Client(**parts)
        self._api.session = Elsewhere()

    def publish(self, text: str, below: str | None) -> Any:
        return self._api.create_tweet(text=text, in_reply_to_tweet_id=below)

    def fetch(self) -> int:
        token, found = None, 0
        while True:
            page = self._api.get_users_mentions(
                self._me,
                user_auth=True,
                max_results=100,
                pagination_token=token,
                expansions="author_id,attachments.media_keys,geo.place_id",
                tweet_fields="attachments,author_id,created_at,entities,geo,note_tweet,referenced_tweets",
                media_fields="alt_text,media_key,type,url",
                place_fields="full_name,geo",
                user_fields="name,username",
            )
            found += len(page.data or ())
            token = page.meta.get("next_token")
            if not token:
                return found


class WordPress:
    """httpx, which looks for the slug before it writes, as it must."""

    def __init__(self, world: World) -> None:
        import httpx

        parts = json.loads(credential(world.account.credential, Settings()))
        self._api = httpx.Client(auth=(parts["user"], parts["app_password"]))
        self._where = f"{world.proxy.url}/"
        self._numbers = itertools.count(1)

    def _asked(self, method: str, route: str, json: Any = None, **query: Any) -> Any:
        params = {"rest_route": f"/wp/v2/{route}", **query}
        return self._api.request(method, self._where, params=params, json=json).json()

    def publish(self, text: str, below: str | None) -> Any:  # noqa: ARG002 (it answers nobody here)
        slug = f"bare-{next(self._numbers)}"
        if not self._asked("GET", "posts", slug=slug, status="any", context="edit"):
            post = {"title": text, "content": f"<p>{text}</p>", "slug": slug, "status": "publish"}
            return self._asked("POST", "posts", json=post)
        return None

    def fetch(self) -> int:
        page, found = 1, 0
        while True:
            batch = self._asked(
                "GET",
                "comments",
                page=page,
                per_page=100,
                order="asc",
                orderby="date_gmt",
                status="all",
                context="edit",
            )
            found, page = found + len(batch), page + 1
            if len(batch) < 100:
                return found


class YouTube:
    """Google's client on httplib2, with Google's own credentials."""

    def __init__(self, world: World) -> None:
        import google_auth_httplib2
        import httplib2
        from google.oauth2.credentials import Credentials
        from googleapiclient.discovery import build

        parts = json.loads(credential(world.account.credential, Settings()))
        known = Credentials(None, token_uri=f"{world.proxy.url}/token", **parts)  # type: ignore[no-untyped-call]  # not typed
        self._api = build(
            "youtube",
            "v3",
            http=google_auth_httplib2.AuthorizedHttp(known, http=httplib2.Http()),
            static_discovery=True,
            client_options={"api_endpoint": world.proxy.url},
        )
        self._me = self._api.channels().list(part="id", mine=True).execute()["items"][0]["id"]

    def publish(self, text: str, below: str | None) -> Any:
        body = {"snippet": {"parentId": below, "textOriginal": text}}
        return self._api.comments().insert(part="snippet", body=body).execute()

    def _read(self, thread: Any) -> int:
        """A thread that shows only some of its answers is read whole."""
        total = thread["snippet"]["totalReplyCount"]
        if total > len(thread.get("replies", {}).get("comments", ())):
            comments = self._api.comments()
            asked = comments.list(part="snippet", parentId=thread["id"], maxResults=100)
            while asked is not None:
                asked = comments.list_next(asked, asked.execute())
        return 1

    def fetch(self) -> int:
        threads = self._api.commentThreads()
        asked, found = (
            threads.list(
                part="snippet,replies",
                allThreadsRelatedToChannelId=self._me,
                order="time",
                maxResults=100,
            ),
            0,
        )
        while asked is not None:
            told = asked.execute()
            found += sum(map(self._read, told["items"]))
            asked = threads.list_next(asked, told)
        return found


BARE: Mapping[str, Bare] = {
    "mastodon": Mastodon,
    "x": X,
    "wordpress": WordPress,
    "youtube": YouTube,
}
