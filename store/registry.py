"""The registry in use: read as one value, replaced as one value."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.changes import Changes, compare
from registry.model import Account, City, DayOff, Example, Hashtag, Office, Registry, Role, Staff
from store.tables import (
    AccountRow,
    Base,
    DayOffRow,
    ExampleRow,
    HashtagRow,
    OfficeRow,
    StaffRow,
    Stamp,
)

_FIELDS: dict[type[Base], tuple[type[Any], tuple[str, ...]]] = {
    OfficeRow: (Office, ("id",)),
    AccountRow: (Account, ("id",)),
    StaffRow: (Staff, ("email", "office", "role")),
    HashtagRow: (Hashtag, ("tag",)),
    DayOffRow: (DayOff, ("day",)),
    ExampleRow: (Example, ("text", "office")),
}


class NoRegistry(RuntimeError):
    """No registry was imported yet."""


#: The registry that was read last, and its fingerprint: pages ask for it several times each, and
#: it changes a few times a year. One value, so that threads meet either the old or the new one.
_last: tuple[str, Registry] | None = None


def load(session: Session) -> Registry:
    """The registry in use; what is retired is left out.

    Its rows are read once in a process for each import; `apply` alone may change them.

    Raises `NoRegistry` where none was imported.
    """
    global _last
    fingerprint = _fingerprint(session)
    if _last and _last[0] == fingerprint:
        return _last[1]
    registry = _read(session)
    # a store of before there were fingerprints has none until the next import, and on PostgreSQL
    # one may have come between the tables
    if fingerprint and _fingerprint(session) == fingerprint:
        _last = (fingerprint, registry)
    return registry


def _fingerprint(session: Session) -> str | None:
    found = session.scalar(select(Stamp.value).where(Stamp.key == "registry"))
    return None if found is None else str(found["fingerprint"])


def _read(session: Session) -> Registry:
    city = session.get(Stamp, "city")
    if city is None:
        raise NoRegistry("no registry yet: run `haechi registry import registry/seoul`")
    rows = {table: _values(session, table) for table in _FIELDS}
    return Registry(
        city=City(**city.value),
        offices={office.id: office for office in rows[OfficeRow]},
        accounts={account.id: account for account in rows[AccountRow]},
        staff=rows[StaffRow],
        hashtags=rows[HashtagRow],
        days_off=rows[DayOffRow],
        examples=rows[ExampleRow],
    )


def apply(session: Session, registry: Registry, *, at: datetime) -> Changes:
    """Put a checked registry in use. Rows that it lacks are retired, and none is deleted."""
    try:
        changes = compare(_read(session), registry)
    except NoRegistry:
        changes = compare(None, registry)
    city = {name: getattr(registry.city, name) for name in City.__dataclass_fields__}
    session.merge(Stamp(key="city", value=city))
    fingerprint = sha256(repr(registry).encode()).hexdigest()
    session.merge(Stamp(key="registry", value={"fingerprint": fingerprint}))
    wanted: dict[type[Base], Sequence[Any]] = {
        OfficeRow: tuple(registry.offices.values()),
        AccountRow: tuple(registry.accounts.values()),
        StaffRow: registry.staff,
        HashtagRow: registry.hashtags,
        DayOffRow: registry.days_off,
        ExampleRow: registry.examples,
    }
    for table, values in wanted.items():
        _replace(session, table, values, at)
    return changes


def office(session: Session, office_id: str) -> OfficeRow:
    """One office, a retired one too: cases may still name it."""
    return session.get_one(OfficeRow, office_id)


def addresses(session: Session, role: Role, office_id: str | None = None) -> list[str]:
    """The e-mail addresses of everyone in a role, in one office or in the whole city."""
    query = select(StaffRow.email).where(StaffRow.role == role, StaffRow.retired_at.is_(None))
    if office_id is not None:
        query = query.where(StaffRow.office == office_id)
    return list(session.scalars(query.order_by(StaffRow.email).distinct()))


def _values(session: Session, table: type[Base]) -> tuple[Any, ...]:
    value, _ = _FIELDS[table]
    names = tuple(value.__dataclass_fields__)
    columns = [getattr(table, name) for name in names]
    query = select(*columns).where(table.__table__.c.retired_at.is_(None))
    return tuple(
        value(**{name: _frozen(cell) for name, cell in zip(names, row, strict=True)})
        for row in session.execute(query.order_by(*table.__table__.primary_key))
    )


def _frozen(cell: Any) -> Any:
    return tuple(cell) if isinstance(cell, list) else cell


def _stored(cell: Any) -> Any:
    return list(cell) if isinstance(cell, tuple) else cell


def _replace(session: Session, table: type[Base], values: Sequence[Any], at: datetime) -> None:
    value_type, key = _FIELDS[table]
    names = tuple(value_type.__dataclass_fields__)
    key_of = attrgetter(*key)
    rows: dict[Any, Any] = {key_of(row): row for row in session.scalars(select(table))}
    for row in rows.values():
        row.retired_at = row.retired_at or at
    for value in values:
        row = rows.get(key_of(value))
        if row is None:
            row = rows[key_of(value)] = table()
            session.add(row)
        for name in names:
            setattr(row, name, _stored(getattr(value, name)))
        row.retired_at = None
    session.flush()
