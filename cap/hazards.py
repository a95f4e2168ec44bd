"""Our hazards in CAP's words: which event is which hazard, and how grave it is said to be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cap.model import Alert, Info
from rules.bulletin import BulletinKind, Hazard, Language

#: Our own list of codes, in `eventCode` and `parameter`.
HAZARD_CODE = "haechi:hazard"
KIND_CODE = "haechi:kind"
OFFICE_CODE = "haechi:office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What one hazard is called: `known` is understood, `said` is written."""

    known: tuple[str, ...]
    said: Mapping[Language, str]
    categories: tuple[str, ...]  # the first is written
    severity: str
    urgency: str  # of a first alert
    responses: tuple[str, ...]


def _said(ko: str, en: str, zh: str, ja: str) -> Mapping[Language, str]:
    return {Language.KO: ko, Language.EN: en, Language.ZH: zh, Language.JA: ja}


HAZARDS: Mapping[Hazard, Called] = {
    Hazard.FLOOD: Called(
        known=(
            "침수",
            "호우",
            "홍수",
            "집중호우",
            "flood",
            "flash flood",
            "flooding",
            "heavy rain",
        ),
        said=_said("침수", "Flood", "内涝", "浸水"),
        categories=("Met", "Geo"),
        severity="Severe",
        urgency="Immediate",
        responses=("Avoid", "Evacuate"),
    ),
    Hazard.HEAVY_SNOW: Called(
        known=("폭설", "대설", "heavy snow", "snowstorm", "blizzard"),
        said=_said("폭설", "Heavy snow", "暴雪", "大雪"),
        categories=("Met",),
        severity="Moderate",
        urgency="Expected",
        responses=("Avoid", "Prepare"),
    ),
    Hazard.HEAT: Called(
        known=("폭염", "heat", "heat wave", "heatwave", "extreme heat"),
        said=_said("폭염", "Extreme heat", "高温", "猛暑"),
        categories=("Met", "Health"),
        severity="Moderate",
        urgency="Expected",
        responses=("Shelter", "Avoid"),
    ),
    Hazard.FIRE: Called(
        known=("화재", "산불", "fire", "wildfire", "building fire"),
        said=_said("화재", "Fire", "火灾", "火災"),
        categories=("Fire",),
        severity="Severe",
        urgency="Immediate",
        responses=("Evacuate", "Avoid"),
    ),
    Hazard.QUAKE: Called(
        known=("지진", "earthquake", "quake"),
        said=_said("지진", "Earthquake", "地震", "地震"),
        categories=("Geo",),
        severity="Extreme",
        urgency="Immediate",
        responses=("Shelter", "Evacuate"),
    ),
    Hazard.AIR: Called(
        known=(
            "대기오염",
            "미세먼지",
            "초미세먼지",
            "황사",
            "오존",
            "air pollution",
            "air quality",
        ),
        said=_said("대기오염", "Air pollution", "空气污染", "大気汚染"),
        categories=("Env", "Health", "Met"),
        severity="Moderate",
        urgency="Expected",
        responses=("Shelter", "Avoid"),
    ),
    Hazard.BLACKOUT: Called(
        known=("정전", "blackout", "power outage", "power failure"),
        said=_said("정전", "Power outage", "停电", "停電"),
        categories=("Infra",),
        severity="Moderate",
        urgency="Immediate",
        responses=("Prepare", "Monitor"),
    ),
    Hazard.CROWD: Called(
        known=("인파", "인파 밀집", "다중운집", "crowd", "crowd crush", "overcrowding"),
        said=_said("인파 밀집", "Crowd crush risk", "人群拥挤", "群集事故の危険"),
        categories=("Safety",),
        severity="Severe",
        urgency="Immediate",
        responses=("Avoid", "Evacuate"),
    ),
}

#: Follows from a hazard of ours and asks people to do something else: nothing is guessed then.
_OTHERS = ("해일", "쓰나미", "tsunami", "津波", "海啸")

#: How sure, how soon, how grave: by the kind of bulletin; None: as the hazard says.
_JUDGED: Mapping[BulletinKind, tuple[str | None, str | None, str]] = {
    BulletinKind.ALERT: (None, None, "Observed"),
    BulletinKind.UPDATE: (None, None, "Observed"),
    BulletinKind.CORRECTION: (None, None, "Observed"),
    BulletinKind.CANCEL: ("Past", "Minor", "Unlikely"),
    BulletinKind.ALL_CLEAR: ("Past", "Minor", "Observed"),
}

_RESPONSES: Mapping[BulletinKind, tuple[str, ...]] = {
    BulletinKind.CANCEL: ("None",),
    BulletinKind.ALL_CLEAR: ("AllClear",),
}


def judged(kind: BulletinKind, hazard: Hazard) -> tuple[str, str, str]:
    """Urgency, severity and certainty of a bulletin."""
    urgency, severity, certainty = _JUDGED[kind]
    words = HAZARDS[hazard]
    return urgency or words.urgency, severity or words.severity, certainty


def responses(kind: BulletinKind, hazard: Hazard) -> tuple[str, ...]:
    """What people are asked to do, as CAP's response types."""
    return _RESPONSES.get(kind, HAZARDS[hazard].responses)


def hazards_of(info: Info) -> frozenset[Hazard]:
    """The hazards that an info may mean: one, none that we know, or several.

    Our own code decides; then the event's words; among several the category.
    """
    ours = {code.value.strip() for code in info.event_codes if code.value_name == HAZARD_CODE}
    if coded := frozenset(hazard for hazard in Hazard if hazard.value in ours):
        return coded
    texts = [info.event, *(code.value for code in info.event_codes)]
    named = frozenset().union(*(_named(text) for text in texts))
    fitting = {hazard for hazard in named if set(HAZARDS[hazard].categories) & set(info.categories)}
    return frozenset(fitting) if len(named) > 1 and fitting else named


def hazards_of_alert(alert: Alert) -> frozenset[Hazard]:
    """The hazards that all its infos together mean; an info with unknown words says nothing."""
    return frozenset().union(*(hazards_of(info) for info in alert.infos))


def known_words() -> str:
    """Every event word that is understood, hazard by hazard, for a person who looks for one."""
    return " / ".join(", ".join(words.known) for words in HAZARDS.values())


def _named(text: str) -> frozenset[Hazard]:
    text = " ".join(text.lower().split())
    if any(other in text for other in _OTHERS):
        return frozenset()
    return frozenset(hazard for hazard, pattern in _PATTERNS.items() if pattern.search(text))


def _pattern(words: Called) -> re.Pattern[str]:
    """Korean words wherever they stand (`호우경보`); others as whole words, in the plural too."""
    written = {*words.known, *(said.lower() for said in words.said.values())}
    whole = [rf"\b{re.escape(word)}s?\b" for word in sorted(written) if word.isascii()]
    within = [re.escape(word) for word in sorted(written) if not word.isascii()]
    return re.compile("|".join(whole + within), re.ASCII)


_PATTERNS = {hazard: _pattern(words) for hazard, words in HAZARDS.items()}
