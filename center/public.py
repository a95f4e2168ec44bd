"""The public page of a case: what was asked and answered, with private data masked."""

from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from center.case_view import photos_by_post
from center.guard import CenterHere
from center.photos import photo_file
from center.public_mask import Masked, public_mask
from center.render import render
from rules.case import Status
from rules.mask import mask_handle, mask_name
from store.case_page import public_answers
from store.cases import by_public_id, posts_of
from store.messages import signed
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
        case, posts = _public(session, public_id)
        registry = load(session)
        office = session.get(OfficeRow, case.office_id) if case.office_id else None
        masked = public_mask(registry, posts_of(session, case))
        return render(
            request,
            "public",
            case=case,
            city=registry.city,
            by=signed(registry, case),
            office=office.name if office else "",
            step=STEP.get(case.status, 0),
            posts=_posts(session, case, posts, masked),
            answers=_answers(session, case, masked),
            place=masked(_place(case, posts)),
            longer=masked(_why_longer(case)),
        )


@router.get("/c/{public_id}/photos/{photo_id}")
def public_photo(center: CenterHere, public_id: str, photo_id: int) -> Response:
    with center.store.read() as session:
        case, posts = _public(session, public_id)
        photos = photos_by_post(session, case)
        shown = {photo.id for post in posts for photo in photos.get(post.id, [])}
        shown |= {a.photo_id for a in public_answers(session, case) if a.photo_id is not None}
        if photo_id not in shown:
            raise HTTPException(404)
        return photo_file(session, center, case, photo_id)


def _public(session: Session, public_id: str) -> tuple[Case, list[Post]]:
    """The case and its posts that everybody may read: 410 once the citizen deleted it.

    404 for what was dismissed (chatter, abuse), which is nobody else's business, and where all
    that stands was written in private.
    """
    case = by_public_id(session, public_id)
    if case is None or case.status is Status.DISMISSED:
        raise HTTPException(404)
    if case.status is Status.WITHDRAWN:
        raise HTTPException(410)
    posts = [post for post in posts_of(session, case) if post.public and post.withdrawn_at is None]
    if not posts:
        raise HTTPException(404)
    return case, posts


def _posts(session: Session, case: Case, posts: list[Post], masked: Masked) -> list[PublicPost]:
    photos = photos_by_post(session, case)
    return [
        PublicPost(
            name=mask_name(post.author_name) or mask_handle(post.author_handle),
            text=masked(post.text),
            post=post,
            photos=photos.get(post.id, []),
        )
        for post in posts
    ]


def _place(case: Case, posts: list[Post]) -> str:
    """The case's place where one of these posts named it, and not a private one alone."""
    return case.place if case.place and case.place in {post.place for post in posts} else ""


def _why_longer(case: Case) -> str:
    """Why the due date was put off, as the citizen was told; where it was, since it last began."""
    reasons = [line.why for line in case.history if line.what in ("extended", "survey")]
    put_off = case.extensions or case.surveys
    return (reasons[-1] or "") if reasons and put_off else ""


def _answers(session: Session, case: Case, masked: Masked) -> list[PublicAnswer]:
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
