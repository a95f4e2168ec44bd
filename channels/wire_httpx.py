"""The way out for libraries made of httpx: what `Wire` is for those made of requests."""

import ssl
import time
from collections.abc import Callable
from functools import cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx

from channels.budget import Gate, open_gate
from channels.wire import (
    BODY_LIMIT,
    SLEPT,
    Exchange,
    Timeouts,
    retry_after,
    slept,
    whole_number,
)
from channels.wire_words import words_of

_NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


class HttpxWire(httpx.Client):
    """A client for one thread, for any number of accounts: no retries, no redirects, no cookies."""

    def __init__(
        self,
        timeouts: Timeouts,
        *,
        proxied: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            follow_redirects=False,
            trust_env=proxied,
            verify=_tls(proxied),
        )
        self.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.timeouts = timeouts
        self.last = Exchange()
        self.gate: Gate = open_gate
        self._clock = clock

    def send(self, request: httpx.Request, **kwargs: Any) -> httpx.Response:
        """Send once. Until the connection stands nothing has left; from then on it may have."""
        self.last = Exchange()
        self.gate(request.method, str(request.url))
        ends = self._clock() + self.timeouts.whole
        if slept():
            self.last = Exchange(reason=SLEPT)
            raise httpx.ConnectError(SLEPT, request=request)
        try:
            response = super().send(request, **kwargs | {"stream": True, "follow_redirects": False})
            response._content = self._body(response, ends)  # what `read` would have set
        except httpx.HTTPError as error:
            never = isinstance(error, _NEVER_CONNECTED)
            self.last = Exchange(sent=not never, reason=words_of(error))
            raise
        except Exception as error:  # nobody knows how far it came
            self.last = Exchange(sent=True, reason=words_of(error))
            raise
        self.last = Exchange(
            sent=True,
            status=response.status_code,
            reason=_said(response),
            retry_after=retry_after(response.headers, limited=response.status_code == 429),
            limit_left=whole_number(
                response.headers.get("RateLimit-Remaining")
                or response.headers.get("X-RateLimit-Remaining")
            ),
        )
        return response

    def _body(self, response: httpx.Response, ends: float) -> bytes:
        body = bytearray()
        try:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise httpx.ReadError("the answer is longer than any page of posts")
                if self._clock() > ends:
                    raise httpx.ReadTimeout("the answer took too long")
        finally:
            response.close()
        return bytes(body)


@cache
def _tls(proxied: bool) -> ssl.SSLContext:
    """One for all threads: reading the world's certificates takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=proxied)


def _said(response: httpx.Response) -> str:
    """What the server says went wrong, in one line; the status's own words where it says nothing."""
    if response.status_code < 400:
        return ""
    try:
        told = response.json()
    except ValueError:
        return response.reason_phrase
    said = (
        [str(told[name]) for name in ("error", "message") if told.get(name)]
        if isinstance(told, dict)
        else []
    )
    return " ".join(": ".join(said).split())[:300] or response.reason_phrase
