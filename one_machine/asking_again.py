"""In front of Prefect's server: what its SQLite file was too busy for is asked once more.

Where two requests write at the same moment, SQLite lets one of them fail at once, and Prefect
answers 503: try again. Its Python client does; its pages do not, and the form that somebody filled
in a disaster would be lost.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Seconds to wait before each further try; what the last one is answered is passed on.
PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)

#: Seconds since it came in, after which a request is tried no more: somebody waits for an answer.
LONGEST = 8.0

#: Requests with a longer body, in bytes, are not kept for a second try.
MOST_KEPT = 2**20


class AskingAgain:
    """An ASGI application that tries again what the one behind it says may be tried again."""

    def __init__(self, app: App, pauses: Sequence[float] = PAUSES) -> None:
        self._app = app
        self._pauses = pauses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or one connection of another kind, which is left alone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        ends = time.monotonic() + LONGEST
        for pause in self._pauses if len(body) <= MOST_KEPT else ():
            if time.monotonic() > ends:
                break
            answer = _Answer(send)
            try:
                await self._app(dict(scope), _told(body, receive), answer)
            except Exception:  # raised again after it was answered, for a log
                if not answer.held:
                    raise
            if not answer.held:
                return
            await asyncio.sleep(pause)
        await self._app(scope, _told(body, receive), send)


class _Answer:
    """Passes an answer on as it comes, unless it is Prefect's «try again»: that one is held."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._passing = False
        self._body = b""
        self.held = False

    async def __call__(self, message: Message) -> None:
        if self._passing:
            await self._send(message)
        elif message["type"] == "http.response.start" and message["status"] == 503:
            self._start = message
        elif self._start is None:
            self._passing = True
            await self._send(message)
        else:
            await self._decide(message)

    async def _decide(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        self.held = _may_be_tried_again(self._body)
        if not self.held and self._start is not None:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": self._body})


def _may_be_tried_again(body: bytes) -> bool:
    """Whether it is what Prefect answers where its database was busy, and no other 503."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("exception_message") == "Service Unavailable"


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):  # all of it, or the client is gone
            return b"".join(parts)


def _told(body: bytes, receive: Receive) -> Receive:
    """The body, as if it came just now; after it whatever else the client says."""
    rest = [{"type": "http.request", "body": body, "more_body": False}]

    async def tell() -> Message:
        return rest.pop() if rest else await receive()

    return tell
