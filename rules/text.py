"""Make a text fit a network: cut once, or in parts for a thread."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from unicodedata import normalize

import regex

from rules.links import unbroken
from rules.measure import (
    TEXT_RULES,
    TextRule,
    TextUnit,
    count,
    fits,
    graphemes,
    measured,
    size_in_bytes,
)

__all__ = [
    "MARK",
    "TEXT_RULES",
    "TextRule",
    "TextUnit",
    "count",
    "cut",
    "fits",
    "leaving_room",
    "measured",
    "parts",
]

#: Stands where something was left out.
MARK = "…"

_SENTENCE_END = regex.compile(r"[.!?。！？…]+[\"'”’」』)\]]*(?=\s|$)|\n+")
_WORD_END = regex.compile(r"\S(?=\s)")
#: A sentence or a word is preferred when it keeps at least this share of what could be kept.
_WORTH_IT = 0.5
#: Room for the numbers of a thread is kept for this many posts; more are no thread.
_ROOMS = (9, 99, 999)


def cut(text: str, rule: TextRule, *, tail: str = "") -> str:
    """A text that fits, ending with `tail` (a link to the whole, say), in NFC.

    What fits is kept as it is. Otherwise it ends at a sentence, else at a word, else between two
    characters, never inside a character, a link, a hashtag or a mention. `…` shows the loss,
    unless a whole sentence and a tail do. Raises `ValueError` when the tail alone does not fit.
    """
    text, tail = normalize("NFC", text), normalize("NFC", tail)
    ending = f" {tail}" if tail and text else tail
    if fits(text + ending, rule):
        return text + ending
    if not fits(MARK + ending, rule):
        raise ValueError(f"the ending {tail!r} alone is longer than {rule.limit} {rule.unit}")

    def written(whole_sentence: bool, end: int) -> str:
        kept = text[:end].rstrip()
        return kept + ("" if whole_sentence and ending else _mark(kept)) + ending

    def fitting(whole_sentence: bool, end: int) -> bool:
        return fits(written(whole_sentence, end), rule)

    end, whole_sentence = _places(text).best(0, fitting)
    return written(whole_sentence, end)


def parts(text: str, rule: TextRule) -> list[str]:
    """The text as posts of a thread, each of which fits, numbered ` (1/3)` if more than one.

    Cut like `cut`; only what is longer than a whole post, a link say, is broken. Raises
    `ValueError` when the limit leaves no room.
    """
    text = normalize("NFC", text).strip()
    if fits(text, rule):
        return [text]
    places = _Places(text, breakable=True)
    least = count(text, rule) // rule.limit
    for room in (room for room in _ROOMS if room >= least):
        pieces = list(_pieces(text, places, rule, f" ({room}/{room})"))
        if len(pieces) <= room:
            return [f"{piece} ({n}/{len(pieces)})" for n, piece in enumerate(pieces, 1)]
    raise ValueError(f"{len(text)} characters make more than {_ROOMS[-1]} posts")


def leaving_room(rule: TextRule, ending: str) -> TextRule:
    """The rule for what comes before this ending."""
    left = rule.bytes_limit
    return replace(
        rule,
        limit=rule.limit - count(ending, rule),
        bytes_limit=None if left is None else left - size_in_bytes(ending),
    )


def _pieces(text: str, places: "_Places", rule: TextRule, number: str) -> Iterator[str]:
    start = 0

    def fitting(_whole_sentence: bool, end: int) -> bool:
        return fits(text[start:end].strip() + number, rule)

    while start < len(text):
        end, _ = places.best(start, fitting)
        if end == start:
            raise ValueError(f"{rule.limit} {rule.unit} leave no room for the parts of a thread")
        if piece := text[start:end].strip():
            yield piece
        start = end


@lru_cache(maxsize=16)
def _places(text: str) -> "_Places":
    """A broadcast cuts the same text for every room that an account leaves it."""
    return _Places(text)


def _mark(kept: str) -> str:
    """`…`, apart from a link or hashtag that it would otherwise become part of."""
    last_word = kept.rpartition(" ")[2]
    touches = any(end == len(last_word) for _, end in unbroken(last_word))
    return f" {MARK}" if touches else MARK


class _Places:
    """Where a text may end, in rising order, from the best places to the least."""

    def __init__(self, text: str, *, breakable: bool = False) -> None:
        inside = {n for start, end in unbroken(text) for n in range(start + 1, end)}
        every = [end for _, end in graphemes(text)]
        self._characters = [end for end in every if end not in inside]
        free = set(self._characters)
        self._words = [m.end() for m in _WORD_END.finditer(text) if m.end() in free]
        self._sentences = [m.end() for m in _SENTENCE_END.finditer(text) if m.end() in free]
        self._last_resorts: Sequence[Sequence[int]] = (
            (every, range(1, len(text) + 1)) if breakable else ()
        )

    def best(self, start: int, fitting: Callable[[bool, int], bool]) -> tuple[int, bool]:
        """The end to choose after `start`, and whether a sentence ends there.

        `fitting` says whether the text up to an end, a whole sentence or not, still fits. `start`
        itself comes back when nothing does.
        """
        most = _furthest(self._characters, start, partial(fitting, False))
        worth = start + _WORTH_IT * (most - start)
        for ends, whole in ((self._sentences, True), (self._words, False)):
            end = _furthest(ends, start, partial(fitting, whole))
            if end > start and end >= worth:
                return end, whole
        for other_ends in self._last_resorts:
            if most == start:
                most = _furthest(other_ends, start, partial(fitting, False))
        return most, False


def _furthest(ends: Sequence[int], start: int, fitting: Callable[[int], bool]) -> int:
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
