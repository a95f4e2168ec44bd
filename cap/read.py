"""A CAP file → an `Alert`: parsed, validated, and taken over value by value."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from xml.etree.ElementTree import Element

from cap.model import (
    NAMESPACE,
    Alert,
    Area,
    CapRefused,
    Fault,
    Info,
    MessageType,
    Named,
    Resource,
    Scope,
    Status,
    numbered,
)
from cap.parse import parse
from cap.schema import schema_faults

_Value = TypeVar("_Value")

#: So many faults are told; a file with more is not mended by reading on.
TOLD = 50
YEARS = range(2000, 2101)


def read(data: bytes) -> Alert:
    """The alert in a file of at most 1 MB, sound by the schema.

    Raises `CapRefused` with everything that the schema finds wrong, or with the one thing that
    kept the file from being parsed. What a schema cannot see is in `cap/rules.py`.
    """
    root = parse(data)
    faults = schema_faults(root) or list(_time_faults(root))
    if faults:
        raise CapRefused(told(faults))
    return _alert(root)


def told(faults: list[Fault]) -> tuple[Fault, ...]:
    """The faults that a person is shown: all, or the first ones and how many more."""
    if len(faults) <= TOLD:
        return tuple(faults)
    more = Fault("", "more", f"그 밖에 {len(faults) - TOLD:,}건이 더 있습니다.")
    return (*faults[:TOLD], more)


def _time_faults(alert: Element) -> Iterator[Fault]:
    """Times that XML Schema allows and no calendar: 24:00, the year 1."""
    times = [("alert/sent", _text(alert, "sent"))]
    for where, info in numbered("alert/info", _children(alert, "info")):
        for name in ("effective", "onset", "expires"):
            times += [(f"{where}/{name}", text) for text in _texts(info, name)]
    for where, text in times:
        if not _is_time(text):
            yield Fault(where, "time", f"‘{text.strip()}’: 있을 수 없는 시각입니다.")


def _is_time(text: str) -> bool:
    try:
        return _time(text).astimezone(UTC).year in YEARS
    except (ValueError, OverflowError):
        return False


def _alert(root: Element) -> Alert:
    return Alert(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent=_time(_text(root, "sent")),
        status=Status(_text(root, "status")),
        msg_type=MessageType(_text(root, "msgType")),
        source=_maybe(root, "source"),
        scope=Scope(_text(root, "scope")),
        restriction=_maybe(root, "restriction"),
        addresses=_maybe(root, "addresses"),
        codes=_texts(root, "code"),
        note=_maybe(root, "note"),
        references=_maybe(root, "references"),
        incidents=_maybe(root, "incidents"),
        infos=_each(root, "info", _info),
    )


def _info(info: Element) -> Info:
    return Info(
        language=_maybe_as(info, "language", str.strip),
        categories=_texts(info, "category"),
        event=_text(info, "event"),
        response_types=_texts(info, "responseType"),
        urgency=_text(info, "urgency"),
        severity=_text(info, "severity"),
        certainty=_text(info, "certainty"),
        audience=_maybe(info, "audience"),
        event_codes=_each(info, "eventCode", _named),
        effective=_maybe_as(info, "effective", _time),
        onset=_maybe_as(info, "onset", _time),
        expires=_maybe_as(info, "expires", _time),
        sender_name=_maybe(info, "senderName"),
        headline=_maybe(info, "headline"),
        description=_maybe(info, "description"),
        instruction=_maybe(info, "instruction"),
        web=_maybe_as(info, "web", str.strip),
        contact=_maybe(info, "contact"),
        parameters=_each(info, "parameter", _named),
        resources=_each(info, "resource", _resource),
        areas=_each(info, "area", _area),
    )


def _resource(resource: Element) -> Resource:
    return Resource(
        resource_desc=_text(resource, "resourceDesc"),
        mime_type=_text(resource, "mimeType"),
        size=_maybe_as(resource, "size", int),
        uri=_maybe_as(resource, "uri", str.strip),
        deref_uri=_maybe(resource, "derefUri"),
        digest=_maybe(resource, "digest"),
    )


def _area(area: Element) -> Area:
    return Area(
        area_desc=_text(area, "areaDesc"),
        polygons=_texts(area, "polygon"),
        circles=_texts(area, "circle"),
        geocodes=_each(area, "geocode", _named),
        altitude=_maybe_as(area, "altitude", Decimal),
        ceiling=_maybe_as(area, "ceiling", Decimal),
    )


def _named(named: Element) -> Named:
    return Named(_text(named, "valueName"), _text(named, "value"))


def _children(parent: Element, name: str) -> list[Element]:
    return parent.findall(f"{{{NAMESPACE}}}{name}")


def _each(parent: Element, name: str, of: Callable[[Element], _Value]) -> tuple[_Value, ...]:
    return tuple(of(child) for child in _children(parent, name))


def _texts(parent: Element, name: str) -> tuple[str, ...]:
    return _each(parent, name, lambda child: child.text or "")


def _text(parent: Element, name: str) -> str:
    return _texts(parent, name)[0]


def _maybe(parent: Element, name: str) -> str | None:
    return next(iter(_texts(parent, name)), None)


def _maybe_as(parent: Element, name: str, of: Callable[[str], _Value]) -> _Value | None:
    text = _maybe(parent, name)
    return None if text is None else of(text)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())
