"""What stands, as an Atom feed (RFC 4287) whose entries point to the CAP files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cap.write import xml_text

ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bulletin that stands. `id` is an IRI that never changes, `link` its CAP file's address;
    `updated` is aware."""

    id: str
    title: str
    updated: datetime
    link: str
    summary: str = ""


def feed_file(
    entries: Sequence[Entry], *, id: str, title: str, author: str, link: str, at: datetime
) -> bytes:
    """The feed at the address `link`, newest first; the same entries give the same bytes.

    It counts as updated with its newest entry, or `at` (aware) where nothing stands. Texts are
    plain text. Raises `CapRefused` for characters that XML cannot hold.
    """
    feed = Element("feed", xmlns=ATOM)
    newest = sorted(entries, key=lambda entry: (entry.updated, entry.id), reverse=True)
    _texts(feed, id=id, title=title, updated=_time(newest[0].updated if newest else at))
    _texts(SubElement(feed, "author"), name=author)
    SubElement(feed, "link", rel="self", type="application/atom+xml", href=xml_text(link))
    for entry in newest:
        _entry(SubElement(feed, "entry"), entry)
    indent(feed)
    file: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return file + b"\n"


def _entry(parent: Element, entry: Entry) -> None:
    _texts(parent, id=entry.id, title=entry.title, updated=_time(entry.updated))
    SubElement(parent, "link", rel="alternate", type=CAP_TYPE, href=xml_text(entry.link))
    if entry.summary:
        _texts(parent, summary=entry.summary)


def _texts(parent: Element, **texts: str) -> None:
    for name, text in texts.items():
        SubElement(parent, name).text = xml_text(text)


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
