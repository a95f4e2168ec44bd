"""Polygons and circles as CAP writes them: WGS 84, latitude first."""

import re

Point = tuple[float, float]  # latitude, longitude, in degrees

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
#: No circle on the Earth is larger: half the way around it.
FARTHEST = 20_038.0  # km


def number(text: str) -> float | None:
    """A plain decimal number; None for anything else, `nan` and `1e9` too."""
    return float(text) if len(text) <= 40 and _NUMBER.fullmatch(text) else None


def point(text: str) -> Point | None:
    """`lat,lon` in degrees; None where it is not of that form. The range is not looked at."""
    latitude, _, longitude = text.partition(",")
    north, east = number(latitude), number(longitude)
    return None if north is None or east is None else (north, east)


def points(text: str) -> list[Point] | None:
    """The corners of a polygon, as written; None where one of them is no point."""
    found = [point(word) for word in text.split()]
    sound = [one for one in found if one]
    return sound if len(sound) == len(found) else None


def circle(text: str) -> tuple[Point, float] | None:
    """`lat,lon km` as the middle and the radius; None where it is not of that form."""
    middle, _, radius = text.strip().partition(" ")
    where, far = point(middle), number(radius.strip())
    return None if where is None or far is None else (where, far)


def on_earth(where: Point) -> bool:
    """Whether latitude and longitude are within ±90 and ±180 degrees."""
    return abs(where[0]) <= 90 and abs(where[1]) <= 180
