"""Mail: its words are put in once, then it is sent until the server has taken it."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import TemplateError
from prefect import task
from sqlalchemy.orm import Session

from channels.mail import Attached, Letter, MailBusy, MailRefused, Postman
from store import access, mails
from store.liveness import alive
from store.tables import Case, Link, Mail
from tasks.case_words import case_words
from tasks.mail_book import book_wanted, books
from tasks.mail_photos import files_of, pictures
from tasks.settle import take_back
from tasks.workplace import Workplace, workplace
from templates import render_mail
from templates.causes import told

#: Open connections to the mail server.
THREADS = 4

#: After so many letters in a row that the server did not take, it is left alone for a while.
MOST_BUSY = 2

#: A run takes no more mails after so many seconds, so that it ends before the next one begins.
LONGEST = 40.0


@dataclass(slots=True)
class Mailed:
    """What one round of mailing came to."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0
    stopped: bool = False  # the server took nothing any more

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.waiting} wait, {self.refused} refused"


@task(name="send mails")
def send_mails() -> Mailed:
    """Send every recorded mail that may go now."""
    place = workplace()
    take_back(place)
    return mail(place)


def mail(place: Workplace, *, longest: float = LONGEST) -> Mailed:
    """Put words into recorded mails and send them; what the server does not take goes later.

    It ends when nothing may go now, when the server cannot be used, or after `longest` seconds.
    """
    put_in_words(place)
    mailed, ends = Mailed(), time.monotonic() + longest
    with alive(place.store, at=place.now()) as me:
        while time.monotonic() < ends and not mailed.stopped:
            with place.store.write() as session:
                claimed = mails.claim(session, me.id, at=place.now())
                letters = [_outgoing(place, session, row) for row in claimed]
            if not letters:
                break
            _send(place, letters, mailed)
    return mailed


def put_in_words(place: Workplace) -> int:
    """Freeze the words of mails that have none yet; returns how many."""
    made = 0
    while True:
        with place.store.write() as session:
            waiting = mails.without_words(session)
            for row in waiting:
                _put_in_words(place, session, row)
        made += len(waiting)
        if not waiting:
            return made


def _put_in_words(place: Workplace, session: Session, row: Mail) -> None:
    case = session.get(Case, row.case_id) if row.case_id else None
    try:
        words = render_mail(
            row.event,
            city=place.registry.city.name,
            mode=place.settings.mode,
            link=_placeholder(row),
            facts=_in_words(row.facts),
            case=case_words(session, case, place) if case else None,
        )
    except (
        TemplateError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:  # one letter that cannot be written stops no other one
        row.subject = row.plain = row.html = ""
        mails.refuse(session, row.id, f"words: its words cannot be made: {row.event}: {error}")
        return
    row.subject, row.plain, row.html = words.subject, words.plain, words.html


def _in_words(facts: dict[str, Any]) -> dict[str, Any]:
    """With each cause in Korean (`cause`) beside what the store wrote down (`code`)."""
    said: dict[str, Any] = {}
    for name, value in facts.items():
        rows = isinstance(value, list)
        said[name] = [_in_words(v) if isinstance(v, dict) else v for v in value] if rows else value
    if "code" in facts:
        said["cause"] = told(facts["code"]).what if facts["code"] else ""
    return said


def _placeholder(row: Mail) -> str:
    """Stands for the link in stored words; the real one is put in when the mail leaves."""
    return f"https://link.invalid/{row.message_id.strip('<>')}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed mail with all that its thread needs: it never touches the store."""

    mail_id: int
    letter: Letter
    photos: Mapping[str, Path]
    book: int | None  # the bulletin whose workbook it carries


def _outgoing(place: Workplace, session: Session, row: Mail) -> Outgoing:
    link = session.get(Link, row.link_id) if row.link_id else None
    address = place.settings.center
    if link is not None:
        address += "/l/" + quote(access.token_of(link, place.settings.center_key))
    letter = Letter(
        to=row.to,
        subject=row.subject or "",
        plain=(row.plain or "").replace(_placeholder(row), address),
        html=(row.html or "").replace(_placeholder(row), address),
        message_id=row.message_id,
    )
    photos = files_of(session, letter.html, place.settings.media)
    return Outgoing(row.id, letter, photos, book_wanted(row))


Outcome = tuple[int, MailBusy | MailRefused | None]


def _send(place: Workplace, letters: list[Outgoing], mailed: Mailed) -> None:
    carried = books(place, [one.book for one in letters])
    shares = [share for share in (letters[n::THREADS] for n in range(THREADS)) if share]
    with ThreadPoolExecutor(THREADS) as pool:
        for outcomes in pool.map(lambda share: _send_share(place, share, carried), shares):
            _record(place, outcomes, mailed)


def _send_share(
    place: Workplace, share: list[Outgoing], carried: Mapping[int, Attached]
) -> list[Outcome]:
    """One connection's share: yagmail's client is not safe to share between threads.

    Where the server takes nothing, one letter after another, the rest is not even tried: each
    could wait half a minute for an answer.
    """
    outcomes: list[Outcome] = []
    busy = 0
    sender = f"{place.registry.city.name} 해치"
    with Postman(place.settings, sender_name=sender) as postman:
        for one in share:
            if busy == MOST_BUSY:
                outcomes.append(
                    (one.mail_id, MailBusy("not tried: the mail server took none before"))
                )
                continue
            try:
                attached = (carried[one.book],) if one.book and one.book in carried else ()
                letter = replace(one.letter, pictures=pictures(one.photos), attached=attached)
                postman.send(letter)
                outcomes.append((one.mail_id, None))
                busy = 0
            except MailBusy as trouble:
                outcomes.append((one.mail_id, trouble))
                busy += 1
            except MailRefused as trouble:
                outcomes.append((one.mail_id, trouble))
    return outcomes


def _record(place: Workplace, outcomes: list[Outcome], mailed: Mailed) -> None:
    at = place.now()
    last = [trouble for _, trouble in outcomes[-MOST_BUSY:]]
    mailed.stopped |= len(last) == MOST_BUSY and all(isinstance(t, MailBusy) for t in last)
    sent = [mail_id for mail_id, trouble in outcomes if trouble is None]
    with place.store.write() as session:
        mails.sent(session, sent, at=at)
        for mail_id, trouble in outcomes:
            if isinstance(trouble, MailBusy):
                mailed.waiting += 1
                mails.put_back(session, mail_id, f"mail_waits: {trouble}", at=at)
            elif trouble is not None:
                mailed.refused += 1
                mails.refuse(session, mail_id, f"mail_refused: {trouble}")
    mailed.sent += len(sent)
