"""Pictures: checked before they are kept, kept as they came (a citizen's GPS included)."""

import io
import secrets
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from practice.errors import ApiError, invalid

SIZE_LIMIT = 16 * 1024 * 1024  # Mastodon's, in bytes
PIXEL_LIMIT = 33_177_600  # Mastodon's: 7680 × 4320
DESCRIPTION_LIMIT = 1500
TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's own facts: MIME type, file ending, pixels."""

    mime: str
    ending: str
    width: int
    height: int


def check(raw: bytes) -> Picture:
    """What the bytes are. Raises `ApiError` 422 for anything but a sound picture within limits."""
    if len(raw) > SIZE_LIMIT:
        raise invalid("File file size must be less than 16 MB")
    try:
        with Image.open(io.BytesIO(raw), formats=list(TYPES)) as image:
            width, height, kind = image.width, image.height, str(image.format)
            if width * height > PIXEL_LIMIT:
                raise invalid(f"{width}x{height} images are not supported")
            image.load()
    except Image.DecompressionBombError as error:
        raise invalid("images of that size are not supported") from error
    except UnidentifiedImageError as error:
        raise invalid("File content type is invalid, File is invalid") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
    ) as error:  # what Pillow raises for broken files
        raise ApiError(422, "Error processing thumbnail for uploaded media") from error
    return Picture(*TYPES[kind], width, height)


UNCHECKED = Picture("image/jpeg", "jpg", 0, 0)


class MediaFolder:
    """The files, under names of our own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def keep(self, raw: bytes, ending: str) -> str:
        """Write the bytes as they are; the name of the new file."""
        name = f"{secrets.token_hex(12)}.{ending}"
        (self._folder / name).write_bytes(raw)
        return name

    def path(self, name: str) -> Path:
        return self._folder / name

    def drop(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)
