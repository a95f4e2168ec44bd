"""The secrets of the city's accounts: from the environment, or from a Prefect Secret block."""

import contextlib
import json
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pydantic import SecretStr

from channels.errors import ChannelBusy, ChannelError, Trouble
from settings import Settings, secret_variable

KEEP = 300.0
"""Seconds a secret from a block is kept, so that one that was renewed is noticed without a restart."""

BLOCK_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""What Prefect calls a block by."""

_tried: ContextVar[Mapping[str, str]] = ContextVar("tried", default=MappingProxyType({}))


class NotKept(Exception):
    """A secret could not be put into its Prefect Secret block; the words say why, never the value."""


@contextlib.contextmanager
def trying(name: str, secret: str) -> Iterator[None]:
    """In this block, and in its thread, the secret of this name is this one; it is kept nowhere."""
    token = _tried.set({**_tried.get(), name: secret})
    try:
        yield
    finally:
        _tried.reset(token)


def is_tried(name: str) -> bool:
    """Whether the secret of this name is only being tried, so that nothing made with it is kept."""
    return name in _tried.get()


class Credentials:
    """Looks secrets up by name. Safe for any number of threads; a value is never logged."""

    def __init__(
        self,
        settings: Settings,
        *,
        load_block: Callable[[str], str | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._load_block = load_block or _prefect_secret
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}

    def __call__(self, name: str) -> str:
        """The secret of this name: `HAECHI_SECRET_<NAME>`, else the Prefect Secret block `name`.

        Raises `ChannelError` (kind `credential`), naming both ways to set it, and `ChannelBusy`
        while Prefect cannot be asked.
        """
        if not name:
            raise ChannelError(
                "the registry names no credential for this account: fill in its column `credential`",
                Trouble.CREDENTIAL,
            )
        return _sendable(name, self._settings.secret(name) or self._from_block(name))

    def _from_block(self, name: str) -> str:
        read_at, value = self._kept.get(name, (0.0, ""))
        if value and self._clock() - read_at < KEEP:
            return value
        try:
            found = self._load_block(name)
        except Exception as error:  # whatever Prefect's client meets on its way to the server
            if value:
                return value
            raise ChannelBusy(
                f"the secret {name!r} cannot be read now: {type(error).__name__}"
            ) from error
        if not found:
            raise ChannelError(
                f"there is no secret {name!r}: set {secret_variable(name)} in the environment, "
                f"or create the Prefect Secret block {name!r}",
                Trouble.CREDENTIAL,
            )
        self._kept[name] = (self._clock(), found)
        return found

    def forget(self, name: str) -> None:
        """Read its block anew the next time."""
        self._kept.pop(name, None)


def keep(name: str, secret: str, settings: Settings) -> None:
    """Put a secret into the Prefect Secret block of its name, over what it held.

    This process uses it from now on, others within `KEEP` seconds. Raises `NotKept`.
    """
    if not BLOCK_NAME.fullmatch(name):
        raise NotKept(
            f"Prefect takes only small letters, digits and single `-` between them in a name, not "
            f"{name!r}: change the column `credential`, or set {secret_variable(name)} in the "
            "environment of every process instead"
        )
    from prefect.blocks.system import Secret  # seconds to import

    try:
        block: Any = Secret(value=SecretStr(secret))
        block.save(name, overwrite=True, _sync=True)
    except Exception as error:  # whatever Prefect's client meets on its way to the server
        raise NotKept(
            f"the Prefect Secret block {name!r} could not be saved ({type(error).__name__}). "
            f"Is Prefect running at {settings.prefect}? The other way: set {secret_variable(name)} "
            "in the environment of every process"
        ) from None  # its words may quote what was sent
    _credentials(settings).forget(name)


def credential(name: str, settings: Settings | None = None) -> str:
    """The secret of this name, or the one that is being tried; see `Credentials`."""
    if name in (tried := _tried.get()):
        return _sendable(name, tried[name])
    return _credentials(settings or Settings())(name)


def credential_parts(
    name: str, settings: Settings, wanted: Collection[str], *, optional: Collection[str] = ()
) -> dict[str, str]:
    """A secret of several parts: a JSON object that holds all of those wanted, and some optional.

    Raises `ChannelError` (kind `credential`), naming what is missing but never a value.
    """
    must = f"the secret {name!r} must be a JSON object with {', '.join(wanted)}; it"
    try:
        parts = json.loads(credential(name, settings))
    except json.JSONDecodeError as error:  # its `msg` quotes nothing of the value
        why = f"{must} is no JSON: {error.msg} at character {error.pos + 1}"
        raise ChannelError(why, Trouble.CREDENTIAL) from None
    if not isinstance(parts, dict):
        raise ChannelError(f"{must} is none", Trouble.CREDENTIAL)
    missing = [part for part in wanted if not isinstance(parts.get(part), str) or not parts[part]]
    if missing:
        raise ChannelError(f"{must} lacks {', '.join(missing)}", Trouble.CREDENTIAL)
    more = {part: parts[part] for part in optional if isinstance(parts.get(part), str)}
    return {part: parts[part] for part in wanted} | more


def remembered(name: str) -> str:
    """What `remember` kept under this name, in whichever process; "" where nothing can be had."""
    try:
        return _prefect_secret(name) or ""
    except Exception:  # whatever Prefect's client meets: then there is nothing to go on from
        return ""


def remember(name: str, value: str) -> bool:
    """Keep a secret that a network gave us in the Prefect Secret block `name`, for every process.

    False where Prefect cannot be asked: the value is this process's alone then.
    """
    from prefect.blocks.system import Secret
    from pydantic import SecretStr

    try:
        Secret(value=SecretStr(value)).save(name, overwrite=True, _sync=True)  # type: ignore[call-arg]  # as above
    except Exception:  # as above
        return False
    return True


@lru_cache(maxsize=4)
def _credentials(settings: Settings) -> Credentials:
    return Credentials(settings)


def _prefect_secret(name: str) -> str | None:
    from prefect.blocks.system import Secret  # seconds to import, and not needed in practice

    try:
        block: Any = Secret.load(name, _sync=True)  # type: ignore[call-arg]  # its decorator takes it
    except ValueError:  # Prefect's way to say that there is no such block
        return None
    # `get` would read JSON, and a token of digits as a number
    value = block.value.get_secret_value()
    return value if isinstance(value, str) else json.dumps(value)


def _sendable(name: str, secret: str) -> str:
    """A secret as it can stand in a header. A line break at its end is what copying leaves."""
    secret = secret.strip()
    if secret and secret.isascii() and secret.isprintable():
        return secret
    raise ChannelError(
        f"the secret {name!r} is empty or holds characters that no token has; set it anew",
        Trouble.CREDENTIAL,
    )
