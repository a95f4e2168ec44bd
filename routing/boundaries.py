"""District outlines that a city imported: which district a point lies in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from routing.gazetteer import PlaceRow

if TYPE_CHECKING:
    from shapely import STRtree

Coordinates = tuple[float, float]
"""Latitude and longitude, degrees of WGS 84."""

NEAR = 0.002
"""Degrees (some 200 m) that a point may lie outside every outline, as on a bridge or a river bank."""

STRAYING = 0.015
"""Share of landmarks that may lie outside their district before the file is doubted: of Seoul's 189
none strays in a good file, 6 to 13 do in one that lies 370 m off."""


class BoundaryError(ValueError):
    """The file cannot serve as the city's boundaries; the message says why and what would."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Outlines in an STRtree, the district's office id for each, and what looked wrong."""

    ids: tuple[str, ...]
    tree: "STRtree"
    warnings: tuple[str, ...] = field(default=())

    def districts(self, points: Sequence[Coordinates]) -> list[str | None]:
        """The district of each point, or None outside all of them."""
        import shapely

        found: list[str | None] = [None] * len(points)
        if not points:
            return found
        where = shapely.points([(lon, lat) for lat, lon in points])
        for query, distance in (
            ({"predicate": "dwithin"}, NEAR),
            ({"predicate": "intersects"}, None),
        ):
            for point, outline in self.tree.query(where, **query, distance=distance).T:
                found[point] = self.ids[outline]
        return found


def read_boundaries(
    content: str | bytes, names: Mapping[str, str], landmarks: Sequence[PlaceRow] = ()
) -> Boundaries:
    """Read a GeoJSON FeatureCollection of district outlines in WGS 84 (RFC 7946).

    Args:
        content: the file.
        names: each district's Korean name → its office id.
        landmarks: places with coordinates, to see whether the outlines lie where they should.

    Raises:
        BoundaryError: not GeoJSON, no polygon, not in degrees, or a name the registry lacks.
    """
    features = _features(content)
    key = _name_key(features, names)
    ids, shapes = [], []
    for number, feature in enumerate(features, start=1):
        name = str((feature.get("properties") or {}).get(key))
        if name not in names:
            raise BoundaryError(f"feature {number}: no district is named {name!r} in the registry")
        ids.append(names[name])
        shapes.append(_polygon(number, name, feature.get("geometry")))
    from shapely import STRtree

    boundaries = Boundaries(tuple(ids), STRtree(shapes))
    missing = [name for name, office in names.items() if office not in ids]
    warnings = [f"no outline for {', '.join(missing)}"] if missing else []
    return Boundaries(
        boundaries.ids, boundaries.tree, (*warnings, *_doubts(boundaries, shapes, landmarks))
    )


def _features(content: str | bytes) -> list[dict[str, Any]]:
    try:
        collection = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BoundaryError(f"not a GeoJSON file: {error}") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not features:
        raise BoundaryError("a GeoJSON FeatureCollection with one feature a district is needed")
    if not all(isinstance(feature, dict) for feature in features):
        raise BoundaryError("a feature is not an object")
    return features


def _name_key(features: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """The property that holds the district's name, whatever the file calls it."""
    keys = {key for feature in features for key in feature.get("properties") or {}}
    fits = {
        key: sum((f.get("properties") or {}).get(key) in names for f in features)
        for key in sorted(keys)
    }
    best = max(fits, key=lambda key: fits[key], default="")
    if not best or not fits[best]:
        raise BoundaryError(
            f"no property holds the registry's district names ({', '.join(list(names)[:3])}, …); "
            f"the file has {', '.join(sorted(keys)) or 'no properties'}"
        )
    return best


def _polygon(number: int, name: str, geometry: object) -> Any:
    import shapely

    if not isinstance(geometry, dict):
        raise BoundaryError(f"feature {number} ({name}): its geometry is no polygon")
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, TypeError) as error:
        raise BoundaryError(f"feature {number} ({name}): unreadable geometry: {error}") from None
    if shape is None or shape.geom_type not in {"Polygon", "MultiPolygon"} or shape.is_empty:
        raise BoundaryError(f"feature {number} ({name}): its geometry is no polygon")
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BoundaryError(
            f"feature {number} ({name}): coordinates are not degrees; convert the file to WGS 84 (EPSG:4326)"
        )
    return shape if shape.is_valid else shapely.make_valid(shape)


def _doubts(
    boundaries: Boundaries, shapes: Sequence[Any], landmarks: Sequence[PlaceRow]
) -> tuple[str, ...]:
    """Warn when landmarks stray from their districts: public files from 2013 lie 370 m off (old datum)."""
    known = [mark for mark in landmarks if mark.lat is not None and mark.lon is not None]
    counts = {name: sum(m.name == name for m in known) for name in {m.name for m in known}}
    sole = [mark for mark in known if counts[mark.name] == 1 and mark.district in boundaries.ids]
    if not sole:
        return ()
    import numpy as np
    import shapely

    outline = dict(zip(boundaries.ids, shapes, strict=True))
    lon, lat = np.array([m.lon for m in sole]), np.array([m.lat for m in sole])
    inside = shapely.contains(
        np.array([outline[m.district] for m in sole]), shapely.points(lon, lat)
    )
    astray = [mark.name for mark, within in zip(sole, inside, strict=True) if not within]
    if len(astray) <= STRAYING * len(sole):
        return ()
    return (
        f"{len(astray)} of {len(sole)} landmarks lie outside their district"
        f" ({', '.join(astray[:5])}): the outlines may use an old datum (some 370 m off)",
    )
