"""Where the sentences of a disaster message end: nowhere else may one be cut.

Half an instruction can say the opposite of the whole ("come out, to fetch the car"), so what is
doubtful is no end here: an ellipsis, a stop after a figure or an abbreviation, a line that just
breaks off.
"""

from collections.abc import Callable

import regex

from rules.links import unbroken

__all__ = ["sentence_ends", "whole_sentences"]

_CLOSED = r"[\"'”’」』）)\]]*"
_END = regex.compile(
    rf"[。！？]+{_CLOSED}"  # needs no blank behind it
    rf"|[.!?]+{_CLOSED}(?=\s|$)"
    r"|(?=\s*\n[^\S\n]*\n)"  # a paragraph
)
#: Before a stop that may go on in the same line: a figure (`12. 3. 오후`), an initial, a short form.
_GOES_ON = regex.compile(
    r"(?:\d|(?<!\p{L})(?:[A-Za-z]|no|nos|st|mt|mr|mrs|ms|dr|vs|etc|approx|tel|ext|dept|e\.g|i\.e|[ap]\.m))\.$",
    regex.IGNORECASE,
)


def sentence_ends(text: str) -> list[int]:
    """Where a sentence ends, in rising order; the text's own end is the last."""
    inside = {n for start, end in unbroken(text) for n in range(start + 1, end)}
    ends = [found.end() for found in _END.finditer(text) if found.end() not in inside]
    sure = [end for end in ends if end and not _may_go_on(text, end)]
    whole = len(text.rstrip())
    return sorted({*sure, whole} - {0}) if whole else []


def _may_go_on(text: str, end: int) -> bool:
    """Whether this stop may stand within a sentence; at a line's end none does."""
    rest = text[end:].lstrip(" \t\r")
    if not rest or rest.startswith("\n"):
        return False
    before = text[:end]
    return before.endswith("..") or _GOES_ON.search(before[-12:]) is not None


def whole_sentences(text: str, written: Callable[[str], str], fits: Callable[[str], bool]) -> str:
    """As many of the first sentences as fit, as they are written out; "" where not even one does.

    `written` adds what follows them, and `fits` says whether the result has room.
    """
    for end in reversed(sentence_ends(text)):
        if fits(whole := written(text[:end].rstrip())):
            return whole
    return ""
