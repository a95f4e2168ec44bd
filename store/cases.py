"""Cases: opening them, and the questions that flows and pages ask."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rules.case import OPEN, Status
from store.posts import insert_for
from store.tables import MACHINE, Case, Photo, Post, Reminder


def open_case(session: Session, post: Post, *, at: datetime, tz: str) -> Case:
    """A new case for a post that belongs to none."""
    case = Case(
        number=_next_number(session, post.created_at, tz),
        account_id=post.account_id,
        received_at=post.created_at,
        since=at,
        lat=post.lat,
        lon=post.lon,
        place=post.place,
    )
    session.add(case)
    session.flush()
    case.note("received", who=MACHINE, at=at, why=post.text)
    join(session, case, post)
    return case


def join(session: Session, case: Case, post: Post, *, at: datetime | None = None) -> None:
    """Make a post part of a case; where it adds to an older one, the history says so."""
    post.case_id = case.id
    if case.lat is None:
        case.lat, case.lon, case.place = post.lat, post.lon, post.place or case.place
    if at is not None:
        case.note("joined", who=MACHINE, at=at, why=post.text)
    session.flush()


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


def since(session: Session, at: datetime) -> list[tuple[Case, Post]]:
    """Cases that nobody answered yet with their posts since `at`, oldest first."""
    waiting = OPEN - {Status.ANSWERED}
    query = (
        select(Case, Post)
        .join(Post, Post.case_id == Case.id)
        .where(Case.status.in_(waiting), Post.created_at >= at, Post.withdrawn_at.is_(None))
        .order_by(Post.created_at)
    )
    return [(case, post) for case, post in session.execute(query)]


def note_reminder(session: Session, case: Case, step: str, *, at: datetime) -> bool:
    """Record that a step of the climb is taken; False where it was taken before, by whomever."""
    insert = insert_for(session, Reminder.__table__)  # type: ignore[arg-type]  # it is a table
    row = insert.values(case_id=case.id, step=step, at=at).on_conflict_do_nothing()
    return session.scalar(row.returning(Reminder.id)) is not None


def _next_number(session: Session, received_at: datetime, tz: str) -> str:
    """`2026-000123`: the year of receipt in the city's zone, and a running number in it.

    Two writers at once would find the same number; the unique constraint stops the second on
    PostgreSQL, whose advisory lock here keeps them apart, and SQLite has one writer anyway.
    """
    year = received_at.astimezone(ZoneInfo(tz)).year
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NUMBERS, year)))
    # the newest, not the largest as a text: a great city passes 999,999 in a year
    of_year = select(Case.number).where(Case.number.like(f"{year}-%"))
    last = session.scalar(of_year.order_by(Case.id.desc()).limit(1))
    running = int(last.rpartition("-")[2]) + 1 if last else 1
    return f"{year}-{running:06d}"


_NUMBERS = 4_242  # an advisory lock's class, ours alone


def forget_text(session: Session, case: Case) -> None:
    """Erase what the history quotes of a withdrawn case; its hashes stay and still verify."""
    from store.tables import Line

    session.execute(update(Line).where(Line.case_id == case.id).values(why=None))
    session.expire(case, ["history"])
