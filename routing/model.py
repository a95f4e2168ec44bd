"""The router: which office answers a post, how sure, and because of which words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from registry.model import Example, Office, OfficeKind
from routing.boundaries import Coordinates
from routing.competence import DISTRICT, competent
from routing.confidence import Mixer, Opinions
from routing.explain import deciding_words
from routing.label import Guess, Label, Route
from routing.ngrams import Batch, Floats, Vocabulary
from routing.place import Place, Places
from routing.text import has_letters, plain

BATCH = 256
GUESSES = 3


class Figures(NamedTuple):
    """What training measured on held-out labels, for pages and the ledger."""

    labels: int = 0
    top1: float = 0.0
    coverage: float = 0.0
    precision: float = 0.0
    calibration_error: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Router:
    """A trained router. `classes` are the offices by competence, all districts as one of them."""

    classes: tuple[str, ...]
    trusted: tuple[bool, ...]
    """Whether the machine may decide for each class: enough examples, and no record against it."""
    threshold: float
    vocabulary: Vocabulary
    weights: Floats
    """n-grams × (classes by labels, then classes by duties)."""
    mixer: Mixer
    figures: Figures = field(default_factory=Figures)
    places: Places = field(default_factory=Places)

    @classmethod
    def fit(
        cls,
        offices: Iterable[Office],
        labels: Iterable[Label | Example],
        *,
        precision: float = 0.95,
        places: Places | None = None,
    ) -> "Router":
        """Train afresh, deterministically. Labels for offices that are not given are left out.

        Raises:
            ValueError: no office, or a precision that is not between 0 and 1.
        """
        from routing.training import train

        return train(tuple(offices), tuple(labels), precision, places or Places())

    def route(
        self, texts: Sequence[str], coordinates: Sequence[Coordinates | None] | None = None
    ) -> list[Route]:
        """Route many posts at once, in order. Coordinates: latitude and longitude (WGS 84)."""
        points = list(coordinates) if coordinates is not None else [None] * len(texts)
        if len(points) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(points)} coordinates")
        routes: list[Route] = []
        for begin in range(0, len(texts), BATCH):
            some = slice(begin, begin + BATCH)
            routes.extend(self._route([plain(text) for text in texts[some]], points[some]))
        return routes

    def opinions(self, scores: Floats, texts: Sequence[str], places: Sequence[Place]) -> Opinions:
        """Scores of both models (posts × twice the classes) and what the place adds."""
        width = len(self.classes)
        return Opinions(
            scores[:, :width].astype(np.float64),
            scores[:, width:].astype(np.float64),
            np.array([place.district is not None for place in places], dtype=bool),
            np.array([len(text) for text in texts], dtype=np.float64),
            self.classes.index(DISTRICT) if DISTRICT in self.classes else -1,
        )

    def _route(self, texts: Sequence[str], points: Sequence[Coordinates | None]) -> Iterator[Route]:
        batch = Batch.of(texts)
        found = batch.occurrences()
        rows, column, share = self.vocabulary.rows(found, batch.size)
        places = self.places.find_all(texts, points)
        opinions = self.opinions(rows.times(self.weights), texts, places)
        chances = self.mixer.chances(opinions)
        confidence = self.mixer.confidence(opinions, chances).round(4)
        best = chances.argmax(axis=1)
        by_labels = self.weights[column, best[found.post]]
        by_duties = self.weights[column, best[found.post] + len(self.classes)]
        spoke = share * (self.mixer.mix[0] * by_labels + self.mixer.mix[1] * by_duties)
        words = deciding_words(batch, found, np.where(column >= 0, spoke, 0).astype(np.float32))
        order = np.argsort(-chances, axis=1, kind="stable")[:, : GUESSES + 1]
        for number, text in enumerate(texts):
            place = places[number]
            if not has_letters(text):
                yield Route(None, 0.0, (), (), place.district, place.words)
                continue
            guesses = self._guesses(
                order[number], chances[number], float(confidence[number]), place
            )
            yield self._decision(
                int(best[number]), float(confidence[number]), guesses, words[number], place
            )

    def _guesses(
        self, order: np.ndarray, chances: np.ndarray, confidence: float, place: Place
    ) -> tuple[Guess, ...]:
        """The best offices; the first has the calibrated confidence, the others share the rest."""
        rest = (1 - confidence) / max(1 - float(chances[order[0]]), 1e-9)
        guesses: list[Guess] = []
        for rank, number in enumerate(order.tolist()):
            chance = confidence if rank == 0 else min(float(chances[number]) * rest, confidence)
            guesses += [Guess(o, round(chance / n, 4)) for o, n in self._offices(number, place)]
            if len(guesses) >= GUESSES:
                break
        return tuple(guesses[:GUESSES])

    def _offices(self, number: int, place: Place) -> list[tuple[str, int]]:
        if self.classes[number] != DISTRICT:
            return [(self.classes[number], 1)]
        if place.district:
            return [(place.district, 1)]
        return [(district, len(place.candidates)) for district in place.candidates]

    def _decision(
        self,
        best: int,
        confidence: float,
        guesses: tuple[Guess, ...],
        words: tuple[str, ...],
        place: Place,
    ) -> Route:
        unplaced = self.classes[best] == DISTRICT and not place.district
        sure = not unplaced and self.trusted[best] and confidence >= self.threshold
        office = None if unplaced else guesses[0].office
        return Route(office, confidence, words, guesses, place.district, place.words, sure)

    def to_bytes(self) -> bytes:
        """The router as one npz file without pickle, to be kept in the store."""
        from routing.saving import to_bytes

        return to_bytes(self)

    @classmethod
    def from_bytes(cls, content: bytes, places: Places | None = None) -> "Router":
        """Read back what `to_bytes` wrote. `places` replaces the gazetteer it was trained with.

        Raises:
            ValueError: not a router's file, damaged, or of another version.
        """
        from routing.saving import from_bytes

        return from_bytes(content, places)


def all_classes(offices: Sequence[Office]) -> tuple[str, ...]:
    """The classes of competence, sorted; the same offices always give the same order."""
    if not offices:
        raise ValueError("no office to route to")
    if any(o.id == DISTRICT and o.kind is not OfficeKind.DISTRICT for o in offices):
        raise ValueError(f"an office may not be called {DISTRICT!r}: the word means all districts")
    return tuple(sorted({competent(office) for office in offices}))
