"""Addresses that nobody can guess and that end: a name, its end, and what proves both."""

import base64
import binascii
import hmac
from datetime import UTC, datetime


def ticket(key: str, name: str, *, until: datetime) -> str:
    """What opens `name` until a moment (aware), for whoever holds it. Safe in an address."""
    end = str(int(until.timestamp()))
    return f"{_text(name.encode())}.{end}.{_proof(key, name, end)}"


def opens(key: str, held: str, *, at: datetime) -> str:
    """The name that a ticket opens now; empty for any that is not ours, or over."""
    coded, _, rest = held.partition(".")
    end, _, proof = rest.partition(".")
    try:
        name = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (ValueError, binascii.Error):
        return ""
    if not hmac.compare_digest(proof.encode(errors="replace"), _proof(key, name, end).encode()):
        return ""
    return name if datetime.fromtimestamp(int(end), UTC) > at else ""


def _proof(key: str, name: str, end: str) -> str:
    return _text(hmac.digest(key.encode(), f"picture|{end}|{name}".encode(), "sha256"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
