"""Steps of `exercise`: a whole disaster on the practice twins, from its first alert to the report."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prefect import task
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, InDoubt
from channels.directory import citizens_of
from channels.exercise import SIGN
from registry.ask import districts
from rules.bulletin import Blanks, BulletinForm, Hazard
from rules.bulletin import BulletinKind as BulletinKind  # which the flow sends
from rules.clean import one_line
from store import approving, broadcast, drills
from store.bulletins import open_events
from store.drafting import draft
from store.tables import MACHINE, Bulletin, Event, Post
from tasks import drilling
from tasks.drilling import check_practice
from tasks.mail import mail
from tasks.reported import districts_of, told
from tasks.search import search_reports
from tasks.show_bulletin import shown_live
from tasks.workplace import Workplace, workplace
from templates import causes
from templates.bulletin_words import bulletin_words
from templates.card import described_card
from templates.exercise_words import hazard_of, matters

#: Why nobody else approves it.
ALONE_WHY = "매월 자동 훈련"

#: What an exercise says, in this order.
KINDS = (BulletinKind.ALERT, BulletinKind.CORRECTION, BulletinKind.ALL_CLEAR)

#: Seconds until what citizens wrote must be found.
FOUND_WITHIN = 60.0

#: An exercise that died is taken up again for so long; an older one is closed.
TAKEN_UP_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How many reports the citizens of an exercise wrote, and what kept others from it."""

    reports: int
    causes: tuple[str, ...] = ()


@task(name="begin the exercise")
def begin() -> str | None:
    """The number of the event that is practised; None while a real one is open.

    Raises `PracticeSilent` within seconds where the practice network does not answer.
    """
    place = workplace()
    with place.store.read() as session:
        if open_events(session, exercise=False):
            return None
    check_practice(place)
    return begun(place)


def begun(place: Workplace) -> str | None:
    """As `begin`: a new event, its alert approved; or the one whose run died."""
    at = place.now()
    with place.store.write() as session:
        drills.close_forgotten(session, before=at - TAKEN_UP_WITHIN, at=at)
        if open_events(session, exercise=False):
            return None
        unfinished = drills.unfinished(session, since=at - TAKEN_UP_WITHIN)
        if unfinished is not None:
            return unfinished.number
        local = at.astimezone(place.registry.city.zone)
        hazard = Hazard(hazard_of(local.month))
        form = BulletinForm(
            exercise=True,
            hazard=hazard,
            again=True,
            blanks=Blanks(since=f"{local:%H:%M}"),
            submitted_by=MACHINE,
        )
        return _approved(session, place, form, at=at).event.number


def send(number: str, kind: BulletinKind) -> bool:
    """Send one bulletin of the exercise to every twin; False where the practice network is silent."""
    place = workplace()
    bulletin = drafted(place, number, kind)
    with shown_live(place, bulletin):
        return drilling.send(place, bulletin)


def drafted(place: Workplace, number: str, kind: BulletinKind) -> int:
    """The number of the exercise's bulletin of this kind, approved by the machine; made once."""
    at = place.now()
    with place.store.write() as session:
        event = drills.event_of(session, number)
        bulletin = drills.bulletin_of(session, event, kind)
        if bulletin is None:
            form = BulletinForm(
                exercise=True,
                kind=kind,
                hazard=event.hazard,
                event=number,
                submitted_by=MACHINE,
            )
            bulletin = _approved(session, place, form, at=at)
        broadcast.take_up(bulletin, at=at)
        return bulletin.id


def _approved(session: Session, place: Workplace, form: BulletinForm, *, at: datetime) -> Bulletin:
    bulletin, _ = draft(
        session,
        place.registry,
        form,
        words=bulletin_words,
        card=described_card,
        media=place.settings.media,
        center=place.settings.public_center,
        at=at,
    )
    approving.approve(
        session, place.registry, bulletin, who=MACHINE, typed="", at=at, alone_why=ALONE_WHY
    )
    bulletin.told_at = at  # the exercise has one report for all of them
    return bulletin


@task(name="let citizens report")
def report_as_citizens(number: str) -> Written:
    """Write, as citizens of the practice network, a handful of reports under the hashtag."""
    return write_reports(workplace(), number)


def write_reports(place: Workplace, number: str) -> Written:
    """As `report_as_citizens`; the same reports again are the same posts."""
    with place.store.read() as session:
        event = drills.event_of(session, number)
        hazard, tag = event.hazard, event.report_tag
    citizens = citizens_of(place.settings)
    failed: list[str] = []
    written = 0
    for nth, text in enumerate(_texts(place, hazard), 1):
        try:
            citizens.report(nth, f"[{SIGN}] {text} #{tag}", key=f"exercise-{number}-{nth}")
            written += 1
        except (ChannelBusy, ChannelError, InDoubt) as trouble:
            failed.append(one_line(trouble.cause, 300))
    return Written(reports=written, causes=tuple(failed))


def _texts(place: Workplace, hazard: str) -> Iterator[str]:
    names = [office.name for office in districts(place.registry)] or [place.registry.city.called]
    chosen = matters(hazard)
    for nth, matter in enumerate(chosen):
        where = names[nth * len(names) // len(chosen)]
        for text in matter:
            yield text.replace("{where}", where)


@task(name="find what citizens reported")
def find_reports(number: str, written: Written) -> int:
    """Search until every report is found, for a minute; how many are."""
    return find_all(workplace(), number, written.reports)


def find_all(place: Workplace, number: str, wanted: int, *, within: float = FOUND_WITHIN) -> int:
    """As `find_reports`: by the very search that real events are searched with."""
    ends = time.monotonic() + within
    while True:
        search_reports(place)
        with place.store.read() as session:
            found = len(_reports(session, drills.event_of(session, number)))
        if found >= wanted or time.monotonic() >= ends:
            return found
        time.sleep(min(1.0, within))


def _reports(session: Session, event: Event) -> list[Post]:
    query = select(Post).where(Post.event_id == event.id).order_by(Post.created_at, Post.id)
    return list(session.scalars(query))


@task(name="tell how the exercise went")
def tell(number: str, written: Written) -> str:
    """Mail the report, once, to those who may approve and to the comms team; in one line."""
    place = workplace()
    line = mail_report(place, number, written)
    mail(place)
    return line


def _in_korean(cause: str) -> str:
    why = causes.told(cause)
    return f"{why.what} (자세히: {why.detail})" if why.detail else why.what


def mail_report(place: Workplace, number: str, written: Written) -> str:
    """Record the report's mails; what it says in one line."""
    with place.store.write() as session:
        event = drills.event_of(session, number)
        reports = _reports(session, event)
        matters_told = told(place, reports, districts_of(place, reports))
        facts = {
            "written": written.reports,
            "causes": list(dict.fromkeys(map(_in_korean, written.causes))),
            "found": len(reports),
            "matters": [
                {"short": one_line(one.text, 80), "where": one.where, "people": one.people}
                for one in matters_told
            ],
        }
        found = drills.tell(session, place.registry, event, facts, at=place.now())
    sent = "; ".join(f"{bulletin.kind}: {report}" for bulletin, report in found)
    return f"exercise {number}: {sent}; {len(reports)} of {written.reports} reports found"
