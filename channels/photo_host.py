"""Fetching a citizen's picture from the network's own media host, and from nowhere else.

An address in a post is written by a stranger. So the host must be one we expect, it is resolved
once, every address it has must be a public one, and the connection goes to that very address.
"""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

from channels.errors import ChannelBusy, ChannelError, Trouble
from channels.verdict import Doing, verdict
from channels.wire import Exchange

LIMIT = 20 * 1024 * 1024
WHOLE = 30.0
"""Seconds for a whole picture."""
Resolver = Callable[[str], list[str]]
_SITE_LOCAL = ip_network("fec0::/10")  # RFC 3879 took it back; some networks still use it
_TRANSLATED = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))  # NAT64, RFC 6052 and 8215


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaHosts:
    """Where an account's pictures may lie: its server and names below it, and `named` hosts.

    `practice` is the one origin, such as `http://127.0.0.1:8300`, that may be local and plain http.
    """

    own: str
    named: frozenset[str] = frozenset()
    practice: str = ""

    def allow(self, url: httpx.URL) -> bool:
        host = _host(url)
        ours = host in {self.own, *self.named} or host.endswith(f".{self.own}")
        plain = url.scheme == "https" and url.port is None and not url.userinfo
        return bool(host and self.own) and ours and plain

    def is_practice(self, url: str) -> bool:
        return bool(self.practice) and url.startswith(self.practice + "/")


def resolve(host: str) -> list[str]:
    """Every address of a host name, as the system knows it."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, however it is spelled."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if (inner := _carried(ip)) is not None:
        return is_public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip in _SITE_LOCAL)


def _carried(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, NAT64."""
    if isinstance(ip, IPv4Address):
        return None
    if any(ip in network for network in _TRANSLATED):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class PhotoHost:
    """Fetches pictures. Safe for any number of threads."""

    def __init__(
        self,
        *,
        resolver: Resolver = resolve,
        public: Callable[[str], bool] = is_public,
        tls: ssl.SSLContext | None = None,
        port: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        limit: int = LIMIT,
    ) -> None:
        self._resolver = resolver
        self._public = public
        self._tls = tls
        self._port = port
        self._clock = clock
        self._limit = limit

    def fetch(self, url: str, hosts: MediaHosts) -> bytes:
        """The bytes at `url`, at most 20 MB. Raises `ChannelError` for what is never fetched."""
        asked = _parsed(url)
        if hosts.is_practice(url):
            return self._get(asked, asked.host)
        if not hosts.allow(asked):
            raise ChannelError(f"not on the network's media host: {asked.host}", Trouble.FORBIDDEN)
        host = _host(asked)
        return self._get(asked.copy_with(host=self._address(host), port=self._port), host)

    def _address(self, host: str) -> str:
        try:
            addresses = self._resolver(host)
        except (OSError, UnicodeError) as error:
            raise ChannelBusy(f"{host}: its address cannot be found: {error}") from error
        if not addresses or not all(map(self._public, addresses)):
            raise ChannelError(f"{host}: its address is not a public one", Trouble.FORBIDDEN)
        return addresses[0]

    def _get(self, url: httpx.URL, host: str) -> bytes:
        ends = self._clock() + WHOLE
        where = f"the picture at {host}"
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        if (
            url.scheme == "https"
        ):  # the address is an IP by now; the name goes where TLS and HTTP want it
            headers["Host"] = host
        try:
            with (
                httpx.Client(
                    trust_env=False, verify=self._tls or _default_tls(), timeout=10
                ) as client,
                client.stream(
                    "GET", url, headers=headers, extensions={"sni_hostname": host}
                ) as answer,
            ):
                return self._body(answer, ends, where)
        except httpx.HTTPError as error:
            raise ChannelBusy(f"{where}: {type(error).__name__}: {error}") from error

    def _body(self, answer: httpx.Response, ends: float, where: str) -> bytes:
        if answer.is_redirect:
            raise ChannelError(
                f"{where} is somewhere else now; we do not follow", Trouble.FORBIDDEN
            )
        if answer.status_code != httpx.codes.OK:
            raise verdict(Doing.READING, Exchange(sent=True, status=answer.status_code), where)
        body = bytearray()
        for chunk in answer.iter_raw():
            body += chunk
            if len(body) > self._limit:
                raise ChannelError(
                    f"{where} is larger than {self._limit >> 20} MB", Trouble.REFUSED
                )
            if self._clock() > ends:
                raise ChannelBusy(f"{where} took longer than {WHOLE:.0f} s")
        return bytes(body)


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ChannelError("the picture's address is not one", Trouble.FORBIDDEN) from error


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


@cache
def _default_tls() -> ssl.SSLContext:
    return ssl.create_default_context()
