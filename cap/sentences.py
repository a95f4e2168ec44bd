"""An instruction taken apart: what to do first, and the rest."""

import re

_ENDS = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s|$)|[。！？]+[\"'”’」』)\]]*|\n")


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence in one line, and what follows it; a line's end ends a sentence too."""
    text = text.strip()
    end = _ENDS.search(text)
    first = text[: end.end()] if end else text
    return one_line(first), text[len(first) :].strip()


def one_line(text: str) -> str:
    """The text with its blanks and line ends as single blanks."""
    return " ".join(text.split())


def folded(text: str) -> str:
    """What is compared when two texts may be the same."""
    return one_line(text).casefold()
