"""Where a disaster message holds: districts by name or id, and a polygon."""

import re
from collections.abc import Iterator, Mapping
from unicodedata import normalize

from rapidfuzz import process

from registry.ask import districts
from registry.model import City, Office, Registry
from rules.bulletin import BulletinForm, BulletinRefused, Language

_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)")
#: So alike, of 100, that it is worth a question; less is another word.
_ALIKE = 60
_BETWEEN = {Language.KO: ", ", Language.EN: ", ", Language.ZH: "、", Language.JA: "、"}


def bulletin_districts(form: BulletinForm, registry: Registry) -> tuple[str, ...]:
    """The ids of the districts that a form names, in the registry's order; none: the whole city.

    Raises `BulletinRefused` for those that the registry does not know.
    """
    offices, whys = named_districts(form, registry)
    if whys:
        raise BulletinRefused(*whys)
    return tuple(office.id for office in offices)


def named_districts(form: BulletinForm, registry: Registry) -> tuple[list[Office], list[str]]:
    """The districts that a form names, each once, in the registry's order; and what is unknown."""
    ours = districts(registry)
    known = {_key(name): office for office in ours for name in _names(office) if name}
    asked = [(name, known.get(_key(name))) for name in form.districts]
    found = {office.id for _, office in asked if office is not None}
    whys = [_unknown(name, ours) for name, office in asked if office is None]
    return [office for office in ours if office.id in found], whys


def areas(offices: list[Office], city: City) -> Mapping[Language, str]:
    """What each language calls the area: the districts' names, or the city's."""
    return {
        language: _BETWEEN[language].join(name_in(language, office) for office in offices)
        or name_in(language, city)
        for language in Language
    }


def name_in(language: Language, named: Office | City) -> str:
    """A district's or the city's name in a language; in Korean where it has none there."""
    return translated(language, named) or named.name


def translated(language: Language, named: Office | City) -> str:
    """A district's or the city's name in a language; "" where the registry has none."""
    name: str = named.name if language is Language.KO else getattr(named, f"name_{language}")
    return name


def polygon_mistakes(polygon: str) -> Iterator[str]:
    """What is wrong with `lat,lon lat,lon ...` in degrees; an empty one is right."""
    if not polygon.strip():
        return
    found = [_POINT.fullmatch(point) for point in polygon.split()]
    points = [(float(m[1]), float(m[2])) for m in found if m is not None]
    if len(points) < len(found):
        wrong = next(point for point, m in zip(polygon.split(), found, strict=True) if m is None)
        yield (
            f"구역 좌표: «{wrong[:40]}»: 읽을 수 없습니다. "
            "«37.50,127.02 37.51,127.03 …»처럼 위도,경도를 빈칸으로 이어 적어 주세요."
        )
        return
    outside = [point for point in points if abs(point[0]) > 90 or abs(point[1]) > 180]
    if outside:
        lat, lon = outside[0]
        yield f"구역 좌표: «{lat:g},{lon:g}»: 지구에 없는 곳입니다. 위도를 먼저, 경도를 나중에 적어 주세요."
    elif len(points) < 4:
        yield "구역 좌표: 점이 모자랍니다. 세 점 이상을 잇고 첫 점으로 닫아 주세요."
    elif points[0] != points[-1]:
        yield "구역 좌표: 닫혀 있지 않습니다. 첫 점을 끝에 한 번 더 적어 주세요."
    elif not _is_simple(points):
        yield "구역 좌표: 선이 서로 엇갈리거나 넓이가 없습니다. 둘레를 따라 차례로 적어 주세요."


def _is_simple(points: list[tuple[float, float]]) -> bool:
    from shapely import Polygon  # a tenth of a second, and hardly a message has a polygon

    outline = Polygon(points)
    return bool(outline.is_valid and outline.area > 0)


def _names(office: Office) -> tuple[str, ...]:
    return (office.id, *(translated(language, office) for language in Language))


def _key(name: str) -> str:
    return "".join(normalize("NFC", name).casefold().split())


def _letters(name: str) -> str:
    return normalize("NFD", name)


def _unknown(name: str, ours: list[Office]) -> str:
    # letter by letter: 강넘구 is nearer to 강남구 than to 강동구
    near = process.extractOne(
        name, [office.name for office in ours], processor=_letters, score_cutoff=_ALIKE
    )
    question = f" 혹시 «{near[0]}»인가요?" if near else ""
    return f"자치구: «{name[:40]}»은(는) 등록부에 없습니다.{question}"
