"""What a post is and whether it is urgent, by tables of words; no training."""

import math
import re
from collections.abc import Iterable
from typing import NamedTuple

from routing.lexicon import (
    DANGERS,
    MATTER,
    MATTER_WEIGHT,
    NO_MATTER,
    NOT_NOW,
    NOW,
    SHAPES,
    START,
    WORDS,
)
from routing.text import has_letters, plain, readable
from routing.words import WordFinder
from rules.clean import match_form
from rules.kind import BY_PEOPLE, NEEDS_ANSWER, Kind, Urgency

DISMISS = 0.8
"""The probability of needing no answer from which a post is dismissed; below it, people look."""


class KindGuess(NamedTuple):
    """A kind, the probability that it is right, the words that say so, and the probability that
    the post is of any kind that needs no answer."""

    kind: Kind
    confidence: float
    words: tuple[str, ...] = ()
    idle: float = 0.0

    @property
    def dismissed(self) -> bool:
        """Whether the post needs no answer, surely enough to dismiss it without a person."""
        return self.kind not in NEEDS_ANSWER and self.idle >= DISMISS


class UrgencyGuess(NamedTuple):
    """How soon; the danger that makes it urgent, in Korean, and the words that say so."""

    urgency: Urgency
    reason: str = ""
    words: tuple[str, ...] = ()


# Kinds by number: an enumeration's hash is slow, and each post asks for it a hundred times.
_KINDS = tuple(kind for kind in Kind if kind not in BY_PEOPLE)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_IDLE = tuple(_NUMBER[kind] for kind in _KINDS if kind not in NEEDS_ANSWER)
_START = [START[kind] for kind in _KINDS]
_NO_MATTER = [NO_MATTER.get(kind, 0.0) for kind in _KINDS]
_WEIGHTS: dict[str, list[tuple[int, float]]] = {}
for _kind, _lines in WORDS.items():
    for _weight, _line in _lines.items():
        for _word in _line.split(","):
            _WEIGHTS.setdefault(match_form(_word), []).append((_NUMBER[_kind], _weight))
_MATTERS = frozenset(MATTER.split(","))
_FINDER = WordFinder(_WEIGHTS.keys() | _MATTERS)
_SHAPES = tuple((_NUMBER[kind], weight, re.compile(pattern)) for kind, weight, pattern in SHAPES)


def kind_of(text: str) -> KindGuess:
    """Guess what a post is. A post without any letter is chatter, unsurely: its photo may say more."""
    folded = plain(text)
    if not has_letters(folded):
        return KindGuess(Kind.CHATTER, 0.5)
    found = dict.fromkeys(hit.word for hit in _FINDER.find(folded))
    scores = _START.copy()
    for word in found:
        for kind, weight in _WEIGHTS.get(word, ()):
            scores[kind] += weight
    for kind, weight, shape in _SHAPES:
        if shape.search(folded):
            scores[kind] += weight
    matters = min(len(found.keys() & _MATTERS), 4)
    for kind in _IDLE:
        scores[kind] += MATTER_WEIGHT * matters if matters else _NO_MATTER[kind]
    return _best(scores, found)


def _best(scores: list[float], found: Iterable[str]) -> KindGuess:
    top = max(scores)
    best = scores.index(top)
    chances = [math.exp(score - top) for score in scores]
    total = math.fsum(chances)
    words = [w for w in found if any(kind == best for kind, _ in _WEIGHTS.get(w, ()))]
    idle = math.fsum(chances[kind] for kind in _IDLE) / total
    said = tuple(map(readable, words[:4]))
    return KindGuess(_KINDS[best], round(1 / total, 4), said, round(idle, 4))


def urgency_of(text: str) -> UrgencyGuess:
    """Urgent when the words speak of a danger to life or safety that is there now."""
    folded = plain(text)
    if NOT_NOW.search(folded) and not NOW.search(folded):
        return UrgencyGuess(Urgency.NORMAL)
    for danger in DANGERS:
        said = danger.said.search(folded)
        if said:
            return UrgencyGuess(Urgency.URGENT, danger.reason, (said[0].strip(),))
    return UrgencyGuess(Urgency.NORMAL)
