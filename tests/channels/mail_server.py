"""A real SMTP server in the test's process, with the faults of a bad day."""

import asyncio
import contextlib
import datetime
import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Post:
    """The server's handler: what has arrived, and what to answer instead of 250.

    `at_rcpt`, `at_data`, `at_sender`: answers, used up one by one. "drop": the connection ends there,
    before (`at_rcpt`) or after (`at_data`) the letter was taken. "silence": no answer, ever.
    """

    arrived: list[Envelope] = field(default_factory=list)
    at_sender: list[str] = field(default_factory=list)
    at_rcpt: list[str] = field(default_factory=list)
    at_data: list[str] = field(default_factory=list)
    connections: int = 0
    logins: list[bytes] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        if self.at_sender:
            return self.at_sender.pop(0)
        envelope.mail_from = sender
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt:
            return self._fault(server, self.at_rcpt.pop(0))
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        fault = self.at_data.pop(0) if self.at_data else ""
        if fault in ("", "drop", "silence"):
            self.arrived.append(envelope)
        if fault == "silence":
            await asyncio.sleep(30)
        return self._fault(server, fault) if fault else "250 taken"

    def _fault(self, server: SMTP, fault: str) -> str:
        if fault == "drop" and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return fault

    @property
    def letters(self) -> list[EmailMessage]:
        policy = email.policy.default
        return [email.message_from_bytes(_bytes(found), policy=policy) for found in self.arrived]

    @property
    def raw(self) -> list[bytes]:
        return [_bytes(found) for found in self.arrived]


def _bytes(envelope: Envelope) -> bytes:
    content = envelope.content
    assert isinstance(content, bytes)
    return content


@contextlib.contextmanager
def mail_server(post: Post, *, port: int = 0, **options: Any) -> Iterator[int]:
    """Serve on the port, or on a free one; yields it."""
    if not port:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def logging_in(post: Post) -> dict[str, Any]:
    """Options for a server that wants a login and takes the password `right`."""

    def authenticate(
        server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        post.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)

    return {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for a server named localhost, and for a client that trusts just it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.DNSName("media.example")]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, secret = folder / "server.pem", folder / "server.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem, secret)
    return server, ssl.create_default_context(cafile=str(pem))
