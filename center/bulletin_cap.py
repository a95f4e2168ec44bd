"""A bulletin of ours as a CAP file, and what it is called there."""

from fastapi import HTTPException
from fastapi.responses import Response
from sqlalchemy.orm import Session

from cap.outward import Outgoing, cap_file
from cap.references import Reference
from center.center import Center
from registry.model import Registry
from rules.bulletin import BulletinState, Content, Language, Words
from settings import Settings
from store.disasters import by_slug, elders_of, slug_of
from store.registry import load
from store.tables import Bulletin

CAP_TYPE = "application/cap+xml"
_REAL, _EXERCISE = "haechi-", "haechi-exercise-"


def cap_answer(session: Session, center: Center, bulletin: Bulletin) -> Response:
    """The file of an approved bulletin; 404 for any other."""
    if bulletin.state is not BulletinState.APPROVED:
        raise HTTPException(404)
    outgoing = outgoing_of(session, load(session), center.settings, bulletin)
    return Response(
        cap_file(outgoing),
        media_type=CAP_TYPE,
        headers={"Content-Disposition": f'inline; filename="{outgoing.identifier}.xml"'},
    )


def identifier_of(bulletin: Bulletin) -> str:
    """`haechi-2026-12-3`; `haechi-exercise-2026-12-3` for an exercise."""
    return f"{_EXERCISE if bulletin.exercise else _REAL}{slug_of(bulletin)}"


def ours(session: Session, settings: Settings, sender: str, identifier: str) -> Bulletin | None:
    """The bulletin that one of our own files was made of."""
    if sender != sender_of(settings) or not identifier.startswith(_REAL):
        return None
    exercise = identifier.startswith(_EXERCISE)
    slug = identifier.removeprefix(_EXERCISE if exercise else _REAL)
    return by_slug(session, slug, exercise=exercise)


def sender_of(settings: Settings) -> str:
    """Who we are in CAP: the address that our mail comes from."""
    return settings.mail_from


def outgoing_of(
    session: Session, registry: Registry, settings: Settings, bulletin: Bulletin
) -> Outgoing:
    """What the file of an approved bulletin says; its times are the city's."""
    references = [_reference(registry, settings, one) for one in elders_of(session, bulletin)]
    own = _reference(registry, settings, bulletin)
    return Outgoing(
        content=content_of(registry, settings, bulletin),
        identifier=own.identifier,
        sender=own.sender,
        sent=own.sent,
        event=bulletin.event.number,
        references=references,
        districts=bulletin.districts,
        polygon=bulletin.polygon,
        contact=registry.city.phone,
    )


def content_of(registry: Registry, settings: Settings, bulletin: Bulletin) -> Content:
    """What a bulletin says, as it was frozen."""
    event = bulletin.event
    return Content(
        marker=bulletin.marker,
        kind=bulletin.kind,
        hazard=event.hazard,
        exercise=bulletin.exercise,
        city=registry.city.name,
        texts={Language(name): Words(**said) for name, said in bulletin.texts.items()},
        areas={Language(name): area for name, area in bulletin.areas.items()},
        event_tag=event.event_tag,
        report_tag=event.report_tag,
        page=f"{settings.center}/disaster/{event.public_id}",
        expires_at=bulletin.expires_at,
    )


def _reference(registry: Registry, settings: Settings, bulletin: Bulletin) -> Reference:
    sent = (bulletin.approved_at or bulletin.submitted_at).astimezone(registry.city.zone)
    return Reference(
        sender=sender_of(settings),
        identifier=identifier_of(bulletin),
        sent=sent.replace(microsecond=0),
    )
