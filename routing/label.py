"""What people taught and what the machine says: the values that go in and out of the router."""

from dataclasses import dataclass

from routing.boundaries import Coordinates


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A post and the office that people named for it."""

    text: str
    office: str
    coordinates: Coordinates | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """One office that may be the right one, and how likely that is."""

    office: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Route:
    """Where the machine would send a post.

    `office` is its best guess, or None where it has none (nothing to read; a matter for a district
    without a place). Only where `sure` is true may the machine decide alone; otherwise the case
    goes to triage. `words` decided the office, `place_words` the district.
    """

    office: str | None
    confidence: float
    words: tuple[str, ...] = ()
    guesses: tuple[Guess, ...] = ()
    district: str | None = None
    place_words: tuple[str, ...] = ()
    sure: bool = False
