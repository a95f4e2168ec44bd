"""A post as the classifier reads it: folded, without addresses, not endless."""

import re
from unicodedata import normalize

from rules.clean import match_form

LONGEST = 2_000
"""Characters that are read. Networks end at 500 to 5,000; more than this is pasted text."""

_NOISE = re.compile(r"https?://\S+|www\.\S+|[@＠][\w.@-]+|[\x00-\x1f\x7f\ud800-\udfff]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_LETTERS_ALONE = {ord(normalize("NFKC", chr(code))): chr(code) for code in range(0x3131, 0x3164)}
_SPACE = re.compile(r"\s+")


class Folded(str):
    """A text that `plain` has folded; folding it again changes nothing and costs nothing."""

    __slots__ = ()


def plain(text: str) -> Folded:
    """Fold `text` for matching: NFKC, no case, no links, handles or control characters.

    Runs of one character shrink to two (ㅋㅋㅋㅋ is ㅋㅋ) and white space to one blank.
    """
    if isinstance(text, Folded):
        return text
    folded = _NOISE.sub(" ", match_form(text[:LONGEST]))
    return Folded(_SPACE.sub(" ", _REPEATED.sub(r"\1\1", folded)).strip())


def readable(folded: str) -> str:
    """Folded words as people write them: NFKC turns ㅋ into a letter that few fonts show alone."""
    return folded.translate(_LETTERS_ALONE)


def has_letters(text: str) -> bool:
    """Whether there is anything to read; an emoji alone has nothing."""
    return any(letter.isalnum() for letter in text)
