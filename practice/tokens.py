"""Tokens that anyone who holds the server's key can mint: a handle and what it may do, signed.

No password exists here: who can read the key (the machine's owner) can speak as anyone.
"""

import base64
import binascii
import hmac
import json
import re
from dataclasses import asdict, dataclass, fields
from hashlib import sha256

HANDLE = re.compile(r"[a-z0-9_]{1,64}")


class TokenError(ValueError):
    """The token is not one of ours: damaged, or signed with another key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says. `issued` counts up; a revocation ends all tokens up to a count."""

    handle: str = ""
    name: str = ""
    city: bool = False
    limit: int = 500
    issued: int = 1
    admin: bool = False
    nonce: str = ""


def mint(
    key: str,
    handle: str,
    *,
    name: str = "",
    city: bool = False,
    limit: int = 500,
    issued: int = 1,
    nonce: str = "",
) -> str:
    """A bearer token for `handle`; the same arguments give the same token.

    `limit` is the longest post in characters (graphemes, a link counts 23). After a revocation
    pass a higher `issued`. Raises `ValueError` for a handle outside `[a-z0-9_]{1,64}`.
    """
    if not HANDLE.fullmatch(handle):
        raise ValueError(f"a handle is 1 to 64 of a-z, 0-9 and _: {handle!r}")
    claims = Claims(handle=handle, name=name, city=city, limit=limit, issued=issued, nonce=nonce)
    return _sign(key, claims)


def mint_admin(key: str) -> str:
    """The bearer token of `/practice/...`, which sets faults and revokes tokens."""
    return _sign(key, Claims(admin=True))


def mint_app(key: str, client_id: str) -> str:
    """What `client_credentials` gives: a token of an app that speaks as nobody."""
    return _sign(key, Claims(nonce=client_id))


def read(key: str, token: str) -> Claims:
    """The claims of a token that this key signed. Raises `TokenError` for any other text."""
    body, _, signature = token.partition(".")
    if not hmac.compare_digest(
        _signature(key, body).encode(), signature.encode("utf-8", "replace")
    ):
        raise TokenError("the token's signature is not this server's")
    try:
        known = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError) as error:
        raise TokenError("the token is damaged") from error
    names = {field.name for field in fields(Claims)}
    return Claims(**{name: value for name, value in known.items() if name in names})


def fingerprint(token: str) -> str:
    """What the server keeps of a revoked token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def _sign(key: str, claims: Claims) -> str:
    defaults = asdict(Claims())
    said = {name: value for name, value in asdict(claims).items() if value != defaults[name]}
    body = _text(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_signature(key, body)}"


def _signature(key: str, body: str) -> str:
    return _text(hmac.digest(key.encode(), body.encode("utf-8", "replace"), "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
