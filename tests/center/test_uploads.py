"""A photo that staff attach is saved anew, without what it tells besides its picture."""

import io
from pathlib import Path

import pytest
from PIL import Image

from center.uploads import LONGEST_SIDE, MOST_BYTES, UploadRefused, keep_upload
from tests.center.pictures import bomb, picture, with_place


def test_place_and_camera_are_gone_and_it_stands_upright(tmp_path: Path) -> None:
    kept = keep_upload(io.BytesIO(with_place()), tmp_path)
    content = (tmp_path / kept.file).read_bytes()
    assert b"SecretCamera" not in content
    with Image.open(io.BytesIO(content)) as saved:
        assert not dict(saved.getexif())
        assert saved.size == (200, 300) == kept.size


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_each_kind_becomes_a_file_of_ours(tmp_path: Path, kind: str) -> None:
    kept = keep_upload(io.BytesIO(picture(kind)), tmp_path)
    assert kept.file.startswith("answers/")
    with Image.open(tmp_path / kept.file) as saved:
        assert f"image/{(saved.format or '').lower()}" == kept.mime


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    kept = keep_upload(io.BytesIO(picture(size=(4000, 1000))), tmp_path)
    assert kept.size == (LONGEST_SIDE, 512)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "photo_broken"),
        (b"<script>alert(1)</script>", "photo_broken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_broken"),
        (b"%PDF-1.7", "photo_broken"),
        (picture()[:300], "photo_broken"),
        (picture("BMP"), "photo_broken"),
        (bomb(), "photo_too_many_points"),
        (bomb(7_000, 7_000), "photo_too_many_points"),
        (picture() + b"\0" * MOST_BYTES, "photo_too_large"),
    ],
)
def test_what_is_no_photo_is_refused_and_leaves_no_file(
    tmp_path: Path, content: bytes, key: str
) -> None:
    with pytest.raises(UploadRefused) as refused:
        keep_upload(io.BytesIO(content), tmp_path)
    assert refused.value.key == key
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
