"""The city's app at Google, a channel's consent to it, and the tokens that come of both."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from channels.wire import Wire
from channels.youtube_errors import failed, reason_in

EARLY = 120.0
"""Seconds before its end that an access token is renewed, so that it does not end on the way."""
WRITES = "https://www.googleapis.com/auth/youtube.force-ssl"


@dataclass(frozen=True, slots=True)
class App:
    """What the secret holds: the city's app at Google, and the channel's consent to it."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `ends` by our monotonic clock; `consent_ends` where the consent is short."""

    value: str = field(repr=False)
    ends: float
    scopes: frozenset[str]
    consent_ends: datetime | None = None


class Tokens:
    """Access tokens, in memory only, for all threads; they live an hour or so."""

    def __init__(self, origin: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._origin = origin
        self._clock = clock
        self._kept: dict[App, Token] = {}

    def of(self, app: App, wire: Wire) -> Token:
        """The app's token, renewed where it ends soon. Two threads at once renew twice: no harm."""
        kept = self._kept.get(app)
        if kept is None or kept.ends - EARLY < self._clock():
            kept = self._kept[app] = self._renewed(app, wire)
        return kept

    def forget(self, app: App) -> None:
        self._kept.pop(app, None)

    def _renewed(self, app: App, wire: Wire) -> Token:
        answer = wire.post(
            f"{self._origin}/token",
            data={
                "grant_type": "refresh_token",
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "refresh_token": app.refresh_token,
            },
        )
        told = answer.json()
        if answer.status_code != 200:
            raise failed(reason_in(told), wire) or ValueError("no token was given")
        lasts, consent = told.get("expires_in"), told.get("refresh_token_expires_in")
        return Token(
            value=str(told["access_token"]),
            ends=self._clock() + (lasts if isinstance(lasts, int) else 0),
            scopes=frozenset(str(told.get("scope") or "").split()),
            consent_ends=_in(consent) if isinstance(consent, int) else None,
        )


def _in(seconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
