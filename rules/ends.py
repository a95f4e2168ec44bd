"""Where a text may end: between sentences, clauses, words or characters, never inside a link."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

import regex

from rules.links import unbroken
from rules.measure import graphemes

__all__ = ["Ends", "furthest"]

_SENTENCE_END = regex.compile(r"[.!?。！？…]+[\"'”’」』)\]]*(?=\s|$)|\n+")
_CLAUSE_END = regex.compile(r"[,;、，；](?=\s)")
_WORD_END = regex.compile(r"\S(?=\s)")
_CHUNK = regex.compile(r"\s*\S+")
#: A letter or a figure, but none that is drawn as an emoji.
_LETTER = regex.compile(r"[\p{L}\p{N}](?!\uFE0F|\u20E3)")


class Ends:
    """The ends of a text in rising order: `sentences`, `clauses`, `words`, `characters`.

    `stays_whole` says which links, hashtags and characters are not cut; without it none is.
    """

    def __init__(self, text: str, stays_whole: Callable[[str], bool] | None = None) -> None:
        def holds(start: int, end: int) -> bool:
            return stays_whole is None or stays_whole(text[start:end])

        spans = list(unbroken(text))
        inside = {n for a, b in spans if holds(a, b) for n in range(a + 1, b)}
        self.characters = [end for end in _characters(text, holds) if end not in inside]
        free = set(self.characters)
        self.words, self.clauses, self.sentences = (
            [m.end() for m in pattern.finditer(text) if m.end() in free]
            for pattern in (_WORD_END, _CLAUSE_END, _SENTENCE_END)
        )
        self._said = _without(text, spans)

    def says_something(self, start: int, end: int) -> bool:
        """Whether a word is there, besides links, addresses, hashtags, mentions and emoji."""
        return _LETTER.search(self._said, start, end) is not None

    def before_words(self) -> set[int]:
        """The places with a word before them and a word next."""
        places: set[int] = set()
        first = _LETTER.search(self._said)
        for chunk in _CHUNK.finditer(self._said):
            last = max((letter.end() for letter in _LETTER.finditer(chunk[0])), default=0)
            places.update(range(chunk.start(), chunk.start() + last))
        return {place for place in places if first and place > first.start()}


def _characters(text: str, holds: Callable[[int, int], bool]) -> Iterator[int]:
    for start, end in graphemes(text):
        if end - start > 1 and not holds(start, end):
            yield from range(start + 1, end)
        yield end


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with each span struck out, in the same length."""
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += text[done:start], "-" * (end - start)
        done = end
    return "".join(pieces) + text[done:]


def furthest(ends: Sequence[int], start: int, fitting: Callable[[int], bool]) -> int:
    """The last end after `start` that fits, `start` if none does.

    It leaps in doubled steps, then halves: more text is hardly ever shorter.
    """
    low = first = bisect_right(ends, start)
    high, step = low, 1
    while high < len(ends) and fitting(ends[high]):
        low, high, step = high + 1, high + step, step * 2
    high = min(high, len(ends))
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if fitting(ends[middle]) else (low, middle)
    while low > first and not fitting(ends[low - 1]):
        low -= 1
    return ends[low - 1] if low > first else start
