"""Whom a bulletin's decisions are told: recorded in the very transaction of the decision."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.ask import called
from registry.model import Account, Registry, Role
from rules.bulletin import HAZARD_NAMES, KIND_NAMES
from store.mails import queue_mail
from store.proof import FATE_NAMES, TROUBLE, Report
from store.registry import addresses
from store.tables import Bulletin, Delivery

#: How the cause of a delivery begins that needs a person and is provably not out.
_NEVER_LEFT = ("by_hand:", "credential:", "tired:", "behind:")

#: The page of a bulletin: preview, approval, proof.
PAGE = "/broadcast/{}"
#: That of one of its posts, which the account's own office may open, too.
POST_PAGE = "/broadcast/{}/posts/{}"


def facts_of(bulletin: Bulletin, registry: Registry) -> dict[str, Any]:
    """A bulletin in plain values, as the mails' templates take them."""
    expires = bulletin.expires_at.astimezone(registry.city.zone)
    return {
        "marker": bulletin.marker,
        "exercise": bulletin.exercise,
        "hazard": HAZARD_NAMES[bulletin.event.hazard],
        "kind": KIND_NAMES[bulletin.kind],
        "area": bulletin.areas["ko"],
        "expires": f"{expires.month}월 {expires.day}일 {expires:%H:%M}",
        "submitted_by": called(registry, bulletin.submitted_by),
        **bulletin.texts["ko"],
    }


def ask_for_approval(
    session: Session, registry: Registry, bulletin: Bulletin, *, at: datetime
) -> None:
    """Everyone who may approve gets the link to the preview; who submitted may not."""
    facts = facts_of(bulletin, registry) | {"accounts": len({s.account_id for s in bulletin.said})}
    others = set(addresses(session, Role.ADMINISTRATOR)) - {bulletin.submitted_by}
    _tell(session, "bulletin_approve", bulletin, sorted(others), facts, at=at)


def tell_of_one_alone(
    session: Session, registry: Registry, bulletin: Bulletin, *, at: datetime
) -> None:
    """The glass was broken: everybody who may approve hears of it at once, and the comms team."""
    facts = facts_of(bulletin, registry) | {"why": bulletin.alone_why or ""}
    _tell(session, "bulletin_alone", bulletin, watchers(session), facts, at=at)


def tell_of_refusal(
    session: Session, registry: Registry, bulletin: Bulletin, *, at: datetime
) -> None:
    """Who submitted it learns who refused it, and why."""
    told = {"who": called(registry, bulletin.refused_by or ""), "why": bulletin.refused_why or ""}
    facts = facts_of(bulletin, registry) | told
    _tell(session, "bulletin_refused", bulletin, [bulletin.submitted_by], facts, at=at)


def ask_by_hand(
    session: Session,
    registry: Registry,
    bulletin: Bulletin,
    delivery: Delivery,
    account: Account,
    *,
    at: datetime,
) -> None:
    """The account's office, and the comms team, bring out what no program can."""
    facts = facts_of(bulletin, registry) | {
        "account": account.name,
        "text": delivery.text,
        "may_be_out": not delivery.cause.startswith(_NEVER_LEFT),
    }
    people = {
        *addresses(session, Role.MANAGER, account.office),
        *addresses(session, Role.COMMS_TEAM),
    }
    _tell(
        session,
        "bulletin_by_hand",
        bulletin,
        sorted(people),
        facts,
        at=at,
        what=str(delivery.id),
        path=POST_PAGE.format(bulletin.id, delivery.id),
    )


def watchers(session: Session) -> list[str]:
    """Those who may approve, and the comms team."""
    both = {*addresses(session, Role.ADMINISTRATOR), *addresses(session, Role.COMMS_TEAM)}
    return sorted(both)


def _tell(
    session: Session,
    event: str,
    bulletin: Bulletin,
    people: list[str],
    facts: dict[str, Any],
    *,
    at: datetime,
    what: str = "",
    path: str = "",
) -> None:
    for address in people:
        queue_mail(
            session,
            event,
            address,
            key=f"{event}:{bulletin.id}:{what}:{address}",
            at=at,
            path=path or PAGE.format(bulletin.id),
            facts=facts,
        )


def report(
    session: Session, registry: Registry, bulletin: Bulletin, found: Report, *, at: datetime
) -> None:
    """What became of it, once, to those who may approve and to the comms team."""
    if bulletin.told_at is not None:
        return
    bulletin.told_at = at
    leader = registry.accounts.get(found.led_by or "")
    told = {
        "bulletin": bulletin.id,
        "out": found.out,
        "taking_part": found.taking_part,
        "stopped": bulletin.stopped_at is not None,
        "leader": leader.name if leader else "",
        "lead_seconds": _seconds(found.lead_seconds),
        "most_seconds": _seconds(found.most_seconds),
        "all_seconds": _seconds(found.all_seconds),
        "trouble": [
            {
                "id": line.account.id,
                "name": line.account.name,
                "fate": FATE_NAMES[line.fate],
                "code": line.cause,
            }
            for line in found.lines
            if line.fate in TROUBLE
        ],
        "acknowledged": found.acknowledged,
        "silent": ", ".join(desk.name for desk in found.desks if not desk.at),
        "desks": [
            {
                "office": desk.name,
                "at": _clock(desk.at, registry),
                "by": called(registry, desk.by),
            }
            for desk in found.desks
        ],
    }
    facts = facts_of(bulletin, registry) | told
    _tell(session, "bulletin_report", bulletin, watchers(session), facts, at=at)


def _clock(at: datetime | None, registry: Registry) -> str:
    return at.astimezone(registry.city.zone).strftime("%H:%M") if at else ""


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
