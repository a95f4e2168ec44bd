"""Pictures as they leave: made for each network once, and lent to those that fetch them."""

import hashlib
import os
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from channels.base import Attachment, ChannelError, Message, Trouble
from channels.photo import PhotoRefused
from channels.picture import PICTURE_RULES, PictureRule, fitted, mime_of
from registry.model import Account
from rules.tickets import ticket
from settings import Settings

#: So long a network may fetch one.
LENT_FOR = timedelta(hours=1)

#: They are made anew where they are needed again.
KEPT_FOR = timedelta(days=2)

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}
#: Thirty accounts of a network begin at once, and one makes the picture for all.
_MAKING = tuple(threading.Lock() for _ in range(32))


def with_fitting_pictures(
    message: Message, account: Account, settings: Settings, *, at: datetime, exercise: bool = False
) -> Message:
    """The message with its pictures as the account's network takes them; the same where it names no rule.

    `at` is now, aware. Raises `ChannelError` for a picture that cannot be made to fit.
    """
    rule = PICTURE_RULES.get(account.network)
    if rule is None or not message.attachments:
        return message
    lends = settings.live and not exercise and settings.public_center.startswith("https://")
    pictures = []
    for attachment in message.attachments:
        fits = _fitting(attachment, account, rule, settings.fitted)
        url = _lent(fits.path, settings, at) if rule.fetched and lends else ""
        pictures.append(replace(fits, url=url))
    return replace(message, attachments=tuple(pictures))


def _fitting(
    attachment: Attachment, account: Account, rule: PictureRule, folder: Path
) -> Attachment:
    try:
        raw = attachment.path.read_bytes()
        path = _made(raw, account, rule, folder)
    except PhotoRefused as refused:
        raise ChannelError(f"{attachment.path.name}: {refused}", Trouble.PHOTO) from refused
    except OSError as error:
        why = f"{attachment.path.name} cannot be made to fit: {error.strerror}"
        raise ChannelError(why, Trouble.PHOTO) from error
    mime = next(mime for mime, ending in _ENDINGS.items() if path.suffix == ending)
    return replace(attachment, path=path, mime=mime)


def _made(raw: bytes, account: Account, rule: PictureRule, folder: Path) -> Path:
    """The file of this content for this network, made by whoever comes first."""
    content = hashlib.sha256(repr(rule).encode() + raw).hexdigest()[:32]
    name = f"{account.network}-{content}"
    with _MAKING[int(content, 16) % len(_MAKING)]:
        for ending in _ENDINGS.values():
            known = folder / f"{name}{ending}"
            if known.is_file():
                os.utime(known)  # it is needed anew: what is swept is what nobody asked for
                return known
        made = fitted(raw, rule)
        path = folder / f"{name}{_ENDINGS[mime_of(made)]}"
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.part")  # another worker may make it, too
        try:
            unfinished.write_bytes(made)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return path


def _lent(path: Path, settings: Settings, at: datetime) -> str:
    held = ticket(settings.center_key, path.name, until=at + LENT_FOR)
    return f"{settings.public_center}/pictures/{held}"


def clear_fitted(settings: Settings) -> int:
    """Remove what was made for networks and is older than `KEPT_FOR`; returns how many files."""
    old = [
        file
        for file in settings.fitted.glob("*")
        if time.time() - file.stat().st_mtime > KEPT_FOR.total_seconds()
    ]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)
