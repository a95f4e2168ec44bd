"""The gate before the API: who asks, how often, and what goes wrong on purpose."""

import asyncio
import base64
import time
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from practice.accounts import Person
from practice.api.answer import error
from practice.connections import hang_up
from practice.errors import ApiError
from practice.exchange import Exchange, delayed, whole_body
from practice.failing import INSTEAD
from practice.faults import Fault
from practice.limits import Standing, too_many
from practice.network import Network

#: Faults that the API itself minds, told to it with the request.
EFFECTS = ("hide", "ignore_idempotency", "unchecked_media")
#: What an operation counts as besides a request.
COUNTED = {"media": ("media",), "delete": ("deletes",)}


def operation(method: str, path: str) -> str:
    """Which of the operations that faults know a request is."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return "read"
    if method == "DELETE" or path.endswith("/unreblog"):
        return "delete"
    if path.endswith("/reblog"):
        return "reblog"
    if path.rstrip("/") == "/api/v1/statuses":
        return "post"
    return "media" if path.startswith(("/api/v1/media", "/api/v2/media")) else "other"


class Gate:
    """ASGI middleware over everything under `/api/`; pages and the admin's paths pass freely."""

    def __init__(self, app: ASGIApp, network: Network) -> None:
        self._app = app
        self._network = network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope, receive, send)
        except ApiError as problem:
            await error(problem.status, problem.message, problem.headers)(scope, receive, send)

    async def repeat(self, payload: dict[str, Any]) -> None:
        """Do now what `accept_late` put off; nobody is there to hear the answer."""
        headers = [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in payload["headers"]
        ]
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": payload["path"],
            "raw_path": payload["path"].encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "state": {"effects": payload["effects"]},
        }
        scope["state"]["speaker"] = await self._speaker(Headers(raw=headers))
        unheard = Exchange(
            self._network, self._app, scope, base64.b64decode(payload["body"]), _nothing, _unheard
        )
        await unheard.result()

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        speaker = await self._speaker(Headers(scope=scope))
        scope.setdefault("state", {})["speaker"] = speaker
        asked = operation(scope["method"], scope["path"])
        standing = self._count(scope, speaker, asked)
        faults = self._network.faults.striking(
            speaker.handle if speaker else "", asked, time.monotonic()
        )
        send = _with_headers(send, standing.headers)
        if faults or asked == "media":
            await self._fail(faults, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _fail(self, faults: list[Fault], scope: Scope, receive: Receive, send: Send) -> None:
        """Let the first decisive fault happen, later by what `slow` says."""
        kinds = {fault.kind: fault for fault in faults}
        if "down" in kinds:
            await hang_up(scope, receive, after=kinds["down"].hang)
            return
        exchange = Exchange(
            self._network, self._app, scope, await whole_body(receive), receive, send
        )
        scope["state"]["effects"] = {
            kind: kinds[kind].number() for kind in EFFECTS if kind in kinds
        }
        if "slow" in kinds:
            exchange.send = delayed(send, kinds["slow"].number())
        decisive = next((fault for fault in faults if fault.kind in INSTEAD), None)
        if decisive is not None:
            await INSTEAD[decisive.kind](exchange, decisive)
        else:
            await exchange.tell(await exchange.result())

    async def _speaker(self, headers: Headers) -> Person | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        accounts, key = self._network.accounts, self._network.key
        if accounts.knows(token):
            return accounts.speaker(key, token)
        return await asyncio.to_thread(accounts.speaker, key, token)

    def _count(self, scope: Scope, speaker: Person | None, asked: str) -> Standing:
        who = speaker.handle if speaker else (scope.get("client") or ("",))[0]
        city, clock = bool(speaker and speaker.city), time.time()
        kinds = ["requests", *(kind for kind in COUNTED.get(asked, ()))]
        standings = [self._network.rates.count(who, kind, city=city, clock=clock) for kind in kinds]
        for standing in standings:
            if standing.remaining < 0:
                raise too_many(standing, clock)
        return min(standings, key=lambda standing: standing.remaining)


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *raw]}
        await send(message)

    return told


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _unheard(_: Message) -> None:
    return None
