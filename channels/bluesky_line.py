"""A thread's way to one account: atproto's client on our wire, its answers as plain values."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from atproto_client.client.raw import ClientRaw
from atproto_client.exceptions import RequestErrorBase
from atproto_client.models.common import XrpcError
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request, RequestBase

from channels.bluesky_session import Login, Session
from channels.bluesky_values import Json
from channels.errors import ChannelError, Trouble
from channels.wire import Timeouts
from channels.wire_httpx import HttpxWire

GONE = "RecordNotFound"
_ENDED = frozenset({"ExpiredToken", "InvalidToken"})
"""The names under which a server takes a token no longer: nothing was done, a new one may do."""

_TROUBLES = {
    "ExpiredToken": Trouble.REVOKED,
    "InvalidToken": Trouble.REVOKED,
    "AuthMissing": Trouble.REVOKED,
    "AuthFactorTokenRequired": Trouble.CREDENTIAL,  # the account's password instead of an app's
    "AccountTakedown": Trouble.FORBIDDEN,
    "AccountDeactivated": Trouble.CLOSED,
    GONE: Trouble.GONE,
}
"""What a 4xx means by the server's name for it; other names mean what the status does."""


class Refused(ChannelError):
    """A refusal with the network's own name for it."""

    def __init__(self, reason: str, kind: Trouble, name: str) -> None:
        super().__init__(reason, kind)
        self.name = name


class _Requests(Request):  # type: ignore[misc]  # the library ships no types
    """atproto's requests, sent by our wire instead of a client of its own."""

    def __init__(self, wire: HttpxWire) -> None:
        RequestBase.__init__(self)
        self._client = wire
        self.add_additional_header("User-Agent", "haechi")


class Lines(threading.local):
    """Each thread's wire, and a client for each server."""

    def __init__(self, timeouts: Timeouts) -> None:
        self.wire = HttpxWire(timeouts)
        self._clients: dict[str, ClientRaw] = {}

    def client(self, origin: str) -> ClientRaw:
        if origin not in self._clients:
            self._clients[origin] = ClientRaw(origin, _Requests(self.wire))
        return self._clients[origin]


class Door:
    """Where sessions come from: a server of a network."""

    def __init__(self, client: ClientRaw, where: str) -> None:
        self._client = client
        self._where = where

    def create(self, login: Login) -> Session:
        """A new session. Asks for nothing else, such as a profile."""
        wanted = DotDict({"identifier": login.handle, "password": login.app_password})
        return Session.of(login, self._asked("com.atproto.server.createSession", data=wanted))

    def refresh(self, login: Login, session: Session) -> Session:
        name = "com.atproto.server.refreshSession"
        return Session.of(login, self._asked(name, headers=_bearer(session.refresh)))

    def _asked(self, name: str, **kwargs: Any) -> Json:
        try:
            answer = self._client.invoke_procedure(
                name, input_encoding="application/json", **kwargs
            )
        except RequestErrorBase as error:
            raise refused(error, self._where) or error from error
        return _content(answer.content)


@dataclass(frozen=True, slots=True)
class Line:
    """One account's calls. A token that the server takes no more is renewed, once a call."""

    client: ClientRaw
    where: str
    session: Callable[[], Session]
    renewed: Callable[[Session], Session]

    def did(self) -> str:
        """The account's own id."""
        return self.session().did

    def query(self, name: str, **params: Any) -> Json:
        """Read. Raises `Refused` for a clear no, else the library's error."""
        given = DotDict({key: value for key, value in params.items() if value is not None})
        return self._asked(
            lambda session: self.client.invoke_query(
                name, params=given, headers=_bearer(session.access)
            )
        )

    def procedure(self, name: str, **data: Any) -> Json:
        """Write. Raises like `query`."""
        return self._asked(
            lambda session: self.client.invoke_procedure(
                name,
                data=DotDict(data),
                input_encoding="application/json",
                headers=_bearer(session.access),
            )
        )

    def upload(self, content: bytes, mime: str) -> Json:
        return self._asked(
            lambda session: self.client.invoke_procedure(
                "com.atproto.repo.uploadBlob",
                content=content,
                headers=_bearer(session.access) | {"Content-Type": mime},
            )
        )

    def _asked(self, ask: Callable[[Session], Any]) -> Json:
        session = self.session()
        try:
            return _content(ask(session).content)
        except RequestErrorBase as error:
            if name_of(error) not in _ENDED:
                raise refused(error, self.where) or error from error
        try:
            return _content(ask(self.renewed(session)).content)
        except RequestErrorBase as error:
            raise refused(error, self.where) or error from error


def refused(error: RequestErrorBase, where: str) -> Refused | None:
    """What a clear no of a known name means; None where the status alone must tell."""
    name, response = name_of(error), error.response
    if response is None or not 400 <= response.status_code < 500 or name not in _TROUBLES:
        return None
    return Refused(f"{where}: answered {response.status_code}. {error}", _TROUBLES[name], name)


def name_of(error: RequestErrorBase) -> str:
    """The network's own name of the error; "" where it gave none."""
    content = error.response.content if error.response else None
    return (
        content.error if isinstance(content, XrpcError) and isinstance(content.error, str) else ""
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _content(content: Any) -> Json:
    if not isinstance(content, Mapping):
        raise ValueError("the answer is no object")
    return content
