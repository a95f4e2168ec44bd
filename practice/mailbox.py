"""A real mail server for practice: it takes every mail and keeps it in a Maildir."""

import asyncio
import itertools
import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
SIZE_LIMIT = 50 * 1024 * 1024  # bytes

KINDS = {
    "refuse": "connections are closed without a greeting",
    "temporary": "mails are answered 451; come back later",
    "permanent": "mails are answered 550; nobody here",
    "lose_answer": "mails are kept, but the connection drops before the answer",
    "slow": "the answer takes so many seconds",
}


@dataclass(slots=True)
class MailFault:
    """One thing that goes wrong: `count` more times, or always when it is None."""

    kind: str
    value: float = 0.0
    count: int | None = None

    def strikes(self) -> bool:
        if self.count is None:
            return True
        self.count -= 1
        return self.count >= 0


class Maildir:
    """Mails as files; names begin with the time, so that sorting by name is sorting by time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count(1)
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def keep(self, raw: bytes) -> str:
        """Write a mail; the name of its file, which is whole from the first moment it is there."""
        host = socket.gethostname().replace("/", "_").replace(":", "_")
        name = f"{time.time_ns():020d}.P{os.getpid()}Q{next(self._numbers)}.{host}"
        (self.folder / "tmp" / name).write_bytes(raw)
        (self.folder / "tmp" / name).rename(self.folder / "new" / name)
        return name

    def files(self) -> list[Path]:
        """All mails, oldest first."""
        parts = (self.folder / "new", self.folder / "cur")
        found = [entry for part in parts for entry in os.scandir(part) if entry.is_file()]
        return [Path(entry.path) for entry in sorted(found, key=lambda entry: entry.name)]


@dataclass(slots=True)
class Handler:
    """What aiosmtpd calls for each mail."""

    maildir: Maildir
    faults: list[MailFault] = field(default_factory=list)

    def striking(self, *kinds: str) -> list[MailFault]:
        return [fault for fault in self.faults if fault.kind in kinds and fault.strikes()]

    async def handle_DATA(self, server: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep the mail, or let happen what was asked for."""
        for fault in self.striking("slow"):
            await asyncio.sleep(fault.value)
        if self.striking("temporary"):
            return "451 4.3.0 the practice mailbox is asked to be busy"
        if self.striking("permanent"):
            return "550 5.1.1 the practice mailbox is asked to refuse"
        self.maildir.keep(stamped(envelope))
        if self.striking("lose_answer"):
            _drop(server)
        return "250 2.0.0 kept for practice; nothing leaves this machine"


def _drop(server: SMTP) -> None:
    """Close the connection; the answer that follows reaches nobody."""
    if isinstance(server.transport, asyncio.Transport):
        server.transport.abort()


def stamped(envelope: Envelope) -> bytes:
    """The mail with the envelope's addresses on top, as delivery agents write them."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
    head = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    content: bytes = envelope.original_content or b""
    return head + content


class Mailbox:
    """The running server. As a context manager it starts and stops.

    `port` 0 takes a free one. `tls`: offers and requires STARTTLS. `users`: names and passwords
    that must sign in.
    """

    def __init__(
        self,
        maildir: Path,
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.maildir = Maildir(maildir)
        self.port = port or _free_port()
        self._handler = Handler(self.maildir)
        self._tls = tls
        self._users = users
        self._controller: Controller | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        if self._controller is None:
            self._controller = _Controller(
                self._handler,
                hostname=HOST,
                port=self.port,
                data_size_limit=SIZE_LIMIT,
                enable_SMTPUTF8=True,
                decode_data=False,
                ident="Haechi practice mailbox",
                **self._guards(),
            )
            self._controller.start()

    def stop(self) -> None:
        """Stop listening: connections are refused until `start`."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def fault(self, kind: str, value: float = 0.0, *, count: int | None = None) -> None:
        """Let something go wrong, one of `KINDS`. Raises `ValueError` for another word."""
        if kind not in KINDS:
            raise ValueError(f"a mail fault is one of {', '.join(KINDS)}; not {kind}")
        self._handler.faults.append(MailFault(kind, value, count))

    def heal(self) -> None:
        """Take away all faults."""
        self._handler.faults.clear()

    def messages(self, recipient: str | None = None) -> list[EmailMessage]:
        """The kept mails, oldest first; those delivered to `recipient` when one is given."""
        mails = [parse(path.read_bytes()) for path in self.maildir.files()]
        return [mail for mail in mails if recipient is None or recipient in delivered_to(mail)]

    def _guards(self) -> dict[str, Any]:
        guards: dict[str, Any] = {}
        if self._tls is not None:
            guards |= {"tls_context": self._tls, "require_starttls": True}
        if self._users is not None:
            guards |= {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": self._tls is not None,
            }
        return guards

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: Any
    ) -> AuthResult:
        known = self._users or {}
        if not isinstance(told, LoginPassword):
            return AuthResult(success=False, handled=False)
        password = known.get(told.login.decode("utf-8", "replace"))
        right = password is not None and told.password == password.encode()
        return AuthResult(success=right, handled=right)


class _Controller(Controller):
    """Hangs up on whoever connects while the fault `refuse` is set."""

    def factory(self) -> asyncio.BaseProtocol:
        if self.handler.striking("refuse"):
            return _HangsUp()
        made: asyncio.BaseProtocol = super().factory()  # type: ignore[no-untyped-call]  # aiosmtpd ships no types
        return made


class _HangsUp(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


def parse(raw: bytes) -> EmailMessage:
    """A mail as the standard library's modern message."""
    return message_from_bytes(raw, policy=policy.default)


def delivered_to(mail: EmailMessage) -> list[str]:
    """The addresses that the mail was really handed in for."""
    return [str(address) for address in mail.get_all("Delivered-To", [])]


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as door:
        return int(door.getsockname()[1])
