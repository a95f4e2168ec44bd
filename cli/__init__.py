"""The command `haechi`: a file for each subject, found by being named here."""

from cli import (
    account_health,
    accounts,
    disaster,
    history,
    installation,
    practice,
    registry,
    routing,
    texts,
)
from cli.root import main

__all__ = [
    "account_health",
    "accounts",
    "disaster",
    "history",
    "installation",
    "main",
    "practice",
    "registry",
    "routing",
    "texts",
]
