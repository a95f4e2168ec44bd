"""The gate before the API: who asks, how often, and what goes wrong on purpose."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from practice.accounts import Person
from practice.api.answer import Json, error
from practice.connections import hang_up
from practice.errors import ApiError
from practice.faults import Fault
from practice.limits import Standing, too_many
from practice.network import Network
from practice.tables import now

BODY_LIMIT = 40 * 1024 * 1024  # bytes; more is not even read

Answer = list[Message]


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


@dataclass(slots=True)
class Exchange:
    """One request with its body read, and what is needed to answer it, or not to."""

    network: Network
    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive
    send: Send

    async def result(self) -> Answer:
        """Have the request done; the answer is caught."""
        answer: Answer = []

        async def catch(message: Message) -> None:
            answer.append(message)

        await self.app(self.scope, self._again(), catch)
        return answer

    async def tell(self, answer: Answer) -> None:
        for message in answer:
            await self.send(message)

    async def reply(self, response: Json) -> None:
        await response(self.scope, self.receive, self.send)

    async def drop(self, after: float) -> None:
        """Close the connection without an answer, `after` seconds from now."""
        await hang_up(self.scope, self.receive, after)

    def _again(self) -> Receive:
        sent = False

        async def receive() -> Message:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        return receive


Fails = Callable[[Exchange, Fault], Awaitable[None]]


async def _revoked(exchange: Exchange, _: Fault) -> None:
    await exchange.reply(error(401, "The access token was revoked"))


async def _busy(exchange: Exchange, fault: Fault) -> None:
    seconds = str(max(0, round(fault.number())))
    await exchange.reply(error(429, "Too many requests", {"Retry-After": seconds}))


async def _refuse(exchange: Exchange, fault: Fault) -> None:
    status, _, reason = str(fault.value).partition(" ")
    await exchange.reply(error(int(status), reason or "This action is not allowed"))


async def _failing_reads(exchange: Exchange, fault: Fault) -> None:
    await exchange.reply(error(int(fault.number()), "Service Unavailable"))


async def _lose_answer(exchange: Exchange, fault: Fault) -> None:
    await exchange.result()
    await exchange.drop(fault.hang)


async def _accept_late(exchange: Exchange, fault: Fault) -> None:
    payload = {
        "path": exchange.scope["path"],
        "headers": [
            [name.decode("latin-1"), value.decode("latin-1")]
            for name, value in exchange.scope["headers"]
        ],
        "body": base64.b64encode(exchange.body).decode("ascii"),
        "effects": exchange.scope["state"].get("effects", {}),
    }
    due_at = now() + timedelta(seconds=fault.number())
    await asyncio.to_thread(_remember, exchange.network, due_at, payload)
    await exchange.drop(fault.hang)


def _remember(network: Network, due_at: datetime, payload: dict[str, Any]) -> None:
    with network.store.write() as connection:
        network.later.put_off(connection, "request", due_at, payload)


async def _error_after_accepting(exchange: Exchange, fault: Fault) -> None:
    await _accept(exchange, error(int(fault.number()), "Something went wrong on our end"))


async def _lie(exchange: Exchange, _: Fault) -> None:
    await _accept(exchange, Json({}))


async def _lie_without_accepting(exchange: Exchange, _: Fault) -> None:
    await exchange.reply(Json({}))


async def _unreadable(exchange: Exchange, _: Fault) -> None:
    broken = Json({})
    broken.body = b'{"id": "1'
    broken.headers["content-length"] = str(len(broken.body))
    await _accept(exchange, broken)


async def _accept(exchange: Exchange, instead: Json) -> None:
    """Do what was asked and answer something else; a refusal is passed on as it is."""
    answer = await exchange.result()
    if answer and answer[0].get("status", 500) < 300:
        await exchange.reply(instead)
    else:
        await exchange.tell(answer)


INSTEAD: dict[str, Fails] = {
    "revoked": _revoked,
    "busy": _busy,
    "refuse": _refuse,
    "failing_reads": _failing_reads,
    "lose_answer": _lose_answer,
    "accept_late": _accept_late,
    "error_after_accepting": _error_after_accepting,
    "lie": _lie,
    "lie_without_accepting": _lie_without_accepting,
    "unreadable": _unreadable,
}
EFFECTS = ("hide", "ignore_idempotency", "unchecked_media")


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
        exchange = Exchange(self._network, self._app, scope, await _body(receive), receive, send)
        scope["state"]["effects"] = {
            kind: kinds[kind].number() for kind in EFFECTS if kind in kinds
        }
        if "slow" in kinds:
            exchange.send = _later(send, kinds["slow"].number())
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


COUNTED = {"media": ("media",), "delete": ("deletes",)}


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *raw]}
        await send(message)

    return told


def _later(send: Send, seconds: float) -> Send:
    async def waiting(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return waiting


async def _body(receive: Receive) -> bytes:
    """The whole body. Raises `ApiError` 413 beyond `BODY_LIMIT`."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_LIMIT:
            raise ApiError(413, "Request Entity Too Large")
        if not message.get("more_body"):
            break
    return b"".join(parts)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _unheard(_: Message) -> None:
    return None
