"""The client libraries with nothing of ours around them, doing what a channel does."""

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


BARE: Mapping[str, Bare] = {"mastodon": Mastodon, "x": X}
