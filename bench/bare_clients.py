"""The client libraries with nothing of ours around them, doing what a channel does."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from channels.bluesky_values import tid
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


class Bluesky:
    """atproto."""

    def __init__(self, world: World) -> None:
        from atproto_client import Client, models

        self._models = models
        self._api = Client(base_url=f"{world.proxy.url}/xrpc")
        parts = json.loads(credential(world.account.credential, Settings()))
        session = self._api.com.atproto.server.create_session(
            models.ComAtprotoServerCreateSession.Data(
                identifier=parts["handle"], password=parts["app_password"]
            )
        )
        self._did = session.did
        self._headers = {"Authorization": f"Bearer {session.access_jwt}"}

    def publish(self, text: str, below: str | None) -> Any:  # noqa: ARG002 (the bench answers nobody here)
        record = self._models.AppBskyFeedPost.Record(
            text=text, created_at=self._api.get_current_time_iso(), langs=["ko"]
        )
        data = self._models.ComAtprotoRepoCreateRecord.Data(
            repo=self._did,
            collection="app.bsky.feed.post",
            rkey=tid(datetime.now(UTC), text),
            record=record,
        )
        return self._api.com.atproto.repo.create_record(data, headers=self._headers)

    def fetch(self) -> int:
        cursor, found = None, 0
        while True:
            page = self._api.app.bsky.notification.list_notifications(
                {"limit": 100, "cursor": cursor, "reasons": ["mention", "reply", "quote"]},
                headers=self._headers,
            )
            found += len(page.notifications)
            cursor = page.cursor
            if not cursor or len(page.notifications) < 100:
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


class _Meta:
    """python-facebook-api, one of its clients."""

    client = "GraphAPI"
    version = "v24.0"

    def __init__(self, world: World) -> None:
        import pyfacebook

        self._world = world
        self._api = getattr(pyfacebook, self.client)(
            access_token=self._token(), base_url=f"{world.proxy.url}/", version=self.version
        )

    def _token(self) -> str:
        return credential(self._world.account.credential, Settings())

    def _all(self, of: str, **asked: Any) -> Any:
        return self._api.get_full_connections("me", of, count=None, **asked)["data"]

    def _pages(self, above: str, of: str, first: Any, **asked: Any) -> Iterator[Any]:
        """The entries of a nested list whose first page is there already, and of its further pages."""
        page = first
        while page:
            yield from page["data"]
            told = page.get("paging", {})
            if not told.get("next"):
                return
            after = told["cursors"]["after"]
            page = self._api.get_connection(above, of, after=after, **asked)


class Facebook(_Meta):
    def publish(self, text: str, below: str | None) -> Any:  # noqa: ARG002 (the bench answers nobody here)
        return self._api.post_object("me", "feed", data={"message": text})

    def fetch(self) -> int:
        comment = (
            "id,created_time,message,from{id,name},parent{id,from{id}},permalink_url,is_hidden,"
            "is_private,attachment{type,url,description,media{image{src}}}"
        )
        nested = f"comments.filter(stream).order(reverse_chronological).limit(25){{{comment}}}"
        own = f"id,created_time,{nested}"
        order = {"filter": "stream", "order": "reverse_chronological", "limit": 100}
        posts = self._all("published_posts", fields=own, limit=25)
        found = sum(
            1
            for post in posts
            for _ in self._pages(
                post["id"], "comments", post.get("comments"), fields=comment, **order
            )
        )
        wall = f"id,created_time,message,from{{id,name}},{nested}"
        self._all("feed", fields=wall, limit=25)
        self._all("tagged", fields="id,created_time,message", limit=25)
        return found


class Instagram(_Meta):
    def _token(self) -> str:
        parts = json.loads(super()._token())
        self._user = parts["user"]
        return str(parts["token"])

    def publish(self, text: str, below: str | None) -> Any:
        return self._api.post_object(below, "replies", data={"message": text})

    def fetch(self) -> int:
        reply = "id,text,timestamp,username,from,parent_id,hidden"
        comment = f"{reply},replies.limit(50){{{reply}}}"
        fields = f"id,timestamp,comments.limit(50){{{comment}}}"
        found = 0
        for media in self._api.get_connection(self._user, "media", fields=fields, limit=25)["data"]:
            comments = self._pages(
                media["id"], "comments", media.get("comments"), fields=comment, limit=50
            )
            for one in comments:
                below = self._pages(
                    one["id"], "replies", one.get("replies"), fields=reply, limit=50
                )
                found += 1 + sum(r["username"] != "haechi_seoul" for r in below)
        return found


class Threads(_Meta):
    client = "ThreadsGraphAPI"
    version = "v1.0"

    def publish(self, text: str, below: str | None) -> Any:  # noqa: ARG002 (the bench answers nobody here)
        made = {"media_type": "TEXT", "text": text}
        container = self._api.post_object("me", "threads", data=made)["id"]
        self._api.get_object(container, fields="id,status")
        done = self._api.post_object("me", "threads_publish", data={"creation_id": container})
        return self._api.get_object(done["id"], fields="id,permalink,timestamp")

    def fetch(self) -> int:
        fields = (
            "id,media_type,media_url,permalink,username,text,timestamp,alt_text,is_reply,"
            "children{media_type,media_url,alt_text}"
        )
        own = "id,media_type,permalink,text,timestamp,has_replies"
        found = len(self._all("mentions", fields=fields, limit=100))
        self._all("threads", fields=own, limit=100)
        self._all("replies", fields=own, limit=100)
        return found


BARE: Mapping[str, Bare] = {
    "bluesky": Bluesky,
    "facebook": Facebook,
    "instagram": Instagram,
    "mastodon": Mastodon,
    "threads": Threads,
    "wordpress": WordPress,
    "x": X,
    "youtube": YouTube,
}
