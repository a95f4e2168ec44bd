"""Pictures to upload."""

import io
import struct
import zlib

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 200), **options: object) -> bytes:
    raw = io.BytesIO()
    Image.new("RGB", size, "teal").save(raw, kind, **options)
    return raw.getvalue()


def with_place() -> bytes:
    """A JPEG that says where and with what it was taken, and that it lies on its side."""
    raw, image = io.BytesIO(), Image.new("RGB", (300, 200), "teal")
    exif = image.getexif()
    exif[0x010F], exif[0x0112] = "SecretCamera", 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 59.4)
    image.save(raw, "JPEG", exif=exif)
    return raw.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of a few bytes that claims to be huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
