"""Mail, by yagmail: the one module that knows it, and keeps its eight surprises in.

They are listed in `docs/decisions/0034-mail-by-yagmail.md`. A letter may go twice after a crash or
a lost answer, with the same Message-ID, never zero times: whoever calls tries again on `MailBusy`.
"""

import contextlib
import ssl
import time
from collections.abc import Callable
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from types import TracebackType
from typing import Any

import yagmail
from yagmail.error import YagAddressError, YagInvalidEmailAddress
from yagmail.headers import resolve_addresses
from yagmail.message import prepare_message

from channels.letter import (
    Attached,
    Letter,
    MailBusy,
    MailRefused,
    Picture,
    address,
    encoded,
    extra_headers,
    file_kind,
    identifier,
)
from channels.mail_answer import code_of, failure, words
from settings import Settings

__all__ = ["Attached", "Letter", "MailBusy", "MailRefused", "Picture", "Postman"]

TIMEOUT = 30.0
"""Seconds for each step with the server."""
IDLE = 20.0
"""Seconds after which an open connection is asked whether it still stands."""

_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class Postman:
    """Sends letters over one open connection. For one thread; each worker has its own.

    Use it as a context manager. The connection is made for the first letter, and anew after it
    was lost.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        sender_name: str = "",
        timeout: float = TIMEOUT,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._sender_name = " ".join(sender_name.split())
        self._timeout = timeout
        self._tls = tls
        self._clock = clock
        self._client: Any = None
        self._used_at = 0.0

    def __enter__(self) -> "Postman":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye to the server, if there is one to say it to."""
        if self._client is not None and self._client.smtp is not None:
            with contextlib.suppress(OSError):
                self._client.close()
        self._drop()

    def _drop(self) -> None:
        """Hang up without a word: after a failure the server may not be listening."""
        client, self._client = self._client, None
        if client is not None and client.smtp is not None:
            client.is_closed = True
            client.smtp.close()

    def send(self, letter: Letter) -> None:
        """Hand a letter to the server, which has taken it when this returns.

        Raises `MailBusy` (try again later: it is not known to be out) or `MailRefused` (a person
        looks: the address or the letter is at fault).
        """
        recipient = address(letter.to)
        client = self._connected()
        text = _written(client, letter, recipient)
        try:
            client.smtp.sendmail(client.user, [recipient], text)
        except Exception as error:
            self._after(error)
            raise failure(letter, error) from error
        self._used_at = self._clock()

    def _connected(self) -> Any:
        if self._client is not None and self._stands():
            return self._client
        self._drop()
        settings = self._settings
        where = f"the mail server {settings.smtp_host}:{settings.smtp_port}"
        try:
            self._client = self._connect()
        except Exception as error:
            self._drop()
            raise MailBusy(f"{where} cannot be used: {words(error)}") from error
        self._used_at = self._clock()
        return self._client

    def _stands(self) -> bool:
        if self._clock() - self._used_at < IDLE:
            return True
        try:
            return bool(self._client.smtp.noop()[0] == 250)
        except OSError:
            return False

    def _connect(self) -> Any:
        settings = self._settings
        tls = self._tls or ssl.create_default_context()
        whole = settings.smtp_tls == "tls"
        self._client = yagmail.Client(
            user={settings.mail_from: self._sender_name or settings.mail_from},
            host=settings.smtp_host,
            port=settings.smtp_port,
            smtp_ssl=whole,
            smtp_starttls={"context": tls} if settings.smtp_tls == "starttls" else False,
            smtp_skip_login=True,  # yagmail logs in as the sender's address; ours may differ
            timeout=self._timeout,
            **({"context": tls} if whole else {}),
        )
        self._client.login()
        if settings.smtp_user:
            if settings.smtp_tls == "none" and settings.smtp_host not in _LOCAL:
                raise ValueError("a password never goes in clear: set HAECHI_SMTP_TLS")
            self._client.smtp.login(settings.smtp_user, settings.smtp_password)
        return self._client

    def _after(self, error: Exception) -> None:
        """Keep the connection only where the server gave a clear answer and stays."""
        if code_of(error) in (None, 421):
            self._drop()
        else:
            self._used_at = self._clock()


def _written(client: Any, letter: Letter, recipient: str) -> str:
    """The letter as it goes over the wire, plain and HTML part each as its template made it."""
    try:
        message = prepare_message(
            client.user,
            client.useralias,
            resolve_addresses(client.user, client.useralias, recipient, None, None),
            encoded(letter.subject),
            yagmail.raw(
                ""
            ),  # its reading of contents attaches files and writes <br> into plain text
            None,
            extra_headers(letter.headers),
            "utf-8",
            prettify_html=False,
            message_id=identifier(letter.message_id),
        )
    except (YagAddressError, YagInvalidEmailAddress) as error:
        raise MailRefused(f"{letter.to!r} is not an address: {error}") from error
    message.get_payload(0).set_payload(
        [MIMEText(_whole(letter.plain), "plain", "utf-8"), _html(letter)]
    )
    for attached in letter.attached:
        message.attach(_file(attached))
    return str(message.as_string())


def _file(attached: Attached) -> MIMEBase:
    """Beside the letter's words. yagmail attaches what lies on disk; ours never does."""
    part = MIMEApplication(attached.content, file_kind(attached))
    part.add_header("Content-Disposition", "attachment", filename=attached.name)
    return part


def _html(letter: Letter) -> MIMEBase:
    """The HTML part, with its pictures beside it where it has any (RFC 2387)."""
    html = MIMEText(_whole(letter.html), "html", "utf-8")
    if not letter.pictures:
        return html
    related = MIMEMultipart("related", type="text/html")
    related.attach(html)
    for picture in letter.pictures:
        shown = MIMEImage(picture.jpeg, "jpeg")
        shown["Content-ID"] = f"<{picture.name}>"
        shown.add_header(
            "Content-Disposition", "inline", filename=f"{picture.name.partition('@')[0]}.jpg"
        )
        related.attach(shown)
    return related


def _whole(text: str) -> str:
    """Text that UTF-8 can hold: lone surrogates become question marks."""
    return text.encode("utf-8", "replace").decode()
