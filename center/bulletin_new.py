"""The form of a disaster message: written here, previewed next, sent by somebody else."""

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

from center.acting import Refused, ask
from center.bulletin_fields import asks_again, by_field, empty, following, form_values, typed_in
from center.center import Center
from center.deciding import keeping
from center.guard import CenterHere, Visiting
from center.render import render, see_other
from center.uploads import UploadRefused, keep_upload
from registry.ask import districts
from registry.model import HashtagPurpose, Registry
from rules.bulletin import (
    HAZARD_NAMES,
    KIND_NAMES,
    BulletinKind,
    BulletinRefused,
    BulletinState,
    Language,
)
from rules.bulletin_form import form_of
from store.bulletins import event_of
from store.drafting import draft
from store.registry import load
from store.tables import Bulletin, Photo, PhotoState
from templates.bulletin_words import bulletin_words
from templates.card import described_card

router = APIRouter(prefix="/broadcast/new")

#: Of a picture that was uploaded here; any other photo of the store is nobody's to choose.
UPLOADED = "bulletin"


async def _fields(request: Request) -> FormData:
    """The whole form; the gate has read it already."""
    return await request.form()


Fields = Annotated[FormData, Depends(_fields)]


@router.get("")
def new_bulletin(
    request: Request, center: CenterHere, event: str = "", kind: str = ""
) -> HTMLResponse:
    """An empty form, or one for what follows in an open event."""
    with center.store.read() as session:
        last = _last_of(session, event)
        known = kind in [*BulletinKind] and kind != BulletinKind.ALERT
        typed = following(last, BulletinKind(kind)) if last and known else empty()
    return _show(request, center, typed)


@router.post("")
def submit_bulletin(
    request: Request,
    center: CenterHere,
    visitor: Visiting,
    later: BackgroundTasks,
    fields: Fields,
) -> Response:
    """Keep the draft; or the form again, with what is wrong at its field and nothing lost."""
    typed = typed_in(fields)
    try:
        typed["picture"] = _keep_picture(center, fields, typed)
        form = form_of(form_values(typed, who=visitor.email, zone=center.registry().city.zone))
        with keeping(center) as session:
            bulletin, new = draft(
                session,
                load(session),
                form,
                words=bulletin_words,
                card=described_card,
                media=center.settings.media,
                center=center.settings.public_center,
                at=center.clock(),
            )
            number = bulletin.id
    except BulletinRefused as refused:
        return _show(request, center, typed, whys=refused.whys)
    except Refused as refused:
        return _show(request, center, typed, whys=_lines(refused), key=refused.key)
    if new:
        later.add_task(ask, center, "take-up", {"bulletin": number})
    return see_other(f"/broadcast/{number}?done=bulletin_{'submitted' if new else 'known'}")


def _lines(refused: Refused) -> tuple[str, ...]:
    return tuple(refused.said.split("\n")) if refused.key == "refused" else ()


def _last_of(session: Session, number: str) -> Bulletin | None:
    """The latest approved bulletin of an event that is open."""
    event = event_of(session, number) if number else None
    if event is None or event.opened_at is None or event.closed_at is not None:
        return None
    sent = [one for one in event.bulletins if one.state is BulletinState.APPROVED]
    return sent[-1] if sent else None


def _earlier(center: Center, number: str) -> dict[str, Any] | None:
    """What the event's last message said, for whoever writes what follows it."""
    with center.store.read() as session:
        last = _last_of(session, number)
        if last is None:
            return None
        return {
            "id": last.id,
            "marker": last.marker,
            "texts": last.texts,
            "area": last.areas[Language.KO],
        }


def _keep_picture(center: Center, fields: FormData, typed: dict[str, Any]) -> str:
    """The number of the picture; one that was just chosen is kept before anything else is asked."""
    photo, alt = fields.get("photo"), typed["alt"].strip()
    chosen = "" if "no_photo" in fields else typed["picture"]
    new = photo.file if isinstance(photo, UploadFile) and photo.size else None
    if new is None and not chosen:
        return ""
    try:
        upload = keep_upload(new, center.settings.media) if new is not None else None
    except UploadRefused as error:
        raise Refused(error.key) from error
    except OSError as error:
        raise Refused("full") from error
    with keeping(center) as session:
        if upload is None:
            kept = _own_picture(session, chosen)
            kept.alt = alt
        else:
            kept = Photo(
                state=PhotoState.KEPT,
                remote_url=UPLOADED,
                alt=alt,
                file=upload.file,
                mime=upload.mime,
                width=upload.size[0],
                height=upload.size[1],
            )
            session.add(kept)
        session.flush()
        return str(kept.id)


def _own_picture(session: Session, number: str) -> Photo:
    found = session.get(Photo, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None or found.post_id is not None or found.remote_url != UPLOADED:
        raise Refused("photo_gone")
    return found


def _show(
    request: Request,
    center: Center,
    typed: dict[str, Any],
    *,
    whys: tuple[str, ...] = (),
    key: str = "",
) -> HTMLResponse:
    registry = center.registry()
    wrong = by_field(whys)
    return render(
        request,
        "bulletin_new",
        status=422 if whys or key else 200,
        typed=typed,
        earlier=_earlier(center, typed["event"]),
        wrong=wrong,
        at_field={name: [why for where, why in wrong if where == name] for name, _ in wrong},
        key=key,
        asks_again=asks_again(whys) or typed["again"],
        hazards=HAZARD_NAMES,
        kinds=KIND_NAMES,
        languages=[language.value for language in Language],
        districts=sorted(districts(registry), key=lambda office: office.name),
        tags=_tags(registry),
        city=registry.city,
    )


def _tags(registry: Registry) -> dict[str, list[tuple[str, str]]]:
    """The agreed hashtags, as values and what is shown."""
    return {
        purpose.value: [
            (tag.tag, f"#{tag.tag}") for tag in registry.hashtags if tag.purpose is purpose
        ]
        for purpose in HashtagPurpose
    }
