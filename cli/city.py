"""Which city the commands speak of: the registry in use, and another put in its place."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from settings import Settings

if TYPE_CHECKING:  # only named: `haechi --help` waits for neither
    from registry.changes import Changes
    from registry.model import Account, Registry


def registry_in_use(settings: Settings) -> Registry:
    """The registry in the store. Raises `store.registry.NoRegistry` before the first import."""
    from store import registry as registry_store
    from store.open import open_store

    with open_store(settings).read() as session:
        return registry_store.load(session)


def city_in_use(settings: Settings) -> Registry:
    """The registry in use; before the first start the shipped one."""
    from registry.load import load
    from store.registry import NoRegistry

    try:
        return registry_in_use(settings)
    except NoRegistry:
        return load(settings.city)


def put_in_use(settings: Settings, source: Path) -> Changes:
    """Put a registry in use, or fail with its mistakes; returns what changed."""
    from registry.load import load
    from store import registry as registry_store
    from store.open import open_store

    found = load(source)
    with open_store(settings).write() as session:
        return registry_store.apply(session, found, at=datetime.now(UTC))


def twin(account: Account) -> dict[str, Any]:
    """What the practice network knows of an account's twin."""
    from rules.text import TEXT_RULES

    return {"name": account.name, "city": True, "limit": TEXT_RULES[account.network].limit}
