"""An `Alert` → the bytes of its file; the same alert gives the same bytes."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cap.model import NAMESPACE, Alert, Area, CapRefused, Fault, Info, Named, Resource

#: What XML 1.0 has no way to write.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(alert: Alert) -> bytes:
    """The alert as UTF-8 XML, indented. Times keep their zone; UTC is written `-00:00`.

    Nothing is checked, except that XML can hold the characters: `CapRefused` where it cannot.
    """
    root = Element(_tag("alert"))
    _fill(root, _alert(alert))
    indent(root)
    file: bytes = tostring(
        root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE
    )
    return file + b"\n"


def fingerprint(alert: Alert) -> str:
    """The same for two alerts that say the same, whatever their files' layout or zones.

    A second file with the same identifier and sender and another fingerprint is to be refused.
    """
    said = json.dumps(asdict(alert), default=_plain, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def time_text(at: datetime) -> str:
    """A time (aware) as CAP writes it, to the second."""
    text = at.isoformat(timespec="seconds")
    return text[:-6] + "-00:00" if at.utcoffset() == timedelta() else text


def xml_text(text: str) -> str:
    """A text as XML reads it back: line ends are one character. Raises `CapRefused`."""
    if bad := _NO_XML.search(text):
        said = f"XML에 쓸 수 없는 제어 문자(U+{ord(bad[0]):04X})가 글에 있습니다."
        raise CapRefused((Fault("", "characters", said),))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(value: object) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _fill(parent: Element, children: Iterator[tuple[str, object]]) -> None:
    """Each value as an element; None is left out, and a list is as many elements."""
    for name, value in children:
        for one in value if isinstance(value, tuple) else (value,):
            if one is None:
                continue
            child = SubElement(parent, _tag(name))
            if isinstance(one, (Info, Area, Resource, Named)):
                _fill(child, _children(one))
            else:
                child.text = time_text(one) if isinstance(one, datetime) else xml_text(str(one))


def _children(value: Info | Area | Resource | Named) -> Iterator[tuple[str, object]]:
    if isinstance(value, Info):
        return _info(value)
    if isinstance(value, Area):
        return _area(value)
    return _resource(value) if isinstance(value, Resource) else _named(value)


def _alert(alert: Alert) -> Iterator[tuple[str, object]]:
    yield "identifier", alert.identifier
    yield "sender", alert.sender
    yield "sent", alert.sent
    yield "status", alert.status
    yield "msgType", alert.msg_type
    yield "source", alert.source
    yield "scope", alert.scope
    yield "restriction", alert.restriction
    yield "addresses", alert.addresses
    yield "code", alert.codes
    yield "note", alert.note
    yield "references", alert.references
    yield "incidents", alert.incidents
    yield "info", alert.infos


def _info(info: Info) -> Iterator[tuple[str, object]]:
    yield "language", info.language
    yield "category", info.categories
    yield "event", info.event
    yield "responseType", info.response_types
    yield "urgency", info.urgency
    yield "severity", info.severity
    yield "certainty", info.certainty
    yield "audience", info.audience
    yield "eventCode", info.event_codes
    yield "effective", info.effective
    yield "onset", info.onset
    yield "expires", info.expires
    yield "senderName", info.sender_name
    yield "headline", info.headline
    yield "description", info.description
    yield "instruction", info.instruction
    yield "web", info.web
    yield "contact", info.contact
    yield "parameter", info.parameters
    yield "resource", info.resources
    yield "area", info.areas


def _resource(resource: Resource) -> Iterator[tuple[str, object]]:
    yield "resourceDesc", resource.resource_desc
    yield "mimeType", resource.mime_type
    yield "size", resource.size
    yield "uri", resource.uri
    yield "derefUri", resource.deref_uri
    yield "digest", resource.digest


def _area(area: Area) -> Iterator[tuple[str, object]]:
    yield "areaDesc", area.area_desc
    yield "polygon", area.polygons
    yield "circle", area.circles
    yield "geocode", area.geocodes
    yield "altitude", None if area.altitude is None else f"{area.altitude:f}"
    yield "ceiling", None if area.ceiling is None else f"{area.ceiling:f}"


def _named(named: Named) -> Iterator[tuple[str, object]]:
    yield "valueName", named.value_name
    yield "value", named.value
