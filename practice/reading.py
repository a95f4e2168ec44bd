"""Reading: what may be seen, in pages as Mastodon cuts them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from practice.tables import Account, Mention, Status, Tagging, now
from practice.text import folded

OPEN = ("public", "unlisted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A page: `min_id` asks for what comes right after it, `since_id` for the newest after it."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20

    def cut(self, query: Select[Any], column: Any) -> Select[Any]:
        for bound in (self.since_id, self.min_id):
            if bound is not None:
                query = query.where(column > bound)
        if self.max_id is not None:
            query = query.where(column < self.max_id)
        order = column.asc() if self.min_id is not None else column.desc()
        return query.order_by(order).limit(self.limit)

    def newest_first(self, rows: list[Any]) -> list[Any]:
        return rows[::-1] if self.min_id is not None else rows


def readable(viewer: int | None) -> ColumnElement[bool]:
    """Condition: neither deleted nor hidden, and open to the viewer (an account's id)."""
    allowed: ColumnElement[bool] = Status.visibility.in_(OPEN)
    if viewer is not None:
        addressed = exists().where(Mention.status_id == Status.id, Mention.account_id == viewer)
        allowed = or_(allowed, Status.account_id == viewer, addressed)
    return and_(Status.deleted_at.is_(None), Status.visible_at <= now(), allowed)


def find(session: Session, status_id: int, viewer: int | None) -> Status | None:
    return session.scalar(select(Status).where(Status.id == status_id, readable(viewer)))


def pick(session: Session, query: Select[Any], window: Window) -> list[Status]:
    """The query's statuses within the window, newest first."""
    return window.newest_first(list(session.scalars(window.cut(query, Status.id))))


def by_account(account_id: int, viewer: int | None) -> Select[Any]:
    return select(Status).where(Status.account_id == account_id, readable(viewer))


def without_replies(query: Select[Any]) -> Select[Any]:
    """Leave out answers to others; answers to oneself stay, as on Mastodon."""
    oneself = Status.in_reply_to_account_id == Status.account_id
    return query.where(or_(Status.in_reply_to_id.is_(None), oneself))


def public() -> Select[Any]:
    return without_replies(
        select(Status).where(
            Status.visibility == "public", Status.reblog_of_id.is_(None), readable(None)
        )
    )


def home(viewer: int) -> Select[Any]:
    """One's own posts and the city's: everyone follows the city's accounts here."""
    city = select(Account.id).where(Account.city)
    mine = or_(Status.account_id == viewer, Status.account_id.in_(city))
    return select(Status).where(mine, Status.visibility != "direct", readable(viewer))


def tagged(tag: str) -> Select[Any]:
    """Public posts with the hashtag (folded)."""
    marked = select(Tagging.status_id).where(Tagging.tag == tag)
    return select(Status).where(
        Status.id.in_(marked), Status.visibility == "public", readable(None)
    )


def with_tag(query: Select[Any], tag: str) -> Select[Any]:
    """Only those of the query's posts that carry the hashtag (folded)."""
    return query.where(Status.id.in_(select(Tagging.status_id).where(Tagging.tag == tag)))


def containing(words: str, viewer: int | None) -> Select[Any]:
    """Posts whose folded text holds all the words."""
    query = select(Status).where(Status.reblog_of_id.is_(None), readable(viewer))
    for word in words.split():
        query = query.where(Status.words.contains(word, autoescape=True))
    return query


def searched(words: str, viewer: int, author: int | None = None) -> Select[Any]:
    """What search finds: posts with the hashtag when one is asked for, else with all the words."""
    tag = folded(words)
    is_tag = tag.startswith("#") and " " not in tag
    query = tagged(tag[1:]) if is_tag else containing(tag, viewer)
    return query if author is None else query.where(Status.account_id == author)


def thread(
    session: Session, status: Status, viewer: int | None
) -> tuple[list[Status], list[Status]]:
    """What the status answers, oldest first, and what answers it, each under its own parent."""
    same = select(Status).where(Status.thread_id == status.thread_id, readable(viewer))
    known = {found.id: found for found in session.scalars(same.order_by(Status.id))}
    ancestors: list[Status] = []
    above = known.get(status.in_reply_to_id or 0)
    while above is not None:
        ancestors.append(above)
        above = known.get(above.in_reply_to_id or 0)
    children: dict[int, list[Status]] = {}
    for found in known.values():
        children.setdefault(found.in_reply_to_id or 0, []).append(found)
    below: list[Status] = []
    waiting = children.get(status.id, [])[::-1]
    while waiting:
        found = waiting.pop()
        below.append(found)
        waiting += children.get(found.id, [])[::-1]
    return ancestors[::-1], below


def reblogged_by(session: Session, viewer: int | None, originals: list[int]) -> set[int]:
    """Which of these posts the viewer has passed on."""
    if viewer is None or not originals:
        return set()
    mine = aliased(Status)
    return set(
        session.scalars(
            select(mine.reblog_of_id).where(
                mine.account_id == viewer,
                mine.reblog_of_id.in_(originals),
                mine.deleted_at.is_(None),
            )
        )
    ) - {None}  # type: ignore[return-value]  # without None only ids are left


def reblogs_of(session: Session, status_id: int) -> list[Status]:
    """The reblogs of a post, newest first."""
    query = select(Status).where(Status.reblog_of_id == status_id, readable(None))
    return list(session.scalars(query.order_by(Status.id.desc()).limit(80)))
