"""A thread's way to one WordPress site: its REST interface over httpx, and what its errors mean."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from channels.errors import ChannelBusy, ChannelError, InDoubt, Trouble
from channels.known import Known
from channels.server import Server
from channels.wire import Timeouts
from channels.wire_httpx import HttpxWire
from channels.wordpress_values import Entity, identified

A_PAGE = 100
FLOOD = 15.0
"""Seconds between two comments of one writer, where a site minds (`check_comment_flood_db`)."""

_Failure = ChannelBusy | ChannelError | InDoubt


def _error(kind: Trouble) -> Callable[[str], _Failure]:
    return lambda reason: ChannelError(reason, kind)


_REVOKED = _error(Trouble.REVOKED)
_FORBIDDEN = _error(Trouble.FORBIDDEN)
_GONE = _error(Trouble.GONE)
_SERVER = _error(Trouble.SERVER)

# WordPress's own names of what went wrong, from its source. What is not here is read by its status.
_MEANINGS: Mapping[str, Callable[[str], _Failure]] = {
    "incorrect_password": _REVOKED,
    "invalid_username": _REVOKED,
    "invalid_email": _REVOKED,
    "application_passwords_disabled": _REVOKED,
    "application_passwords_disabled_for_user": _REVOKED,
    "rest_not_logged_in": _REVOKED,  # also where the web server takes the header away
    "rest_comment_login_required": _REVOKED,
    "rest_login_required": _REVOKED,
    "rest_forbidden": _FORBIDDEN,  # 401 in words, though it knows us
    "rest_forbidden_context": _FORBIDDEN,
    "rest_forbidden_param": _FORBIDDEN,
    "rest_forbidden_status": _FORBIDDEN,
    "rest_cannot_create": _FORBIDDEN,
    "rest_cannot_publish": _FORBIDDEN,
    "rest_cannot_edit": _FORBIDDEN,
    "rest_cannot_read": _FORBIDDEN,
    "rest_cannot_delete": _FORBIDDEN,
    "rest_cannot_read_post": _FORBIDDEN,
    "rest_comment_closed": _FORBIDDEN,
    "rest_comment_draft_post": _GONE,
    "rest_comment_trash_post": _GONE,
    "rest_comment_invalid_id": _GONE,
    "rest_comment_invalid_post_id": _GONE,
    "rest_post_invalid_id": _GONE,
    "rest_already_trashed": _GONE,
    "rest_no_route": _SERVER,
    "rest_disabled": _SERVER,
    "comment_duplicate": InDoubt,  # the same words stand below it already: they may be ours
    "comment_flood": lambda reason: ChannelBusy(reason, FLOOD, Trouble.LIMITED),
}


class Refused(Exception):
    """The site said no in words that have no row here: the common table reads its status."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Line:
    """One account's way to its site, for one thread."""

    wire: HttpxWire
    server: Server
    login: tuple[str, str]
    known: Known
    _me: Entity | None = None

    @property
    def site(self) -> str:
        """The site's name, with its port where it has one: the other half of every id."""
        return self.server.origin.partition("://")[2]

    def me(self) -> Entity:
        """Our user, with what it may do; asked once."""
        if self._me is None:
            self._me = self.ask("GET", "users/me", context="edit")
        return self._me

    def my_id(self) -> int:
        """Our user's number."""
        told = self.known.of(
            self.server.origin, *self.login, ask=lambda: {"id": str(identified(self.me()))}
        )
        return int(told["id"])

    def ask(self, method: str, route: str, /, **query: Any) -> Entity:
        """One request whose answer is an object; what is sent is in `json`, `data` and `files`."""
        told = self._told(self._asked(method, route, query))
        if not isinstance(told, dict):
            raise ValueError("the answer is no object")
        return told

    def page(self, route: str, **query: Any) -> tuple[list[Entity], bool]:
        """One page of a list, and whether it is the last."""
        query = {"context": "edit", "per_page": A_PAGE, **query}
        answer = self._asked("GET", route, query)
        told = self._told(answer)
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise ValueError("the answer is no list of objects")
        said = answer.headers.get("X-WP-TotalPages", "")
        known = said.isascii() and said.isdigit()
        return told, int(query.get("page", 1)) >= int(said) if known else len(told) < A_PAGE

    def walk(
        self, route: str, edge: str, position: Callable[[Entity], str], **query: Any
    ) -> Iterator[list[Entity]]:
        """Every page to the last. The next begins where the last ended, so that nothing slips
        from page to page while somebody deletes; entities of one second may come twice."""
        number = 1
        while True:
            batch, last = self.page(route, page=number, **query)
            yield batch
            if last or not batch:
                return
            reached = position(batch[-1])
            number = number + 1 if query.get(edge) == reached else 1
            query[edge] = reached

    def _asked(self, method: str, route: str, query: dict[str, Any]) -> httpx.Response:
        sent = {name: query.pop(name) for name in ("json", "data", "files") if name in query}
        return self.wire.request(
            method,
            f"{self.server.origin}/",
            params={"rest_route": f"/wp/v2/{route}", **query},
            auth=self.login,
            headers={"Accept": "application/json", "User-Agent": "haechi"},
            **sent,
        )

    def _told(self, answer: httpx.Response) -> Any:
        """What the answer says. Raises by the table of WordPress's names for errors."""
        status = answer.status_code
        if status in (301, 308):
            where = answer.headers.get("Location", "")[:200]
            raise ChannelError(f"{self.server.host} sends us on to {where}", Trouble.SERVER)
        try:
            told = json.loads(answer.content.decode("utf-8-sig"))
        except ValueError:
            if 400 <= status < 500 and status != httpx.codes.TOO_MANY_REQUESTS:
                self._not_wordpress(status)  # a cache or a firewall spoke: it proves nothing
            raise
        if status < 400:
            return told
        code = told.get("code") if isinstance(told, dict) else None
        meaning = _MEANINGS.get(code) if isinstance(code, str) else None
        if meaning is not None and 400 <= status < 500:
            raise meaning(f"{self.server.host}: {code}. {self.wire.last.reason}")
        raise Refused(str(code or status))

    def _not_wordpress(self, status: int) -> None:
        reason = f"answered {status} with a page that is not WordPress's"
        self.wire.last = replace(self.wire.last, status=None, reason=reason)


class Lines(threading.local):
    """Each thread's wire, and its lines."""

    def __init__(self, timeouts: Timeouts, known: Known, *, proxied: bool) -> None:
        self.wire = HttpxWire(timeouts, proxied=proxied)
        self._known = known
        self._lines: dict[tuple[str, str, str], Line] = {}

    def to(self, server: Server, login: tuple[str, str]) -> Line:
        key = (server.origin, *login)
        if key not in self._lines:
            self._lines[key] = Line(self.wire, server, login, self._known)
        return self._lines[key]
