"""Sending bulletins: the lead, then everybody, until each account's message is out or settled."""

import time
from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from store import outbox, waves
from store.pointers import unpointed
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


def _comments(place: Workplace) -> dict[int, bool]:
    """Of what took an older post's place: whether an answer to that is only a comment there.

    Asked of the channels, and so outside of any transaction.
    """
    with place.store.read() as session:
        found = [
            one
            for bulletin in waves.under_way(session)
            for one in unpointed(session, bulletin, at=place.now())
        ]
    return {one.new_id: place.comments(one.account_id, exercise=one.exercise) for one in found}


def _each(
    place: Workplace,
    session: Session,
    act: Callable[..., bool | None],
    comments: Mapping[int, bool],
) -> list[bool | None]:
    """Ask or do this of `store.waves` for every bulletin under way."""
    return [
        act(
            session,
            place.registry,
            bulletin,
            at=place.now(),
            within=place.lead_within,
            comments=comments,
        )
        for bulletin in waves.under_way(session)
    ]


def _waiting(place: Workplace) -> bool:
    with place.store.read() as session:
        return outbox.waiting(session, at=place.now())


def _to_settle(place: Workplace) -> bool:
    with place.store.read() as session:
        return outbox.to_settle(session, at=place.now())
