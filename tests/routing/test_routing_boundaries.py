"""Outlines that a city imports: what is read, refused and doubted."""

import json
from pathlib import Path
from typing import Any

import pytest

from registry.load import load
from registry.model import OfficeKind
from routing.boundaries import BoundaryError, read_boundaries
from routing.gazetteer import PlaceRow, read_places
from routing.place import Places, Source
from settings import HOME

NAMES = {"강남구": "gangnam", "은평구": "eunpyeong"}
SEOUL = HOME.parent / "shared" / "data" / "seoul_districts.geojson"
CITY = HOME / "registry" / "seoul"
needs_outlines = pytest.mark.skipif(not SEOUL.exists(), reason=f"no district outlines at {SEOUL}")


def square(name: str, west: float, south: float, **properties: str) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + 1, south],
        [west + 1, south + 1],
        [west, south + 1],
        [west, south],
    ]
    return {
        "type": "Feature",
        "properties": {"CODE": "1", "NAME_KO": name} | properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def file(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


TWO = file(square("강남구", 127, 37), square("은평구", 126, 37))


def test_a_point_lies_in_the_district_whose_outline_holds_it() -> None:
    boundaries = read_boundaries(TWO, NAMES)
    assert boundaries.districts([(37.5, 127.5), (37.5, 126.5), (40.0, 127.5)]) == [
        "gangnam",
        "eunpyeong",
        None,
    ]
    assert boundaries.warnings == ()


def test_a_point_just_outside_every_outline_still_belongs_to_the_nearest() -> None:
    assert read_boundaries(TWO, NAMES).districts([(38.001, 127.5)]) == ["gangnam"]


def test_outlines_win_over_the_nearest_office() -> None:
    rows = [PlaceRow("은평구", "eunpyeong", "district", 37.5, 127.4)]
    places = Places(rows, read_boundaries(TWO, NAMES))
    assert places.find("여기요", (37.5, 127.5)) == ("gangnam", ("gangnam",), (), Source.COORDINATES)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json", "not a GeoJSON file"),
        (b"\xff\xfe\x00", "not a GeoJSON file"),
        ("[" * 100_000, "not a GeoJSON file"),
        ("[1]", "FeatureCollection"),
        (file(), "FeatureCollection"),
        (file(square("강남구", 127, 37), square("분당구", 126, 37)), "분당구"),
        (file(square("Gangnam", 127, 37)), "no property holds"),
        (file(square("강남구", 200_000, 450_000)), "not degrees"),
        (file(square("강남구", 127, 37) | {"geometry": None}), "no polygon"),
        (
            file(
                square("강남구", 127, 37) | {"geometry": {"type": "Point", "coordinates": [1, 2]}}
            ),
            "no polygon",
        ),
        (
            file(square("강남구", 127, 37) | {"geometry": {"type": "Polygon", "coordinates": "x"}}),
            "unreadable",
        ),
        (json.dumps({"features": ["x"]}), "not an object"),
    ],
)
def test_a_file_that_cannot_serve_is_refused_with_the_reason(content: str, says: str) -> None:
    with pytest.raises(BoundaryError, match=says):
        read_boundaries(content, NAMES)


def test_a_district_without_an_outline_is_warned_of() -> None:
    assert "은평구" in read_boundaries(file(square("강남구", 127, 37)), NAMES).warnings[0]


def test_landmarks_outside_their_district_are_warned_of() -> None:
    landmarks = [PlaceRow("탑", "gangnam", "landmark", 37.5, 126.9)]
    assert "탑" in read_boundaries(TWO, NAMES, landmarks).warnings[0]


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    offices = load(CITY).offices.values()
    return {o.name: o.id for o in offices if o.kind is OfficeKind.DISTRICT}


@needs_outlines
def test_the_25_districts_are_read_and_the_landmarks_lie_where_they_should(
    names: dict[str, str],
) -> None:
    places = read_places(CITY / "places.csv")
    boundaries = read_boundaries(SEOUL.read_bytes(), names, places)
    assert sorted(boundaries.ids) == sorted(names.values())
    assert boundaries.warnings == ()
    offices = [
        (row.lat, row.lon) for row in places if row.kind == "district" and row.lat and row.lon
    ]
    districts = [row.district for row in places if row.kind == "district"]
    assert boundaries.districts(offices) == districts


@needs_outlines
def test_outlines_on_the_old_datum_are_warned_of(names: dict[str, str]) -> None:
    old = json.loads(Path(SEOUL).read_text())
    for feature in old["features"]:
        for ring in feature["geometry"]["coordinates"]:
            ring[:] = [[lon + 0.0021, lat - 0.0028] for lon, lat, *_ in ring]
    (warning,) = read_boundaries(json.dumps(old), names, read_places(CITY / "places.csv")).warnings
    assert "old datum" in warning
