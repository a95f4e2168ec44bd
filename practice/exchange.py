"""One request held in the hand: read whole, done or not, answered or not."""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from practice.api.answer import Json
from practice.connections import hang_up
from practice.errors import ApiError
from practice.network import Network

BODY_LIMIT = 40 * 1024 * 1024  # bytes; more is not even read

Answer = list[Message]


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


async def whole_body(receive: Receive) -> bytes:
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


def delayed(send: Send, seconds: float) -> Send:
    """The same, but the answer begins so many seconds later."""

    async def waiting(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return waiting
