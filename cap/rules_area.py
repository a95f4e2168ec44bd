"""Rules on where: outlines that are outlines, on the Earth."""

from collections.abc import Iterator
from datetime import datetime

from shapely import Polygon

from cap.model import Alert, Area, numbered
from cap.outline import FARTHEST, Point, circle, on_earth, points
from cap.wrong import Wrong, short

CORNERS = 4  # three, and the first again
MOST_CORNERS = 5_000  # a city's border to the metre has fewer; hundreds of thousands cost minutes


def _areas(alert: Alert) -> Iterator[tuple[str, Area]]:
    for where, info in numbered("alert/info", alert.infos):
        yield from numbered(f"{where}/area", info.areas)


def _polygons(alert: Alert) -> Iterator[tuple[str, str, list[Point] | None]]:
    """Path, text, and the corners; None where they cannot be read. Without those too long."""
    for where, area in _areas(alert):
        for path, text in numbered(f"{where}/polygon", area.polygons):
            if text.count(",") <= MOST_CORNERS:
                yield path, text, points(text)


def _outlines(alert: Alert) -> Iterator[tuple[str, list[Point]]]:
    for path, _, corners in _polygons(alert):
        if corners and len(corners) >= CORNERS:
            yield path, corners


def _circles(alert: Alert) -> Iterator[tuple[str, str, tuple[Point, float] | None]]:
    for where, area in _areas(alert):
        for path, text in numbered(f"{where}/circle", area.circles):
            yield path, text, circle(text)


def polygon_too_long(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, area in _areas(alert):
        for path, text in numbered(f"{where}/polygon", area.polygons):
            if text.count(",") > MOST_CORNERS:
                yield path, f"{text.count(','):,}"


def polygon_malformed(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for path, text, corners in _polygons(alert):
        if corners is None or len(corners) < CORNERS:
            yield path, short(text)


def polygon_open(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for path, corners in _outlines(alert):
        if corners[0] != corners[-1]:
            yield path, _written(corners[0])


def polygon_out_of_range(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for path, corners in _outlines(alert):
        for corner in corners:
            if not on_earth(corner):
                yield path, _written(corner)
                break


def polygon_crossing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """Only of those that are closed and on the Earth: the others are told of already."""
    for path, corners in _outlines(alert):
        if corners[0] == corners[-1] and all(map(on_earth, corners)):
            shape = Polygon(corners)
            if not shape.is_valid or not shape.area:
                yield path, ""


def circle_malformed(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for path, text, read in _circles(alert):
        if read is None:
            yield path, short(text)


def circle_out_of_range(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for path, text, read in _circles(alert):
        if read and not on_earth(read[0]):
            yield path, short(text)


def radius_wrong(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """A radius of 0 is a point, and the standard's own examples have one."""
    for path, text, read in _circles(alert):
        if read and not 0 <= read[1] <= FARTHEST:
            yield path, short(text)


def ceiling_alone(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, area in _areas(alert):
        if area.ceiling is not None and area.altitude is None:
            yield f"{where}/ceiling", ""


def ceiling_below(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, area in _areas(alert):
        if area.ceiling is not None and area.altitude is not None and area.ceiling < area.altitude:
            yield f"{where}/ceiling", str(area.ceiling)


def _written(corner: Point) -> str:
    return f"{corner[0]:g},{corner[1]:g}"
