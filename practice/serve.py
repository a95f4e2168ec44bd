"""What the command line starts: the practice network and the mailbox, on 127.0.0.1."""

import contextlib
import logging
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from starlette.types import ASGIApp

from practice import day
from practice.app import create_app
from practice.limits import Limits
from practice.network import CityAccount, Network
from practice.running import HOST, listening, server

__all__ = ["CityAccount", "serve_mailbox", "serve_network"]

log = logging.getLogger(__name__)


def serve_network(
    *,
    port: int,
    folder: Path,
    key: str,
    city: Iterable[CityAccount],
    play_day: bool,
    limits: Limits | None = None,
) -> None:
    """Run the practice network until SIGTERM or SIGINT; its data lie in `folder`.

    Raises `OSError` when the port is taken. `limits`: Mastodon's unless given.
    """
    with contextlib.closing(Network(folder=folder, key=key, limits=limits or Limits())) as network:
        network.welcome(city)
        if play_day:
            played = day.play(network, day.read())
            log.info("the practice network has %s new posts from the scripted day", played)
        _serve(create_app(network), port)


def serve_mailbox(*, smtp_port: int, page_port: int, maildir: Path) -> None:
    """Run the mail server and the page that shows its mails until SIGTERM or SIGINT.

    Raises `OSError` when a port is taken.
    """
    from practice.mailbox import Mailbox
    from practice.mailbox_page import create_page

    with Mailbox(maildir, port=smtp_port) as mailbox:
        _serve(create_page(mailbox.maildir), page_port)


def _serve(app: ASGIApp, port: int) -> None:
    # uvicorn ends in order and then sends itself the signal again: that must not look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listening(port) as door, contextlib.suppress(KeyboardInterrupt):
        log.info("serving on http://%s:%s", HOST, door.getsockname()[1])
        server(app).run([door])
