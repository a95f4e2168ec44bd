"""What the networks gave us: stored exactly once, joined to cases, forgotten on request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, String, Table, cast, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from store.tables import Photo, PhotoState, Post, Reading

_POSTS: Table = Post.__table__  # type: ignore[assignment]  # it is a table, and says FromClause
_PHOTOS: Table = Photo.__table__  # type: ignore[assignment]

#: What an exercise's citizens write is on no network of these, and opens no case.
_STANDS = (Post.withdrawn_at.is_(None), ~Post.exercise)
_WAITS = (Post.case_id.is_(None), *_STANDS)

#: SQLite takes some 32,000 values in one statement; a post has fewer than 20.
_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A post as collected: cleaned, NFC, times in UTC. `photos`: (address, description)."""

    network: str
    remote_id: str
    account_id: str
    author_id: str
    author_handle: str
    author_name: str
    text: str
    url: str
    created_at: datetime
    in_reply_to: str | None = None
    lat: float | None = None
    lon: float | None = None
    place: str | None = None
    public: bool = True
    photos: tuple[tuple[str, str], ...] = ()
    event_id: int | None = None  # it carries the report hashtag of this event
    exercise: bool = False  # of an exercise, which no case comes of


_COLUMNS = tuple(name for name in Incoming.__dataclass_fields__ if name != "photos")


def store_posts(session: Session, posts: Sequence[Incoming], *, at: datetime) -> int:
    """Store those that are not known yet, by (network, remote id), and return how many.

    Reading is at least once, storing exactly once: the same posts again change nothing.
    """
    new = 0
    # in one order always: two readers that insert the same posts crosswise would lock each other
    ordered = sorted(posts, key=lambda post: (post.network, post.remote_id))
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        rows = [{name: getattr(p, name) for name in _COLUMNS} | {"collected_at": at} for p in batch]
        insert = insert_for(session, _POSTS).on_conflict_do_nothing()
        stored = session.execute(
            insert.returning(_POSTS.c.id, _POSTS.c.network, _POSTS.c.remote_id), rows
        ).all()
        new += len(stored)
        _store_photos(session, batch, stored)
    return new


def _store_photos(session: Session, batch: Sequence[Incoming], stored: Sequence[Row[Any]]) -> None:
    ids = {(row.network, row.remote_id): row.id for row in stored}
    photos = [
        {"post_id": ids[post.network, post.remote_id], "remote_url": url, "alt": alt}
        | {"state": PhotoState.PENDING, "tries": 0, "cause": ""}
        for post in batch
        if (post.network, post.remote_id) in ids
        for url, alt in post.photos
    ]
    if photos:
        session.execute(insert_for(session, _PHOTOS).on_conflict_do_nothing(), photos)


def insert_for(session: Session, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can leave out what is there already, which each database says its own way."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table)  # type: ignore[no-any-return]


def reading(session: Session, account_id: str) -> Reading:
    """How far this account was read, locked for writing; a new one starts at the beginning."""
    new = insert_for(session, Reading.__table__)  # type: ignore[arg-type]  # it is a table
    begins = new.values(
        account_id=account_id, cursor="", failures=0, cause="", posts=0, looked_at=0
    )
    session.execute(begins.on_conflict_do_nothing())  # somebody else may be the first as well
    return session.get_one(Reading, account_id, with_for_update=True, populate_existing=True)


def without_case(session: Session, *, limit: int = 500) -> list[Post]:
    """Posts that belong to no case yet, oldest first."""
    query = select(Post).where(*_WAITS)
    return list(session.scalars(query.order_by(Post.created_at, Post.id).limit(limit)))


def still_without_case(session: Session, ids: Iterable[int]) -> list[Post]:
    """Those of these posts that belong to no case still; locked, so that each gets only one."""
    query = select(Post).where(Post.id.in_(list(ids)), *_WAITS)
    return list(session.scalars(query.order_by(Post.id).with_for_update(skip_locked=True)))


def recent_remote_ids(
    session: Session, account_id: str, *, since: datetime, limit: int = 200
) -> list[str]:
    """Remote ids of an account's latest posts, newest first: the ones to look for deletions in."""
    query = select(Post.remote_id).where(
        Post.account_id == account_id, Post.created_at >= since, *_STANDS
    )
    return list(session.scalars(query.order_by(Post.created_at.desc()).limit(limit)))


def older(
    session: Session, account_id: str, *, before: datetime, after: int, limit: int
) -> list[Post]:
    """An account's posts from before, those that come next after this one by id."""
    query = select(Post).where(*_older(account_id, before), Post.id > after)
    return list(session.scalars(query.order_by(Post.id).limit(limit)))


def count_older(session: Session, account_id: str, *, before: datetime) -> int:
    """How many posts an account has from before."""
    query = select(func.count()).select_from(Post).where(*_older(account_id, before))
    return session.scalar(query) or 0


def _older(account_id: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    return Post.account_id == account_id, Post.created_at < before, *_STANDS


def by_remote_ids(session: Session, network: str, remote_ids: Iterable[str]) -> list[Post]:
    """The stored posts of a network with these remote ids."""
    query = select(Post).where(
        Post.network == network, Post.remote_id.in_(list(remote_ids)), ~Post.exercise
    )
    return list(session.scalars(query))


def known_addresses(session: Session, urls: Iterable[str], *, exercise: bool) -> set[str]:
    """Those of these addresses of which a post is stored: one post, on whichever account it came."""
    wanted = {url for url in urls if url}
    query = select(Post.url).where(Post.url.in_(wanted), Post.exercise == exercise)
    return set(session.scalars(query))


def erase(session: Session, post: Post, *, at: datetime) -> list[str]:
    """Forget a post that its author deleted; returns the files of ours to remove."""
    post.text = post.author_id = post.author_handle = post.author_name = post.url = ""
    post.lat = post.lon = post.place = None
    post.withdrawn_at = at
    photos = session.scalars(select(Photo).where(Photo.post_id == post.id)).all()
    files = [photo.file for photo in photos if photo.file]
    session.execute(
        update(Photo)
        .where(Photo.post_id == post.id)
        .values(state=PhotoState.ERASED, alt="", remote_url=cast(Photo.id, String), file=None)
    )
    return files
