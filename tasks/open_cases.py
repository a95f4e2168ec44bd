"""Posts become cases: each its own, or part of the one it belongs to.

Looking for the case of a post takes longer than writing it down, so it is looked for before the
transaction, and inside only asked whether what was found still holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from rules.similar import THREAD_WITHIN, WITHIN
from store import belonging, cases, posts
from store.tables import Case, Post
from tasks.joining import MOST_OF_A_CASE, Home, Known, Threads, homes_of
from tasks.router import places
from tasks.workplace import Workplace

#: Posts that are given their cases in one transaction.
BATCH = 200


@dataclass(slots=True)
class View:
    """The store as it was read: which case was the newest, and which matters were open."""

    known: Known
    since: datetime
    newest: int
    homes: dict[int, Home] = field(default_factory=dict)

    def home(self, case: belonging.Belongs) -> Home:
        """One and the same for one case."""
        if case.id not in self.homes:
            self.homes[case.id] = Home(case.id, case.status, case.replied_at)
        return self.homes[case.id]


Plan = Sequence[tuple[Post, Home]]


def open_cases(place: Workplace, *, batch: int = BATCH) -> int:
    """Give every post that has none its case; returns how many new cases there are.

    A reply to our message, or to a post of a case, joins that case. So does what the same
    citizen writes within a few minutes, and what another citizen says of the same matter at the
    same place within a day, unless the case was answered meanwhile. What a person closed because
    its citizen said the same again and again takes in what that citizen says of it later.
    """
    opened, stuck, view = 0, 0, None
    while stuck < 2:  # others hold these posts: the next run finds what they left
        view, plan = _plan(place, view, batch)
        if view is None or not plan:
            return opened
        with place.store.write() as session:
            cases.open_alone(session)
            overtaken = cases.newest(session) != view.newest
            placed, new = (0, 0) if overtaken else _carry_out(session, place, plan)
            view.newest = cases.newest(session)
        opened, stuck = opened + new, 0 if placed or overtaken else stuck + 1
        view.homes |= {home.id: home for _, home in plan if home.id is not None}
        if placed < len(plan):
            view = None  # something went on meanwhile: look at all of it anew
    return opened


def _plan(place: Workplace, view: View | None, batch: int) -> tuple[View | None, Plan]:
    """Where the oldest posts without a case belong, by what is in the store now."""
    with place.store.read() as session:
        waiting = posts.without_case(session, limit=batch)
        if not waiting:
            return view, []
        since = waiting[0].created_at - WITHIN
        if view is None or since < view.since:
            view = View(Known(places(place)), since, cases.newest(session))
            found = belonging.matters(session, since, most_of_a_case=MOST_OF_A_CASE)
            for post, case in found:
                view.known.add(post, view.home(case))
        threads = _threads(session, view, waiting)
    return view, homes_of(waiting, view.known, threads, now=place.now())


def _threads(session: Session, view: View, waiting: Sequence[Post]) -> Threads:
    threads = Threads(within=THREAD_WITHIN)
    for post, case in belonging.written_before(session, waiting, within=THREAD_WITHIN):
        threads.add(post, view.home(case))
    for post, case in belonging.closed_for(session, waiting):
        threads.close(post, view.home(case))
    for key, case in belonging.of_our_messages(session, waiting):
        threads.ours[key] = view.home(case)
    for key, case in belonging.of_parents(session, waiting):
        threads.parents[key] = view.home(case)
    return threads


def _carry_out(session: Session, place: Workplace, plan: Plan) -> tuple[int, int]:
    """Write the plan down as far as it still holds; how many posts got a case, how many are new.

    A post that somebody holds or erased, and a case that went on meanwhile, are left: they are
    looked at anew.
    """
    at = place.now()
    free = {post.id: post for post in posts.still_without_case(session, [p.id for p, _ in plan])}
    there = _unchanged(session, {home for _, home in plan if home.id is not None})
    openers = {home: post.id for post, home in reversed(plan) if home.id is None}
    opening = [(home, free[first]) for home, first in openers.items() if first in free]
    opening.sort(key=lambda one: (one[1].created_at, one[1].id))
    new = cases.open_each(
        session, [post for _, post in opening], at=at, tz=place.registry.city.timezone
    )
    for (home, _), case in zip(opening, new, strict=True):
        home.id, there[home] = case.id, case
    joining = [
        (there[home], free[post.id])
        for post, home in plan
        if home in there and post.id in free and openers.get(home) != post.id
    ]
    for case, post in joining:
        cases.join(session, case, post, at=at)
    return len(new) + len(joining), len(new)


def _unchanged(session: Session, homes: set[Home]) -> dict[Home, Case]:
    """The cases that are as they were when they were read, held until the end."""
    found = cases.held(session, [home.id for home in homes if home.id is not None])
    return {
        home: found[home.id]
        for home in homes
        if home.id in found
        and (found[home.id].status, found[home.id].replied_at) == (home.status, home.replied_at)
    }
