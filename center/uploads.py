"""A photo that staff attach: only a picture's points are kept, under a name of our own."""

import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError

#: Bytes that a photo may have.
MOST_BYTES = 10_000_000
#: Points that a photo may have; more is refused before it is unpacked.
MOST_POINTS = 40_000_000
#: The longer side, once kept: enough for every network, and quick on a phone.
LONGEST_SIDE = 2048

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class UploadRefused(ValueError):
    """This is no photo that we keep; `key` names what to say."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A photo as it was kept below the media folder."""

    file: str
    mime: str
    size: tuple[int, int]


def keep_upload(source: BinaryIO, folder: Path) -> Upload:
    """Read a photo, check what it really is, and save it anew without its metadata.

    The kind is told by the content, never by a name. Raises `UploadRefused` for anything that is
    too large, broken, or no picture, and leaves no file then.
    """
    picture = _opened(source)
    clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    picture = _upright(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    points = picture.convert("RGBA" if clear else "RGB")
    points.info.clear()
    return _saved(points, folder, "PNG" if clear else "JPEG")


def _opened(source: BinaryIO) -> Image.Image:
    if _length(source) > MOST_BYTES:
        raise UploadRefused("photo_too_large")
    try:
        with warnings.catch_warnings():
            # a bomb is refused below by its points; the library's own warning says the same
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(source, formats=_FORMATS)
        if picture.width * picture.height > MOST_POINTS:
            raise UploadRefused("photo_too_many_points")
        picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, UploadRefused):
            raise
        raise UploadRefused("photo_broken") from error
    except Image.DecompressionBombError as error:
        raise UploadRefused("photo_too_many_points") from error
    return picture


def _length(source: BinaryIO) -> int:
    length = source.seek(0, os.SEEK_END)
    source.seek(0)
    return length


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its metadata says, before the metadata goes."""
    return ImageOps.exif_transpose(picture) or picture


def _saved(picture: Image.Image, folder: Path, kind: str) -> Upload:
    name = f"answers/{secrets.token_hex(16)}.{'png' if kind == 'PNG' else 'jpg'}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    try:
        options = {"quality": 88} if kind == "JPEG" else {}
        picture.save(beside, kind, optimize=True, **options)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return Upload(file=name, mime=f"image/{kind.lower()}", size=picture.size)
