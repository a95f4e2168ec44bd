"""What a post is and whether it is urgent, by tables of words; no training."""

import math
import re
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
from rules.kind import NEEDS_ANSWER, Kind, Urgency

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


_WEIGHTS: dict[str, list[tuple[Kind, float]]] = {}
for _kind, _lines in WORDS.items():
    for _weight, _line in _lines.items():
        for _word in _line.split(","):
            _WEIGHTS.setdefault(match_form(_word), []).append((_kind, _weight))
_MATTERS = frozenset(MATTER.split(","))
_FINDER = WordFinder(_WEIGHTS.keys() | _MATTERS)
_SHAPES = tuple((kind, weight, re.compile(pattern)) for kind, weight, pattern in SHAPES)


def kind_of(text: str) -> KindGuess:
    """Guess what a post is. A post without any letter is chatter, unsurely: its photo may say more."""
    folded = plain(text)
    if not has_letters(folded):
        return KindGuess(Kind.CHATTER, 0.5)
    scores, words = dict(START), {kind: dict[str, None]() for kind in Kind}
    found = dict.fromkeys(hit.word for hit in _FINDER.find(folded))
    for word in found:
        for kind, weight in _WEIGHTS.get(word, ()):
            scores[kind] += weight
            words[kind][word] = None
    for kind, weight, shape in _SHAPES:
        if shape.search(folded):
            scores[kind] += weight
    matters = len(found.keys() & _MATTERS)
    for kind in scores.keys() - NEEDS_ANSWER:
        scores[kind] += MATTER_WEIGHT * min(matters, 4) if matters else NO_MATTER[kind]
    return _best(scores, words)


def _best(scores: dict[Kind, float], words: dict[Kind, dict[str, None]]) -> KindGuess:
    kind = max(scores, key=lambda k: scores[k])
    chances = {k: math.exp(score - scores[kind]) for k, score in scores.items()}
    total = math.fsum(chances.values())
    idle = math.fsum(chances[k] for k in chances.keys() - NEEDS_ANSWER) / total
    return KindGuess(
        kind, round(1 / total, 4), tuple(map(readable, words[kind]))[:4], round(idle, 4)
    )


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
