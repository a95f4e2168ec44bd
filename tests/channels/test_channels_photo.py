"""A citizen's photo: its place is read, then nothing but the pixels is kept."""

import contextlib
import io
import struct
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from channels.photo import PhotoRefused, resave
from tests.channels.channel_builders import a_picture

# Pillow warns of what it then refuses or leaves out.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")

CITY_HALL: dict[int, object] = {
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (37.0, 33.0, 59.4),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (126.0, 58.0, 40.8),
}


def exif(gps: dict[int, object] | None = None, **tags: object) -> Image.Exif:
    made = Image.Exif()
    if gps:
        made.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    for name, value in tags.items():
        if name == "Orientation":
            made[ExifTags.Base.Orientation] = value
        else:
            made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base[name]] = value
    return made


def reopened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw))


def a_png_that_claims(width: int, height: int) -> bytes:
    """A small file whose header promises that many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def test_the_place_is_read_and_then_gone() -> None:
    photo = resave(a_picture(exif=exif(CITY_HALL)))

    assert photo.place == (37.5665, 126.978)
    assert dict(reopened(photo.raw).getexif()) == {}
    assert b"Exif" not in photo.raw


def test_south_and_west_are_negative() -> None:
    gps = CITY_HALL | {ExifTags.GPS.GPSLatitudeRef: "S", ExifTags.GPS.GPSLongitudeRef: "W"}

    assert resave(a_picture(exif=exif(gps))).place == (-37.5665, -126.978)


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {ExifTags.GPS.GPSLatitude: (37.0, 33.0, 59.4)},
        CITY_HALL | {ExifTags.GPS.GPSLatitude: (370.0, 0.0, 0.0)},
        CITY_HALL
        | {ExifTags.GPS.GPSLatitude: (0.0, 0.0, 0.0), ExifTags.GPS.GPSLongitude: (0.0, 0.0, 0.0)},
    ],
    ids=["none", "half", "off the earth", "zero"],
)
def test_a_place_that_is_none_is_left_out(gps: dict[int, object]) -> None:
    assert resave(a_picture(exif=exif(gps))).place is None


def test_the_time_is_read_where_the_photo_names_its_time_zone() -> None:
    stamped = exif(DateTimeOriginal="2026:11:22 09:30:00", OffsetTimeOriginal="+09:00")

    assert resave(a_picture(exif=stamped)).taken_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


def test_a_time_without_a_zone_is_not_guessed() -> None:
    assert resave(a_picture(exif=exif(DateTimeOriginal="2026:11:22 09:30:00"))).taken_at is None


def test_the_clock_of_the_satellites_is_taken_instead() -> None:
    gps = CITY_HALL | {
        ExifTags.GPS.GPSDateStamp: "2026:11:22",
        ExifTags.GPS.GPSTimeStamp: (0.0, 30.0, 5.0),
    }

    assert resave(a_picture(exif=exif(gps))).taken_at == datetime(
        2026, 11, 22, 0, 30, 5, tzinfo=UTC
    )


def test_a_photo_that_lies_on_its_side_is_turned() -> None:
    photo = resave(a_picture(size=(40, 30), exif=exif(Orientation=6)))

    assert (photo.width, photo.height) == (30, 40)
    assert reopened(photo.raw).size == (30, 40)


def test_a_large_photo_is_shrunk_to_its_longest_side() -> None:
    photo = resave(a_picture(size=(4000, 3000)))

    assert (photo.width, photo.height) == (2048, 1536)


def test_a_small_photo_is_not_enlarged() -> None:
    photo = resave(a_picture(size=(40, 30)))

    assert (photo.width, photo.height, photo.mime) == (40, 30, "image/jpeg")


def test_a_comment_and_a_colour_profile_are_left_behind() -> None:
    photo = resave(a_picture(comment=b"my home is at", icc_profile=b"profile of my phone"))

    assert b"my home is at" not in photo.raw
    assert b"profile of my phone" not in photo.raw


def test_text_chunks_of_a_png_are_left_behind() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "a citizen's name")
    photo = resave(a_picture("PNG", pnginfo=told))

    assert b"citizen" not in photo.raw


def test_transparency_is_kept_as_png() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")
    photo = resave(out.getvalue())

    assert photo.mime == "image/png"
    assert reopened(photo.raw).getpixel((0, 0)) == (255, 0, 0, 0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_usual_kinds_are_read_whatever_they_are_called(kind: str) -> None:
    photo = resave(a_picture(kind))

    assert reopened(photo.raw).format == "JPEG"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_any_colour_mode_is_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (10, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")

    assert resave(out.getvalue()).width == 10


@pytest.mark.parametrize("size", [(30_000, 30_000), (12_000, 12_000), (9_000, 9_000)])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    with pytest.raises(PhotoRefused, match="too many pixels"):
        resave(a_png_that_claims(*size))


def test_a_broken_photo_is_refused() -> None:
    with pytest.raises(PhotoRefused, match="broken"):
        resave(a_picture(size=(400, 300))[:900])


@pytest.mark.parametrize(
    "raw",
    [b"", b"GIF89a", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"BM" + b"\0" * 60],
)
def test_what_is_no_photo_is_refused(raw: bytes) -> None:
    with pytest.raises(PhotoRefused):
        resave(raw)


def test_heic_is_refused_with_what_would_do() -> None:
    with pytest.raises(PhotoRefused, match="JPEG and PNG can"):
        resave(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


@given(cut=st.integers(0, 700), noise=st.binary(max_size=64))
def test_a_damaged_photo_is_either_saved_or_refused(cut: int, noise: bytes) -> None:
    raw = a_picture(exif=exif(CITY_HALL))
    damaged = raw[:cut] + noise + raw[cut + len(noise) :]

    with contextlib.suppress(PhotoRefused):
        assert resave(damaged).width > 0
