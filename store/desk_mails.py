"""The districts' desks: told of a bulletin with its approval, asked once more, told of its stop.

What is recorded of them is in `notices`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from registry.ask import called, districts
from registry.model import Network, Office, Registry, Role
from rules.bulletin import REFERRING, Content, Language, Words
from rules.fitting import Fitter, Voice
from rules.tongues import TONGUES
from store.bulletin_mails import facts_of
from store.bulletins import approved_besides
from store.mails import Told, queue_mails
from store.notices import notices_of
from store.registry import addresses
from store.tables import Bulletin, Notice, StaffRow

Facts = dict[str, Any]

#: The page where a desk finds the texts and the CAP file, and says that it has them.
DESK = "/broadcast/{}/desk/{}"

#: A desk that has not acknowledged after so long is asked once more.
ACKNOWLEDGED_WITHIN = timedelta(minutes=15)

#: A district's own channels are not known here: the texts come whole, as for a site.
_WITHOUT_LIMIT = Network.WORDPRESS


def tell_desks(
    session: Session, registry: Registry, bulletin: Bulletin, *, at: datetime
) -> list[Notice]:
    """Record that every district concerned is told, and its people's mails; called with the approval."""
    offices = _concerned(session, registry, bulletin)
    notices = [Notice(bulletin_id=bulletin.id, office_id=one.id, told_at=at) for one in offices]
    session.add_all(notices)
    session.flush()
    _mail(session, "bulletin_desk", bulletin, offices, _says(bulletin, registry), at=at)
    return notices


def remind_desks(session: Session, registry: Registry, *, at: datetime) -> int:
    """Ask the desks once more that said nothing; returns how many desks.

    Not where the bulletin holds no more: nobody is to hurry to spread what was put right since.
    """
    query = (
        select(Notice, Bulletin)
        .join(Bulletin, Notice.bulletin_id == Bulletin.id)
        .where(
            Notice.acknowledged_at.is_(None),
            Notice.reminded_at.is_(None),
            # told later than now: the clock was set back since, and its times mean nothing
            or_(Notice.told_at <= at - ACKNOWLEDGED_WITHIN, Notice.told_at > at),
            Bulletin.superseded_by_id.is_(None),
            Bulletin.stopped_at.is_(None),
            Bulletin.expires_at > at,
        )
        .order_by(Notice.id)
        .with_for_update(of=Notice, skip_locked=True)
    )
    silent: dict[Bulletin, list[Office]] = {}
    for notice, bulletin in session.execute(query).all():
        notice.reminded_at = at
        if office := registry.offices.get(notice.office_id):  # not retired since
            silent.setdefault(bulletin, []).append(office)
    for bulletin, offices in silent.items():
        says = _says(bulletin, registry)
        _mail(session, "bulletin_desk_again", bulletin, offices, says, at=at)
    return sum(map(len, silent.values()))


def tell_of_stop(session: Session, registry: Registry, bulletin: Bulletin, *, at: datetime) -> int:
    """The desks that were told of it hear that it goes no further; returns how many.

    Not where a newer one took its place: that one came by its own mail and says what holds.
    """
    if bulletin.superseded_by_id is not None:
        return 0
    told = {notice.office_id for notice in notices_of(session, bulletin.id)}
    offices = [office for office in registry.offices.values() if office.id in told]
    _mail(session, "bulletin_desk_stopped", bulletin, offices, _stopped(bulletin, registry), at=at)
    return len(offices)


def _stopped(bulletin: Bulletin, registry: Registry) -> Facts:
    return facts_of(bulletin, registry) | {"who": called(registry, bulletin.stopped_by or "")}


def _says(bulletin: Bulletin, registry: Registry) -> Facts:
    return facts_of(bulletin, registry) | {
        "texts": desk_texts(bulletin, registry),
        "minutes": int(ACKNOWLEDGED_WITHIN / timedelta(minutes=1)),
    }


def desk_texts(bulletin: Bulletin, registry: Registry) -> list[dict[str, str]]:
    """The whole text of a bulletin in each of its languages: `language` in Korean, and `text`."""
    texts = {Language(code): Words(**words) for code, words in bulletin.texts.items()}
    content = Content(
        marker=bulletin.marker,
        kind=bulletin.kind,
        hazard=bulletin.event.hazard,
        exercise=bulletin.exercise,
        city=registry.city.name,
        texts=texts,
        areas={Language(code): area for code, area in bulletin.areas.items()},
        event_tag=bulletin.event.event_tag,
        report_tag=bulletin.event.report_tag,
        page="",
        expires_at=bulletin.expires_at,
    )
    fitter = Fitter(content)
    return [
        {
            "language": TONGUES[language].name,
            "text": fitter.text(_WITHOUT_LIMIT, language, Voice()),
        }
        for language in Language
        if language in texts
    ]


def _concerned(session: Session, registry: Registry, bulletin: Bulletin) -> Sequence[Office]:
    """The bulletin's districts, all for the whole city; and those told of what it takes the place of."""
    every = districts(registry)
    if not bulletin.districts:
        return every
    wanted = set(bulletin.districts)
    if bulletin.kind in REFERRING:
        for elder in approved_besides(session, bulletin):
            wanted |= {notice.office_id for notice in notices_of(session, elder)}
    return [office for office in every if office.id in wanted]


def _mail(
    session: Session,
    event: str,
    bulletin: Bulletin,
    offices: Sequence[Office],
    facts: Facts,
    *,
    at: datetime,
) -> None:
    """All in a few statements: the lead's post waits for this transaction."""
    at_desks = _people(session)
    told = [
        Told(
            to=address,
            key=f"{event}:{bulletin.id}:{office.id}:{address}",
            path=DESK.format(bulletin.id, office.id),
            facts=facts | {"office": office.name},
        )
        for office in offices
        for address in at_desks.get(office.id) or addresses(session, Role.COMMS_TEAM)
    ]
    queue_mails(session, event, told, at=at)


def _people(session: Session) -> dict[str, list[str]]:
    """Everyone at each office's desk; where nobody is, the comms team calls there."""
    query = (
        select(StaffRow.office, StaffRow.email)
        .where(
            StaffRow.role.in_([Role.MANAGER, Role.CASEWORKER]),
            StaffRow.retired_at.is_(None),
        )
        .distinct()
        .order_by(StaffRow.office, StaffRow.email)
    )
    people: dict[str, list[str]] = {}
    for office, email in session.execute(query):
        people.setdefault(office, []).append(email)
    return people
