"""The practice network as one ASGI application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import insert, select
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from practice import statuses as writing
from practice.api import accounts, admin, instance, media, notifications, statuses, timelines
from practice.api.answer import error
from practice.api.asking import TheNetwork
from practice.errors import ApiError, not_found
from practice.gate import Gate
from practice.jobs import Work
from practice.network import Network
from practice.tables import Media, Notification, Status, now

PARTS = (accounts, admin, instance, media, notifications, statuses, timelines)
FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}


def create_app(network: Network) -> Gate:
    """The whole server: gate, API, pages and timer."""
    app = FastAPI(title="practice", openapi_url=None, lifespan=_lifespan)
    app.state.network = network
    for part in PARTS:
        app.include_router(part.router)
    app.add_api_route("/media/{name}", _file, methods=["GET", "HEAD"])
    app.add_exception_handler(ApiError, _told)
    app.add_exception_handler(HTTPException, _told)
    app.add_exception_handler(Exception, _told)
    app.state.gate = Gate(app, network)
    return app.state.gate  # type: ignore[no-any-return]  # Starlette's state is untyped


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    timer = asyncio.create_task(app.state.network.later.run(_work(app)))
    try:
        yield
    finally:
        timer.cancel()
        with suppress(asyncio.CancelledError):
            await timer


def _work(app: FastAPI) -> dict[str, Work]:
    network: Network = app.state.network

    async def notify(payload: dict[str, Any]) -> None:
        await asyncio.to_thread(_notify, network, payload)

    async def remove(payload: dict[str, Any]) -> None:
        await asyncio.to_thread(_remove, network, payload)

    return {"request": app.state.gate.repeat, "notify": notify, "delete": remove}


def _notify(network: Network, payload: dict[str, Any]) -> None:
    """Tell of a post that was hidden until now, unless it is gone."""
    with network.store.write() as connection:
        there = select(Status.id).where(
            Status.id == payload["status_id"], Status.deleted_at.is_(None)
        )
        if connection.scalar(there) is not None:
            connection.execute(
                insert(Notification).values(**payload, type="mention", created_at=now())
            )


def _remove(network: Network, payload: dict[str, Any]) -> None:
    author = network.accounts.by_handle(payload["handle"])
    if author is not None:
        writing.remove(network, author, payload["status_id"])


def _file(network: TheNetwork, name: str) -> Response:
    with network.store.read() as session:
        picture = session.scalar(select(Media).where(Media.file == name))
    if picture is None or not network.media.path(picture.file).is_file():
        raise not_found()
    return FileResponse(network.media.path(picture.file), media_type=picture.mime, headers=FOR_EVER)


def _told(_: Request, problem: Exception) -> Response:
    """An error as the API tells it."""
    if isinstance(problem, ApiError):
        return error(problem.status, problem.message, problem.headers)
    if isinstance(problem, HTTPException):
        return error(problem.status_code, str(problem.detail), problem.headers)
    return error(500, "We're sorry, but something went wrong on our end.")
