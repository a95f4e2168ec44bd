"""A text as the posts of a thread: as few as it needs, cut where a reader would pause."""

from collections.abc import Iterator, Sequence
from functools import partial
from unicodedata import normalize

from rules.ends import Ends, furthest
from rules.measure import TextRule, count, fits, in_words
from rules.text import WORTH_IT

__all__ = ["parts"]

#: Room for the numbers of a thread is kept for this many posts; more are no thread.
_ROOMS = (9, 99, 999)


def parts(text: str, rule: TextRule) -> list[str]:
    """The text as posts of a thread, each of which fits, numbered ` (1/3)` if more than one.

    They are as few as whole words allow; where that is more than one beyond the least possible,
    words are cut, too. Within that number a post ends at a sentence, else a clause, else a word,
    and none holds only hashtags, links and emoji where that can be helped. Only what is longer
    than a whole post, a link say, is broken. Raises `ValueError` when the limit leaves no room.
    """
    text = normalize("NFC", text).strip()
    if fits(text, rule):
        return [text]
    least = count(text, rule) // rule.limit
    for room in (room for room in _ROOMS if room >= least):
        pieces = _Thread(text, rule, f" ({room}/{room})").pieces(room)
        if len(pieces) <= room:
            return [f"{piece} ({n}/{len(pieces)})" for n, piece in enumerate(pieces, 1)]
    raise ValueError(f"{len(text)} characters make more than {_ROOMS[-1]} posts")


class _Thread:
    """One text, with the room that the number takes in each post."""

    def __init__(self, text: str, rule: TextRule, number: str) -> None:
        self._text, self._rule, self._number = text, rule, number
        self._ends = Ends(text, self._fits)

    def pieces(self, room: int) -> list[str]:
        """The pieces without their numbers; more than `room` only where the least are more."""
        least = len(self._starts(self._ends.characters))
        if not least:
            unit = in_words(self._rule.unit)
            raise ValueError(f"{self._rule.limit} {unit} leave no room for the parts of a thread")
        most = max(least, min(least + 1, room))
        found: list[tuple[int, list[int]]] = []
        for kinds in self._ways():
            starts = self._starts(kinds[-1])
            if 0 < len(starts) <= most:
                cuts = list(self._cuts(kinds, starts))
                found.append((self._saying_nothing(cuts), cuts))
                if not found[-1][0]:
                    break
        _, cuts = min(found, key=lambda each: each[0])
        return [self._text[a:b].strip() for a, b in zip([0, *cuts], cuts, strict=False)]

    def _fits(self, piece: str) -> bool:
        return fits(piece.strip() + self._number, self._rule)

    def _fit(self, start: int, end: int) -> bool:
        return self._fits(self._text[start:end])

    def _ways(self) -> Iterator[list[list[int]]]:
        """Kinds of places to cut at, in the order of trying; in each the best kind comes first."""
        ends, before = self._ends, self._ends.before_words()

        def apart(places: list[int]) -> list[int]:
            """Those that leave what is no word with the words before it."""
            return [place for place in places if place in before]

        best = [apart(ends.sentences), apart(ends.clauses), apart(ends.words)]
        yield [*best, ends.words]
        yield best
        yield [*best, ends.words, ends.characters]
        yield [*best, apart(ends.characters)]

    def _starts(self, places: Sequence[int]) -> list[int]:
        """From where one post is enough for the rest, two are, and so on back to the beginning.

        Empty where these places are too far apart.
        """
        backwards = [-place for place in reversed([0, *places])]
        starts = [len(self._text)]
        while (end := starts[-1]) > 0:
            start = -furthest(backwards, -end, partial(self._fit_before, end))
            if start == end:
                return []
            starts.append(start)
        return starts[1:]

    def _fit_before(self, end: int, negative_start: int) -> bool:
        return self._fit(-negative_start, end)

    def _cuts(self, kinds: Sequence[Sequence[int]], starts: Sequence[int]) -> Iterator[int]:
        """Where each post ends: at the best kind of place from which the rest needs no post more."""
        start, whole = 0, len(self._text)
        while start < whole:
            left = next(n for n, enough in enumerate(starts) if enough <= start)
            start = self._end(kinds, start, starts[left - 1] if left else whole)
            yield start

    def _end(self, kinds: Sequence[Sequence[int]], start: int, at_least: int) -> int:
        fitting, whole = partial(self._fit, start), len(self._text)
        if at_least == whole and fitting(whole):
            return whole
        most = furthest(kinds[-1], start, fitting)
        if most == start:
            raise ValueError(f"nothing of {self._text[start : start + 40]!r} fits a post")
        pause = start + WORTH_IT * (most - start)
        for places, worth in zip(kinds, (pause, pause, start, start), strict=False):
            end = furthest(places, start, fitting)
            if end > start and end >= max(at_least, worth):
                return end
        return most

    def _saying_nothing(self, cuts: Sequence[int]) -> int:
        """How many posts are without a word; 0 where the whole text is."""
        said = [self._ends.says_something(a, b) for a, b in zip([0, *cuts], cuts, strict=False)]
        return said.count(False) if any(said) else 0
