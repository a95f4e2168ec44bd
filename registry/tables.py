"""A registry seen as its tables again: the same rows and columns as the sheets."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias

from registry.model import Registry
from registry.sheets import SHEETS

Fields: TypeAlias = Mapping[str, Any]
"""One row: each column's name and its value as the registry holds it."""


def rows_of(registry: Registry, sheet: str) -> list[Fields]:
    """The rows of one sheet, in the registry's order. Raises `KeyError` for an unknown sheet."""
    if SHEETS[sheet].row is None:
        city = _fields(registry.city)
        return [{"key": key, "value": value} for key, value in city.items()]
    held = getattr(registry, sheet)  # the registry's fields are named as the sheets
    return [_fields(row) for row in (held.values() if isinstance(held, Mapping) else held)]


def key_of(row: Fields, sheet: str) -> tuple[str, ...]:
    """What tells this row from every other one of its sheet."""
    return tuple(str(row[column]) for column in SHEETS[sheet].key)


def by_key(rows: Iterable[Fields], sheet: str) -> dict[tuple[str, ...], Fields]:
    return {key_of(row, sheet): row for row in rows}


def _fields(row: Any) -> Fields:
    return {field.name: getattr(row, field.name) for field in fields(row)}
