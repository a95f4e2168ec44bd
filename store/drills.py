"""The monthly exercise in the store: events that the machine alone opened, and their report."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from registry.model import Registry
from rules.bulletin import BulletinKind
from rules.outbox import UNSETTLED, DeliveryState
from store import bulletins, desk_mails, outbox, proof
from store.bulletin_mails import PAGE, facts_of, watchers
from store.mails import queue_mail
from store.proof import FATE_NAMES, TROUBLE, Report
from store.registry import load
from store.tables import MACHINE, Bulletin, Delivery, Event, Mail, Message

_MAIL = "exercise_report"
_SILENT = "exercise_silent"
#: Where all bulletins are.
_ALL = "/broadcast"

_BY_MACHINE = (
    exists()
    .where(
        Bulletin.event_id == Event.id,
        Bulletin.kind == BulletinKind.ALERT,
        Bulletin.submitted_by == MACHINE,
    )
    .correlate(Event)
)


def event_of(session: Session, number: str) -> Event:
    """An exercise by its number. Raises `LookupError` for any other event."""
    event = bulletins.event_of(session, number)
    if event is None or not event.exercise:
        raise LookupError(f"there is no exercise {number}")
    return event


def bulletin_of(session: Session, event: Event, kind: BulletinKind) -> Bulletin | None:
    """The exercise's bulletin of this kind."""
    query = select(Bulletin).where(Bulletin.event_id == event.id, Bulletin.kind == kind)
    return session.scalars(query.order_by(Bulletin.id)).first()


def unfinished(session: Session, *, since: datetime) -> Event | None:
    """The machine's last exercise since then, where its report was not mailed: its run died."""
    query = (
        select(Event)
        .where(Event.exercise, Event.opened_at >= since, _BY_MACHINE)
        .order_by(Event.id.desc())
        .limit(1)
    )
    event = session.scalar(query)
    if event is None:
        return None
    told = select(Mail.id).where(Mail.key.startswith(f"{_MAIL}:{event.id}:")).limit(1)
    return event if session.scalar(told) is None else None


def close_forgotten(session: Session, *, before: datetime, at: datetime) -> int:
    """Close exercises of the machine that were opened before then; returns how many."""
    query = select(Event).where(
        Event.exercise, Event.opened_at < before, Event.closed_at.is_(None), _BY_MACHINE
    )
    left = session.scalars(query).all()
    for event in left:
        event.closed_at = at
    return len(left)


def give_up(session: Session, bulletin: Bulletin, why: str, *, at: datetime) -> None:
    """Nothing more of an exercise goes, since its network is silent; what may be out stays in doubt.

    Raises `ValueError` for a real bulletin.
    """
    if not bulletin.exercise:
        raise ValueError(f"{bulletin.marker} is no exercise")
    session.execute(
        update(Delivery)
        .where(
            Delivery.message_id.in_(select(Message.id).where(Message.bulletin_id == bulletin.id)),
            Delivery.state.in_([DeliveryState.QUEUED, *sorted(UNSETTLED)]),
            Delivery.dropped.is_(None),
        )
        .values(dropped=f"the practice network does not answer: {why}")
    )
    outbox.cancel_dropped(session, at=at)
    bulletin.stopped_by, bulletin.stopped_at = MACHINE, at
    desk_mails.tell_of_stop(session, load(session), bulletin, at=at)


def is_told_of(bulletin: Bulletin) -> bool:
    """Whether it has a report of its own: the machine's have one for all of an exercise."""
    return bulletin.submitted_by != MACHINE


def tell_silence(
    session: Session,
    registry: Registry,
    where: str,
    why: str,
    *,
    at: datetime,
    bulletin: Bulletin | None = None,
) -> None:
    """Record, once, for those who may approve and the comms team, that an exercise cannot be held.

    Of a `bulletin` this is the report; without one it is the monthly exercise, once a day.
    """
    which = str(bulletin.id) if bulletin else f"{at.astimezone(registry.city.zone):%Y-%m-%d}"
    facts = {
        "exercise": True,
        "marker": bulletin.marker if bulletin else "",
        "where": where,
        "why": why,
    }
    for address in watchers(session):
        queue_mail(
            session,
            _SILENT,
            address,
            key=f"{_SILENT}:{which}:{address}",
            at=at,
            path=PAGE.format(bulletin.id) if bulletin else _ALL,
            facts=facts,
        )
    if bulletin is not None:
        bulletin.told_at = at


def tell(
    session: Session, registry: Registry, event: Event, facts: dict[str, Any], *, at: datetime
) -> list[tuple[Bulletin, Report]]:
    """Record the mails of an exercise's report, once for each who reads it; what it tells."""
    found = [(bulletin, proof.report(session, registry, bulletin)) for bulletin in event.bulletins]
    first = event.bulletins[0]
    told = (
        facts_of(first, registry)
        | {"number": event.number}
        | {
            "rows": [_row(bulletin, report, registry) for bulletin, report in found],
            "trouble": [one for bulletin, report in found for one in _trouble(bulletin, report)],
            "silent": [b.marker for b, _ in found if b.stopped_by == MACHINE],
        }
        | facts
    )
    for address in watchers(session):
        queue_mail(
            session,
            _MAIL,
            address,
            key=f"{_MAIL}:{event.id}:{address}",
            at=at,
            path=PAGE.format(first.id),
            facts=told,
        )
    return found


def _row(bulletin: Bulletin, report: Report, registry: Registry) -> dict[str, Any]:
    leader = registry.accounts.get(report.led_by or "")
    return {
        "kind": facts_of(bulletin, registry)["kind"],
        "marker": bulletin.marker,
        "out": report.out,
        "taking_part": report.taking_part,
        "leader": leader.name if leader else "",
        "lead": _seconds(report.lead_seconds),
        "most": _seconds(report.most_seconds),
        "all": _seconds(report.all_seconds),
    }


def _trouble(bulletin: Bulletin, report: Report) -> list[dict[str, str]]:
    return [
        {
            "marker": bulletin.marker,
            "id": line.account.id,
            "name": line.account.name,
            "fate": FATE_NAMES[line.fate],
            "code": line.cause,
        }
        for line in report.lines
        if line.fate in TROUBLE
    ]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
