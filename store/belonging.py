"""What is read to find the case that a post belongs to: plain rows, read many at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from rules.case import OPEN, Status
from store.tables import AccountRow, Case, Delivery, Message, Post

#: A network, and the id of a post there.
Remote = tuple[str, str]


class Belongs(NamedTuple):
    """A case as far as joining it needs."""

    id: int
    status: Status
    replied_at: datetime | None


_CASE = (Case.id, Case.status, Case.replied_at)


def matters(
    session: Session, since: datetime, *, most_of_a_case: int
) -> Iterator[tuple[Post, Belongs]]:
    """Public posts since then in cases that nobody answered yet, the first few of each, oldest first."""
    at = (Post.created_at, Post.id)
    nth = func.row_number().over(partition_by=Post.case_id, order_by=at)
    numbered = (
        select(Post, nth.label("nth"))
        .where(Post.created_at >= since, Post.withdrawn_at.is_(None), Post.public)
        .subquery()
    )
    post = aliased(Post, numbered)
    query = (
        select(post, *_CASE)
        .join(Case, post.case_id == Case.id)
        .where(Case.status.in_(OPEN - {Status.ANSWERED}), numbered.c.nth <= most_of_a_case)
    )
    return _pairs(session, query.order_by(post.created_at, post.id))


def written_before(
    session: Session, posts: Sequence[Post], *, within: timedelta
) -> Iterator[tuple[Post, Belongs]]:
    """What the writers of these posts wrote shortly before, where it stands and has a case."""
    if not posts:
        return iter(())
    times = [post.created_at for post in posts]
    query = select(Post, *_CASE).join(Case, Post.case_id == Case.id)
    return _pairs(
        session,
        query.where(
            tuple_(Post.network, Post.author_id).in_({(p.network, p.author_id) for p in posts}),
            Post.created_at >= min(times) - within,
            Post.created_at <= max(times),
            Post.withdrawn_at.is_(None),
        ),
    )


def closed_for(session: Session, posts: Sequence[Post]) -> Iterator[tuple[Post, Belongs]]:
    """What the writers of these posts wrote in cases that a person closed as said again and again."""
    query = select(Post, *_CASE).join(Case, Post.case_id == Case.id)
    authors = {(post.network, post.author_id) for post in posts}
    return _pairs(
        session,
        query.where(
            tuple_(Post.network, Post.author_id).in_(authors),
            Case.closed_at.is_not(None),
            Post.withdrawn_at.is_(None),
        ).order_by(Post.id),
    )


def of_parents(session: Session, posts: Sequence[Post]) -> Iterator[tuple[Remote, Belongs]]:
    """The cases of posts that these posts reply to, by the parent's network and id."""
    query = select(Post.network, Post.remote_id, *_CASE).join(Case, Post.case_id == Case.id)
    parents = tuple_(Post.network, Post.remote_id)
    return _by_remote(session, query.where(parents.in_(_parents(posts))))


def of_our_messages(session: Session, posts: Sequence[Post]) -> Iterator[tuple[Remote, Belongs]]:
    """The cases of our own messages that these posts reply to, by the message's network and id."""
    query = (
        select(AccountRow.network, Delivery.remote_id, *_CASE)
        .select_from(Case)
        .join(Message, Message.case_id == Case.id)
        .join(Delivery, Delivery.message_id == Message.id)
        .join(AccountRow, Delivery.account_id == AccountRow.id)
        .where(Delivery.remote_id.in_({remote for _, remote in _parents(posts)}))
    )
    return _by_remote(session, query)


def _parents(posts: Sequence[Post]) -> set[Remote]:
    return {(post.network, post.in_reply_to) for post in posts if post.in_reply_to}


def _pairs(session: Session, query: Select[Any]) -> Iterator[tuple[Post, Belongs]]:
    for post, *case in session.execute(query):
        yield post, Belongs(*case)


def _by_remote(session: Session, query: Select[Any]) -> Iterator[tuple[Remote, Belongs]]:
    for network, remote_id, *case in session.execute(query):
        yield (network, remote_id), Belongs(*case)
