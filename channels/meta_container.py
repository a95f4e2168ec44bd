"""The life of a container, by which Instagram and Threads publish: made, ready, out.

It is made before anything is public, and its id is kept first. Whoever tries again asks what
became of it instead of making another.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pyfacebook import FacebookError

from channels.errors import ChannelBusy, ChannelError, InDoubt
from channels.meta_errors import code, gone
from channels.meta_line import Line
from channels.meta_reading import identified, inner, moment, text
from channels.model import Attachment, Message, Published

WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds between looks at a container that the network still works on."""
LATER = 60.0
_OVER = frozenset({"ERROR", "EXPIRED"})
_NOT_FOUND = 24
"""What Threads answers of a container that is not ready, published already, or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where a network's containers are made and published, and which fields tell of them.

    `status` holds one of five words, `why` what went wrong; `text` is the text's parameter.
    """

    make: str
    publish: str
    status: str
    why: str
    text: str
    single: dict[str, str]  # what a container of one picture is called, where that must be said


@dataclass(frozen=True, slots=True)
class Made:
    """A container; `out`: it is published already, by an earlier try."""

    id: str
    out: bool = False


def made(
    line: Line, kind: Kind, message: Message, more: dict[str, str], pause: Callable[[float], None]
) -> Made:
    """A container of this message that is ready: an earlier try's, where that still serves."""
    if message.prepared:
        status = _status(line, kind, message.prepared)[0]
        if status and status not in _OVER:
            return _ready(line, kind, message.prepared, pause)
    container = _make(line, kind, message, more)
    message.keep(container)
    return _ready(line, kind, container, pause)


def _make(line: Line, kind: Kind, message: Message, more: dict[str, str]) -> str:
    form = {kind.text: message.text, **more}
    pictures = message.attachments
    if len(pictures) > 1:
        parts = [_part(line, kind, each) for each in pictures]
        form |= {"media_type": "CAROUSEL", "children": ",".join(parts)}
    else:
        form |= _picture(kind, pictures)
    return identified(line.post(line.node, kind.make, **form))


def _part(line: Line, kind: Kind, picture: Attachment) -> str:
    form = _picture(kind, [picture]) | {"is_carousel_item": "true"}
    return identified(line.post(line.node, kind.make, **form))


def _picture(kind: Kind, pictures: Sequence[Attachment]) -> dict[str, str]:
    if not pictures:
        return {"media_type": "TEXT"}
    return kind.single | {"image_url": pictures[0].url, "alt_text": pictures[0].alt}


def check_public(where: str, message: Message) -> None:
    """Raises `ChannelError` where the network could not fetch a picture of ours."""
    if not all(picture.url for picture in message.attachments):
        raise ChannelError(
            f"{where}: the network fetches pictures itself, so the center must be reachable from "
            "the internet, and it is not"
        )


def _ready(line: Line, kind: Kind, container: str, pause: Callable[[float], None]) -> Made:
    for seconds in (*WAITS, 0.0):
        status, why = _status(line, kind, container)
        if status in ("FINISHED", "PUBLISHED"):
            return Made(container, status == "PUBLISHED")
        if status == "ERROR":
            raise ChannelError(f"the network cannot make a post of it: {why or 'it says no more'}")
        if status != "IN_PROGRESS":
            break
        if seconds:
            pause(seconds)
    raise ChannelBusy(f"the network is still working on the post ({status or 'unknown'})", LATER)


def _status(line: Line, kind: Kind, container: str) -> tuple[str, str]:
    """What became of a container, and why; "" where the network knows none such."""
    try:
        told = line.get(container, f"id,{kind.status},{kind.why}")
    except FacebookError as error:
        if not gone(error) and code(error) != _NOT_FOUND:
            raise
        return "", ""
    status = told.get(kind.status)
    if not isinstance(status, str):
        raise ValueError("the answer does not say what became of the container")
    return status, text(told.get(kind.why))


def publish(line: Line, kind: Kind, container: str) -> str:
    """Make it public, and say what it is called from now on."""
    try:
        return identified(line.post(line.node, kind.publish, creation_id=container))
    except FacebookError as error:
        if gone(error):  # it is the container that is not found, and it may be out
            raise InDoubt(f"the container {container} is not found any more: {error}") from error
        raise


def shown(line: Line, remote_id: str, message: Message) -> Published:
    """What was just published. Where it stands is asked; it is out, whatever the answer."""
    told: dict[str, Any] = {}
    with suppress(Exception):
        told = line.get(remote_id, "id,permalink,timestamp")
    at = datetime.now(UTC)
    with suppress(ValueError):
        at = moment(inner(told, "timestamp"))
    return Published(
        remote_id=remote_id,
        url=text(inner(told, "permalink")),
        text=message.text,
        at=at,
        in_reply_to=message.in_reply_to,
    )
