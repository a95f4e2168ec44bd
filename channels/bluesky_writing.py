"""What we write on Bluesky: a post as a record, with its links, its pictures and whom it answers."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from atproto_client.exceptions import BadRequestError
from atproto_client.utils.facet_detection import detect_facets, detect_mentions
from PIL import Image, UnidentifiedImageError

from channels.bluesky_line import Line
from channels.bluesky_reading import record
from channels.bluesky_values import POSTS, REPOSTS, Json, strong, tid, tid_time, written
from channels.errors import ChannelError, Trouble
from channels.model import Attachment, Message

IMAGE_LIMIT = 1_000_000
"""Bytes of one picture; the network's own rule for `app.bsky.embed.images`."""
IMAGES = 4
_LINK = re.compile(r"https?://[!#-;=?-~]*[A-Za-z0-9/=&#_~-]")
_FACET = "app.bsky.richtext.facet"
_LONG_AGO = datetime.fromisoformat("2023-01-01T00:00:00+00:00")


def post_record(line: Line, message: Message) -> dict[str, Any]:
    """The post as a record: the same in every try, but for what the network says of others."""
    made: dict[str, Any] = {
        "$type": POSTS,
        "text": message.text,
        "createdAt": written(message.at),
        "langs": [message.language],
    }
    if facets := [*_links(message.text), *_tags(message.text), *_mentions(line, message.text)]:
        made["facets"] = sorted(facets, key=lambda facet: facet["index"]["byteStart"])
    if message.in_reply_to:
        made["reply"] = _reply(line, message.in_reply_to)
    if message.attachments:
        made["embed"] = _images(line, message.attachments)
    return made


def repost_record(line: Line, remote_id: str, at: datetime) -> dict[str, Any]:
    return {"$type": REPOSTS, "subject": strong(record(line, remote_id)), "createdAt": written(at)}


def repost_key(remote_id: str) -> str:
    """The key of our repost of a record: one record, one repost, whoever asks."""
    return tid(tid_time(remote_id.rpartition("/")[2]) or _LONG_AGO, remote_id)


def is_same(there: Json, ours: Json) -> bool:
    """Whether what stands under our key is what we were to write there."""
    value = there.get("value")
    if not isinstance(value, dict) or value.get("$type") != ours["$type"]:
        return False
    if ours["$type"] == REPOSTS:
        subject = value.get("subject")
        return isinstance(subject, dict) and subject.get("uri") == ours["subject"]["uri"]
    return (value.get("text"), value.get("createdAt")) == (ours["text"], ours["createdAt"])


def _facet(text: str, start: int, end: int, kind: str, **says: str) -> dict[str, Any]:
    """What a stretch of the text (by characters) is; the network counts UTF-8 bytes."""
    return _facet_at(len(text[:start].encode()), len(text[:end].encode()), kind, **says)


def _facet_at(start: int, end: int, kind: str, **says: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"{_FACET}#{kind}", **says}],
    }


def _links(text: str) -> list[dict[str, Any]]:
    """A link ends where ASCII does: Korean particles follow it without a space."""
    return [
        _facet(text, match.start(), match.end(), "link", uri=match[0])
        for match in _LINK.finditer(text)
    ]


def _tags(text: str) -> list[dict[str, Any]]:
    """Hashtags as the network's own apps find them."""
    return [
        _facet_at(found.index.byte_start, found.index.byte_end, "tag", tag=feature.tag)
        for found in detect_facets(text)
        for feature in found.features
        if feature.py_type == f"{_FACET}#tag" and not feature.tag.startswith("$")
    ]


def _mentions(line: Line, text: str) -> list[dict[str, Any]]:
    """Handles that somebody has; others stay words."""
    dids = {found.handle: _whose(line, found.handle) for found in detect_mentions(text)}
    return [
        _facet_at(found.byte_start, found.byte_end, "mention", did=did)
        for found in detect_mentions(text)
        if (did := dids[found.handle])
    ]


def _whose(line: Line, handle: str) -> str:
    try:
        did = line.query("com.atproto.identity.resolveHandle", handle=handle)["did"]
    except BadRequestError:  # nobody's
        return ""
    return did if isinstance(did, str) else ""


def _reply(line: Line, remote_id: str) -> dict[str, Any]:
    """The post that is answered and the first of its thread, each at the version that stands."""
    above = record(line, remote_id)
    parent, value = strong(above), above.get("value")
    reply = value.get("reply") if isinstance(value, dict) else None
    root = reply.get("root") if isinstance(reply, dict) else None
    return {"root": strong(root) if root else parent, "parent": parent}


def _images(line: Line, attachments: Sequence[Attachment]) -> dict[str, Any]:
    if len(attachments) > IMAGES:
        raise ChannelError(f"a post holds {IMAGES} pictures at most", Trouble.REFUSED)
    return {
        "$type": "app.bsky.embed.images",
        "images": [_image(line, attachment) for attachment in attachments],
    }


def _image(line: Line, attachment: Attachment) -> dict[str, Any]:
    name = attachment.path.name
    try:
        content = attachment.path.read_bytes()
        with Image.open(io.BytesIO(content)) as picture:
            width, height = picture.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ChannelError(f"the picture {name} cannot be read: {error}") from error
    if len(content) > IMAGE_LIMIT:
        raise ChannelError(
            f"the picture {name} has {len(content):,} bytes; Bluesky takes {IMAGE_LIMIT:,}"
        )
    return {
        "image": line.upload(content, attachment.mime)["blob"],
        "alt": attachment.alt,
        "aspectRatio": {"width": width, "height": height},
    }
