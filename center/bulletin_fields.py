"""The form of a bulletin as a page has it: flat names, the city's clock, mistakes at their field."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from starlette.datastructures import FormData

from rules.bulletin import Blanks, BulletinForm, BulletinKind, Language, Words
from store.tables import Bulletin
from templates.bulletin_words import filled_in

#: What an `<input type="datetime-local">` sends and takes.
_LOCAL = "%Y-%m-%dT%H:%M"
_PLAIN = ("kind", "hazard", "event", "polygon", "event_tag", "report_tag")
_NESTED = {
    "blanks": tuple(Blanks.model_fields),
    **{language.value: tuple(Words.model_fields) for language in Language},
}
_TONGUES = {"한국어": "ko", "영어": "en", "중국어": "zh", "일본어": "ja"}

#: What the page asks besides the form's own fields.
Typed = Mapping[str, Any]


def typed_in(form: FormData) -> dict[str, Any]:
    """What a person typed, by the page's names; the same names fill the page again."""
    names = [*_PLAIN, *(f"{part}.{name}" for part, fields in _NESTED.items() for name in fields)]
    values: dict[str, Any] = {name: str(form.get(name, "")) for name in names}
    values["districts"] = [str(one) for one in form.getlist("districts")]
    values["expires_at"] = str(form.get("expires_at", "")).strip()
    values["exercise"] = "exercise" in form
    values["again"] = "again" in form
    values["picture"] = str(form.get("picture", ""))
    values["alt"] = str(form.get("alt", ""))
    return values


def form_values(typed: Typed, *, who: str, zone: ZoneInfo) -> dict[str, Any]:
    """What the form's model takes. A time without a zone is the city's."""
    values: dict[str, Any] = {
        name: typed[name] for name in _PLAIN if typed[name] or name == "event"
    }
    for part, fields in _NESTED.items():
        values[part] = {name: _newlines(typed[f"{part}.{name}"]) for name in fields}
    values |= {name: typed[name] for name in ("districts", "exercise", "again")}
    values["picture"] = typed["picture"] or None
    values["expires_at"] = _aware(typed["expires_at"], zone)
    values["submitted_by"] = who
    return values


def empty() -> dict[str, Any]:
    """A form that nobody has touched: an exercise."""
    return typed_in(FormData()) | {"exercise": True, "kind": BulletinKind.ALERT.value}


def following(last: Bulletin, kind: BulletinKind) -> dict[str, Any]:
    """A form for what comes after a bulletin: same event, hazard, area and blanks; no own words."""
    return (
        empty()
        | _blanks(last)
        | {
            "kind": kind.value,
            "event": last.event.number,
            "hazard": last.event.hazard.value,
            "exercise": last.exercise,
            "districts": list(last.districts),
            "polygon": last.polygon,
        }
    )


def _blanks(last: Bulletin) -> dict[str, str]:
    """What filled the template's blanks, read from its text; nothing where the words were own."""
    said = last.texts[Language.KO]
    found = filled_in(
        last.event.hazard, last.kind, Language.KO, said["act_now"], said["description"]
    )
    values = found or {}
    if values.get("where") == last.areas[Language.KO]:
        del values["where"]
    return {f"blanks.{name}": value for name, value in values.items()}


def by_field(whys: Sequence[str]) -> list[tuple[str, str]]:
    """Each mistake with the name of its field; "" where it is about all of it."""
    return [(_field(why), why) for why in whys]


def _field(why: str) -> str:
    found = (name for start, name in _STARTS if why.startswith(start))
    return next(found, "")


def _starts() -> list[tuple[str, str]]:
    """How a mistake begins that belongs to a field; the longest first."""
    starts = {f"{field.title}:": name for name, field in BulletinForm.model_fields.items()}
    parts: dict[str, type[BaseModel]] = {"blanks": Blanks}
    parts |= {language.value: Words for language in Language}
    for part, model in parts.items():
        title = BulletinForm.model_fields[part].title
        for name, field in model.model_fields.items():
            starts[f"{title} · {field.title}:"] = f"{part}.{name}"
    for said, language in _TONGUES.items():
        starts |= {
            f"{said} «지금 할 일»": f"{language}.act_now",
            f"{said} «상황 설명»": f"{language}.description",
            f"{said}: ": f"{language}.act_now",
        }
    starts |= {
        "빈칸 «어디»": "blanks.where",
        "빈칸 «수치»": "blanks.measure",
        "빈칸 «문의 전화»": "blanks.phone",
        "사건 «": "event",
        "그림": "photo",
        "같은 재난·지역의 알림": "again",
    }
    return sorted(starts.items(), key=lambda one: -len(one[0]))


_STARTS = _starts()


def asks_again(whys: Sequence[str]) -> bool:
    """Whether it was refused because the same went out within a day."""
    return any(_field(why) == "again" for why in whys)


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _aware(text: str, zone: ZoneInfo) -> str | None:
    """The time with its zone; what is none is left for the model to refuse."""
    try:
        return datetime.strptime(text[:16], _LOCAL).replace(tzinfo=zone).isoformat()
    except ValueError:
        return text or None
