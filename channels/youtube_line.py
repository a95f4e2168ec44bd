"""A thread's way to YouTube's Data API: Google's client on our wire, tokens, what its errors mean."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httplib2
import requests
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from channels.errors import ChannelBusy, ChannelError, Trouble
from channels.known import Known
from channels.wire import Timeouts, Wire

EARLY = 120.0
"""Seconds before its end that an access token is renewed, so that it does not end on the way."""
A_RATE = 60.0
"""Seconds to wait where YouTube says that it was asked too fast; it does not say how long."""
WRITES = "https://www.googleapis.com/auth/youtube.force-ssl"
_PACIFIC = ZoneInfo("America/Los_Angeles")

# Reasons as Google's documentation of each method names them, and what its token endpoint says.
# What is not here is read by its status.
_TROUBLES: Mapping[str, Trouble] = {
    "invalid_grant": Trouble.REVOKED,
    "invalid_client": Trouble.REVOKED,
    "unauthorized_client": Trouble.REVOKED,
    "authError": Trouble.REVOKED,
    "forbidden": Trouble.FORBIDDEN,
    "commentsDisabled": Trouble.FORBIDDEN,
    "insufficientPermissions": Trouble.FORBIDDEN,
    "ineligibleAccount": Trouble.FORBIDDEN,
    "accessNotConfigured": Trouble.FORBIDDEN,
    "commentNotFound": Trouble.GONE,
    "parentCommentNotFound": Trouble.GONE,
    "videoNotFound": Trouble.GONE,
    "channelNotFound": Trouble.GONE,
}
_A_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_A_MINUTE = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_UNSURE = frozenset({"processingFailure"})  # a 400, though nobody says that nothing was done


class Stale(Exception):
    """A page token that is not taken any more."""


@dataclass(frozen=True, slots=True)
class App:
    """What the secret holds: the city's app at Google, and the channel's consent to it."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `ends` by our monotonic clock; `consent_ends` where the consent is short."""

    value: str = field(repr=False)
    ends: float
    scopes: frozenset[str]
    consent_ends: datetime | None = None


class Tokens:
    """Access tokens, in memory only, for all threads; they live an hour or so."""

    def __init__(self, origin: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._origin = origin
        self._clock = clock
        self._kept: dict[App, Token] = {}

    def of(self, app: App, wire: Wire) -> Token:
        """The app's token, renewed where it ends soon. Two threads at once renew twice: no harm."""
        kept = self._kept.get(app)
        if kept is None or kept.ends - EARLY < self._clock():
            kept = self._kept[app] = self._renewed(app, wire)
        return kept

    def forget(self, app: App) -> None:
        self._kept.pop(app, None)

    def _renewed(self, app: App, wire: Wire) -> Token:
        answer = wire.post(
            f"{self._origin}/token",
            data={
                "grant_type": "refresh_token",
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "refresh_token": app.refresh_token,
            },
        )
        told = answer.json()
        if answer.status_code != 200:
            raise _failed(_reason(told), wire) or ValueError("no token was given")
        lasts, consent = told.get("expires_in"), told.get("refresh_token_expires_in")
        return Token(
            value=str(told["access_token"]),
            ends=self._clock() + (lasts if isinstance(lasts, int) else 0),
            scopes=frozenset(str(told.get("scope") or "").split()),
            consent_ends=_in(consent) if isinstance(consent, int) else None,
        )


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
    api: "Api"
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
            failure = _failed(_reason(_body(error)), self.wire)
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


def until_midnight_pacific(now: datetime) -> float:
    """Seconds until the day's quota is given anew."""
    here = now.astimezone(_PACIFIC)
    day = here.date() + timedelta(days=1)
    midnight = datetime(day.year, day.month, day.day, tzinfo=_PACIFIC)
    return (midnight.astimezone(UTC) - now).total_seconds()


def _failed(reason: str, wire: Wire) -> Exception | None:
    """What a reason means; nothing where its status says enough."""
    said = f"YouTube: {reason}. {wire.last.reason}"
    if reason in _A_DAY:
        return ChannelBusy(said, until_midnight_pacific(datetime.now(UTC)), Trouble.LIMITED)
    if reason in _A_MINUTE:
        return ChannelBusy(said, wire.last.retry_after or A_RATE, Trouble.LIMITED)
    if reason == "invalidPageToken":
        return Stale(said)
    if reason in _TROUBLES:
        return ChannelError(said, _TROUBLES[reason])
    if reason in _UNSURE:
        wire.last = replace(wire.last, status=None, reason=said)
    return None


def _body(error: HttpError) -> Any:
    try:
        return json.loads(error.content)
    except ValueError:
        return None


def _reason(told: Any) -> str:
    """Google's word for what went wrong: `{"error": {"errors": [{"reason": …}]}}`, or an OAuth one."""
    error = told.get("error") if isinstance(told, dict) else None
    if isinstance(error, str):
        return error
    errors = error.get("errors") if isinstance(error, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    reason = first.get("reason") if isinstance(first, dict) else None
    return reason if isinstance(reason, str) else ""


def _in(seconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
