"""For everybody: what stands now, each event with all that was said, and the same as CAP."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from cap.feed import Entry, feed_file
from center.bulletin_cap import cap_answer
from center.center import Center
from center.guard import CenterHere
from center.photos import kept_file
from center.render import render
from rules.bulletin import HAZARD_NAMES, KIND_NAMES
from store.disasters import approved_of, by_slug, public_event, slug_of, standing_now
from store.registry import load
from store.removed import gone_in
from store.tables import Bulletin, Event, Photo

router = APIRouter(prefix="/disaster")

ATOM_TYPE = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One bulletin as everybody sees it; `state`: it stands, or why it does not any more."""

    bulletin: Bulletin
    hazard: str
    kind: str
    state: str
    slug: str
    alt: str | None  # of its picture, where it has one
    removed: int  # on so many accounts its post was taken down


@router.get("")
def what_stands(request: Request, center: CenterHere) -> HTMLResponse:
    """Real events only, whoever asks."""
    with center.store.read() as session:
        return render(
            request,
            "disaster",
            city=load(session).city,
            rows=[_shown(session, center, one) for one in standing_now(session, at=center.clock())],
        )


@router.get("/feed.atom")
def feed(center: CenterHere) -> Response:
    """What stands, for programs."""
    here = f"{center.settings.center}/disaster"
    with center.store.read() as session:
        city = load(session).city
        entries = [_entry(here, bulletin) for bulletin in standing_now(session, at=center.clock())]
    file = feed_file(
        entries,
        id=here,
        title=f"{city.name} 재난 메시지",
        author=city.name,
        link=f"{here}/feed.atom",
        at=center.clock(),
    )
    return Response(file, media_type=ATOM_TYPE)


@router.get("/cap/{slug}.xml")
def cap_out(center: CenterHere, slug: str) -> Response:
    """A real bulletin's CAP file, superseded or not; an exercise has none here."""
    with center.store.read() as session:
        bulletin = by_slug(session, slug)
        if bulletin is None:
            raise HTTPException(404)
        return cap_answer(session, center, bulletin)


@router.get("/{public_id}")
def public_disaster(request: Request, center: CenterHere, public_id: str) -> HTMLResponse:
    """An event with all that was said, newest first. An exercise says on top that it is one."""
    with center.store.read() as session:
        event = _event(session, public_id)
        return render(
            request,
            "disaster_event",
            city=load(session).city,
            event=event,
            hazard=HAZARD_NAMES[event.hazard],
            rows=[_shown(session, center, one) for one in approved_of(event)],
        )


@router.get("/{public_id}/pictures/{bulletin_id}")
def public_picture(center: CenterHere, public_id: str, bulletin_id: int) -> Response:
    with center.store.read() as session:
        sent = {one.id: one for one in approved_of(_event(session, public_id))}
        if bulletin_id not in sent:
            raise HTTPException(404)
        return kept_file(center, session.get(Photo, sent[bulletin_id].picture_id or 0))


def _event(session: Session, public_id: str) -> Event:
    event = public_event(session, public_id)
    if event is None:
        raise HTTPException(404)
    return event


def _shown(session: Session, center: Center, bulletin: Bulletin) -> Shown:
    photo = session.get(Photo, bulletin.picture_id) if bulletin.picture_id else None
    if bulletin.superseded_by_id is not None:
        state = "superseded"
    else:
        state = "stands" if bulletin.expires_at > center.clock() else "expired"
    return Shown(
        bulletin=bulletin,
        hazard=HAZARD_NAMES[bulletin.event.hazard],
        kind=KIND_NAMES[bulletin.kind],
        state=state,
        slug=slug_of(bulletin),
        alt=photo.alt if photo else None,
        removed=len(gone_in(session, bulletin.id)),
    )


def _entry(here: str, bulletin: Bulletin) -> Entry:
    file = f"{here}/cap/{slug_of(bulletin)}.xml"
    return Entry(
        id=file,
        title=f"{HAZARD_NAMES[bulletin.event.hazard]} {KIND_NAMES[bulletin.kind]} "
        f"{bulletin.areas['ko']} {bulletin.marker}",
        updated=bulletin.approved_at or bulletin.submitted_at,
        link=file,
        summary=bulletin.texts["ko"]["act_now"],
    )
