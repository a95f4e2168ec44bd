"""What Prefect says may be tried again is tried again; everything else passes as it is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response, StreamingResponse
from fastapi.testclient import TestClient

from one_machine.asking_again import MOST_KEPT, AskingAgain

BUSY = JSONResponse({"exception_message": "Service Unavailable"}, status_code=503)


class Locked(Exception):
    """What a busy database raises."""


class Busy:
    """A server whose database is busy for the first few requests."""

    def __init__(self, times: int, refusal: Response | None = None) -> None:
        self.bodies: list[bytes] = []
        self.app = FastAPI()
        # as Prefect does it: its framework answers so, and then raises the error once more
        self.app.add_exception_handler(Exception, lambda _request, _error: BUSY)

        @self.app.post("/")
        async def create(request: Request) -> Response:
            self.bodies.append(await request.body())
            if len(self.bodies) <= times:
                if refusal is None:
                    raise Locked
                return refusal
            return JSONResponse({"number": len(self.bodies)}, status_code=201)

        @self.app.get("/pages")
        def pages() -> Response:
            return StreamingResponse(iter([b"one ", b"two"]))

        @self.app.websocket("/events")
        async def events(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_text(await socket.receive_text())


@contextmanager
def asked(server: Busy, tries: int = 4) -> Iterator[TestClient]:
    app = AskingAgain(server.app, pauses=[0] * (tries - 1))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_the_database_was_too_busy_for_is_asked_again_with_all_that_was_sent() -> None:
    server = Busy(2)
    with asked(server) as client:
        answer = client.post("/", content=b"a form")
    assert (answer.status_code, answer.json()) == (201, {"number": 3})
    assert server.bodies == [b"a form"] * 3


def test_after_the_last_try_the_refusal_is_passed_on() -> None:
    server = Busy(99)
    with asked(server) as client:
        answer = client.post("/", content=b"a form")
    assert (answer.status_code, answer.json()) == (
        503,
        {"exception_message": "Service Unavailable"},
    )
    assert len(server.bodies) == 4


@pytest.mark.parametrize(
    "refusal",
    [
        JSONResponse({"message": "Database is not available"}, status_code=503),
        Response("down for today", status_code=503),
        JSONResponse({"exception_message": "Service Unavailable"}, status_code=500),
        JSONResponse(["Service Unavailable"], status_code=503),
    ],
)
def test_any_other_refusal_is_passed_on_at_once(refusal: Response) -> None:
    server = Busy(1, refusal)
    with asked(server) as client:
        answer = client.post("/")
    assert (answer.status_code, answer.content) == (refusal.status_code, refusal.body)
    assert len(server.bodies) == 1


def test_what_is_too_long_to_be_kept_is_asked_once() -> None:
    server = Busy(1)
    with asked(server) as client:
        assert client.post("/", content=b"x" * (MOST_KEPT + 1)).status_code == 503
    assert len(server.bodies) == 1


def test_pages_and_open_connections_pass_as_they_are() -> None:
    with asked(Busy(0)) as client:
        assert client.get("/pages").text == "one two"
        with client.websocket_connect("/events") as socket:
            socket.send_text("hello")
            assert socket.receive_text() == "hello"
