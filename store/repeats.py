"""What one citizen was answered before on one matter: the law counts it (Act, art. 23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from rules.case import Status
from rules.similar import Matter, said_again
from store.cases import posts_of
from store.tables import Case, Post

#: How many of a citizen's answered posts are compared with a new one: the latest.
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One time that an answer reached the citizen."""

    case: Case
    at: datetime


def answered_before(session: Session, case: Case) -> list[Answered]:
    """Each answer on this matter that its citizen had before it was brought up again, oldest first.

    Those of this very case, too, where the citizen came back. None where several people wrote in
    it: what one of them was told the others were not.
    """
    posts = [post for post in posts_of(session, case) if post.withdrawn_at is None]
    if len({(post.network, post.author_id) for post in posts}) != 1:
        return []
    again = max(_times(case, Status.REOPENED), default=case.received_at)
    found = [
        Answered(case=one, at=at)
        for one in (case, *_others(session, case, posts))
        for at in _times(one, Status.REPLIED)
        if at <= again
    ]
    return sorted(found, key=lambda answered: answered.at)


def _others(session: Session, case: Case, posts: Sequence[Post]) -> list[Case]:
    """The citizen's other answered cases that say the same."""
    query = (
        select(Post, Case)
        .join(Case, Post.case_id == Case.id)
        .where(
            Post.network == posts[0].network,
            Post.author_id == posts[0].author_id,
            Post.withdrawn_at.is_(None),
            Case.id != case.id,
            Case.answered_at.is_not(None),
        )
        .order_by(Post.created_at.desc())
        .limit(MOST)
        .options(selectinload(Case.history))
    )
    now = [_matter(post, case) for post in posts]
    return list(
        dict.fromkeys(
            other
            for post, other in session.execute(query)
            if any(said_again(_matter(post, other), one) for one in now)
        )
    )


def _matter(post: Post, case: Case) -> Matter:
    return Matter(id=str(post.id), text=post.text, place=case.place, at=post.created_at)


def _times(case: Case, status: Status) -> list[datetime]:
    return [line.at for line in case.history if line.after is status]
