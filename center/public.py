"""The public page of a case: what was asked and answered, with private data masked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.case_view import photos_by_post
from center.guard import CenterHere
from center.photos import photo_file
from center.render import render
from rules.case import Status
from rules.mask import mask, mask_handle, mask_name
from store.case_page import public_answers
from store.cases import by_public_id, posts_of
from store.registry import load
from store.tables import Answer, Case, OfficeRow, Photo, Post

router = APIRouter()

_S = Status
#: How far a case is, in five steps.
STEP = {
    _S.RECEIVED: 1,
    _S.TRIAGE: 1,
    _S.ROUTED: 2,
    _S.REOPENED: 2,
    _S.ASSIGNED: 3,
    _S.ANSWERED: 4,
    _S.REPLIED: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPost:
    """A citizen's post as everybody may see it."""

    name: str
    text: str
    post: Post
    photos: list[Photo]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAnswer:
    """An answer as everybody may see it."""

    text: str
    answer: Answer
    photo: Photo | None
    alt: str


@router.get("/c/{public_id}")
def public_case(request: Request, center: CenterHere, public_id: str) -> HTMLResponse:
    with center.store.read() as session:
        case = _public(session, public_id)
        office = session.get(OfficeRow, case.office_id) if case.office_id else None
        return render(
            request,
            "public",
            case=case,
            city=load(session).city,
            office=office.name if office else "",
            step=STEP.get(case.status, 0),
            posts=_posts(session, case),
            answers=_answers(session, case),
            place=_mask(session, case)(case.place or ""),
        )


@router.get("/c/{public_id}/photos/{photo_id}")
def public_photo(center: CenterHere, public_id: str, photo_id: int) -> Response:
    with center.store.read() as session:
        case = _public(session, public_id)
        shown = {photo.id for photos in photos_by_post(session, case).values() for photo in photos}
        shown |= {a.photo_id for a in public_answers(session, case) if a.photo_id is not None}
        if photo_id not in shown:
            raise HTTPException(404)
        return photo_file(session, center, case, photo_id)


def _public(session: Session, public_id: str) -> Case:
    """The case, where there is anything for the public: 410 once the citizen deleted it.

    What was dismissed (chatter, abuse) is nobody else's business: 404.
    """
    case = by_public_id(session, public_id)
    if case is None or case.status is Status.DISMISSED:
        raise HTTPException(404)
    if case.status is Status.WITHDRAWN:
        raise HTTPException(410)
    return case


def _posts(session: Session, case: Case) -> list[PublicPost]:
    photos = photos_by_post(session, case)
    stand = [post for post in posts_of(session, case) if post.withdrawn_at is None]
    masked = _mask(session, case)
    return [
        PublicPost(
            name=mask_name(post.author_name) or mask_handle(post.author_handle),
            text=masked(post.text),
            post=post,
            photos=photos.get(post.id, []),
        )
        for post in stand
    ]


def _answers(session: Session, case: Case) -> list[PublicAnswer]:
    masked = _mask(session, case)
    answers = public_answers(session, case)
    photos = [session.get(Photo, a.photo_id) if a.photo_id else None for a in answers]
    return [
        PublicAnswer(
            text=masked(answer.text),
            answer=answer,
            photo=photo,
            alt=masked(photo.alt) if photo else "",
        )
        for answer, photo in zip(answers, photos, strict=True)
    ]


def _mask(session: Session, case: Case) -> Callable[[str], str]:
    """Hides private data, and the names of those who wrote; the city's own number stays."""
    posts = posts_of(session, case)
    hide = {name for post in posts for name in (post.author_name, post.author_handle) if name}
    phone = load(session).city.phone
    return partial(mask, keep=(phone,) if phone else (), hide=hide)
