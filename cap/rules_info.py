"""Rules on what is said: texts, languages, times. One message says the same in each language."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import combinations
from urllib.parse import urlsplit

from cap.hazards import hazards_of, hazards_of_alert, known_words
from cap.model import Alert, Info, Named, numbered
from cap.wrong import Wrong, short
from rules.bulletin import HAZARD_NAMES

KNOWN = known_words()

_HANGUL = re.compile(r"[가-힣]")
_DIGEST = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)
_TEXTS = ("headline", "description", "instruction")
_TIMES = ("effective", "onset", "expires")


def _infos(alert: Alert) -> Iterator[tuple[str, Info]]:
    return numbered("alert/info", alert.infos)


def blank(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """Elements that are there and say nothing."""
    for where, info in _infos(alert):
        texts = {"event": info.event, "senderName": info.sender_name}
        texts |= {name: getattr(info, name) for name in _TEXTS}
        texts |= dict(_lists(info))
        for name, text in texts.items():
            if text is not None and not text.strip():
                yield f"{where}/{name}", ""


def _lists(info: Info) -> Iterator[tuple[str, str]]:
    for path, area in numbered("area", info.areas):
        yield f"{path}/areaDesc", area.area_desc
        yield from _named(f"{path}/geocode", area.geocodes)
    for path, resource in numbered("resource", info.resources):
        yield f"{path}/resourceDesc", resource.resource_desc
        yield f"{path}/mimeType", resource.mime_type
    yield from _named("eventCode", info.event_codes)
    yield from _named("parameter", info.parameters)


def _named(where: str, values: tuple[Named, ...]) -> Iterator[tuple[str, str]]:
    for path, named in numbered(where, values):
        yield f"{path}/valueName", named.value_name


def language_twice(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    seen: Counter[str] = Counter()
    for where, info in _infos(alert):
        seen[info.spoken] += 1
        if seen[info.spoken] > 1:
            yield f"{where}/language", info.spoken


def language_unlike_text(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """English whose description is written in Hangul: the language was forgotten."""
    for where, info in _infos(alert):
        text = info.description or info.headline or info.instruction or ""
        letters = [letter for letter in text if letter.isalpha()]
        hangul = sum(bool(_HANGUL.match(letter)) for letter in letters)
        if info.spoken.startswith("en") and hangul * 2 > len(letters):
            yield f"{where}/language", info.language or "비어 있고 기본값이 en-US"


def texts_alike(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        for one, other in combinations(_TEXTS, 2):
            said = _folded(getattr(info, one))
            if said and said == _folded(getattr(info, other)):
                yield f"{where}/{other}", one


def _folded(text: str | None) -> str:
    return " ".join((text or "").casefold().split())


def categories_differ(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    yield from _unlike_first(
        alert,
        lambda info: frozenset(info.categories),
        "category",
        lambda i: ", ".join(i.categories),
    )


def event_differs(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """Other event codes, or words for another hazard; a word that we do not know differs never."""
    first = next(iter(alert.infos), None)
    for where, info in _infos(alert):
        if first is None:
            continue
        mine, its = hazards_of(first), hazards_of(info)
        if set(first.event_codes) != set(info.event_codes) or (mine and its and not mine & its):
            yield f"{where}/event", short(info.event)


def judgement_differs(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for name in ("urgency", "severity", "certainty"):
        yield from _unlike_first(alert, _field(name), name, _field(name))


def times_differ(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for name in _TIMES:
        yield from _unlike_first(alert, _field(name), name, _field(name))


def area_differs(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """Other outlines or codes; the names may differ, as they are in another language."""
    for where, info in _infos(alert):
        if _outlines(info) != _outlines(alert.infos[0]):
            yield f"{where}/area", ""


def _outlines(info: Info) -> frozenset[object]:
    return frozenset((area.polygons, area.circles, frozenset(area.geocodes)) for area in info.areas)


def _field(name: str) -> Callable[[Info], object]:
    return lambda info: getattr(info, name)


def _unlike_first(
    alert: Alert,
    value: Callable[[Info], object],
    element: str,
    quoted: Callable[[Info], object],
) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        if value(info) != value(alert.infos[0]):
            yield f"{where}/{element}", short(str(quoted(info) or "없음"))


def expires_early(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        if info.expires and info.effective and info.expires < info.effective:
            yield f"{where}/expires", info.expires.isoformat()


def expires_before_sent(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        if info.expires and info.expires < alert.sent:
            yield f"{where}/expires", info.expires.isoformat()


def onset_late(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        if info.onset and info.expires and info.onset > info.expires:
            yield f"{where}/onset", info.onset.isoformat()


def no_address(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    """`web` and a resource's `uri` are opened by people: nothing but the web."""
    for where, info in _infos(alert):
        addresses = [("web", info.web)]
        paths = numbered("resource", info.resources)
        addresses += [(f"{path}/uri", resource.uri) for path, resource in paths]
        for path, address in addresses:
            if address is not None and not _on_the_web(address):
                yield f"{where}/{path}", short(address)


def _on_the_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)
    )


def digest_malformed(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    for where, info in _infos(alert):
        for path, resource in numbered(f"{where}/resource", info.resources):
            if resource.digest is not None and not _DIGEST.fullmatch(resource.digest.strip()):
                yield f"{path}/digest", short(resource.digest)


def korean_missing(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.infos and not any(info.spoken.split("-")[0] == "ko" for info in alert.infos):
        yield "alert/info/language", ""


def hazard_unknown(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    if alert.infos and not hazards_of_alert(alert):
        yield "alert/info/event", short(alert.infos[0].event)


def hazard_ambiguous(alert: Alert, _at: datetime) -> Iterator[Wrong]:
    hazards = hazards_of_alert(alert)
    if len(hazards) > 1:
        yield "alert/info/event", ", ".join(sorted(HAZARD_NAMES[hazard] for hazard in hazards))


def expired(alert: Alert, at: datetime) -> Iterator[Wrong]:
    """Over already: a draft of it could only be sent too late. A cancel is never too late."""
    for where, info in _infos(alert):
        if info.expires and info.expires <= at and alert.msg_type != "Cancel":
            yield f"{where}/expires", info.expires.isoformat()
