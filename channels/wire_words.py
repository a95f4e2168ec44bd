"""What a library says of a failed connection, as whoever set it up can use it."""

import contextlib
import re
from urllib.parse import urlsplit

#: What a library's error comes to, by words in it; the first that fits.
_PLAINLY = (
    (re.compile(r"ProxyError"), "the proxy does not let this machine through to it"),
    (
        re.compile(r"NameResolution|Name or service not known|name resolution|getaddrinfo"),
        "no server of this name is known, or this machine does not reach the internet",
    ),
    (
        re.compile(r"certificate.verify.failed", re.IGNORECASE),
        "its certificate is not trusted on this machine",
    ),
    (re.compile(r"Connection refused|Errno 111"), "nothing listens there"),
    (re.compile(r"SSLEOFError|UNEXPECTED_EOF|WRONG_VERSION|record layer"), "it speaks no https"),
    (re.compile(r"timed out|took too long"), "it did not answer in time"),
    (
        re.compile(r"Connection aborted|disconnected without|reset by peer"),
        "the connection broke off",
    ),
)


def words_of(error: Exception) -> str:
    """A library's error in one line, in plain words where it is a common one."""
    said = " ".join(str(error).split())
    for words, plainly in _PLAINLY:
        if words.search(said):
            return f"{_host(error)}{plainly}"
    return f"{type(error).__name__}: {said}"[:300]


def _host(error: Exception) -> str:
    """The host that was asked and a colon, where the error says."""
    with contextlib.suppress(Exception):  # httpx raises where there was no request
        host = urlsplit(str(error.request.url)).hostname  # type: ignore[attr-defined]  # both libraries have it
        return f"{host}: " if host else ""
    return ""
