"""Finding many fixed words in a text at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple


class Hit(NamedTuple):
    start: int
    word: str

    @property
    def end(self) -> int:
        return self.start + len(self.word)


class WordFinder:
    """Knows thousands of words and finds those in a text, the longest first at each position.

    Words are looked up by their first two characters, which in Korean leaves one or two
    candidates; that is several times faster than one regular expression of alternatives.
    """

    def __init__(self, words: Iterable[str]) -> None:
        index: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for word in sorted(set(words), key=lambda w: (-len(w), w)):
            if len(word) > 1:
                index[word[0], word[1]].append(word)
        self._index = dict(index)

    def find(self, text: str) -> Iterator[Hit]:
        """Every word at every position, longer ones before shorter ones; they may overlap."""
        index = self._index
        begins = [start for start, pair in enumerate(pairwise(text)) if pair in index]
        for start in begins:
            for word in index[text[start], text[start + 1]]:
                if text.startswith(word, start):
                    yield Hit(start, word)
