"""Sending bulletins: the lead, then everybody, until each account's message is out or settled."""

import time
from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from registry.model import Network
from store import outbox, waves
from store.pointers import may_point
from tasks.deliver import THREADS, deliver
from tasks.hands import ask_for_hands
from tasks.removals import take_down
from tasks.settle import settle
from tasks.workplace import Workplace

#: While accounts answer, the waves and the queue are looked at this often, in seconds.
LOOK_AGAIN = 0.1

#: While nothing may go, such as until a doubt may be looked into, this often.
REST = 0.25

#: A run ends after so many seconds; what still waits then goes with the runs of `reply`.
LONGEST = 900.0


def conduct(place: Workplace, *, longest: float = LONGEST, threads: int = THREADS) -> bool:
    """Send every bulletin that is under way; True once none is any more.

    It decides by nothing but the store, so it may die at any point, and be run twice at once.
    """
    ends = time.monotonic() + longest
    while time.monotonic() < ends:
        advance(place)
        if _waiting(place):
            deliver(
                place, threads=threads, look_again=LOOK_AGAIN, meanwhile=lambda: open_waves(place)
            )
        if _to_settle(place):
            settle(place)
        ask_for_hands(place)
        take_down(place)
        if not advance(place):
            return True
        if not _waiting(place):
            time.sleep(REST)
    return False


def advance(place: Workplace) -> bool:
    """Open whatever may go now, and take out what must not; False where no bulletin is under way."""
    comments = _comments(place)
    with place.store.read() as session:
        may = _each(place, session, waves.may_advance, comments)
        if not any(may) and not outbox.must_not_go(session, at=place.now()):
            return bool(may)
    with place.store.write() as session:
        outbox.cancel_dropped(session, at=place.now())
        _each(place, session, waves.advance, comments)
        return bool(waves.under_way(session))


def open_waves(place: Workplace) -> None:
    """`advance`, for whoever asks nothing back."""
    advance(place)


def _comments(place: Workplace) -> dict[int, Collection[Network]]:
    """For each bulletin that may need pointers by now: where what answers a post is only a comment.

    Asked of the channels, and so outside of any transaction; and not before the lead's post is
    out, since it may take seconds.
    """
    with place.store.read() as session:
        led = [one for one in waves.under_way(session) if one.led_by is not None]
        may = [one for one in led if may_point(one, at=place.now())]
    return {one.id: place.with_comments(exercise=one.exercise) for one in may}


def _each(
    place: Workplace,
    session: Session,
    act: Callable[..., bool | None],
    comments: Mapping[int, Collection[Network]],
) -> list[bool | None]:
    """Ask or do this of `store.waves` for every bulletin under way."""
    return [
        act(
            session,
            place.registry,
            bulletin,
            at=place.now(),
            within=place.lead_within,
            comments=comments.get(bulletin.id),
        )
        for bulletin in waves.under_way(session)
    ]


def _waiting(place: Workplace) -> bool:
    with place.store.read() as session:
        return outbox.waiting(session, at=place.now())


def _to_settle(place: Workplace) -> bool:
    with place.store.read() as session:
        return outbox.to_settle(session, at=place.now())
