"""A thread's way to one account: Mastodon.py's client, which is not for sharing, on a shared wire."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import cast

import mastodon

from channels.wire import Timeouts, Wire

LINES = 128
"""Lines a thread keeps. One is small: the connections are the thread's, whatever the account."""
_SPEAKS = (4, 3)
"""The version we speak. Told, not asked: asking costs two requests for each client."""


@dataclass(slots=True)
class Line:
    """One account's client and the wire beneath it, for one thread."""

    api: mastodon.Mastodon
    wire: Wire
    _me: str = ""

    def me(self) -> str:
        """The account's own id on its network; asked once."""
        if not self._me:
            self._me = str(self.api.account_verify_credentials()["id"])
        return self._me


class Lines(threading.local):
    """Each thread's lines, the least used given up first."""

    def __init__(self, timeouts: Timeouts, *, proxied: bool) -> None:
        self.wire = Wire(timeouts, proxied=proxied)
        self._lines: OrderedDict[tuple[str, str], Line] = OrderedDict()

    def to(self, origin: str, account_id: str, token: str) -> Line:
        """The line to an account on a server, its token brought up to date."""
        key = (origin, account_id)
        line = self._lines.pop(key, None) or Line(_client(origin, self.wire), self.wire)
        line.api.access_token = token
        self._lines[key] = line
        if len(self._lines) > LINES:
            self._lines.popitem(last=False)
        return line


def _client(origin: str, wire: Wire) -> mastodon.Mastodon:
    timeouts = wire.timeouts
    client = mastodon.Mastodon(
        api_base_url=origin,
        session=wire,
        ratelimit_method="throw",
        request_timeout=cast(float, (timeouts.connect, timeouts.read)),  # handed on to requests
        version_check_mode="none",
        mastodon_version=".".join(map(str, (*_SPEAKS, 0))),
        feature_set="mainline",
        user_agent="haechi",
    )
    # In this mode the version above only stops the client from asking; it acts by these.
    client.mastodon_major, client.mastodon_minor = _SPEAKS
    return client
