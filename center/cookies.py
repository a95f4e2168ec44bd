"""Cookies that nobody can forge: what they say is signed and ends by itself.

They carry names of mailed links, never who somebody is; who that is, and whether it still
holds, the store says at each visit.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

#: The link that signed somebody in, for everything that person may do.
SIGNED_IN = "haechi_in"
#: The links whose own page is open, one each.
PAGES = "haechi_pages"
#: A random word that forms are bound to.
FORMS = "haechi_forms"

#: So many pages stay open in one browser; the longest unused goes first.
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with the center's key; each use has its own purpose, so none passes for another."""

    key: str

    def sign(self, purpose: str, said: str) -> str:
        return hmac.new(self.key.encode(), f"{purpose}|{said}".encode(), sha256).hexdigest()

    def holds(self, purpose: str, said: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(purpose, said).encode(), signature.encode())

    def seal(self, purpose: str, names: Sequence[str], *, until: datetime) -> str:
        """A cookie's value: names, when they end, and the signature over both."""
        said = _encode({"names": list(names), "until": int(until.timestamp())})
        return f"{said}.{self.sign(purpose, said)}"

    def unseal(self, purpose: str, value: str, *, at: datetime) -> list[str]:
        """The names in a cookie; none where it is missing, forged or over."""
        said, _, signature = value.rpartition(".")
        if not said or not self.holds(purpose, said, signature):
            return []
        until, names = _decode(said)
        return [] if datetime.fromtimestamp(until, UTC) <= at else names


def new_word() -> str:
    """A random word that cannot be guessed."""
    return secrets.token_urlsafe(16)


def _encode(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _decode(said: str) -> tuple[float, list[str]]:
    content = json.loads(base64.urlsafe_b64decode(said))
    return float(content["until"]), [str(name) for name in content["names"]]
