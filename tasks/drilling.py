"""Sending one bulletin until it is finished; an exercise ends where the practice network is silent."""

import time

from channels.exercise import silence
from store import drills
from store.tables import Bulletin
from tasks.conduct import advance, conduct
from tasks.mail import mail
from tasks.read_back import read_back
from tasks.workplace import Workplace

#: A run sends for so many seconds at most; what still waits then goes with the runs of `reply`.
LONGEST = 900.0

#: Seconds until it is looked again whether this bulletin is finished, whatever else is under way.
LOOK_AGAIN = 5.0

#: Seconds that a silent practice network has to come back, as when it is just started anew.
GRACE = 3.0


class PracticeSilent(RuntimeError):
    """The practice network does not answer, so there can be no exercise."""


def send(place: Workplace, number: int) -> bool:
    """Send it, and read it back; False where the practice network of an exercise is silent.

    Then nothing more of the exercise goes, and those whom it concerns have a mail. Nobody waits
    for another bulletin than this one, an exercise's or a real one.
    """
    ends = time.monotonic() + LONGEST
    silent = ""
    while not _finished(place, number) and time.monotonic() < ends:
        was, silent = silent, _silence(place, number)
        if was and silent:
            _give_up(place, number, silent)
            return False
        if conduct(place, longest=GRACE if silent else LOOK_AGAIN):
            break
    read_back(place, number)
    return True


def check_practice(place: Workplace) -> None:
    """Raise `PracticeSilent`, after a mail to those whom it concerns, where there is no answer."""
    if not silence(place.settings):
        return
    time.sleep(GRACE)
    why = silence(place.settings)
    if not why:
        return
    with place.store.write() as session:
        drills.tell_silence(session, place.registry, place.settings.practice, why, at=place.now())
    mail(place)
    raise PracticeSilent(
        f"the practice network at {place.settings.practice} does not answer ({why}): there is no "
        "exercise now. Start it, then this flow again"
    )


def _finished(place: Workplace, number: int) -> bool:
    with place.store.read() as session:
        return session.get_one(Bulletin, number).finished_at is not None


def _silence(place: Workplace, number: int) -> str:
    """Why its network does not answer; a real one's accounts each answer for themselves."""
    with place.store.read() as session:
        exercise = session.get_one(Bulletin, number).exercise
    return silence(place.settings) if exercise else ""


def _give_up(place: Workplace, number: int, why: str) -> None:
    at, where = place.now(), place.settings.practice
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        drills.give_up(session, bulletin, f"{where}: {why}", at=at)
        if drills.is_told_of(bulletin):
            drills.tell_silence(session, place.registry, where, why, at=at, bulletin=bulletin)
    advance(place)  # which sees that nothing of it may go any more
    print(f"the practice network at {where} does not answer ({why}): the exercise ends")
    mail(place)
