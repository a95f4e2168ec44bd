"""A thread's way to YouTube's Data API: Google's client on our wire."""

import threading
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

import httplib2
import requests
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from channels.errors import ChannelError, Trouble
from channels.known import Known
from channels.wire import Timeouts, Wire
from channels.youtube_consent import App, Token, Tokens
from channels.youtube_errors import body_of, failed, reason_in


class Http:
    """What Google's client takes for httplib2: one try on our wire, with the token of the moment."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.token = ""

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        **_unused: Any,
    ) -> tuple[httplib2.Response, bytes]:
        raw = body.encode() if isinstance(body, str) else body
        answer = self._wire.request(method, uri, data=raw, headers=headers, auth=self._sign)
        told = httplib2.Response({**answer.headers, "status": str(answer.status_code)})
        told.reason = answer.reason
        return told, answer.content

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """As an `auth`, lest requests look into a `.netrc` for another and put that in its place."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request

    def close(self) -> None:
        """The wire is the thread's, not the client's."""


class Api:
    """What we ask of YouTube, from the discovery document in the library's wheel.

    The library makes a collection's methods anew each time it is asked for one; so each is kept.
    """

    def __init__(self, origin: str, http: Http) -> None:
        service = build(
            "youtube",
            "v3",
            http=http,
            static_discovery=True,
            cache_discovery=False,
            num_retries=0,
            client_options={"api_endpoint": origin},
        )
        self.comments: Any = service.comments()
        self.threads: Any = service.commentThreads()
        self.channels: Any = service.channels()


@dataclass(slots=True)
class Line:
    """One channel's way to YouTube, for one thread."""

    wire: Wire
    app: App
    tokens: Tokens
    api: Api
    http: Http
    whose: str
    known: Known
    _me: dict[str, Any] = field(default_factory=dict)

    def token(self) -> Token:
        return self.tokens.of(self.app, self.wire)

    def me(self) -> dict[str, Any]:
        """Our channel; asked once."""
        if not self._me:
            told = self.ask(self.api.channels.list(part="snippet", mine=True))
            if not listed(told):
                raise ChannelError(
                    "the consent was given by a Google account without a channel", Trouble.FORBIDDEN
                )
            self._me = listed(told)[0]
        return self._me

    def my_id(self) -> str:
        """Our channel's id."""
        told = self.known.of(
            self.whose, *astuple(self.app), ask=lambda: {"id": identified(self.me())}
        )
        return told["id"]

    def ask(self, request: Any) -> Any:
        """What YouTube answers. A token that it takes no more is renewed, once: nothing was done."""
        try:
            return self._ask(request)
        except HttpError as error:
            if error.resp.status == 401:
                self.tokens.forget(self.app)
                try:
                    return self._ask(request)
                except HttpError as again:
                    error = again
            failure = failed(reason_in(body_of(error)), self.wire)
            raise failure or error from error

    def _ask(self, request: Any) -> Any:
        self.http.token = self.token().value
        return request.execute(num_retries=0)


class Lines(threading.local):
    """Each thread's wire, the client on it, and its lines."""

    def __init__(self, timeouts: Timeouts, origin: str, tokens: Tokens, known: Known) -> None:
        self.wire = Wire(timeouts)
        self._known = known
        self._tokens = tokens
        self._origin = origin
        self._http = Http(self.wire)
        self._api: Api | None = None
        self._lines: dict[App, Line] = {}

    def to(self, app: App) -> Line:
        if self._api is None:
            self._api = Api(self._origin, self._http)
        if app not in self._lines:
            self._lines[app] = Line(
                self.wire, app, self._tokens, self._api, self._http, self._origin, self._known
            )
        return self._lines[app]


def listed(told: Any) -> list[dict[str, Any]]:
    """The items of an answer. Raises `ValueError` for what is no list of objects."""
    items = told.get("items", []) if isinstance(told, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("the answer is no list")
    return items


def identified(item: Mapping[str, Any]) -> str:
    """An item's id. Raises `ValueError` where there is none."""
    found = item.get("id")
    if not isinstance(found, str) or not found:
        raise ValueError("the answer holds no id")
    return found
