"""The command `haechi`: a file for each subject, found by being named here."""

from cli import disaster, history, installation, practice, registry, routing, texts
from cli.root import main

__all__ = [
    "disaster",
    "history",
    "installation",
    "main",
    "practice",
    "registry",
    "routing",
    "texts",
]
