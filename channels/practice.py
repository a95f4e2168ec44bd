"""The twin of any account, on the practice network."""

import base64
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from channels.base import ChannelError, Trouble
from channels.mastodon import Mastodon
from channels.photo_host import MediaHosts
from registry.model import Account

TEXT_LIMIT = 100_000
"""Generous on purpose: the limit that counts is the one of the account's own network."""
_HANDLE = re.compile(r"[a-z0-9_]{1,64}")


class Practice(Mastodon):
    """Every account as its twin there: same name, its id as handle, a token that we mint ourselves."""

    network = "practice"
    budgets = ()  # it is ours, and asks no restraint of us
    proxied = False

    def origin(self, account: Account) -> str:  # noqa: ARG002 (all twins live on one server)
        return self.settings.practice

    def handle(self, account: Account) -> str:  # noqa: ARG002 (its token is ours, and made for it)
        return ""

    def token(self, account: Account) -> str:
        return token_for(self.settings.practice_key, account)

    def hosts(self, account: Account) -> MediaHosts:  # noqa: ARG002 (as above)
        return MediaHosts(own="", practice=self.settings.practice)


def token_for(key: str, account: Account) -> str:
    """The twin's token: its claims as JSON in base64, a point, their HMAC-SHA256.

    The format is the practice network's; it makes the account when it first sees the token.
    Raises `ChannelError` for an id that cannot be a handle there.
    """
    if not _HANDLE.fullmatch(account.id):
        raise ChannelError(
            f"the account's id {account.id!r} must be 1 to 64 of a-z, 0-9 and _", Trouble.CREDENTIAL
        )
    return _signed(
        key, {"handle": account.id, "name": account.name, "city": True, "limit": TEXT_LIMIT}
    )


def citizens_token(key: str, citizen: Account) -> str:
    """The token of somebody there who is no twin of ours, and may say no more than a citizen may."""
    return _signed(key, {"handle": citizen.id, "name": citizen.name})


def _signed(key: str, claims: Mapping[str, Any]) -> str:
    said = {name: value for name, value in claims.items() if value != ""}
    body = _text(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_text(hmac.digest(key.encode(), body.encode(), 'sha256'))}"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
