"""Run the center on this machine."""

from datetime import UTC, datetime

import uvicorn

from center import logs
from center.app import create_app
from center.runs import Runs
from settings import Settings
from store.open import open_store

#: So long a request may still take once we are told to stop, in seconds.
PATIENCE = 1


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then stop within two seconds.

    No access log: a mailed link's address holds its secret. And no error is logged with what it
    quotes, which may be what somebody wrote (`center.logs`).
    """
    logs.install()
    store = open_store(settings)
    runs = Runs(settings.prefect, clock=_now)
    app = create_app(settings, store, ask_run=runs.ask, clock=_now)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=settings.center_port,
        access_log=False,
        log_config=None,  # uvicorn's own loggers go where ours go
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=PATIENCE,
    )
    store.close()


def _now() -> datetime:
    return datetime.now(UTC)
