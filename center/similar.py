"""Answered cases that read like this one, so that an answer need not be found twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store.case_page import answered_at, last_answers
from store.cases import text_of
from store.lists import first_posts
from store.tables import Answer, Case, Post

#: Below this two Korean posts share little more than their endings.
LEAST = 0.22
MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """An answered case, what was asked, and what was answered."""

    case: Case
    post: Post
    answer: Answer
    likeness: float


def similar_to(session: Session, case: Case) -> list[Similar]:
    """The answered cases of the same office that are most like this one, the likest first."""
    if case.office_id is None:
        return []
    others = answered_at(session, case.office_id, but=case)
    posts, answers = first_posts(session, others), last_answers(session, others)
    whole = [o for o in others if o.id in posts and o.id in answers]
    scores = likeness(text_of(session, case), [posts[other.id].text for other in whole])
    best = sorted(zip(scores, whole, strict=True), key=lambda pair: -pair[0])[:MOST]
    return [
        Similar(case=other, post=posts[other.id], answer=answers[other.id], likeness=score)
        for score, other in best
        if score >= LEAST
    ]


def likeness(text: str, others: Iterable[str]) -> list[float]:
    """How much of its pairs of letters each other text shares with this one, 0 to 1 (Dice)."""
    mine = _pairs(text)
    return [_dice(mine, _pairs(other)) for other in others]


def _pairs(text: str) -> frozenset[str]:
    letters: Sequence[str] = "".join(c for c in text.casefold() if c.isalnum())
    return frozenset(letters[n] + letters[n + 1] for n in range(len(letters) - 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one) + len(other)
    return 2 * len(one & other) / both if both else 0.0
