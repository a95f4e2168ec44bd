"""The address of a network's server, as the registry gives it."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from channels.errors import ChannelError, Trouble

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Server:
    """`origin` is what requests go to, `host` the bare name."""

    origin: str
    host: str

    @classmethod
    def of(cls, text: str) -> "Server":
        """A server from `mastodon.example` or a whole address.

        Raises `ChannelError` for anything else, and for http except on this very machine: the
        account's token goes over this line.
        """
        try:
            parts = urlsplit(text if "://" in text else f"https://{text}")
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        local = host in _LOCAL
        known = local or _HOST.fullmatch(host)
        if (
            not known
            or parts.username
            or parts.scheme not in ("https", *(["http"] if local else []))
        ):
            raise ChannelError(
                f"the registry's server {text!r} is not an https address: correct its column `server`",
                Trouble.SERVER,
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(f"{parts.scheme}://{shown}{f':{port}' if port else ''}", host)
