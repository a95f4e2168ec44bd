"""Builders for the tests of the channels: accounts, messages, settings, pictures."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from channels.base import Attachment, Message
from registry.model import Account, Network
from settings import Settings

WRITTEN = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def an_account(**changes: Any) -> Account:
    usual: dict[str, Any] = {
        "id": "x_seoul",
        "network": Network.X,
        "server": "",
        "handle": "haechi_seoul",
        "name": "서울시",
        "office": "comms_office",
        "credential": "x-seoul",
    }
    return Account(**usual | changes)


def a_message(text: str = "접수했습니다 [서울 2026-12]", **changes: Any) -> Message:
    usual: dict[str, Any] = {"text": text, "key": "delivery-1", "at": WRITTEN}
    return Message(**usual | changes)


def settings_in(
    var: Path, *, practice: str = "http://127.0.0.1:9", key: str = "", **changes: Any
) -> Settings:
    if key:
        (var / "practice.key").write_text(key)
    return Settings(var=var, practice_url=practice, **changes)


def a_picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, kind, **saved)
    return out.getvalue()


def an_attachment(folder: Path, alt: str = "고친 신호등") -> Attachment:
    path = folder / "light.jpg"
    path.write_bytes(a_picture())
    return Attachment(path=path, alt=alt, mime="image/jpeg")
