"""Who writes here: accounts come into being with the first token, name or mention list."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from practice import tokens
from practice.errors import ApiError, revoked, unauthorized
from practice.tables import Account, RevokedToken, Store, now
from practice.tokens import Claims, TokenError


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account as the server keeps it in memory; `Account` is its row."""

    id: int
    handle: str
    name: str
    city: bool
    label: str
    limit: int
    issued: int
    revoked: int
    created_at: datetime


_COLUMNS = ("id", "handle", "name", "city", "label", "limit", "issued", "revoked", "created_at")


class Accounts:
    """All accounts, in memory for reading, in the database for good. One server, one of these."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        with store.read() as session:
            people = [_person(row) for row in session.scalars(select(Account))]
            self._revoked = set(session.scalars(select(RevokedToken.fingerprint)))
        self._seen: set[str] = set()
        self._by_handle = {person.handle: person for person in people}
        self._by_id = {person.id: person for person in people}

    def by_handle(self, handle: str) -> Person | None:
        return self._by_handle.get(handle.removeprefix("@").lower())

    def by_id(self, account_id: int) -> Person | None:
        return self._by_id.get(account_id)

    def all(self) -> list[Person]:
        """Everyone, the city's accounts first, then by handle."""
        return sorted(self._by_handle.values(), key=lambda person: (not person.city, person.handle))

    def enrol(
        self,
        handle: str,
        *,
        name: str = "",
        city: bool = False,
        label: str = "",
        limit: int = 500,
        issued: int = 1,
    ) -> Person:
        """The account of that handle, made or brought up to date.

        An empty name or label changes nothing, and who does not speak as the city changes
        nothing of a city account's: anyone may mint a plain token for a handle.
        """
        with self._lock:
            known = self._by_handle.get(handle)
            if known is None:
                return self._make(handle, name or handle, city, label, limit, issued)
            changed = _merged(known, name=name, city=city, label=label, limit=limit, issued=issued)
            return known if changed == known else self._change(changed)

    def speaker(self, key: str, token: str) -> Person | None:
        """Whose token this is; None for an app's own. Raises `ApiError` 401."""
        claims = self._claims(key, token)
        if not claims.handle:
            return None
        person = self.enrol(
            claims.handle,
            name=claims.name,
            city=claims.city,
            limit=claims.limit,
            issued=claims.issued,
        )
        if claims.issued <= person.revoked:
            raise revoked()
        self._seen.add(token)
        return person

    def knows(self, token: str) -> bool:
        """Whether this very token was seen before, so that nothing has to be written for it."""
        return token in self._seen

    def revoke(self, handle: str, through: int | None = None) -> int:
        """End all tokens of the handle issued up to `through` (default: all seen so far).

        Returns the first `issued` that is good again. Raises `ApiError` 404.
        """
        with self._lock:
            known = self._by_handle.get(handle)
            if known is None:
                raise ApiError(404, "Record not found")
            last = max(known.revoked, known.issued if through is None else through)
            self._change(replace(known, revoked=last))
            return last + 1

    def revoke_token(self, token: str) -> None:
        """End this one token."""
        mark = tokens.fingerprint(token)
        with self._lock:
            if mark in self._revoked:
                return
            with self._store.write() as connection:
                connection.execute(insert(RevokedToken).values(fingerprint=mark))
            self._revoked.add(mark)

    def _claims(self, key: str, token: str) -> Claims:
        try:
            claims = tokens.read(key, token)
        except TokenError as error:
            raise unauthorized() from error
        if tokens.fingerprint(token) in self._revoked:
            raise revoked()
        return claims

    def _make(
        self, handle: str, name: str, city: bool, label: str, limit: int, issued: int
    ) -> Person:
        values = {
            "handle": handle,
            "name": name,
            "city": city,
            "label": label,
            "limit": limit,
            "issued": issued,
            "revoked": 0,
            "created_at": now(),
        }
        with self._store.write() as connection:
            made = connection.execute(insert(Account).values(**values)).inserted_primary_key
        return self._keep(Person(id=made[0], **values))  # type: ignore[index, arg-type]  # one insert has one key; the values are Person's own

    def _change(self, person: Person) -> Person:
        values = {name: getattr(person, name) for name in _COLUMNS if name != "id"}
        with self._store.write() as connection:
            connection.execute(update(Account).where(Account.id == person.id).values(**values))
        return self._keep(person)

    def _keep(self, person: Person) -> Person:
        self._by_handle[person.handle] = person
        self._by_id[person.id] = person
        return person


def _person(row: Account) -> Person:
    return Person(**{name: getattr(row, name) for name in _COLUMNS})


def _merged(known: Person, *, name: str, city: bool, label: str, limit: int, issued: int) -> Person:
    seen = replace(known, issued=max(known.issued, issued))
    if known.city and not city:
        return seen
    return replace(
        seen, name=name or known.name, city=city, label=label or known.label, limit=limit
    )
