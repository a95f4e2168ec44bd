"""What the page of one case shows beyond the case itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.case import Status
from rules.outbox import DeliveryState
from store.tables import Answer, Case, Delivery, Message, MessageKind, Photo, PhotoState, Post


def answers_of(session: Session, case: Case) -> list[Answer]:
    """Every answer written in a case, oldest first."""
    query = select(Answer).where(Answer.case_id == case.id).order_by(Answer.id)
    return list(session.scalars(query))


def photo_in(session: Session, case: Case, photo_id: int) -> Photo | None:
    """A photo of ours that belongs to this case: a citizen's, or one of an answer."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.state != PhotoState.KEPT or not photo.file:
        return None
    if photo.post_id is not None:
        post = session.get_one(Post, photo.post_id)
        return photo if post.case_id == case.id and post.withdrawn_at is None else None
    return photo if photo.remote_url == upload_name(case) else None


def upload_name(case: Case) -> str:
    """What binds a photo that staff uploaded to its case."""
    return f"upload:{case.number}"


def add_upload(
    session: Session, case: Case, *, file: str, mime: str, size: tuple[int, int], alt: str
) -> Photo:
    """Keep a photo that staff uploaded for an answer to this case."""
    photo = Photo(
        post_id=None,
        state=PhotoState.KEPT,
        remote_url=upload_name(case),
        alt=alt,
        file=file,
        mime=mime,
        width=size[0],
        height=size[1],
    )
    session.add(photo)
    session.flush()
    return photo


def answered_at(session: Session, office_id: str, *, but: Case, limit: int = 300) -> list[Case]:
    """The latest answered cases of an office, where one like this may be found."""
    query = select(Case).where(
        Case.office_id == office_id,
        Case.id != but.id,
        Case.status.in_([Status.ANSWERED, Status.REPLIED]),
    )
    return list(session.scalars(query.order_by(Case.id.desc()).limit(limit)))


def last_answers(session: Session, cases: Iterable[Case]) -> dict[int, Answer]:
    """The approved answer of each case, the latest, by the case's id."""
    ids = [case.id for case in cases]
    query = select(Answer).where(Answer.case_id.in_(ids), Answer.approved_at.is_not(None))
    return {answer.case_id: answer for answer in session.scalars(query.order_by(Answer.id))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing said to a citizen, and where it stands."""

    message: Message
    delivery: Delivery
    photo: Photo | None


def said_in(session: Session, case: Case) -> list[Said]:
    """Everything said to the citizens of a case, oldest first."""
    query = select(Message, Delivery, Photo).join(Delivery, Delivery.message_id == Message.id)
    query = query.outerjoin(Photo, Delivery.photo_id == Photo.id)
    rows = session.execute(query.where(Message.case_id == case.id).order_by(Delivery.id))
    return [
        Said(message=message, delivery=delivery, photo=photo) for message, delivery, photo in rows
    ]


def public_answers(session: Session, case: Case) -> list[Answer]:
    """The answers that everybody may read: approved, and said to a post that was public."""
    out = select(Message.answer_id).join(Delivery, Delivery.message_id == Message.id)
    out = out.join(Post, Message.post_id == Post.id).where(
        Post.public,
        Message.case_id == case.id,
        Message.kind == MessageKind.ANSWER,
        Delivery.state.not_in([DeliveryState.CANCELLED]),
    )
    query = select(Answer).where(
        Answer.case_id == case.id, Answer.approved_at.is_not(None), Answer.id.in_(out)
    )
    return list(session.scalars(query.order_by(Answer.id)))
