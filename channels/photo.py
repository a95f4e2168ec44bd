"""A citizen's photo: what it is, where it was taken, and a copy of ours that tells no more."""

import io
import math
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import ExifTags, Image, ImageOps

LONGEST_SIDE = 2048  # pixels
PIXELS = {"JPEG": 80_000_000, "PNG": 50_000_000, "WEBP": 50_000_000, "GIF": 20_000_000}
"""By what the content is: the kinds we read, and how many pixels of each are decoded at most."""
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif")


class PhotoRefused(Exception):
    """The photo cannot be used; the reason is for a person, the post goes on without it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPhoto:
    """A photo made anew. `place`: latitude and longitude in degrees. `taken_at`: UTC.

    Where a photo does not say in which time zone its clock was, `taken_at` is None.
    """

    raw: bytes
    width: int
    height: int
    mime: str
    place: tuple[float, float] | None = None
    taken_at: datetime | None = None


def resave(raw: bytes) -> SavedPhoto:
    """Read the place, turn upright, shrink to 2048 pixels, write without any metadata.

    Raises `PhotoRefused` for what is broken, too large to decode, or of another kind.
    """
    image = opened(raw)
    try:
        place, taken_at = _told(image)
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: decode no more than is kept
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return _written(upright, place, taken_at)
    except Exception as error:  # a decoder fed with a stranger's bytes fails in any way it likes
        raise PhotoRefused(f"the photo is broken: {type(error).__name__}") from error


def opened(raw: bytes) -> Image.Image:
    """The image, not decoded yet: of a kind that we read, and no bomb. Raises `PhotoRefused`."""
    if raw[4:8] == b"ftyp" and raw[8:12] in _HEIF_BRANDS:
        raise PhotoRefused("HEIC and AVIF photos cannot be read; JPEG and PNG can")
    try:
        image = Image.open(io.BytesIO(raw), formats=list(PIXELS))
    except Image.DecompressionBombError as error:
        raise PhotoRefused("the photo has too many pixels") from error
    except Exception as error:  # as in `resave`
        raise PhotoRefused("this is not a JPEG, PNG, WebP or GIF photo") from error
    if image.width * image.height > PIXELS[str(image.format)]:
        raise PhotoRefused(f"the photo has too many pixels: {image.width} × {image.height}")
    return image


def _written(
    image: Image.Image, place: tuple[float, float] | None, taken_at: datetime | None
) -> SavedPhoto:
    clear = image.has_transparency_data
    mode, kind = ("RGBA", "PNG") if clear else ("RGB", "JPEG")
    clean = Image.new(mode, image.size)  # a new image holds nothing but the pixels
    clean.paste(image.convert(mode))
    out = io.BytesIO()
    clean.save(out, kind, optimize=True, **({} if clear else {"quality": 85}))
    return SavedPhoto(
        raw=out.getvalue(),
        width=clean.width,
        height=clean.height,
        mime=Image.MIME[kind],
        place=place,
        taken_at=taken_at,
    )


def _told(image: Image.Image) -> tuple[tuple[float, float] | None, datetime | None]:
    """Place and time from EXIF; broken EXIF tells nothing and spoils nothing."""
    with suppress(Exception):  # as in `resave`
        exif = image.getexif()
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        return _place(gps), _taken(exif.get_ifd(ExifTags.IFD.Exif), gps)
    return None, None


def _place(gps: dict[int, object]) -> tuple[float, float] | None:
    tags = ExifTags.GPS
    lat = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef), "S")
    lon = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef), "W")
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180 or (lat, lon) == (0, 0):
        return None
    return lat, lon


def _degrees(parts: object, side: object, negative: str) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    value = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(value):
        return None
    return round(-value if str(side).strip("\0 ").upper() == negative else value, 6)


def _taken(exif: dict[int, object], gps: dict[int, object]) -> datetime | None:
    when = str(exif.get(ExifTags.Base.DateTimeOriginal) or "").strip("\0 ")
    offset = str(exif.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    with suppress(ValueError):
        return datetime.strptime(f"{when}{offset}", "%Y:%m:%d %H:%M:%S%z").astimezone(UTC)
    date, clock = gps.get(ExifTags.GPS.GPSDateStamp), gps.get(ExifTags.GPS.GPSTimeStamp)
    if not isinstance(clock, tuple) or len(clock) != 3:
        return None
    with suppress(ValueError):
        hour, minute, second = (int(part) for part in clock)
        day = datetime.strptime(str(date).strip("\0 "), "%Y:%m:%d")
        return day.replace(hour=hour, minute=minute, second=second, tzinfo=UTC)
    return None
