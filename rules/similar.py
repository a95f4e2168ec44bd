"""The same matter twice: said by several citizens, or by one in several posts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

import regex
from rapidfuzz import fuzz

from rules.clean import match_form

#: Measured on written pairs, see docs/decisions/0026: below these, another matter at the same place
#: looks the same.
LEAST_SHARED = 0.6  # of three-letter pieces, Jaccard
LEAST_ALIKE = 80.0  # rapidfuzz's token_sort_ratio
#: Posts further apart are two matters, or the same one come back.
WITHIN = timedelta(hours=24)
#: Texts that name no place need this many letters to be specific enough.
LEAST_LETTERS_WITHOUT_PLACE = 20
#: One citizen's posts within this time are one case.
THREAD_WITHIN = timedelta(minutes=10)

#: Characters of a text that are compared; who pastes more says nothing more of the matter.
_LONGEST = 1_000

_NOT_THE_MATTER = regex.compile(r"https?://\S+|@[\w.@-]+|^rt\b|\[[^\]]{1,10}\]")
_NO_LETTER = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_NUMBER = regex.compile(r"\d+")


@dataclass(frozen=True, kw_only=True)
class Matter:
    """A post or case to compare with. `place` is a name of the gazetteer, `at` is aware."""

    id: str
    text: str
    place: str | None
    at: datetime

    @cached_property
    def read(self) -> "_Read":
        """The text as it is compared; in a flood it is compared over and over."""
        return _read(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadPost:
    """A post to the city as threads see it; ids are the network's own."""

    id: str
    network: str
    author: str
    at: datetime
    reply_to: str | None = None
    place: str | None = None


def same_thread(previous: ThreadPost, post: ThreadPost) -> bool:
    """Whether one citizen goes on with what they said before, so that both are one case.

    A reply to one's own post always does. Another post does within ten minutes of it, unless it
    answers something else or names another place.
    """
    if (previous.network, previous.author) != (post.network, post.author):
        return False
    if post.reply_to is not None:
        return post.reply_to == previous.id
    return abs(post.at - previous.at) <= THREAD_WITHIN and not _apart(previous.place, post.place)


def same_matter(a: str, b: str) -> bool:
    """Whether two texts say the same thing, leaving aside who they mention and what they link.

    They must share three-letter pieces and words, and may not name different numbers: buses 143
    and 472 are two matters.
    """
    return _same(_read(a), _read(b))


def said_again(one: Matter, other: Matter) -> bool:
    """Whether one citizen says the same once more, however much later.

    As `find_same`, but a place that only one of them names tells nothing against it.
    """
    if _apart(one.place, other.place):
        return False
    placed = one.place is not None and other.place is not None
    fewest = min(one.read.letters, other.read.letters)
    return (placed or fewest >= LEAST_LETTERS_WITHOUT_PLACE) and _same(one.read, other.read)


def _same(one: "_Read", other: "_Read") -> bool:
    # the cheapest questions first, in integers: a flood asks this thousands of times a second
    fewest, most = sorted((len(one.pieces), len(other.pieces)))
    if not fewest or fewest < LEAST_SHARED * most:
        return False  # even if all of the shorter one were in the longer
    if not (one.numbers <= other.numbers or other.numbers <= one.numbers):
        return False
    shared = len(one.pieces & other.pieces)
    if shared < LEAST_SHARED * (fewest + most - shared):
        return False
    return bool(fuzz.token_sort_ratio(one.words, other.words) >= LEAST_ALIKE)


def find_same(
    text: str, place: str | None, at: datetime, candidates: Iterable[Matter]
) -> str | None:
    """The id of the earliest candidate about the same matter within a day, if there is one.

    Different places never merge, nor a known place with an unknown one; where neither is known,
    the text itself must be long enough to be about one thing. Reads every candidate.
    """
    post = Matter(id="", text=text, place=place, at=at)
    found = (m for m in sorted(candidates, key=lambda m: m.at) if _may_be_same(post, m))
    return next((m.id for m in found if _same(post.read, m.read)), None)


def _may_be_same(a: Matter, b: Matter) -> bool:
    if abs(a.at - b.at) > WITHIN or a.place != b.place:
        return False
    return a.place is not None or a.read.letters >= LEAST_LETTERS_WITHOUT_PLACE


def _apart(a: str | None, b: str | None) -> bool:
    return a is not None and b is not None and a != b


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as it is compared."""

    words: str
    numbers: frozenset[str]
    letters: int
    pieces: frozenset[str]


def _read(text: str) -> _Read:
    return _read_short(text[:_LONGEST])


@lru_cache(maxsize=2_048)
def _read_short(text: str) -> _Read:
    """In a flood the same texts are compared over and over; reading them is most of the work."""
    words = str(_NO_LETTER.sub(" ", _NOT_THE_MATTER.sub(" ", match_form(text)))).strip()
    numbers = frozenset(_NUMBER.findall(words))
    letters = words.replace(" ", "")
    return _Read(words, numbers, len(letters), _pieces(letters))


def _pieces(letters: str) -> frozenset[str]:
    """The three-letter pieces of a text without spaces, as Koreans space words freely."""
    return frozenset(letters[n : n + 3] for n in range(max(len(letters) - 2, min(1, len(letters)))))
