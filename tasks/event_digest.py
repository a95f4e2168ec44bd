"""What citizens report while an event is open, for the comms team: how many, where, what is new."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rules.case import Status
from rules.kind import Urgency
from store import event_mails, watching
from store.bulletins import open_events
from store.tables import Case, Event, Post
from tasks.case_words import short_of, when
from tasks.joining import Home, Known
from tasks.router import places
from tasks.workplace import Workplace

#: With nothing new a digest comes this often all the same, so that silence is no riddle.
AT_LEAST = timedelta(hours=1)

#: Districts and new matters that a mail names.
MOST_PLACES = 10
MOST_MATTERS = 20

#: Nobody has taken these on yet.
WAITING = (Status.RECEIVED, Status.TRIAGE, Status.ROUTED, Status.REOPENED)

_NOWHERE = "곳을 알 수 없음"


def send_event_digests(place: Workplace) -> int:
    """A digest for every open event where there is something new, else once an hour; how many."""
    with place.store.read() as session:
        events = [
            (event.id, _since(event, at=place.now()))
            for exercise in (False, True)
            for event in open_events(session, exercise=exercise)
        ]
    return sum(_send(place, event, since) for event, since in events)


def _since(event: Event, *, at: datetime) -> datetime:
    # told later than now: the clock was set back since, and its times mean nothing
    return min(event.told_at or event.opened_at or at, at)


def _send(place: Workplace, event_id: int, since: datetime) -> bool:
    at = place.now()
    with place.store.read() as session:
        reports = _reports(session, event_id)
        fresh = {post.id for post, _ in reports if post.collected_at > since}
        if not fresh and at - since < AT_LEAST:
            return False
        facts = _facts(place, reports, fresh) | {
            "urgent": _urgent(session, event_id),
            "day": when(at, place),
            "since": when(since, place),
        }
    with place.store.write() as session:
        event = session.get_one(Event, event_id, with_for_update=True)
        last = watching.latest(session, event_id)
        if last is None or event.closed_at is not None or _since(event, at=at) != since:
            return False  # told by another run meanwhile, or over
        event_mails.tell_of_reports(session, place.registry, event, last, facts, at=at)
    return True


def _reports(session: Session, event_id: int) -> list[tuple[Post, str]]:
    """Everything that stands under the event's report hashtag, with its case's number, oldest first."""
    query = (
        select(Post, func.coalesce(Case.number, ""))
        .outerjoin(Case, Post.case_id == Case.id)
        .where(Post.event_id == event_id, Post.withdrawn_at.is_(None))
        .order_by(Post.created_at, Post.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _urgent(session: Session, event_id: int) -> int:
    query = select(func.count(Case.id)).where(
        Case.event_id == event_id, Case.urgency == Urgency.URGENT, Case.status.in_(WAITING)
    )
    return session.scalar(query) or 0


def _facts(
    place: Workplace, reports: Sequence[tuple[Post, str]], fresh: set[int]
) -> dict[str, Any]:
    where = _districts(place, [post for post, _ in reports])
    matters = [
        matter for matter in _matters(place, reports) if any(post.id in fresh for post, _ in matter)
    ]
    matters.sort(key=lambda matter: -len(_people(matter)))
    return {
        "total": len(reports),
        "new": len(fresh),
        "places": _places(where, fresh),
        "matters": [_matter(matter, where) for matter in matters[:MOST_MATTERS]],
        "more": max(len(matters) - MOST_MATTERS, 0),
    }


def _districts(place: Workplace, posts: Sequence[Post]) -> dict[int, str]:
    """The name of the district that each post names or comes from; empty where none."""
    found, offices = places(place), place.registry.offices
    named = {}
    for post in posts:
        spot = (post.lat, post.lon) if post.lat is not None and post.lon is not None else None
        office = offices.get(found.find(post.text, spot).district or "")
        named[post.id] = office.name if office else ""
    return named


def _places(where: Mapping[int, str], fresh: set[int]) -> list[dict[str, Any]]:
    """The districts with the most reports, and last what names none."""
    total = Counter(where.values())
    new = Counter(name for post, name in where.items() if post in fresh)
    unknown = total.pop("", 0)
    rows = [
        {"name": name, "total": count, "new": new[name]}
        for name, count in total.most_common(MOST_PLACES)
    ]
    if unknown:
        rows.append({"name": _NOWHERE, "total": unknown, "new": new[""]})
    return rows


def _matters(place: Workplace, reports: Sequence[tuple[Post, str]]) -> list[list[tuple[Post, str]]]:
    """The reports by what they are about: one case, or the same thing said without one."""
    known = Known(places(place))
    of_case: dict[int, Home] = {}
    matters: dict[Home, list[tuple[Post, str]]] = {}
    for post, number in reports:
        if post.case_id is not None:
            home = of_case.setdefault(post.case_id, Home())
        else:
            home = known.find(post) or Home()
            known.add(post, home)
        matters.setdefault(home, []).append((post, number))
    return list(matters.values())


def _people(matter: Sequence[tuple[Post, str]]) -> set[tuple[str, str]]:
    return {(post.network, post.author_id) for post, _ in matter}


def _matter(matter: Sequence[tuple[Post, str]], where: Mapping[int, str]) -> dict[str, Any]:
    first, number = matter[0]
    return {
        "short": short_of(first.text),
        "where": next((where[post.id] for post, _ in matter if where[post.id]), ""),
        "people": len(_people(matter)),
        "url": first.url,
        "number": number,
    }
