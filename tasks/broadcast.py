"""Steps of `broadcast`: keep the draft, wait for a second person, send, prove, tell."""

import time

from prefect import task
from prefect.runtime import flow_run

from rules.bulletin import BulletinForm as BulletinForm  # what the flow's form is made of
from rules.bulletin import BulletinState
from store import broadcast, bulletin_mails, proof
from store.drafting import draft
from store.tables import Bulletin
from tasks.drilling import send
from tasks.mail import mail
from tasks.pausing import Pause
from tasks.show_bulletin import shown_live
from tasks.workplace import Workplace, workplace
from templates.bulletin_words import bulletin_words
from templates.card import described_card

#: How often the store is asked whether somebody decided, in seconds.
LOOK_AGAIN = 0.2


@task(name="keep the draft")
def keep_draft(form: BulletinForm) -> int:
    """The number of the draft that the form makes; this run is the one that waits for it.

    Everybody who may approve it is mailed. Raises `BulletinRefused` with everything that is wrong.
    """
    place = workplace()
    with place.store.write() as session:
        bulletin, _ = draft(
            session,
            place.registry,
            _as_filled_in(form),
            words=bulletin_words,
            card=described_card,
            media=place.settings.media,
            center=place.settings.public_center,
            at=place.now(),
        )
        bulletin.run_id = str(flow_run.id) if flow_run.id else None
        number = bulletin.id
    mail(place)
    return number


def _as_filled_in(form: BulletinForm) -> BulletinForm:
    """Prefect's page sends every field; what is as it stood there was not said."""
    return BulletinForm.model_validate(form.model_dump(exclude_defaults=True))


def wait_for_approval(number: int) -> BulletinState:
    """Wait, visibly paused, until somebody approves or refuses it, or its time is over.

    Resuming the run in Prefect's own pages changes nothing: only the store says who approved.
    """
    place = workplace()
    pause = Pause(f"{place.settings.center}/broadcast/{number}")
    while (state := _state(place, number)) is BulletinState.DRAFT:
        pause.hold()
        time.sleep(LOOK_AGAIN)
    pause.end()
    return state


def _state(place: Workplace, number: int) -> BulletinState:
    """What is decided; what nobody decided in time lapses here."""
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        if not broadcast.is_late(bulletin, at=place.now()):
            return bulletin.state
    with place.store.write() as session:
        broadcast.lapse(session, at=place.now())
        return session.get_one(Bulletin, number).state


def send_everywhere(number: int) -> bool:
    """Send it, with a table and a progress bar that follow; False where it could not be practised."""
    place = workplace()
    with place.store.write() as session:
        broadcast.take_up(session.get_one(Bulletin, number), at=place.now())
    with shown_live(place, number):
        return send(place, number)


@task(name="tell what became of it")
def tell(number: int) -> str:
    """Mail the report, once, to those who may approve and to the comms team; in one line."""
    place = workplace()
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        found = proof.report(session, place.registry, bulletin)
        bulletin_mails.report(session, place.registry, bulletin, found, at=place.now())
    mail(place)
    return str(found)
