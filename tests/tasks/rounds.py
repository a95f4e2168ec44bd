"""Every flow of the loop, once, as the schedule runs them one after the other."""

from tasks.assign import tell
from tasks.classify import classify
from tasks.deliver import deliver
from tasks.mail import mail
from tasks.open_cases import open_cases
from tasks.photos import fetch_photos
from tasks.proof_address import look
from tasks.reading import read
from tasks.reply import ask_for_hands, close
from tasks.settle import settle, take_back
from tasks.workplace import Workplace


def one_round(place: Workplace) -> None:
    """From the citizen's post to whatever is due by now."""
    collecting(place)
    answering(place)


def collecting(place: Workplace) -> None:
    """From the citizen's post to an office, or to those who decide which."""
    read(place)
    fetch_photos(place)
    open_cases(place)
    classify(place)


def answering(place: Workplace) -> None:
    """From there to the citizen, and to the mailboxes."""
    tell(place)
    settle(place)
    deliver(place)
    close(place)
    ask_for_hands(place)
    look(place)
    take_back(place)
    mail(place)
