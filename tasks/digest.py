"""Mails about many cases at once: each person's morning, and what the comms team is called to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy.orm import Session

from registry.ask import called
from registry.model import Role
from rules.digest import digests
from rules.remind import Audience, CaseFacts, Recipient, Step
from store import cases
from store.mails import queue_mail
from store.registry import addresses
from tasks.case_words import short_of, when
from tasks.workplace import Workplace

#: A digest is of the morning: who had nothing in it until noon has the next one tomorrow.
MORNING_UNTIL = time(12)

#: Cases named in each list of a digest; the page behind it has all of them.
LONGEST_LIST = 50

GROUPS = (
    ("overdue", "기한이 지난 건"),
    ("due_today", "오늘까지인 건"),
    ("near_due", "기한이 가까운 건"),
    ("to_review", "검토를 기다리는 답변"),
    ("waiting", "담당을 기다리는 건"),
    ("undelivered", "나가지 못한 답변"),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One mail to the comms team about every case that has waited too long for one thing.

    `path` is the page it opens. `wakes`: urgent cases are in it, too, having no mail of their own.
    """

    title: str
    path: str
    event: str = "digest"
    wakes: bool = True


CALLS: Mapping[Step, Call] = {
    Step.UNCLASSIFIED: Call("아직 분류되지 않은 건", "/"),
    Step.TRIAGE: Call("담당을 기다리는 건", "/triage", event="triage_waiting", wakes=False),
    Step.UNDELIVERED: Call("나가지 못한 답변", "/outbox"),
}

Lists = dict[str, dict[str, CaseFacts]]  # a group of the digest, its cases by number


def send_digests(place: Workplace, session: Session, waiting: list[CaseFacts]) -> int:
    """Each person's digest of the morning, once; returns how many."""
    if place.calendar.local(place.now()).time() >= MORNING_UNTIL:
        return 0
    people = _digests(place, session, waiting)
    return sum(_digest(place, session, address, lists) for address, lists in people.items())


def _digests(place: Workplace, session: Session, waiting: list[CaseFacts]) -> dict[str, Lists]:
    """What each person's one digest holds, whatever roles they have at whatever offices."""
    people: dict[str, Lists] = defaultdict(lambda: defaultdict(dict))
    for to, digest in digests(waiting, place.calendar, place.now()).items():
        for address in addresses_of(session, to):
            for name, _ in GROUPS:
                people[address][name] |= {case.id: case for case in getattr(digest, name)}
    return people


def _digest(place: Workplace, session: Session, address: str, lists: Lists) -> bool:
    groups = [
        _group(place, session, title, [*lists[name].values()])
        for name, title in GROUPS
        if lists[name]
    ]
    return queue_mail(
        session,
        "digest",
        address,
        key=f"digest:{place.calendar.local(place.now()).date()}:{address}",
        at=place.now(),
        path="/",
        facts={
            "day": when(place.now(), place),
            "total": sum(len(held) for held in lists.values()),
            "groups": groups,
        },
    )


def _group(
    place: Workplace, session: Session, title: str, held: Sequence[CaseFacts]
) -> dict[str, Any]:
    rows = [_row(place, session, case) for case in held[:LONGEST_LIST]]
    return {"title": title, "total": len(held), "rows": rows}


def _row(place: Workplace, session: Session, facts: CaseFacts) -> dict[str, Any]:
    case = cases.by_number(session, facts.id)
    return {
        "number": facts.id,
        "short": short_of(cases.text_of(session, case)) if case else "",
        "due": when(facts.due_at, place) or "아직 없음",
        "who": called(place.registry, facts.caseworker),
    }


def addresses_of(session: Session, to: Recipient) -> list[str]:
    """The people behind a recipient; an office without a manager falls to the comms team."""
    if to.audience is Audience.CASEWORKER:
        return [to.who]
    managers = addresses(session, Role.MANAGER, to.who) if to.who else []
    return managers or addresses(session, Role.COMMS_TEAM)


def call_comms_team(
    place: Workplace, session: Session, late: Mapping[Step, Sequence[CaseFacts]]
) -> int:
    """One mail for each thing to each of the comms team; returns how many.

    `late`: the cases for which each step was just taken.
    """
    return sum(
        _call(place, session, step, call, late.get(step, ())) for step, call in CALLS.items()
    )


def _call(
    place: Workplace, session: Session, step: Step, call: Call, late: Sequence[CaseFacts]
) -> int:
    named = [case for case in late if call.wakes or not case.urgent]
    return sum(
        queue_mail(
            session,
            call.event,
            address,
            key=f"{step}:{named[0].id}:{place.now().isoformat()}:{address}",
            at=place.now(),
            path=call.path,
            facts=_facts_of_call(place, session, call, named),
        )
        for address in (addresses(session, Role.COMMS_TEAM) if named else ())
    )


def _facts_of_call(
    place: Workplace, session: Session, call: Call, named: list[CaseFacts]
) -> dict[str, Any]:
    if call.event != "digest":
        return {"rows": [_row(place, session, case) for case in named]}
    groups = [_group(place, session, call.title, named)]
    return {"day": when(place.now(), place), "total": len(named), "groups": groups}
