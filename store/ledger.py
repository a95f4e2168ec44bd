"""The ledger's questions: the cases received in a span of time, streamed, and whose names they bear."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, exists, func, select
from sqlalchemy.orm import Session

from registry.model import Network, OfficeKind
from rules.case import Status
from rules.kind import Kind, Urgency
from store.tables import AccountRow, Case, Designation, OfficeRow, Post, StaffRow

#: So many cases are in memory at once; small, because a post may hold 40,000 characters.
BATCH = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One case as the ledger counts it; times in UTC, ids as in the registry.

    `text` is what the citizens wrote and did not delete, not masked; empty once withdrawn.
    `right`: for a sure decision of the machine that was shown to a person as well, whether that
    person named the same office; None for every other case.
    """

    number: str
    status: Status
    kind: Kind | None
    urgency: Urgency
    account_id: str
    office_id: str | None
    district_id: str | None
    caseworker: str | None
    received_at: datetime
    first_reply_at: datetime | None
    answered_at: datetime | None
    replied_at: datetime | None
    due_at: datetime | None
    extensions: int
    hand_backs: int
    decided_by: str | None
    confidence: float | None
    right: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the ledger says of an account, a retired one too."""

    name: str
    handle: str
    network: Network
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Accounts, offices (name, kind) and staff (by address) by id: cases may name retired ones."""

    accounts: Mapping[str, Account]
    offices: Mapping[str, tuple[str, OfficeKind]]
    staff: Mapping[str, str]


_PLAIN = tuple(name for name in Entry.__dataclass_fields__ if name not in {"right", "text"})


def names(session: Session) -> Names:
    """Every name that a case may bear, of what is retired too."""
    return Names(
        accounts={
            row.id: Account(
                name=row.name, handle=row.handle, network=row.network, personal=row.personal
            )
            for row in session.scalars(select(AccountRow))
        },
        offices={row.id: (row.name, row.kind) for row in session.scalars(select(OfficeRow))},
        staff={row.email: row.name for row in session.scalars(select(StaffRow))},
    )


def count(session: Session, start: datetime, end: datetime) -> int:
    """How many cases were received from `start` on and before `end`."""
    query = select(func.count(Case.id)).where(Case.received_at >= start, Case.received_at < end)
    return session.scalar(query) or 0


def entries(session: Session, start: datetime, end: datetime) -> Iterator[Entry]:
    """The cases received from `start` on and before `end`, in the order of receipt, as a stream."""
    rows = session.execute(_query(start, end).execution_options(yield_per=BATCH))
    for batch in rows.partitions():
        texts = _texts(session, batch)
        for row in batch:
            yield _entry(row, texts.get(row.id, ""))


def withdrawn_since(session: Session, since: datetime, start: datetime, end: datetime) -> bool:
    """Whether a citizen's post of a case received from `start` to `end` was deleted after `since`."""
    query = (
        select(Post.id)
        .join(Case, Post.case_id == Case.id)
        .where(Case.received_at >= start, Case.received_at < end, Post.withdrawn_at >= since)
    )
    return bool(session.scalar(select(exists(query.subquery().select()))))


def _query(start: datetime, end: datetime) -> Select[Any]:
    columns = [getattr(Case, name) for name in _PLAIN]
    # What a person said first of a sampled case measures the machine; later ones may be transfers.
    first = select(func.min(Designation.id)).where(Designation.sure, Designation.at >= start)
    verdict = (
        select(Designation.case_id, Designation.guess, Designation.office_id.label("named"))
        .where(Designation.id.in_(first.group_by(Designation.case_id)))
        .subquery()
    )
    return (
        select(Case.id, *columns, verdict.c.guess, verdict.c.named)
        .outerjoin(verdict, verdict.c.case_id == Case.id)
        .where(Case.received_at >= start, Case.received_at < end)
        .order_by(Case.received_at, Case.id)
    )


def _texts(session: Session, batch: Sequence[Row[Any]]) -> dict[int, str]:
    kept = [row.id for row in batch if row.status is not Status.WITHDRAWN]
    query = (
        select(Post.case_id, Post.text)
        .where(Post.case_id.in_(kept), Post.withdrawn_at.is_(None), Post.text != "")
        .order_by(Post.created_at, Post.id)
    )
    texts: dict[int, str] = {}
    for row in session.execute(query):
        before = texts.get(row.case_id)
        texts[row.case_id] = row.text if before is None else f"{before}\n{row.text}"
    return texts


def _entry(row: Row[Any], text: str) -> Entry:
    right = None if row.named is None else row.guess == row.named
    return Entry(**{name: getattr(row, name) for name in _PLAIN}, right=right, text=text)
