"""The one way out over HTTP: it tries once, keeps to its limits, and knows how each try ended."""

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from channels.budget import Gate, open_gate
from channels.wire_words import words_of

BODY_LIMIT = 20 * 1024 * 1024
"""Bytes. The longest page of posts is far below; a server that sends more is broken."""
SLEPT = "this process slept before it could send"
_CHUNK = 64 * 1024


_begun_before: ContextVar[float | None] = ContextVar("begun_before", default=None)


@contextlib.contextmanager
def begun_before(moment: float) -> Iterator[None]:
    """In this block no request is begun after the moment (`time.monotonic`): provably not sent."""
    token = _begun_before.set(moment)
    try:
        yield
    finally:
        _begun_before.reset(token)


@contextlib.contextmanager
def begun_soon(seconds: float = 10.0) -> Iterator[None]:
    """In this block a request is begun within so many seconds, or not any more."""
    latest = _begun_before.get()
    soon = time.monotonic() + seconds
    with begun_before(soon if latest is None else min(latest, soon)):
        yield


def slept() -> bool:
    """Whether it is too late to begin a request in this block."""
    latest = _begun_before.get()
    return latest is not None and time.monotonic() > latest


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, between two bytes of an answer, for a whole answer."""

    connect: float = 5
    read: float = 20
    whole: float = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """How a request ended. `sent`: a byte of it may have left. `status` None: no answer came."""

    sent: bool = False
    status: int | None = None
    reason: str = ""
    retry_after: float | None = None
    limit_left: int | None = None


class WayOut(Protocol):
    """What sends for one thread, whatever library it is made of."""

    last: Exchange  # how the last request ended
    gate: Gate  # asked before each


class Wire(requests.Session):
    """A session for one thread, for any number of accounts.

    No retries, no redirects (a POST would become a GET), no cookies (they would mix accounts), and
    no `.netrc`: what it holds for a host would take the place of the account's own token.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        *,
        proxied: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.timeouts = timeouts
        self.trust_env = proxied
        self.last = Exchange()
        self.gate: Gate = open_gate
        self.auth = _as_given
        self._clock = clock
        self._surroundings: dict[str, dict[str, Any]] = {}
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, HTTPAdapter(pool_connections=16, pool_maxsize=1, max_retries=0))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.last = Exchange()
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = (self.timeouts.connect, self.timeouts.read)
        return super().request(*args, **kwargs)

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> Any:
        """The environment's proxies and certificates, asked for once for each host."""
        if proxies or stream is not None or verify is not None or cert is not None:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        host = "/".join(str(url).split("/", 3)[:3])
        if host not in self._surroundings:
            self._surroundings[host] = dict(
                super().merge_environment_settings(url, {}, None, None, None)
            )
        return dict(self._surroundings[host])

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send once. Until the connection stands nothing has left; from then on it may have."""
        self.gate(request.method or "", request.url or "")
        ends = self._clock() + self.timeouts.whole
        if slept():
            self.last = Exchange(reason=SLEPT)
            raise requests.ConnectionError(self.last.reason)
        try:
            response = super().send(request, **kwargs | {"stream": True})
            response.raw = io.BytesIO(self._body(response, ends))
        except requests.RequestException as error:
            self.last = Exchange(sent=not _never_connected(error), reason=words_of(error))
            raise
        except Exception as error:
            self.last = Exchange(sent=True, reason=words_of(error))
            raise
        self.last = Exchange(
            sent=True,
            status=response.status_code,
            reason=_said(response),
            retry_after=retry_after(response.headers, limited=response.status_code == 429),
            limit_left=whole_number(response.headers.get("X-RateLimit-Remaining")),
        )
        return response

    def _body(self, response: requests.Response, ends: float) -> bytes:
        body = bytearray()
        with contextlib.closing(response):
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise requests.ConnectionError("the answer is longer than any page of posts")
                if self._clock() > ends:
                    raise requests.Timeout("the answer took too long")
        return bytes(body)


def retry_after(headers: Any, *, limited: bool = True, now: datetime | None = None) -> float | None:
    """Seconds to wait, by `Retry-After` (seconds or a date), else by `X-RateLimit-Reset`.

    The latter is on every answer of a Mastodon server and means waiting only when `limited`.
    """
    said = str(headers.get("Retry-After") or "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    at = _moment(said) or (
        _moment(str(headers.get("X-RateLimit-Reset") or "")) if limited else None
    )
    if at is None:
        return None
    server_now = _moment(str(headers.get("Date") or "")) or now or datetime.now(UTC)
    return max(0.0, (at - server_now).total_seconds())


def _moment(said: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with contextlib.suppress(ValueError, TypeError, OverflowError):
            at = read(said)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The token that the request has already."""
    return request


def _never_connected(error: requests.RequestException) -> bool:
    """Whether the connection provably never stood: refused, unknown host, no route, bad certificate."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    cause = error.args[0] if error.args else None
    cause = getattr(cause, "reason", cause)
    if isinstance(error, requests.exceptions.SSLError):
        return "certificate verify failed" in str(cause)
    if isinstance(error, requests.exceptions.ProxyError):
        return False
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


def _said(response: requests.Response) -> str:
    """What the server says went wrong, in one line; the status's own words where it says nothing."""
    if response.status_code < 400:
        return ""
    with contextlib.suppress(ValueError, AttributeError):
        said = response.json()
        words = said.get("error_description") or said.get("error") or said.get("message")
        if isinstance(words, str) and words.strip():
            return " ".join(words.split())[:300]
    return response.reason or ""


def whole_number(said: str | None) -> int | None:
    """A header's number; None where it holds none."""
    return int(said) if said and said.isascii() and said.isdigit() else None
