"""Which words of a post decided: what each n-gram added, summed up over whole words."""

import numpy as np

from routing.ngrams import Batch, Floats, Integers, Occurrences
from routing.text import readable

MOST_WORDS = 4
LEAST_SHARE = 0.12
"""A word is named when it carries at least this share of all that spoke for the office."""

_BLANK = 32
_EDGES = ".,!?~…·:;\"'()[]{}<>#*-^"


def deciding_words(batch: Batch, found: Occurrences, spoke: Floats) -> list[tuple[str, ...]]:
    """The words of each post that spoke most for its office, the strongest first.

    Args:
        batch: the posts.
        found: their n-grams.
        spoke: what each of those n-grams added to the office's score.
    """
    letters = _by_letter(len(batch.letters), found, spoke)
    between = (batch.letters == _BLANK) | (batch.letters == 0)
    word = np.cumsum(between)
    weight = np.bincount(word, weights=np.where(between, 0.0, letters))
    first = np.searchsorted(word, np.arange(len(weight)))
    post = batch.post[first]
    total = np.bincount(post, weights=np.maximum(weight, 0), minlength=batch.size)
    order = np.flatnonzero((weight > 0) & (weight >= LEAST_SHARE * total[post]))
    order = order[np.lexsort((first[order], -weight[order], post[order]))]
    words: list[dict[str, None]] = [{} for _ in range(batch.size)]
    for number in order.tolist():
        said = words[post[number]]
        text = _text(batch, first[number], number, first)
        if text and len(said) < MOST_WORDS:
            said[text] = None
    return [tuple(said) for said in words]


def _by_letter(length: int, found: Occurrences, spoke: Floats) -> Floats:
    """Spread each n-gram's weight evenly over its letters."""
    each = spoke / found.size
    steps = np.bincount(found.start, weights=each, minlength=length + 1)
    steps -= np.bincount(found.start + found.size, weights=each, minlength=length + 1)[: length + 1]
    return np.cumsum(steps)[:length].astype(np.float32)


def _text(batch: Batch, begin: int, number: int, first: Integers) -> str:
    end = first[number + 1] if number + 1 < len(first) else len(batch.letters)
    letters = batch.letters[begin:end].tobytes().decode("utf-32-le", "surrogatepass")
    return readable(letters.strip(" \0").strip(_EDGES))
