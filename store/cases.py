"""Cases: opening them, and the questions that flows and pages ask."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from rules.case import Status
from store.numbering import next_number, seal
from store.posts import insert_for
from store.tables import MACHINE, Case, Photo, Post, Reminder


def open_case(session: Session, post: Post, *, at: datetime, tz: str) -> Case:
    """A new case for a post that belongs to none."""
    return open_each(session, [post], at=at, tz=tz)[0]


def open_each(session: Session, posts: Sequence[Post], *, at: datetime, tz: str) -> list[Case]:
    """A new case for each of these posts, numbered in their order."""
    open_alone(session)
    opened = []
    for post in posts:
        case = Case(
            number=next_number(session, post.created_at.astimezone(ZoneInfo(tz)).year),
            account_id=post.account_id,
            received_at=post.created_at,
            since=at,
            lat=post.lat,
            lon=post.lon,
            place=post.place,
            event_id=post.event_id,
            history_head="",
            history_length=0,
        )
        case.note("received", who=MACHINE, at=at, why=post.text)
        seal(session, case)
        opened.append(case)
    session.add_all(opened)
    session.flush()
    for post, case in zip(posts, opened, strict=True):
        post.case_id = case.id
    session.flush()
    return opened


def join(session: Session, case: Case, post: Post, *, at: datetime) -> None:
    """Make a post part of a case that an older one opened; its history says so."""
    post.case_id = case.id
    if case.lat is None:
        case.lat, case.lon, case.place = post.lat, post.lon, post.place or case.place
    case.event_id = case.event_id or post.event_id
    case.note("joined", who=MACHINE, at=at, why=post.text)
    if case.status is not Status.RECEIVED:
        case.unread = True  # it may reopen the case, or tell of a danger: `classify` reads it
    session.add(case)


def open_alone(session: Session) -> None:
    """Let nobody else open cases until this transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_OPENING)))


def newest(session: Session) -> int:
    """The id of the case that was opened last; 0 where there is none."""
    return session.scalar(select(func.max(Case.id))) or 0


def held(session: Session, ids: Sequence[int]) -> dict[int, Case]:
    """Cases by id, as they are now and stay until this transaction ends."""
    query = select(Case).where(Case.id.in_(ids)).options(selectinload(Case.history))
    return {
        case.id: case for case in session.scalars(query.order_by(Case.id).with_for_update(of=Case))
    }


def by_number(session: Session, number: str) -> Case | None:
    """The case of this number, such as `2026-000123`."""
    return session.scalar(select(Case).where(Case.number == number))


def by_public_id(session: Session, public_id: str) -> Case | None:
    """The case behind a public page."""
    return session.scalar(select(Case).where(Case.public_id == public_id))


def in_status(session: Session, *statuses: Status, limit: int = 500) -> list[Case]:
    """Cases in these statuses, oldest first."""
    query = select(Case).where(Case.status.in_(statuses)).order_by(Case.id).limit(limit)
    return list(session.scalars(query))


def posts_of(session: Session, case: Case) -> list[Post]:
    """Everything that citizens wrote in this case, oldest first."""
    query = select(Post).where(Post.case_id == case.id).order_by(Post.created_at, Post.id)
    return list(session.scalars(query))


def text_of(session: Session, case: Case) -> str:
    """What the citizens wrote, as one text."""
    return "\n".join(post.text for post in posts_of(session, case) if post.text)


def photos_of(session: Session, case: Case) -> list[Photo]:
    """The photos that citizens sent in this case."""
    query = select(Photo).join(Post, Photo.post_id == Post.id).where(Post.case_id == case.id)
    return list(session.scalars(query.order_by(Photo.id)))


def to_be_told(session: Session, offices: Collection[str], *, limit: int = 500) -> list[Case]:
    """Cases with one of these offices that the citizen was not told of yet.

    Cases that somebody else is writing at this moment are left for the next time.
    """
    query = (
        select(Case)
        .where(
            Case.status.in_([Status.ROUTED, Status.ASSIGNED]),
            Case.office_id.in_(offices),
            Case.office_id.is_distinct_from(Case.told_office_id),
        )
        .order_by(Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def posts_to_be_told(session: Session, offices: Collection[str], *, limit: int = 500) -> list[Post]:
    """Posts that joined a case after its citizens were told who answers."""
    query = (
        select(Post)
        .join(Case, Post.case_id == Case.id)
        .where(
            ~Post.told,
            Post.withdrawn_at.is_(None),
            Case.told_office_id.is_not(None),
            Case.office_id.in_(offices),
            Case.status.in_([Status.ROUTED, Status.ASSIGNED]),
        )
    )
    return list(session.scalars(query.order_by(Post.id).limit(limit)))


def note_reminder(session: Session, case: Case, step: str, *, at: datetime) -> bool:
    """Record that a step of the climb is taken; False where it was taken before, by whomever."""
    insert = insert_for(session, Reminder.__table__)  # type: ignore[arg-type]  # it is a table
    row = insert.values(case_id=case.id, step=step, at=at).on_conflict_do_nothing()
    return session.scalar(row.returning(Reminder.id)) is not None


_OPENING = 4_242  # an advisory lock, ours alone


def forget_text(session: Session, case: Case) -> None:
    """Erase what the history quotes of a withdrawn case; its hashes stay and still verify."""
    from store.tables import Line

    session.execute(update(Line).where(Line.case_id == case.id).values(why=None))
    session.expire(case, ["history"])
