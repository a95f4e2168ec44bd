"""A citizen at a client: what the practice server's own short cuts cannot write."""

import io
from typing import Any

import httpx
from PIL import ExifTags, Image

from practice.testing import PracticeServer

#: Seoul City Hall, near enough.
CITY_HALL = (37.5663, 126.9779)


def write(
    network: PracticeServer,
    handle: str,
    text: str,
    *,
    photo: bytes | None = None,
    alt: str = "",
    limit: int = 500,
    **more: Any,
) -> str:
    """Post over HTTP as Mastodon's clients do; the status's id."""
    headers = {"Authorization": f"Bearer {network.token(handle, limit=limit)}"}
    with httpx.Client(base_url=network.url, headers=headers, trust_env=False) as client:
        media = []
        if photo is not None:
            uploaded = client.post(
                "/api/v2/media", files={"file": ("p.jpg", photo)}, data={"description": alt}
            )
            media = [uploaded.raise_for_status().json()["id"]]
        answer = client.post("/api/v1/statuses", json={"status": text, "media_ids": media, **more})
        return str(answer.raise_for_status().json()["id"])


def delete(network: PracticeServer, handle: str, status_id: str) -> None:
    """Delete one's own post."""
    headers = {"Authorization": f"Bearer {network.token(handle)}"}
    url = f"{network.url}/api/v1/statuses/{status_id}"
    httpx.delete(url, headers=headers, trust_env=False).raise_for_status()


def picture(*, at: tuple[float, float] | None = None, colour: str = "darkred") -> bytes:
    """A JPEG; `at` writes into it where it was taken."""
    exif = Image.Exif()
    if at is not None:
        exif[ExifTags.IFD.GPSInfo] = {
            ExifTags.GPS.GPSLatitudeRef: "N",
            ExifTags.GPS.GPSLatitude: _parts(at[0]),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: _parts(at[1]),
        }
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def _parts(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = (degrees - whole) * 60
    return float(whole), float(int(minutes)), round((minutes - int(minutes)) * 60, 3)
