"""Who an account is on its network, for a day: what one process asked, the next one knows."""

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from channels.errors import Trouble

KEEP = 24 * 3600.0
"""Seconds. A page that was renamed is known by its new name a day later at most."""


class Known:
    """Names and numbers that stand on a network for all to see, kept below a folder of ours.

    Every run of a flow is a process of its own; without this, each would ask each account who it is.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def of(self, *whose: str, ask: Callable[[], Mapping[str, str]]) -> dict[str, str]:
        """What `ask` said of them (server, account, secret) within a day, else what it says now.

        Raises what `ask` raises. A folder that cannot be written to only costs the asking.
        """
        file = self._folder / f"{sha256(chr(0).join(whose).encode()).hexdigest()[:32]}.json"
        found = self._read(file)
        if not found:
            found = dict(ask())
            with contextlib.suppress(OSError):
                self._write(file, found)
        return found

    def _read(self, file: Path) -> dict[str, str]:
        try:
            if not 0 <= self._clock() - file.stat().st_mtime < KEEP:
                return {}
            told = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        whole = isinstance(told, dict) and all(isinstance(value, str) for value in told.values())
        return told if whole else {}

    def _write(self, file: Path, told: Mapping[str, str]) -> None:
        """Whole or not at all: several processes ask at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(told, out, ensure_ascii=False)
        Path(beside).replace(file)


def of_another(handle: str, told: str) -> str:
    """Why a secret is not this account's, as a cause; "" where it is, or cannot be told.

    `handle` is the registry's, `told` the name that the network gives whom the secret belongs to;
    both may have an `@` before them and, on Mastodon, their server behind.
    """
    ours, theirs = _bare(handle), _bare(told)
    if not ours or not theirs or ours == theirs:
        return ""
    return f"{Trouble.CREDENTIAL}: the secret is that of @{theirs}, not of @{ours}"


def _bare(handle: str) -> str:
    return handle.strip().lstrip("@").partition("@")[0].casefold()
