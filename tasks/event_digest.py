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
from tasks.reported import Told, districts_of, told
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
    posts, numbers = [post for post, _ in reports], {post.id: number for post, number in reports}
    where = districts_of(place, posts)
    new = [one for one in told(place, posts, where) if any(post.id in fresh for post in one.posts)]
    return {
        "total": len(posts),
        "new": len(fresh),
        "places": _places(where, fresh),
        "matters": [_matter(one, numbers) for one in new[:MOST_MATTERS]],
        "more": max(len(new) - MOST_MATTERS, 0),
    }


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


def _matter(one: Told, numbers: Mapping[int, str]) -> dict[str, Any]:
    first = one.posts[0]
    return {
        "short": short_of(one.text),
        "where": one.where,
        "people": one.people,
        "url": first.url,
        "number": numbers[first.id],
    }
