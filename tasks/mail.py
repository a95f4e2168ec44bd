"""Mail: its words are put in once, then it is sent until the server has taken it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote

from prefect import task
from sqlalchemy.orm import Session

from channels.mail import Letter, MailBusy, MailRefused, Postman
from store import access, mails
from store.liveness import alive
from store.tables import Case, Link, Mail
from tasks.case_words import case_words
from tasks.settle import take_back
from tasks.workplace import Workplace, workplace
from templates import render_mail

#: Open connections to the mail server.
THREADS = 4


@dataclass(slots=True)
class Mailed:
    """What one round of mailing came to."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.waiting} wait, {self.refused} refused"


@task(name="send mails")
def send_mails() -> Mailed:
    """Send every recorded mail that may go now."""
    place = workplace()
    take_back(place)
    return mail(place)


def mail(place: Workplace) -> Mailed:
    """Put words into recorded mails and send them; what the server does not take goes later."""
    put_in_words(place)
    mailed = Mailed()
    with alive(place.store, at=place.now()) as me:
        while True:
            with place.store.write() as session:
                claimed = mails.claim(session, me.id, at=place.now())
                letters = [(row.id, _letter(place, session, row)) for row in claimed]
            if not letters:
                return mailed
            _send(place, letters, mailed)


def put_in_words(place: Workplace) -> int:
    """Freeze the words of mails that have none yet; returns how many."""
    with place.store.write() as session:
        waiting = mails.without_words(session)
        for row in waiting:
            case = session.get(Case, row.case_id) if row.case_id else None
            words = render_mail(
                row.event,
                city=place.registry.city.name,
                mode=place.settings.mode,
                link=_placeholder(row),
                facts=row.facts,
                case=case_words(session, case, place) if case else None,
            )
            row.subject, row.plain, row.html = words.subject, words.plain, words.html
    return len(waiting)


def _placeholder(row: Mail) -> str:
    """Stands for the link in stored words; the real one is put in when the mail leaves."""
    return f"https://link.invalid/{row.message_id.strip('<>')}"


def _letter(place: Workplace, session: Session, row: Mail) -> Letter:
    link = session.get(Link, row.link_id) if row.link_id else None
    address = place.settings.center
    if link is not None:
        address += "/l/" + quote(access.token_of(link, place.settings.center_key))
    return Letter(
        to=row.to,
        subject=row.subject or "",
        plain=(row.plain or "").replace(_placeholder(row), address),
        html=(row.html or "").replace(_placeholder(row), address),
        message_id=row.message_id,
    )


def _send(place: Workplace, letters: list[tuple[int, Letter]], mailed: Mailed) -> None:
    shares = [letters[n::THREADS] for n in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for outcomes in pool.map(lambda share: _send_share(place, share), shares):
            _record(place, outcomes, mailed)


def _send_share(
    place: Workplace, share: list[tuple[int, Letter]]
) -> list[tuple[int, MailBusy | MailRefused | None]]:
    """One connection's share: yagmail's client is not safe to share between threads."""
    if not share:
        return []
    outcomes: list[tuple[int, MailBusy | MailRefused | None]] = []
    with Postman(place.settings) as postman:
        for mail_id, letter in share:
            try:
                postman.send(letter)
                outcomes.append((mail_id, None))
            except (MailBusy, MailRefused) as trouble:
                outcomes.append((mail_id, trouble))
    return outcomes


def _record(
    place: Workplace, outcomes: list[tuple[int, MailBusy | MailRefused | None]], mailed: Mailed
) -> None:
    at = place.now()
    sent = [mail_id for mail_id, trouble in outcomes if trouble is None]
    with place.store.write() as session:
        mails.sent(session, sent, at=at)
        for mail_id, trouble in outcomes:
            if isinstance(trouble, MailBusy):
                mailed.waiting += 1
                mails.put_back(session, mail_id, str(trouble), at=at)
            elif trouble is not None:
                mailed.refused += 1
                mails.refuse(session, mail_id, str(trouble))
    mailed.sent += len(sent)
