"""The audit of a bulletin: every account's timeline against the table, both ways."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.base import ChannelBusy, ChannelError, LookBack
from registry.model import Account
from rules.bulletin_audit import WRONG, Entry, Finding, Standing, Wrong, compare
from rules.outbox import DeliveryState
from store import event_mails, removed
from store.bulletins import deliveries_of
from store.tables import Bulletin, Delivery
from tasks.read_back import read_back
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace

#: So many accounts are read at the same time.
THREADS = 40

#: Accounts that take longer, in seconds, were not read.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What the store says of a bulletin, and what its posts are known by."""

    exercise: bool
    since: datetime
    entries: Mapping[str, Sequence[Entry]]
    markers: frozenset[str]
    leads: frozenset[str]


def audit(place: Workplace, number: int, *, patience: float = PATIENCE) -> list[str]:
    """Compare, keep what was found with the bulletin, and mail it if anything is wrong.

    A second audit of the same bulletin changes nothing. Returns a line for each finding.
    """
    read_back(place, number)
    table = _table(place, number)
    accounts = _accounts(place, table)
    readings = side_by_side(
        lambda account: _look(place, account, table),
        accounts,
        name=lambda account: account.id,
        odd=lambda _account, _cause: [Finding(Wrong.UNREAD)],
        threads=THREADS,
        patience=patience,
    )
    lines = [
        _line(account, finding)
        for account, reading in zip(accounts, readings, strict=True)
        for finding in (reading if reading is not None else [Finding(Wrong.UNREAD)])
    ]
    at = place.now()
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number, with_for_update=True)
        if bulletin.audited_at is not None:
            return list(bulletin.audit)
        bulletin.audit, bulletin.audited_at = lines, at
        if lines:
            event_mails.tell_of_audit(session, place.registry, bulletin, lines, at=at)
    return lines


def _table(place: Workplace, number: int) -> Table:
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        rows = deliveries_of(session, number)
        gone = removed.gone_in(session, number)
        markers = {bulletin.marker, *(said.marker for said in bulletin.said)}
    entries: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        entries[row.account_id].append(_entry(row, gone))
    return Table(
        exercise=bulletin.exercise,
        since=bulletin.approved_at or bulletin.submitted_at,
        entries=entries,
        markers=frozenset(markers),
        leads=frozenset(
            row.remote_id
            for row in rows
            if row.account_id == bulletin.led_by and row.remote_id and not row.shares
        ),
    )


def _entry(row: Delivery, gone: set[int]) -> Entry:
    return Entry(
        marker=row.marker,
        out=row.state is DeliveryState.PUBLISHED and row.id not in gone,
        remote_id=row.remote_id or "",
        shares=row.shares or "",
        url=row.url or "",
    )


def _accounts(place: Workplace, table: Table) -> list[Account]:
    """Every account with a timeline to read: also those that had no part, lest one spoke unasked."""
    known = place.registry.accounts.values()
    asked = [account for account in known if account.active or account.id in table.entries]
    return [
        account
        for account in asked
        if place.channel(account, exercise=table.exercise).look_back is LookBack.TIMELINE
    ]


def _look(place: Workplace, account: Account, table: Table) -> list[Finding]:
    channel = place.channel(account, exercise=table.exercise)
    try:
        posts = [
            Standing(
                remote_id=post.remote_id, url=post.url, text=post.text, shares=post.shares or ""
            )
            for post in channel.timeline(account, table.since)
        ]
    except (ChannelBusy, ChannelError):
        return [Finding(Wrong.UNREAD)]
    entries = table.entries.get(account.id, ())
    return compare(entries, posts, markers=table.markers, leads=table.leads)


def _line(account: Account, finding: Finding) -> str:
    return f"{account.name} ({account.id}): {WRONG[finding.wrong]} {finding.url}".strip()
