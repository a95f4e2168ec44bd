"""The practice network as one ASGI application."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import insert, select
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from practice import pages, writing
from practice import statuses as posts
from practice.api import accounts, admin, instance, media, notifications, oauth, statuses, timelines
from practice.api.answer import error
from practice.api.asking import TheNetwork
from practice.errors import ApiError, not_found
from practice.gate import Gate
from practice.jobs import Work
from practice.network import Network
from practice.tables import Media, Notification, Status, now
from practice.views import page

PARTS = (
    accounts,
    admin,
    instance,
    media,
    notifications,
    oauth,
    statuses,
    timelines,
    pages,
    writing,
)
SPOKEN_BY_PROGRAMS = ("/api/", "/oauth/token", "/oauth/revoke", "/practice/", "/media/")
IN_KOREAN = {
    404: "그런 쪽이 없습니다.",
    405: "이 주소로는 보낼 수 없습니다.",
    500: "서버에 문제가 생겼습니다.",
}
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
        posts.remove(network, author, payload["status_id"])


def _file(network: TheNetwork, name: str) -> Response:
    with network.store.read() as session:
        picture = session.scalar(select(Media).where(Media.file == name))
    if picture is None or not network.media.path(picture.file).is_file():
        raise not_found()
    return FileResponse(network.media.path(picture.file), media_type=picture.mime, headers=FOR_EVER)


def _told(request: Request, problem: Exception) -> Response:
    """An error: as JSON to programs, as a page to people."""
    status, message = 500, "We're sorry, but something went wrong on our end."
    headers: Mapping[str, str] | None = None
    if isinstance(problem, ApiError):
        status, message, headers = problem.status, problem.message, problem.headers
    elif isinstance(problem, HTTPException):
        status, message, headers = problem.status_code, str(problem.detail), problem.headers
    if request.url.path.startswith(SPOKEN_BY_PROGRAMS):
        return error(status, message, headers)
    shown = (
        message if not message.isascii() else IN_KOREAN.get(status, "요청을 처리하지 못했습니다.")
    )
    return page(request, "error.html", status=status, message=shown)
