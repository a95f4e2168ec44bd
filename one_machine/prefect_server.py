"""Prefect's server and pages, as `prefect server start` serves them, behind `AskingAgain`."""

import os

import uvicorn

from one_machine.asking_again import AskingAgain
from one_machine.environment import environment
from one_machine.sqlite_cursors import end_cursors_in_their_threads
from settings import Settings


def serve_prefect(settings: Settings) -> None:
    """Serve until stopped, on this machine only."""
    os.environ.update(environment(settings))  # before Prefect reads them
    end_cursors_in_their_threads()
    from prefect.server.api.server import create_app
    from prefect.settings import (
        PREFECT_SERVER_API_KEEPALIVE_TIMEOUT,
        PREFECT_SERVER_LOGGING_LEVEL,
    )

    uvicorn.run(
        AskingAgain(create_app(final=True)),
        host="127.0.0.1",
        port=settings.prefect_port,
        timeout_keep_alive=PREFECT_SERVER_API_KEEPALIVE_TIMEOUT.value(),
        log_level=PREFECT_SERVER_LOGGING_LEVEL.value().lower(),
    )
