"""A district's desk: the texts for its own channels, and that it has them."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.acting import Refused
from center.bulletin_cap import cap_answer, content_of
from center.bulletin_page import bulletin_or_404
from center.center import Center
from center.deciding import deciding
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from registry.model import Network, Office, Registry
from rules.bulletin import HAZARD_NAMES, KIND_NAMES, BulletinState, Content, Language
from rules.bulletin_area import name_in
from rules.fitting import DoesNotFit, Fitter, Voice
from rules.measure import TEXT_RULES, count
from store.notices import acknowledge, notice_of
from store.registry import load
from store.tables import Bulletin

router = APIRouter(prefix="/broadcast/{bulletin_id}/desk/{office_id}")

#: Room for all of it, and the least room that a channel leaves.
_LONG, _SHORT = Network.FACEBOOK, Network.X


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text to be put up as it is."""

    id: str
    language: Language
    short: bool
    text: str
    length: int


@router.get("")
def desk(
    request: Request, center: CenterHere, bulletin_id: int, office_id: str, done: str = ""
) -> HTMLResponse:
    return _show(request, center, bulletin_id, office_id, done=done)


@router.get("/cap.xml")
def desk_cap(center: CenterHere, bulletin_id: int, office_id: str) -> Response:
    """The CAP file, below the page that the mailed link opens."""
    with center.store.read() as session:
        bulletin, _ = _sent(session, load(session), bulletin_id, office_id)
        return cap_answer(session, center, bulletin)


@router.post("/acknowledge")
def say_it_is_here(
    request: Request, center: CenterHere, visitor: Visiting, bulletin_id: int, office_id: str
) -> Response:
    """The desk has it; who says so first stays."""
    try:
        with deciding(center, bulletin_id) as on:
            _sent(on.session, on.registry, bulletin_id, office_id)
            acknowledge(on.session, on.bulletin, office_id, who=visitor.email, at=center.clock())
    except Refused as refused:
        return _show(request, center, bulletin_id, office_id, problem=refused)
    return see_other(f"/broadcast/{bulletin_id}/desk/{office_id}?done=acknowledged")


def _show(
    request: Request,
    center: Center,
    bulletin_id: int,
    office_id: str,
    *,
    done: str = "",
    problem: Refused | None = None,
) -> HTMLResponse:
    with center.store.read() as session:
        registry = load(session)
        bulletin, office = _sent(session, registry, bulletin_id, office_id)
        newer = bulletin.superseded_by_id
        return render(
            request,
            "desk",
            status=409 if problem else 200,
            done=done,
            problem=problem,
            bulletin=bulletin,
            office=office,
            hazard=HAZARD_NAMES[bulletin.event.hazard],
            kind=KIND_NAMES[bulletin.kind],
            notice=notice_of(session, bulletin_id, office_id),
            people={one.email: one.name for one in registry.staff},
            superseded_by=session.get(Bulletin, newer) if newer is not None else None,
            ended=_ended(bulletin, at=center.clock()),
            texts=texts_for(office, content_of(registry, center.settings, bulletin)),
        )


def texts_for(office: Office, content: Content) -> list[Text]:
    """Each language in full and, where it fits, short; in the office's own name."""
    fitter = Fitter(content)
    found = []
    for language in (one for one in Language if one in content.texts):
        voice = Voice(name=name_in(language, office))
        for network in (_LONG, _SHORT):
            try:
                text = fitter.text(network, language, voice)
            except DoesNotFit:
                continue
            found.append(
                Text(
                    id=f"{language.value}-{network.value}",
                    language=language,
                    short=network is _SHORT,
                    text=text,
                    length=count(text, TEXT_RULES[network]),
                )
            )
    return found


def _ended(bulletin: Bulletin, *, at: datetime) -> str:
    """Why nobody is to spread it any more; empty while it holds."""
    if bulletin.superseded_by_id is not None:
        return "superseded"
    if bulletin.stopped_at is not None:
        return "stopped"
    return "expired" if bulletin.expires_at <= at else ""


def _sent(
    session: Session, registry: Registry, bulletin_id: int, office_id: str
) -> tuple[Bulletin, Office]:
    """An approved bulletin and an office of ours, or 404."""
    bulletin = bulletin_or_404(session, bulletin_id)
    office = registry.offices.get(office_id)
    if office is None or bulletin.state is not BulletinState.APPROVED:
        raise HTTPException(404)
    return bulletin, office
