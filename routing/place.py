"""Where it is: from the places a post names and the coordinates it carries to one district."""

import math
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from routing.boundaries import Boundaries, Coordinates
from routing.gazetteer import DOUBTFUL, STRONG, Gazetteer, Mention, PlaceRow
from routing.text import plain

FARTHEST = 12_000
"""Metres from the nearest district office beyond which a point is outside the city."""

_EARTH = 6_371_000  # metres, mean radius


class Source(StrEnum):
    """What settled the place."""

    TEXT = "text"
    COORDINATES = "coordinates"
    BOTH = "both"
    NONE = "none"


class Place(NamedTuple):
    """The district (an office's id) or None; the districts still possible; the words that say so."""

    district: str | None = None
    candidates: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    source: Source = Source.NONE


class Places:
    """All that a city knows about where things are: its gazetteer and, once imported, boundaries."""

    def __init__(self, rows: Iterable[PlaceRow] = (), boundaries: Boundaries | None = None) -> None:
        self.rows = tuple(rows)
        self.boundaries = boundaries
        self._gazetteer = Gazetteer(self.rows)
        self._offices = [
            (row.district, row.lat, row.lon)
            for row in self.rows
            if row.kind == "district" and row.lat is not None and row.lon is not None
        ]

    def find(self, text: str, coordinates: Coordinates | None = None) -> Place:
        """The place of one post. `coordinates`: latitude and longitude in degrees, WGS 84."""
        return self.find_all([plain(text)], [coordinates])[0]

    def find_all(
        self, texts: Sequence[str], coordinates: Sequence[Coordinates | None] | None = None
    ) -> list[Place]:
        """The place of each of many posts whose `texts` were folded by `routing.text.plain`."""
        points = list(coordinates) if coordinates is not None else [None] * len(texts)
        if len(points) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(points)} coordinates")
        located = self.locate(points)
        return [
            resolve(self._gazetteer.mentions(text), at)
            for text, at in zip(texts, located, strict=True)
        ]

    def locate(self, points: Sequence[Coordinates | None]) -> list[str | None]:
        """The district each point lies in: by the boundaries, else that of the nearest office."""
        if self.boundaries is None:
            return [self._nearest(point) for point in points]
        known = [(number, point) for number, point in enumerate(points) if _is_point(point)]
        found: list[str | None] = [None] * len(points)
        districts = self.boundaries.districts([point for _, point in known if point is not None])
        for (number, _), district in zip(known, districts, strict=True):
            found[number] = district
        return found

    def _nearest(self, point: Coordinates | None) -> str | None:
        if not self._offices or point is None or not _is_point(point):
            return None
        metres, district = min((distance(point, (lat, lon)), of) for of, lat, lon in self._offices)
        return district if metres <= FARTHEST else None


def distance(one: Coordinates, other: Coordinates) -> float:
    """Metres between two points on a sphere (haversine)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*one, *other))
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, chord)))


def resolve(mentions: Sequence[Mention], located: str | None) -> Place:
    """Settle what several names and a located point say together; what they leave open stays open.

    Stronger names go first. A weaker one only narrows what they left; names that exclude each
    other leave all their districts as candidates.
    """
    candidates, words = _narrowed(mentions)
    if not candidates:
        source = Source.COORDINATES if located else Source.NONE
        return Place(located, (located,) if located else (), (), source)
    strong = any(mention.strength == STRONG for mention in mentions)
    if located in candidates:
        return Place(located, (located,), words, Source.BOTH)
    if located and not strong:
        return Place(located, (located,), (), Source.COORDINATES)
    if located:
        candidates = candidates | {located}  # the post names one place and was sent from another
    district = next(iter(candidates)) if len(candidates) == 1 else None
    return Place(district, tuple(sorted(candidates)), words, Source.TEXT)


def _narrowed(mentions: Sequence[Mention]) -> tuple[frozenset[str], tuple[str, ...]]:
    candidates: frozenset[str] = frozenset()
    words: dict[str, None] = {}
    for level in sorted({mention.strength for mention in mentions}, reverse=True):
        if level == DOUBTFUL and not candidates:
            break
        same = [mention for mention in mentions if mention.strength == level]
        common = frozenset.intersection(*(mention.districts for mention in same))
        said = common or frozenset().union(*(mention.districts for mention in same))
        if candidates and not candidates & said:
            continue
        candidates = candidates & said if candidates else said
        words |= dict.fromkeys(mention.name for mention in same if mention.districts & candidates)
    return candidates, tuple(words)


def _is_point(point: Coordinates | None) -> bool:
    return point is not None and all(map(math.isfinite, point)) and abs(point[0]) <= 90
