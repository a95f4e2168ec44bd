"""What each decisive fault does to a request instead of letting it through."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from practice.api.answer import Json, error
from practice.exchange import Exchange
from practice.faults import Fault
from practice.network import Network
from practice.tables import now

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
