"""Simple drawn pictures for the scripted day: what a citizen's photo would show, and where."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = (960, 720)
GROUND = 470  # where the street begins, in pixels from the top

Canvas = ImageDraw.ImageDraw
Draw = Callable[[Canvas], None]


def photo(scene: str, gps: tuple[float, float] | None = None) -> bytes:
    """A JPEG of the scene; with `gps` (degrees north and east, WGS 84) in its EXIF."""
    night = scene in NIGHT
    image = Image.new("RGB", SIZE, "#1d2433" if night else "#bfd7ea")
    draw = ImageDraw.Draw(image)
    _street(draw, night)
    SCENES.get(scene, _something)(draw)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=80, exif=_exif(image, gps))
    return kept.getvalue()


def _exif(image: Image.Image, gps: tuple[float, float] | None) -> Image.Exif:
    exif = image.getexif()
    exif[0x010F] = "Haechi practice"  # Make
    if gps is not None:
        lat, lon = gps
        exif.get_ifd(0x8825).update(
            {
                1: "N" if lat >= 0 else "S",
                2: _degrees(lat),
                3: "E" if lon >= 0 else "W",
                4: _degrees(lon),
            }
        )
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    """Degrees, minutes, seconds, as EXIF wants them."""
    minutes, seconds = divmod(round(abs(value) * 3600, 4), 60)
    degrees, minutes = divmod(minutes, 60)
    return degrees, minutes, seconds


def _street(draw: Canvas, night: bool) -> None:
    for at, (width, height) in enumerate(
        [(180, 260), (140, 320), (220, 210), (160, 290), (260, 240)]
    ):
        left = at * 195
        draw.rectangle(
            (left, GROUND - height, left + width, GROUND), fill="#2b3448" if night else "#8d99ae"
        )
        for floor in range(GROUND - height + 20, GROUND - 40, 48):
            for window in range(left + 16, left + width - 30, 42):
                draw.rectangle(
                    (window, floor, window + 22, floor + 26), fill="#3d4660" if night else "#edf2f4"
                )
    draw.rectangle((0, GROUND, *SIZE), fill="#30343c" if night else "#6c757d")
    draw.rectangle((0, GROUND, SIZE[0], GROUND + 36), fill="#4a4e57" if night else "#b0a99f")
    for left in range(20, SIZE[0], 160):
        draw.rectangle((left, 610, left + 80, 622), fill="#d9c97c")


def _pothole(draw: Canvas) -> None:
    draw.ellipse((330, 545, 640, 665), fill="#2d2a26", outline="#4b4640", width=14)
    draw.ellipse((400, 580, 580, 645), fill="#171513")


def _dark_street_light(draw: Canvas) -> None:
    draw.rectangle((470, 130, 486, GROUND + 20), fill="#11151f")
    draw.rectangle((470, 130, 590, 142), fill="#11151f")
    draw.ellipse((560, 136, 620, 166), fill="#39404f", outline="#11151f", width=5)


def _trash(draw: Canvas) -> None:
    for left, top, colour in [
        (330, 520, "#f1f3f5"),
        (430, 480, "#343a40"),
        (520, 530, "#ffe066"),
        (610, 505, "#f1f3f5"),
        (400, 575, "#343a40"),
    ]:
        draw.ellipse((left, top, left + 130, top + 110), fill=colour, outline="#868e96", width=3)
        draw.polygon(
            [(left + 55, top + 5), (left + 65, top - 24), (left + 78, top + 5)], fill=colour
        )


def _traffic_light(draw: Canvas) -> None:
    draw.rectangle((470, 110, 488, GROUND + 30), fill="#343a40")
    draw.rounded_rectangle((360, 120, 600, 200), 16, fill="#212529")
    for left in (378, 452, 526):
        draw.ellipse((left, 132, left + 56, 188), fill="#495057")
    draw.line((370, 125, 590, 195), fill="#e03131", width=8)


def _water(draw: Canvas) -> None:
    draw.rectangle((0, 520, *SIZE), fill="#5c7c99")
    for top in range(540, 710, 36):
        for left in range((top * 7) % 90, SIZE[0], 150):
            draw.arc((left, top, left + 90, top + 26), 180, 360, fill="#a9c4db", width=4)
    draw.rounded_rectangle((360, 470, 640, 575), 24, fill="#c92a2a")
    draw.polygon([(410, 475), (450, 415), (560, 415), (600, 475)], fill="#a61e1e")


def _fallen_tree(draw: Canvas) -> None:
    draw.line((230, 620, 640, 555), fill="#6f4518", width=42)
    for left, top in [(600, 470), (670, 510), (610, 560), (720, 470), (700, 570)]:
        draw.ellipse((left, top, left + 130, top + 110), fill="#2b8a3e")


def _cars(draw: Canvas) -> None:
    for left, colour in [(90, "#f8f9fa"), (390, "#1864ab"), (690, "#495057")]:
        draw.polygon(
            [(left + 40, 480), (left + 75, 430), (left + 165, 430), (left + 205, 480)], fill=colour
        )
        draw.rounded_rectangle((left, 475, left + 240, 545), 18, fill=colour)
        for wheel in (left + 30, left + 160):
            draw.ellipse((wheel, 520, wheel + 50, 570), fill="#111")
    draw.rectangle((0, 572, SIZE[0], 582), fill="#f08c00")


def _bench(draw: Canvas) -> None:
    draw.polygon([(300, 500), (500, 500), (520, 545), (300, 530)], fill="#a0652a")
    draw.polygon([(545, 560), (690, 500), (700, 528), (560, 595)], fill="#8a531d")
    for left in (320, 640):
        draw.rectangle((left, 530, left + 16, 610), fill="#343a40")


def _sign(draw: Canvas) -> None:
    draw.line((450, 600, 520, 200), fill="#495057", width=16)
    draw.polygon(
        [(420, 150), (640, 190), (610, 300), (400, 260)], fill="#1971c2", outline="#f8f9fa"
    )
    draw.line((430, 165, 600, 290), fill="#f8f9fa", width=7)
    draw.line((560, 185, 540, 240, 580, 250), fill="#212529", width=5)


def _snow(draw: Canvas) -> None:
    draw.rectangle((0, GROUND, *SIZE), fill="#f1f5f9")
    draw.ellipse((-80, 430, 460, 640), fill="#ffffff")
    draw.ellipse((520, 450, 1040, 680), fill="#e9eef3")
    for at in range(140):
        left, top = (at * 137) % SIZE[0], (at * 89) % SIZE[1]
        draw.ellipse((left, top, left + 8, top + 8), fill="#ffffff")


def _wall(draw: Canvas) -> None:
    draw.rectangle((120, 200, 840, 600), fill="#c4b7a6", outline="#8d7f6d", width=6)
    for top in range(240, 600, 44):
        draw.line((120, top, 840, top), fill="#a99a86", width=2)


def _graffiti(draw: Canvas) -> None:
    _wall(draw)
    for shift, colour in [(0, "#d6336c"), (34, "#1c7ed6"), (68, "#2f9e44")]:
        points = [(200 + at * 70, 330 + shift * 2 + (70 if at % 2 else 0)) for at in range(9)]
        draw.line(points, fill=colour, width=18, joint="curve")


def _crack(draw: Canvas) -> None:
    _wall(draw)
    draw.line(
        [(300, 200), (350, 300), (320, 370), (430, 450), (400, 520), (470, 600)],
        fill="#3b352d",
        width=9,
    )
    draw.line([(350, 300), (470, 330), (520, 410)], fill="#3b352d", width=5)


def _pipe(draw: Canvas) -> None:
    draw.rectangle((0, 500, SIZE[0], 548), fill="#868e96")
    draw.rectangle((430, 488, 500, 560), fill="#5c636a")
    for at in range(-4, 5):
        draw.line((465, 490, 465 + at * 45, 330 + abs(at) * 26), fill="#74c0fc", width=6)
    draw.ellipse((300, 600, 660, 690), fill="#4d7ea8")


def _bus_stop(draw: Canvas) -> None:
    draw.rectangle((180, 240, 780, 262), fill="#1b6e3c")
    for left in (200, 750):
        draw.rectangle((left, 262, left + 12, 520), fill="#343a40")
    colours = ("#e64980", "#4c6ef5", "#f08c00", "#212529", "#12b886", "#845ef7")
    for at in range(16):
        left, top = 190 + at * 36, 330 + (at * 53) % 70
        draw.ellipse((left, top, left + 44, top + 44), fill="#f1c9a5")
        draw.rounded_rectangle((left - 6, top + 44, left + 50, top + 200), 14, fill=colours[at % 6])


def _something(draw: Canvas) -> None:
    draw.polygon([(480, 250), (660, 560), (300, 560)], fill="#ffd43b", outline="#343a40", width=10)
    draw.rectangle((470, 350, 490, 470), fill="#343a40")
    draw.ellipse((466, 495, 494, 523), fill="#343a40")


SCENES: dict[str, Draw] = {
    "pothole": _pothole,
    "dark_street_light": _dark_street_light,
    "trash": _trash,
    "broken_traffic_light": _traffic_light,
    "flooded_road": _water,
    "fallen_tree": _fallen_tree,
    "illegal_parking": _cars,
    "broken_bench": _bench,
    "damaged_sign": _sign,
    "snow": _snow,
    "graffiti": _graffiti,
    "cracked_wall": _crack,
    "leaking_pipe": _pipe,
    "crowded_bus_stop": _bus_stop,
}
NIGHT = ("dark_street_light",)
