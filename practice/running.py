"""Serving an ASGI application on the loopback address, in this thread or another."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from practice.connections import DroppableProtocol

HOST = "127.0.0.1"
PATIENCE = 1  # seconds that open requests get when the server ends


def server(app: ASGIApp) -> uvicorn.Server:
    """A server that ends soon when asked, whatever clients still hold open."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=HOST,
            http=DroppableProtocol,
            loop="asyncio",
            ws="none",
            lifespan="on",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_level="warning",
            backlog=2048,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=PATIENCE,
        )
    )


def listening(port: int) -> socket.socket:
    """A socket that listens on the port (0: any free one). Raises `OSError` when it is taken."""
    return socket.create_server((HOST, port), backlog=2048)


@contextlib.contextmanager
def in_thread(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Run the application in a thread of its own; yields its address."""
    running = server(app)
    with listening(port) as door:
        thread = threading.Thread(target=running.run, args=([door],), daemon=True)
        thread.start()
        try:
            _wait(running, thread)
            yield f"http://{HOST}:{door.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join(timeout=10)


def _wait(running: uvicorn.Server, thread: threading.Thread) -> None:
    while not running.started:
        if not thread.is_alive():
            raise RuntimeError("the server ended before it began; see the log above")
        thread.join(0.005)
