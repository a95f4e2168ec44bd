"""Place names in a post, and which districts each may mean."""

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from routing.words import WordFinder

STRONG, PLAIN, WEAK, DOUBTFUL = 3, 2, 1, 0
"""A district's or neighbourhood's full name; any other place; a short form or a direction;
an everyday word that is also a name, which only ever supports another."""

_STRENGTH = {"district": STRONG, "neighbourhood": STRONG}

ELSEWHERE = {
    "중구": ("부산", "대구", "인천", "대전", "울산"),
    "강서구": ("부산",),
}
"""Seoul's district names that other cities bear too; without that city's name they are Seoul's."""

_OTHER_CITY = re.compile(r"(부산|대구|인천|대전|울산|광주)(?:광역시|시)?(?![가-힣]{2,}구)")

_ALSO_A_WORD = frozenset(
    {
        "합동",
        "초동",
        "중동",
        "정동",
        "평동",
        "화동",
        "저동",
        "재동",
        "본동",
        "능동",
        "항동",
        "다동",
        "외대",
    }
)
"""Neighbourhoods whose name is an everyday word (합동 단속, 초동 대처)."""

_FOLLOWS = re.compile(
    r"$|[^가-힣]|에|의|은|는|이|가|을|를|로|으로|도|만|과|와|랑|하고|까지|부터|인데|입니다|사는|사시"
    r"|앞|뒤|옆|쪽|안|밖|위|역|청|길|사거리|삼거리|오거리|네거리|교차로|로터리|입구|출구|일대|근처"
    r"|부근|인근|주변|주민|시장|초|중|고|대|아파트|빌라|공원|방향|방면|골목|먹자|우체국|병원|성당|교회"
)
_PLACE_LIKE = re.compile(
    r" ?(?:사거리|삼거리|오거리|네거리|교차로|로터리|역|고개|시장|뉴타운|주민센터)"
)
_TOWARDS = re.compile(r"(?:역)? ?(?:방향|방면|행 |쪽으로 가|으로 가|로 가|가는)")
_CITY = re.compile(r"서울특별시$|서울시$|서울$")


class PlaceRow(NamedTuple):
    """One row of `places.csv`; `district` is an office's id. Degrees of WGS 84, or None."""

    name: str
    district: str
    kind: str
    lat: float | None = None
    lon: float | None = None


class Mention(NamedTuple):
    """A place name at a position of a folded text."""

    start: int
    end: int
    name: str
    districts: frozenset[str]
    strength: int
    kind: str


def read_places(path: Path) -> tuple[PlaceRow, ...]:
    """Read `places.csv` (columns name, district, kind, lat, lon).

    Raises:
        ValueError: a column is missing or a coordinate is no number; names file and line.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"name", "district", "kind"} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path}: columns missing: {', '.join(sorted(missing))}")
        return tuple(_row(path, number, row) for number, row in enumerate(reader, start=2))


def _row(path: Path, number: int, row: Mapping[str, str]) -> PlaceRow:
    try:
        lat, lon = (float(row[key]) if row.get(key) else None for key in ("lat", "lon"))
    except ValueError as error:
        raise ValueError(f"{path}, line {number}: lat and lon must be degrees: {error}") from None
    return PlaceRow(row["name"].strip(), row["district"].strip(), row["kind"].strip(), lat, lon)


class _Name(NamedTuple):
    districts: frozenset[str]
    strength: int
    kind: str
    needs_suffix: bool = False


class Gazetteer:
    """Finds place names, the longest first, and keeps every district a name may mean."""

    def __init__(self, rows: Sequence[PlaceRow]) -> None:
        self._names = _names(rows)
        self._finder = WordFinder(self._names)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The places named in `text` (folded by `routing.text.plain`), in reading order."""
        found: list[Mention] = []
        end = 0
        for start, name in self._finder.find(text):
            if start >= end:
                mention = self._mention(text, start, name, begins_after=end)
                if mention:
                    found.append(mention)
                    end = mention.end
        if found and _OTHER_CITY.search(text):
            return tuple(mention for mention in found if not _is_elsewhere(text, mention))
        return tuple(found)

    def _mention(self, text: str, start: int, name: str, *, begins_after: int) -> Mention | None:
        known, end = self._names[name], start + len(name)
        if not _stands_alone(text, start, end, begins_after):
            return None
        if known.needs_suffix and not _PLACE_LIKE.match(text, end):
            return None
        towards = known.strength > WEAK and _TOWARDS.match(text, end)
        strength = WEAK if towards else known.strength
        return Mention(start, end, name, known.districts, strength, known.kind)


def _stands_alone(text: str, start: int, end: int, begins_after: int) -> bool:
    """Whether the name is a word here, rather than a part of one (중구 in 집중구역)."""
    if end - start >= 4:
        return True
    begins = (
        start in (0, begins_after) or not text[start - 1].isalnum() or _CITY.search(text, 0, start)
    )
    return bool(begins and _FOLLOWS.match(text, end))


def _is_elsewhere(text: str, mention: Mention) -> bool:
    """Whether another city's name makes this place that city's (부산 강서구)."""
    cities = [match for match in _OTHER_CITY.finditer(text) if match.end() <= mention.start]
    if cities and not text[cities[-1].end() : mention.start].strip():
        return True
    others = ELSEWHERE.get(mention.name, ())
    return "서울" not in text and any(match[1] in others for match in _OTHER_CITY.finditer(text))


def _names(rows: Sequence[PlaceRow]) -> dict[str, _Name]:
    names: dict[str, _Name] = {}
    for row in rows:
        name = row.name.casefold()
        known = _name(row)
        before = names.get(name)
        if before:
            stronger = max(known, before, key=lambda n: n.strength)
            known = stronger._replace(districts=known.districts | before.districts)
        names[name] = known
    for stem, known in _stems(rows).items():
        names.setdefault(stem, known)
    return names


def _name(row: PlaceRow) -> _Name:
    strength = _STRENGTH.get(row.kind, PLAIN)
    if row.kind == "neighbourhood" and row.name[-1] not in "동가":
        strength = PLAIN  # 강남, 신촌: how people call an area that no boundary holds
    if row.name in _ALSO_A_WORD:
        strength = DOUBTFUL
    return _Name(frozenset({row.district}), strength, row.kind)


def _stems(rows: Sequence[PlaceRow]) -> dict[str, _Name]:
    """신림동 as 신림, which counts only before 사거리, 역 and the like: many are words as well."""
    stems: dict[str, _Name] = {}
    for row in rows:
        stem = row.name.removesuffix("동")
        if row.kind == "neighbourhood" and 2 <= len(stem) < len(row.name):
            known = stems.get(stem, _Name(frozenset(), WEAK, "area", needs_suffix=True))
            stems[stem] = known._replace(districts=known.districts | {row.district})
    return stems
