"""The proof of a bulletin as plain values, for its workbook."""

from datetime import datetime
from typing import Any

from registry.model import Registry
from rules.bulletin import HAZARD_NAMES, KIND_NAMES
from rules.clean import cell_text
from store.proof import FATE_NAMES, Desk, Line, Report
from store.tables import Bulletin

Facts = dict[str, Any]


def proof_facts(bulletin: Bulletin, found: Report, registry: Registry) -> Facts:
    """What `templates.proof_book` makes the file of: the sums, every account, every desk.

    Times are on the city's clock and know no zone; texts hold nothing that XML refuses.
    """
    leader = registry.accounts.get(found.led_by or "")
    facts: Facts = _clean(
        {
            "marker": bulletin.marker,
            "exercise": bulletin.exercise,
            "hazard": HAZARD_NAMES[bulletin.event.hazard],
            "kind": KIND_NAMES[bulletin.kind],
            "event": bulletin.event.number,
            "area": bulletin.areas["ko"],
            "submitted_by": bulletin.submitted_by,
            "approved_by": bulletin.approved_by or "",
            "approved_at": _local(bulletin.approved_at, registry),
            "alone_why": bulletin.alone_why or "",
            "stopped_by": bulletin.stopped_by or "",
            "stopped": bulletin.stopped_at is not None,
            "finished_at": _local(bulletin.finished_at, registry),
            "leader": leader.name if leader else "",
            "lead_seconds": _tenth(found.lead_seconds),
            "most_seconds": _tenth(found.most_seconds),
            "all_seconds": _tenth(found.all_seconds),
            "counts": [[name, found.counts.get(fate, 0)] for fate, name in FATE_NAMES.items()],
            "acknowledged": found.acknowledged,
            "accounts": [_account(line, registry) for line in found.lines],
            "desks": [_desk(desk, registry) for desk in found.desks],
        }
    )
    return facts


def _account(line: Line, registry: Registry) -> Facts:
    return {
        "id": line.account.id,
        "name": line.account.name,
        "network": line.account.network.value,
        "fate": FATE_NAMES[line.fate],
        "wave": line.wave or None,
        "way": line.way.value if line.way else "",
        "url": line.url,
        "sent_at": _local(line.sent_at, registry),
        "seen_at": _local(line.seen_at, registry),
        "seconds": _tenth(line.seconds),
        "tries": line.tries,
        "cause": line.cause,
        "removal": line.removal.value if line.removal else "",
        "text": line.text,
    }


def _desk(desk: Desk, registry: Registry) -> Facts:
    return {
        "office": desk.name,
        "told_at": _local(desk.told_at, registry),
        "reminded_at": _local(desk.reminded_at, registry),
        "at": _local(desk.at, registry),
        "by": desk.by,
    }


def _local(at: datetime | None, registry: Registry) -> datetime | None:
    """On the city's clock; a workbook's cells know no zones."""
    return at.astimezone(registry.city.zone).replace(tzinfo=None) if at else None


def _tenth(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _clean(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return cell_text(value) if isinstance(value, str) else value
