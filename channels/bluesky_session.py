"""Sessions with Bluesky that outlive a process: each flow run is a new one, and a day has few."""

import base64
import hashlib
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from channels.credential import is_tried, remember, remembered
from channels.errors import ChannelError, Trouble

MARGIN = 300.0
"""Seconds before its end at which an access token (of two hours) is renewed."""
_OTHERS = 1.0
"""Seconds that another worker, who renewed it just now, needs to write it down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who we are, and to which server; `name` is the credential's."""

    name: str
    server: str
    handle: str
    app_password: str = field(repr=False)

    @property
    def made_with(self) -> str:
        """What tells this app password from another; an app password is too random to be guessed."""
        return hashlib.sha256(self.app_password.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a server gave us for a login. `did` is the account's own id.

    `made_with` is the sha256 of the app password: a session proves nothing about another one.
    """

    server: str
    handle: str
    did: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    made_with: str = field(repr=False)

    @classmethod
    def of(cls, login: Login, answer: Mapping[str, Any]) -> "Session":
        """From the server's answer. Raises `ValueError` where that is none."""
        did, access, refresh = (answer.get(name) for name in ("did", "accessJwt", "refreshJwt"))
        if not (_held(did) and _held(access) and _held(refresh)):
            raise ValueError("the answer holds no session")
        return cls(
            server=login.server,
            handle=login.handle,
            did=str(did),
            access=str(access),
            refresh=str(refresh),
            made_with=login.made_with,
        )


class Keeper(Protocol):
    """What remembers a session for other processes. It may forget; it never raises."""

    def load(self, name: str) -> str: ...
    def save(self, name: str, value: str) -> None: ...


class Blocks:
    """Prefect's Secret blocks."""

    def load(self, name: str) -> str:
        return remembered(name)

    def save(self, name: str, value: str) -> None:
        remember(name, value)


class Server(Protocol):
    """The two ways to a session. What the server does not take any more raises `ChannelError`."""

    def create(self, login: Login) -> Session: ...
    def refresh(self, login: Login, session: Session) -> Session: ...


class Sessions:
    """Every account's session, shared by all threads. Safe for any number of them."""

    def __init__(
        self,
        keeper: Keeper,
        *,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._pause = pause
        self._held: dict[tuple[str, str, str], Session] = {}
        self._locks: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)

    def of(self, login: Login, server: Server) -> Session:
        """The login's session, renewed where it is about to end."""
        held = self._held.get(_key(login))
        return held if held and self._lasts(held) else self.renewed(login, server, held)

    def renewed(self, login: Login, server: Server, stale: Session | None) -> Session:
        """A session that is not the stale one: another worker's, else a refreshed, else a new one."""
        with self._locks[_key(login)]:
            held = self._held.get(_key(login))
            if held and held != stale and self._lasts(held):
                return held
            found = self._kept(login)
            if found and found != stale and self._lasts(found):
                return self._hold(login, found)
            session = self._refreshed(login, server, found or held) or server.create(login)
            if not is_tried(login.name):
                self._keeper.save(_block(login), json.dumps(asdict(session)))
            return self._hold(login, session)

    def _refreshed(self, login: Login, server: Server, session: Session | None) -> Session | None:
        """By its refresh token, which may serve once: who comes late finds what the other kept."""
        if session is None:
            return None
        try:
            return server.refresh(login, session)
        except ChannelError as error:
            if error.kind is not Trouble.REVOKED:
                raise
        self._pause(_OTHERS)
        found = self._kept(login)
        return found if found and found.refresh != session.refresh and self._lasts(found) else None

    def _kept(self, login: Login) -> Session | None:
        """What was kept of this very login; nothing for one that is only tried: it must sign in."""
        if is_tried(login.name):
            return None
        try:
            session = Session(**json.loads(self._keeper.load(_block(login)) or "{}"))
        except (TypeError, ValueError):
            return None
        whole = all(map(_held, asdict(session).values()))
        made_for = (session.server, session.handle, session.made_with)
        ours = (login.server, login.handle, login.made_with)
        return session if whole and made_for == ours else None

    def _hold(self, login: Login, session: Session) -> Session:
        self._held[_key(login)] = session
        return session

    def _lasts(self, session: Session) -> bool:
        return _ends(session.access) - self._clock() > MARGIN


def _key(login: Login) -> tuple[str, str, str]:
    return login.server, login.handle, login.app_password


def _block(login: Login) -> str:
    return f"{login.name}-session"


def _held(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value)


def _ends(token: str) -> float:
    """When a token says that it ends, in seconds since 1970; 0 where it says nothing readable."""
    try:
        payload = token.split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(told["exp"])
    except (LookupError, TypeError, ValueError):
        return 0.0
