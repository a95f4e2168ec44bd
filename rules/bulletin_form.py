"""A form from outside: read, and what is wrong with it said in Korean."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from rules.bulletin import BulletinForm, BulletinRefused

#: What pydantic calls a mistake → what we say; `{…}` is what it knows of the limit.
_SAID: Mapping[str, str] = MappingProxyType(
    {
        "missing": "비어 있습니다. 꼭 적어 주세요.",
        "extra_forbidden": "이런 칸은 없습니다. 이름을 확인해 주세요.",
        "enum": "고를 수 없는 값입니다. 다음 가운데 하나를 적어 주세요: {expected}",
        "string_too_long": "너무 깁니다. {max_length}자까지 적을 수 있습니다.",
        "too_long": "너무 많습니다. {max_length}개까지 적을 수 있습니다.",
        "string_type": "글자로 적어 주세요.",
        "string_pattern_mismatch": "적는 방식이 다릅니다. 보기처럼 적어 주세요.",
        "string_unicode": "글자로 읽을 수 없습니다.",
        "timezone_aware": "시간대가 없습니다. 2026-12-03T18:00+09:00처럼 적어 주세요.",
        "int_parsing": "숫자로 적어 주세요.",
        "bool_parsing": "true나 false로 적어 주세요.",
    }
)
_OTHERWISE = "읽을 수 없는 값입니다. 확인해 주세요."
_A_TIME = "시각으로 읽을 수 없습니다. 2026-12-03T18:00+09:00처럼 적어 주세요."


def form_of(values: Mapping[str, Any]) -> BulletinForm:
    """The form with these values, from a file or a page. Raises `BulletinRefused` with all mistakes."""
    try:
        return BulletinForm.model_validate(values)
    except ValidationError as error:
        raise BulletinRefused(*mistakes_of(error)) from error


def mistakes_of(error: ValidationError, *inside: str) -> list[str]:
    """What a form's model says against its values, in Korean; `inside`: which part was checked."""
    return list(dict.fromkeys(_lines(error, inside)))


def _lines(error: ValidationError, inside: tuple[str, ...]) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        said = _SAID.get(one["type"], _A_TIME if one["type"].startswith("datetime") else _OTHERWISE)
        limits = {name: _plain(limit) for name, limit in one.get("ctx", {}).items()}
        yield f"{_title((*inside, *one['loc']))}: {said.format_map(limits)}"


def _plain(limit: object) -> str:
    """What pydantic writes as `'a', 'b' or 'c'`."""
    return str(limit).replace("'", "").replace(" or ", ", ")


def _title(path: tuple[int | str, ...]) -> str:
    """A field as people know it: `한국어 «지금 할 일 (첫 줄)»`."""
    titles: list[str] = []
    model: type[BaseModel] | None = BulletinForm
    for step in path:
        if isinstance(step, int):
            titles.append(f"{step + 1}번째")
            continue
        field = model.model_fields.get(step) if model else None
        titles.append(field.title or step if field else str(step)[:40])
        inner = field.annotation if field else None
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return " · ".join(titles)
