"""Well-known places of the shipped city to choose from: name, latitude, longitude (WGS 84)."""

LANDMARKS: tuple[tuple[str, float, float], ...] = (
    ("서울시청", 37.5663, 126.9779),
    ("광화문광장", 37.5727, 126.9768),
    ("서울역", 37.5547, 126.9707),
    ("종각역", 37.5702, 126.9831),
    ("홍대입구역", 37.5572, 126.9245),
    ("신촌역", 37.5552, 126.9368),
    ("여의도한강공원", 37.5284, 126.9327),
    ("강남역", 37.4979, 127.0276),
    ("잠실역", 37.5133, 127.1001),
    ("고속터미널역", 37.5049, 127.0049),
    ("사당역", 37.4766, 126.9816),
    ("신도림역", 37.5089, 126.8913),
    ("구로디지털단지역", 37.4852, 126.9015),
    ("노원역", 37.6551, 127.0613),
    ("수유역", 37.6380, 127.0257),
    ("불광역", 37.6104, 126.9298),
    ("청량리역", 37.5801, 127.0469),
    ("건대입구역", 37.5404, 127.0702),
    ("왕십리역", 37.5612, 127.0371),
    ("천호역", 37.5386, 127.1236),
)


def place(chosen: str) -> dict[str, float | str] | None:
    """The landmark of that name as a post's place; None for any other text."""
    for name, lat, lon in LANDMARKS:
        if name == chosen:
            return {"lat": lat, "lon": lon, "name": name}
    return None
