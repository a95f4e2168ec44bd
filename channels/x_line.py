"""A thread's way to one account of X: tweepy's client on our wire, at an origin that can be set."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import tweepy

from channels.errors import ChannelError, Trouble
from channels.wire import Timeouts, Wire
from channels.x_errors import failure, words_of
from channels.x_ids import is_id

LINES = 128
"""Lines a thread keeps. One is small: the connections are the thread's, whatever the account."""
PARTS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
Count = Callable[[str, int], None]
"""Told what X charges for, and how many."""

# X's limits, each with its own three headers; the last two are on `POST /2/tweets` alone.
_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


class Client(tweepy.Client):  # type: ignore[misc]  # tweepy has no types
    """tweepy's client with another `request`: our wire, our origin, X's refusals by our table.

    tweepy signs for `api.twitter.com`, which is fixed in it, and takes no file to upload.
    """

    def __init__(self, origin: str, wire: Wire, where: str) -> None:
        super().__init__(return_type=dict)
        self.session = wire
        self.access_level = ""
        self._origin = origin
        self._where = where
        self._parts: Mapping[str, str] = {}
        self._auth: Any = None

    def sign_as(self, parts: Mapping[str, str]) -> None:
        """Sign by these four from now on (OAuth 1.0a)."""
        if self._parts != parts:
            self._parts = parts
            self._auth = tweepy.OAuth1UserHandler(*(parts[name] for name in PARTS)).apply_auth()
            self.access_token = parts["access_token"]

    def request(
        self,
        method: str,
        route: str,
        params: Any = None,
        json: Any = None,
        user_auth: bool = True,  # noqa: ARG002 (tweepy's; ours always signs)
        **more: Any,
    ) -> requests.Response:
        response = self.session.request(
            method,
            self._origin + route,
            params=params,
            json=json,
            headers={"User-Agent": "haechi"},
            auth=self._auth,
            **more,
        )
        self.access_level = response.headers.get("x-access-level", "")
        self._note(response)
        if response.status_code >= 400:
            publishing = method == "POST" and route.endswith(("/tweets", "/retweets"))
            words = words_of(response)
            failed = failure(self._where, response.status_code, words, publishing=publishing)
            raise failed or requests.HTTPError(words)
        return response

    def upload(self, content: bytes, mime: str) -> Any:
        """A picture to attach later; X forgets it after a day where it is not used."""
        return self.request(
            "POST",
            "/2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": ("picture", content, mime)},
        ).json()

    def describe(self, media_id: str, alt: str) -> None:
        """Say what is to be seen on a picture that was uploaded."""
        metadata = {"alt_text": {"text": alt}}
        self.request("POST", "/2/media/metadata", json={"id": media_id, "metadata": metadata})

    def _note(self, response: requests.Response) -> None:
        """X's own words and limits, which the wire does not know."""
        wire: Wire = self.session
        headers = response.headers
        left = headers.get("x-rate-limit-remaining", "")
        last = replace(wire.last, limit_left=int(left) if is_id(left) else None)
        if response.status_code == 429 and last.retry_after is None:
            last = replace(last, retry_after=reset_in(headers))
        if words := words_of(response) if response.status_code >= 400 else "":
            last = replace(last, reason=words)
        wire.last = last

    def _get_oauth_1_authenticating_user_id(self, access_token: str) -> str:
        """tweepy keeps every client for ever to remember this."""
        return access_token.partition("-")[0]


@dataclass(slots=True)
class Line:
    """One account's client for one thread; `me` is the account's own id, `handle` its name."""

    api: Client
    me: str
    handle: str
    count: Count


class Lines(threading.local):
    """Each thread's lines, the least used given up first."""

    def __init__(self, timeouts: Timeouts, origin: str, count: Count) -> None:
        self.wire = Wire(timeouts)
        self._origin = origin
        self._count = count
        self._clients: OrderedDict[str, Client] = OrderedDict()

    def to(self, account_id: str, handle: str, parts: Mapping[str, str]) -> Line:
        """The line to an account, its tokens brought up to date."""
        me = parts["access_token"].partition("-")[0]
        if not is_id(me):
            raise ChannelError(
                f"{account_id}: an access token of X begins with the account's number; this does not",
                Trouble.CREDENTIAL,
            )
        client = self._clients.pop(account_id, None)
        client = client or Client(self._origin, self.wire, f"{account_id} (x)")
        client.sign_as(parts)
        self._clients[account_id] = client
        if len(self._clients) > LINES:
            self._clients.popitem(last=False)
        return Line(client, me, handle.lstrip("@"), self._count)


def reset_in(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Seconds until the limits that are used up begin anew; X says when in seconds since 1970."""
    resets = {name: headers.get(f"{name}-reset", "") for name in _LIMITS}
    used_up = [r for name, r in resets.items() if headers.get(f"{name}-remaining") == "0"]
    times = [int(reset) for reset in used_up or [resets[_LIMITS[0]]] if is_id(reset)]
    return max(0.0, max(times) - _now(headers, now).timestamp()) if times else None


def _now(headers: Mapping[str, str], now: datetime | None) -> datetime:
    """By X's own clock, where it tells."""
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return now or datetime.now(UTC)
