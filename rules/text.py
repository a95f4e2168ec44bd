"""Make a text fit a network by cutting it once; `rules.thread` makes several posts of it."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from unicodedata import normalize

from rules.ends import Ends, furthest
from rules.links import unbroken
from rules.measure import (
    TEXT_RULES,
    TextRule,
    TextUnit,
    count,
    fits,
    in_words,
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
]

#: Stands where something was left out.
MARK = "…"

#: A sentence or a word is preferred when it keeps at least this share of what could be kept.
WORTH_IT = 0.5


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
        raise ValueError(
            f"the ending {tail!r} alone is longer than {rule.limit} {in_words(rule.unit)}"
        )

    def written(whole_sentence: bool, end: int) -> str:
        kept = text[:end].rstrip()
        return kept + ("" if whole_sentence and ending else _mark(kept)) + ending

    def fitting(whole_sentence: bool, end: int) -> bool:
        return fits(written(whole_sentence, end), rule)

    end, whole_sentence = _best(_ends(text), fitting)
    return written(whole_sentence, end)


def leaving_room(rule: TextRule, ending: str) -> TextRule:
    """The rule for what comes before this ending."""
    left = rule.bytes_limit
    return replace(
        rule,
        limit=rule.limit - count(ending, rule),
        bytes_limit=None if left is None else left - size_in_bytes(ending),
    )


@lru_cache(maxsize=16)
def _ends(text: str) -> Ends:
    """A broadcast cuts the same text for every room that an account leaves it."""
    return Ends(text)


def _best(ends: Ends, fitting: Callable[[bool, int], bool]) -> tuple[int, bool]:
    """The end to choose, and whether a sentence ends there; 0 when nothing fits.

    `fitting` says whether the text up to an end, a whole sentence or not, still fits.
    """
    most = furthest(ends.characters, 0, partial(fitting, False))
    for places, whole in ((ends.sentences, True), (ends.words, False)):
        end = furthest(places, 0, partial(fitting, whole))
        if end and end >= WORTH_IT * most:
            return end, whole
    return most, False


def _mark(kept: str) -> str:
    """`…`, apart from a link or hashtag that it would otherwise become part of."""
    last_word = kept.rpartition(" ")[2]
    touches = any(end == len(last_word) for _, end in unbroken(last_word))
    return f" {MARK}" if touches else MARK
