"""An alert from outside → the form of a bulletin, which two people then look at as at any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cap.hazards import KIND_CODE, hazards_of_alert
from cap.model import Alert, CapRefused, Fault, Info, MessageType, Status, numbered
from cap.outline import points
from cap.places import places_of
from cap.read import told
from cap.references import Reference, references
from cap.rules import BROADCAST_RULES, RULES, rule_faults
from cap.words import LONGEST, Said, words_of
from cap.write import fingerprint
from registry.model import Registry
from rules.bulletin import (
    HAZARD_NAMES,
    REFERRING,
    BulletinForm,
    BulletinKind,
    Hazard,
    Language,
)

_K = BulletinKind

#: What an Update may be to us besides an update; our own files say it in a parameter.
_UPDATES = {_K.UPDATE, _K.CORRECTION, _K.ALL_CLEAR}
_LONGEST_POLYGON = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The event that an Update or a Cancel refers to, as the caller found it by `references`."""

    number: str
    hazard: Hazard
    exercise: bool
    districts: Sequence[str] = ()  # ids; none: the whole city


@dataclass(frozen=True, slots=True, kw_only=True)
class CapDraft:
    """A form to submit. `notes`: what the desk should know of the way here, in Korean."""

    form: BulletinForm
    references: tuple[Reference, ...]
    fingerprint: str
    notes: tuple[str, ...]


def draft_of(
    alert: Alert,
    registry: Registry,
    *,
    submitted_by: str,
    at: datetime,
    standing: Standing | None = None,
) -> CapDraft:
    """The draft that an alert asks for, at a moment (aware).

    `standing` is needed where the alert is an Update or a Cancel: see `references`. Raises
    `CapRefused` with everything that is in the way: either table of rules, an unknown area, an
    event that is not there, is another hazard's, or is an exercise where the alert is none.
    """
    faults = rule_faults(alert, at=at, rules=(*RULES, *BROADCAST_RULES))
    faults += _event_faults(alert, standing)
    korean = _spoken(alert, Language.KO)
    districts, unknown, left_out = _districts(registry, korean, standing)
    words, wrong, notes = words_of(alert)
    faults += unknown + wrong
    if faults:
        raise CapRefused(told(faults))
    polygon, dropped = _polygon(korean)
    form = BulletinForm(
        exercise=alert.status is Status.EXERCISE,
        kind=_kind(alert),
        hazard=_hazard(alert, standing),
        event=standing.number if standing else "",
        districts=list(districts),
        polygon=polygon,
        expires_at=_expires(alert, at),
        submitted_by=submitted_by,
        **_fields(words),
    )
    return CapDraft(
        form=form,
        references=references(alert),
        fingerprint=fingerprint(alert),
        notes=(*left_out, *dropped, *notes, *_on_locked(form)),
    )


def _on_locked(form: BulletinForm) -> list[str]:
    """The template's sentences that stand below the alert's own words."""
    if form.kind in REFERRING or not any(form.words(language).description for language in Language):
        return []
    hazard = HAZARD_NAMES[form.hazard]
    return [f"경보의 글 뒤에 {hazard} 문안의 안전 문장을 덧붙였습니다. 미리보기에서 확인해 주세요."]


def _event_faults(alert: Alert, standing: Standing | None) -> list[Fault]:
    if alert.msg_type is MessageType.ALERT:
        return []
    if standing is None:
        said = "가리키는 메시지 가운데 여기서 받은 것이 없습니다. 어느 사건인지 알 수 없습니다."
        return [Fault("alert/references", "references_known", said)]
    faults = []
    if standing.exercise != (alert.status is Status.EXERCISE):
        was = "모의훈련" if standing.exercise else "실제 상황"
        said = f"사건 {standing.number}은(는) {was}입니다. 훈련과 실제 상황은 섞을 수 없습니다."
        faults.append(Fault("alert/status", "same_world", said))
    named = hazards_of_alert(alert)
    if named and standing.hazard not in named:
        said = f"사건 {standing.number}의 재난은 {HAZARD_NAMES[standing.hazard]}입니다."
        faults.append(Fault("alert/info/event", "same_hazard", said))
    return faults


def _districts(
    registry: Registry, korean: tuple[str, Info] | None, standing: Standing | None
) -> tuple[Sequence[str], list[Fault], list[str]]:
    """The districts' ids, faults and notes; those of the event where no area is named."""
    if standing and (korean is None or not korean[1].areas):
        return standing.districts, [], []
    if korean is None:
        return (), [], []  # the rules say what is missing
    return places_of(*korean, registry)


def _spoken(alert: Alert, language: Language) -> tuple[str, Info] | None:
    """The info in a language, with its path; None where there is none."""
    spoken = numbered("alert/info", alert.infos)
    return next(((w, i) for w, i in spoken if i.spoken.split("-")[0] == language), None)


def _kind(alert: Alert) -> BulletinKind:
    if alert.msg_type is not MessageType.UPDATE:
        return _K.CANCEL if alert.msg_type is MessageType.CANCEL else _K.ALERT
    said = {
        parameter.value.strip()
        for info in alert.infos
        for parameter in info.parameters
        if parameter.value_name == KIND_CODE
    }
    named = [kind for kind in _UPDATES if kind.value in said]
    if len(named) == 1:
        return named[0]
    over = all("AllClear" in info.response_types for info in alert.infos)
    return _K.ALL_CLEAR if over else _K.UPDATE


def _hazard(alert: Alert, standing: Standing | None) -> Hazard:
    if standing:
        return standing.hazard
    (hazard,) = hazards_of_alert(alert)  # the rules let exactly one through
    return hazard


def _expires(alert: Alert, at: datetime) -> datetime | None:
    """Until when; None (our own default) where it is not said, or a cancel's is over already."""
    ends = [info.expires for info in alert.infos if info.expires]
    return ends[0] if ends and ends[0] > at else None


def _polygon(korean: tuple[str, Info] | None) -> tuple[str, list[str]]:
    """The one outline, as the form writes it; several, or a circle, are left to the districts."""
    areas = korean[1].areas if korean else ()
    outlines = [outline for area in areas for outline in area.polygons]
    circles = [circle for area in areas for circle in area.circles]
    if not outlines and not circles:
        return "", []
    corners = points(outlines[0]) if len(outlines) == 1 and not circles else None
    written = " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in corners or ())
    if not written or len(written) > _LONGEST_POLYGON:
        return "", ["구역 좌표가 여럿이거나 너무 길어 옮기지 않았습니다. 자치구로만 알립니다."]
    return written, []


def _fields(words: Mapping[Language, Said]) -> dict[str, Any]:
    return {
        language.value: {"act_now": said.act_now[:LONGEST], "description": said.description}
        for language, said in words.items()
    }
