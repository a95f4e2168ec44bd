"""A letter, and what may stand in its headers. Nothing a citizen wrote makes a header of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.header import Header


class MailBusy(Exception):
    """Try again later: the letter is not known to be out."""


class MailRefused(Exception):
    """A person looks: the address or the letter is at fault, trying again will not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A JPEG that the HTML part shows, as `<img src="cid:NAME">`. `name`: `[a-z0-9]+@[a-z]+`."""

    name: str
    jpeg: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A file that goes with a letter. `name`: `[A-Za-z0-9._-]+`; `kind`: its media type."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail to one address. `plain` and `html` say the same, each rendered for itself.

    `message_id` is `<…@…>`, the same at every try. `headers` may hold those of `EXTRAS`.
    """

    to: str
    subject: str
    plain: str
    html: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pictures: tuple[Picture, ...] = ()
    attached: tuple[Attached, ...] = ()


EXTRAS = frozenset(
    {
        "auto-submitted",
        "in-reply-to",
        "list-id",
        "list-unsubscribe",
        "precedence",
        "references",
        "reply-to",
    }
)
_ADDRESS = re.compile(
    r"[^\s\x00-\x20\x7f@,;:<>()\[\]\"\\]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}", re.ASCII
)
_IDENTIFIER = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@[A-Za-z0-9.-]{1,120}>")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_KIND = re.compile(r"application/([a-z0-9.+-]{1,100})")
_PLAIN_WORDS = re.compile(r"[\x20-\x7e]{0,60}")


def address(to: str) -> str:
    """The address, which is one and nothing else. Raises `MailRefused`."""
    if _ADDRESS.fullmatch(to) and to.isascii():
        return to
    raise MailRefused(f"{to!r} is not one mail address: correct it in the registry")


def identifier(message_id: str) -> str:
    """The Message-ID. Raises `MailRefused` for anything but `<…@…>`."""
    if _IDENTIFIER.fullmatch(message_id):
        return message_id
    raise MailRefused(f"{message_id!r} is not a Message-ID")


def file_kind(attached: Attached) -> str:
    """The subtype of the file's media type. Raises `MailRefused` for a name or kind that is none."""
    kind = _KIND.fullmatch(attached.kind)
    if kind is None or not _FILE.fullmatch(attached.name):
        raise MailRefused(f"{attached.name!r} ({attached.kind!r}) cannot be attached")
    return kind[1]


def one_line(text: str) -> str:
    """Without line breaks and other control characters, lone surrogates replaced."""
    text = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def encoded(text: str, name: str = "Subject") -> str:
    """A header's words, in ASCII, on lines short enough.

    What already looks like an encoded word is encoded as well, so it stays what was written:
    programs that decode and write it again would make a header of the line break inside.
    """
    text = one_line(text)
    if _PLAIN_WORDS.fullmatch(text) and "=?" not in text:
        return text
    return Header(text, "utf-8", header_name=name).encode()


def extra_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The further headers, each one line. Raises `MailRefused` for one that is not ours to set."""
    strangers = {name for name in headers if name.lower() not in EXTRAS}
    if strangers:
        raise MailRefused(f"headers that a letter may not set: {', '.join(sorted(strangers))!r}")
    return {name: _value(name, value) for name, value in headers.items()}


def _value(name: str, value: str) -> str:
    if name.lower() == "reply-to":
        return address(value)
    value = one_line(value)
    return value if value.isascii() and "=?" not in value else encoded(value, name)
