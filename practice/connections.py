"""Open connections by their peer, so that one can be closed without an answer."""

import asyncio
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP protocol that remembers its transport while it is open."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


async def hang_up(scope: Scope, receive: Receive, after: float = 0.0) -> None:
    """Close the request's connection `after` seconds from now; the client gets no answer."""
    await asyncio.sleep(after)
    transport = _open.get(tuple(scope.get("client") or ()))
    if transport is not None:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass  # the rest of a body that nobody will answer
