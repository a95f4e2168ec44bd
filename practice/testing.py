"""A practice network or mailbox inside a test: on a free port, in a thread, gone afterwards."""

import contextlib
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from practice import tokens
from practice.app import create_app
from practice.entities import Writer
from practice.faults import from_json
from practice.limits import UNLIMITED, Limits
from practice.mailbox import Mailbox
from practice.network import CityAccount, Network
from practice.posting import Draft, publish
from practice.running import in_thread
from practice.tables import Status

KEY = "a key for tests only"


@dataclass(frozen=True, slots=True)
class PracticeServer:
    """A running practice network: its address for clients, and a look behind the counter."""

    url: str
    network: Network
    key: str

    def token(self, handle: str, *, name: str = "", city: bool = False, limit: int = 500) -> str:
        """A token that works now, also after a revocation; the account exists afterwards."""
        person = self.network.accounts.enrol(handle, name=name, city=city, limit=limit)
        issued = person.revoked + 1
        return tokens.mint(self.key, handle, name=name, city=city, limit=limit, issued=issued)

    def fault(self, handle: str, **wanted: Any) -> None:
        """As `practice.client.Practice.fault`: `fault("x_seoul", slow=0.3, count=2)`."""
        self.network.faults.add(handle, from_json(wanted), time.monotonic())

    def faults(self, handle: str) -> list[dict[str, Any]]:
        """What is set for the handle, with its `hits` so far."""
        return self.network.faults.listed(handle)

    def heal(self, handle: str = "*") -> None:
        """Take away the handle's faults; `*`: all there are."""
        self.network.faults.clear(None if handle == "*" else handle)

    def revoke(self, handle: str) -> int:
        """End the handle's tokens; `token()` gives a new one that works."""
        return self.network.accounts.revoke(handle)

    def post(self, handle: str, text: str, *, in_reply_to_id: str | None = None) -> str:
        """Write as that handle past HTTP, limits and faults; the status's id."""
        author = self.network.accounts.enrol(handle)
        parent = None if in_reply_to_id is None else int(in_reply_to_id)
        return str(publish(self.network, author, Draft(text=text, in_reply_to_id=parent)).id)

    def statuses(self, handle: str) -> list[dict[str, Any]]:
        """What the handle has posted, oldest first: Mastodon's entities with `text`, the plain text.

        Hidden ones are among them, deleted ones are not: this is what really is in the database.
        """
        author = self.network.accounts.by_handle(handle)
        with self.network.store.read() as session:
            mine = Status.account_id == (author.id if author else 0)
            query = select(Status).where(mine, Status.deleted_at.is_(None)).order_by(Status.id)
            found = list(session.scalars(query))
            written = Writer(self.network, session, self.url, author).statuses(found)
        return [
            entity | {"text": status.text} for status, entity in zip(found, written, strict=True)
        ]

    def texts(self, handle: str) -> list[str]:
        """The plain texts of the handle's posts, oldest first."""
        return [status["text"] for status in self.statuses(handle)]


@contextlib.contextmanager
def practice_server(
    folder: Path,
    *,
    key: str = KEY,
    city: Iterable[CityAccount] = (),
    limits: Limits = UNLIMITED,
    port: int = 0,
) -> Iterator[PracticeServer]:
    """A practice network whose data lie in `folder`; start it there again and it goes on."""
    network = Network(folder=folder, key=key, limits=limits)
    network.welcome(city)
    try:
        with in_thread(create_app(network), port) as url:
            yield PracticeServer(url, network, key)
    finally:
        network.close()


@contextlib.contextmanager
def mailbox_server(
    folder: Path, *, tls: ssl.SSLContext | None = None, users: Mapping[str, str] | None = None
) -> Iterator[Mailbox]:
    """A real SMTP server on a free port that keeps its mails in `folder`: `port`, `messages()`,
    `fault("temporary", count=2)`, `heal()`, `stop()` and `start()`."""
    with Mailbox(folder, tls=tls, users=users) as mailbox:
        yield mailbox
