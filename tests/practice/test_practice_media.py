"""Pictures: checked for real, kept as they came."""

import io
import struct
import zlib

import httpx
import pytest
from mastodon import Mastodon, MastodonAPIError
from PIL import Image

from practice.scenes import photo
from practice.testing import PracticeServer


def huge_png() -> bytes:
    """A valid header that promises 30,000 × 30,000 pixels."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    return start + struct.pack(">I", zlib.crc32(chunk)) + b"\x00" * 64


def upload(client: Mastodon, raw: bytes, mime: str = "image/jpeg") -> object:
    return client.media_post(raw, mime_type=mime, description="설명")


def test_a_picture_comes_back_byte_for_byte_with_its_gps(citizen: Mastodon) -> None:
    raw = photo("pothole", (37.5665, 126.978))
    media = citizen.media_post(raw, mime_type="image/jpeg", description="구멍 난 길")
    post = citizen.status_post("보세요", media_ids=[media])
    kept = httpx.get(post.media_attachments[0].url)
    assert kept.content == raw
    assert kept.headers["content-type"] == "image/jpeg"
    assert post.media_attachments[0].description == "구멍 난 길"
    north = Image.open(io.BytesIO(kept.content)).getexif().get_ifd(0x8825)[2]
    assert float(north[0]) + float(north[1]) / 60 == pytest.approx(37.5665, abs=0.02)


def test_a_post_may_be_a_photo_without_text(citizen: Mastodon, jpeg: bytes) -> None:
    post = citizen.status_post("", media_ids=[upload(citizen, jpeg)])
    assert post.content == ""
    assert len(post.media_attachments) == 1


def test_a_description_can_be_changed_until_the_picture_is_posted(
    citizen: Mastodon, jpeg: bytes
) -> None:
    media = citizen.media_post(jpeg, mime_type="image/jpeg")
    assert citizen.media_update(media, description="새 설명").description == "새 설명"
    citizen.status_post("끝", media_ids=[media])
    with pytest.raises(MastodonAPIError):
        citizen.media_update(media, description="늦었다")


def test_a_picture_serves_one_post_of_its_owner(
    citizen: Mastodon, city: Mastodon, jpeg: bytes
) -> None:
    media = citizen.media_post(jpeg, mime_type="image/jpeg")
    with pytest.raises(MastodonAPIError):
        city.status_post("남의 사진", media_ids=[media])
    citizen.status_post("내 사진", media_ids=[media])
    with pytest.raises(MastodonAPIError):
        citizen.status_post("또 내 사진", media_ids=[media])


@pytest.mark.parametrize(
    "raw",
    [
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        photo("snow")[:2000],
        huge_png(),
    ],
    ids=["text", "svg", "cut off", "30,000 x 30,000"],
)
def test_what_is_not_a_sound_picture_is_refused(citizen: Mastodon, raw: bytes) -> None:
    with pytest.raises(MastodonAPIError) as refused:
        upload(citizen, raw)
    assert refused.value.args[1] == 422


def test_a_picture_of_20_megabytes_is_refused(citizen: Mastodon, jpeg: bytes) -> None:
    with pytest.raises(MastodonAPIError, match="less than 16 MB"):
        upload(citizen, jpeg + b"\0" * 20 * 1024 * 1024)


def test_a_careless_network_takes_anything(network: PracticeServer, citizen: Mastodon) -> None:
    network.fault("alice", unchecked_media=True)
    media = upload(citizen, b"not a picture")
    post = citizen.status_post("깨진 사진", media_ids=[media])
    assert httpx.get(post.media_attachments[0].url).content == b"not a picture"


def test_a_file_outside_the_folder_is_not_served(network: PracticeServer) -> None:
    for name in ("..%2Fpractice.db", "practice.db", "%2Fetc%2Fpasswd"):
        assert httpx.get(f"{network.url}/media/{name}").status_code == 404
