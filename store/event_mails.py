"""Whom an open event's state is told: findings of the audit, silence, and what citizens report."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from registry.model import Registry, Role
from store.bulletin_mails import PAGE, facts_of, watchers
from store.mails import Told, queue_mails
from store.registry import addresses
from store.tables import Bulletin, Event

#: Findings named in a mail; the page behind it has all of them.
MOST_NAMED = 50


def tell_of_audit(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    findings: Sequence[str],
    *,
    at: datetime,
) -> int:
    """That accounts and table contradict each other; returns how many mails."""
    facts = {"total": len(findings), "findings": list(findings[:MOST_NAMED])}
    return _tell(
        session,
        registry,
        "bulletin_audit",
        bulletin,
        watchers(session),
        facts,
        str(bulletin.id),
        at,
    )


def ask_for_update(
    session: Session, registry: Registry, event: Event, last: Bulletin, *, at: datetime
) -> int:
    """That the event needs an update or its end; returns how many mails."""
    event.asked_at = at
    facts = {
        "number": event.number,
        "since": _long(at - (last.approved_at or at)),
        "expired": last.expires_at <= at,
    }
    what = f"{event.id}:{at.isoformat()}"
    return _tell(session, registry, "event_update_due", last, watchers(session), facts, what, at)


def tell_of_reports(
    session: Session,
    registry: Registry,
    event: Event,
    last: Bulletin,
    facts: dict[str, Any],
    *,
    at: datetime,
) -> int:
    """What citizens reported since the last time; returns how many mails."""
    event.told_at = at
    named = {"number": event.number, "report_tag": event.report_tag}
    what = f"{event.id}:{at.isoformat()}"
    team = addresses(session, Role.COMMS_TEAM)
    return _tell(session, registry, "event_digest", last, team, facts | named, what, at)


def _tell(
    session: Session,
    registry: Registry,
    mail: str,
    bulletin: Bulletin,
    people: Sequence[str],
    facts: dict[str, Any],
    what: str,
    at: datetime,
) -> int:
    told = [
        Told(
            to=address,
            key=f"{mail}:{what}:{address}",
            path=PAGE.format(bulletin.id),
            facts=facts_of(bulletin, registry) | facts,
        )
        for address in people
    ]
    return queue_mails(session, mail, told, at=at)


def _long(time: timedelta) -> str:
    """Such as `2시간 10분`."""
    hours, minutes = divmod(int(time / timedelta(minutes=1)), 60)
    return (
        " ".join(
            part
            for part in (f"{hours}시간" if hours else "", f"{minutes}분" if minutes else "")
            if part
        )
        or "1분"
    )
