"""A bulletin → its CAP file, with one `info` for each language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cap.hazards import HAZARD_CODE, HAZARDS, KIND_CODE, OFFICE_CODE, judged, responses
from cap.model import Alert, Area, CapRefused, Info, MessageType, Named, Scope, Status
from cap.read import read
from cap.references import Reference, quoted
from cap.rules import rule_faults
from cap.sentences import folded, one_line
from cap.write import write, xml_text
from rules.bulletin import BulletinKind, Content, Language
from rules.tongues import TONGUES, marker_in

_K = BulletinKind

TAGS = {Language.KO: "ko-KR", Language.EN: "en-US", Language.ZH: "zh-CN", Language.JA: "ja-JP"}

_TYPES = {
    _K.ALERT: MessageType.ALERT,
    _K.UPDATE: MessageType.UPDATE,
    _K.CORRECTION: MessageType.UPDATE,
    _K.CANCEL: MessageType.CANCEL,
    _K.ALL_CLEAR: MessageType.UPDATE,  # the standard's AllClear is an answer, not a message type
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A bulletin, and what its file says besides.

    `identifier` and `sender` are words without blanks, commas, < and &; `sent` is aware, and its
    zone is that of all times in the file. `references`: every message of the event that has not
    expired, needed unless it is a first alert. `districts` are ids, none for the whole city;
    `polygon` as the form has it; `event` is the event's number.
    """

    content: Content
    identifier: str
    sender: str
    sent: datetime
    event: str
    references: Sequence[Reference] = ()
    districts: Sequence[str] = ()
    polygon: str = ""
    contact: str = ""


def cap_file(outgoing: Outgoing) -> bytes:
    """The file; the same bulletin gives the same bytes.

    It is read back and held against our own schema and rules: raises `CapRefused` where a text
    or a name breaks them, so that no file that we would refuse is ever given out.
    """
    file = write(alert_of(outgoing))
    if faults := rule_faults(read(file), at=outgoing.sent):
        raise CapRefused(tuple(faults))
    return file


def alert_of(outgoing: Outgoing) -> Alert:
    """The bulletin as an alert. An exercise is `Exercise`, and its note says so too."""
    content = outgoing.content
    return Alert(
        identifier=outgoing.identifier,
        sender=outgoing.sender,
        sent=outgoing.sent.replace(microsecond=0),
        status=Status.EXERCISE if content.exercise else Status.ACTUAL,
        msg_type=_TYPES[content.kind],
        scope=Scope.PUBLIC,
        note=_note(outgoing),
        references="\n".join(map(str, outgoing.references)) or None,
        incidents=quoted((outgoing.event,)) or None,
        infos=tuple(
            _info(outgoing, language) for language in Language if language in content.texts
        ),
    )


def _note(outgoing: Outgoing) -> str | None:
    if not outgoing.content.exercise:
        return None
    tongue = TONGUES[Language.KO]
    return f"{tongue.exercise} {tongue.not_real} 훈련 번호 {outgoing.event}"


def _info(outgoing: Outgoing, language: Language) -> Info:
    content, sent = outgoing.content, outgoing.sent
    called = HAZARDS[content.hazard]
    urgency, severity, certainty = judged(content.kind, content.hazard)
    headline = _headline(content, language)
    instruction = one_line(content.texts[language].act_now)
    return Info(
        language=TAGS[language],
        categories=called.categories[:1],
        event=called.said[language],
        response_types=responses(content.kind, content.hazard),
        urgency=urgency,
        severity=severity,
        certainty=certainty,
        event_codes=(Named(HAZARD_CODE, content.hazard.value),),
        expires=content.expires_at.replace(microsecond=0).astimezone(sent.tzinfo),
        sender_name=content.city,
        headline=headline,
        description=_description(content, language, besides=(headline, instruction)),
        instruction=instruction or None,
        web=content.page or None,
        contact=outgoing.contact or None,
        parameters=(Named(KIND_CODE, content.kind.value),),
        areas=(_area(outgoing, language),),
    )


def _headline(content: Content, language: Language) -> str:
    """`[모의훈련] [정정] 강남구 침수 [서울 훈련 2026-12-3]`."""
    tongue = TONGUES[language]
    signs = [tongue.exercise] if content.exercise else []
    signs += [tongue.signs[content.kind]] if content.kind in tongue.signs else []
    what = f"{content.areas[language]} {HAZARDS[content.hazard].said[language]}"
    return one_line(" ".join([*signs, what, marker_in(content, language)]))


def _description(content: Content, language: Language, *, besides: tuple[str, ...]) -> str | None:
    """What happened; None where that is empty or said elsewhere in the info already."""
    text = xml_text(content.texts[language].description).strip()
    return text if text and folded(text) not in map(folded, besides) else None


def _area(outgoing: Outgoing, language: Language) -> Area:
    return Area(
        area_desc=outgoing.content.areas[language],
        polygons=(one_line(outgoing.polygon),) if outgoing.polygon.strip() else (),
        geocodes=tuple(Named(OFFICE_CODE, district) for district in outgoing.districts),
    )
