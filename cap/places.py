"""What an area of an alert means for this city: its districts, all of it, or nothing of it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from unicodedata import normalize

from cap.hazards import OFFICE_CODE
from cap.model import Area, Fault, Info, numbered
from cap.wrong import short
from registry.ask import districts
from registry.model import Registry

_BETWEEN = re.compile(r"[,;·/\n]")
_WORD = re.compile(r"[^\s.()\[\]]+")
_PARTICLES = ("과", "와", "및", "의", "에", "은", "는", "이", "가", "을", "를")
#: Say how much of a place, not which.
_ALL_OF_IT = frozenset(("전역", "전체", "전지역", "전", "일대", "일원", "지역", "관내", "및"))
#: Provinces and cities of their rank: `부산 중구` is not ours, though we have a 중구 too.
_PROVINCES = frozenset(
    f"{name}{rank}"
    for names, ranks in (
        (("서울", "세종"), ("특별시", "특별자치시", "시", "")),
        (("부산", "대구", "인천", "광주", "대전", "울산"), ("광역시", "시", "")),
        (("경기", "강원", "전북", "제주"), ("특별자치도", "도", "")),
        (("충북", "충남", "전남", "경북", "경남"), ("",)),
        (("충청북", "충청남", "전라북", "전라남", "경상북", "경상남"), ("도",)),
    )
    for name in names
    for rank in ranks
)


@dataclass
class Places:
    """`ids` of districts, and the city's own where an area is all of it; what else was named."""

    ids: set[str] = field(default_factory=set)
    elsewhere: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def places_of(
    where: str, info: Info, registry: Registry
) -> tuple[tuple[str, ...], list[Fault], list[str]]:
    """Where an info in Korean holds: the districts' ids in the registry's order, none of them
    for the whole city; the areas that name nothing here; notes on what was left out.

    Our own geocodes decide; without them the names in `areaDesc`. Other cities' areas are passed
    over as long as one is ours. `where` is the info's path.
    """
    reading = _Reading(registry)
    found = Places()
    faults: list[Fault] = []
    for path, area in numbered(f"{where}/area", info.areas):
        here = reading.places(area)
        if not here.ids and not here.elsewhere:
            faults.append(_unknown(path, area, registry))
        found.ids |= here.ids
        found.elsewhere += here.elsewhere
        found.unknown += here.unknown if here.ids else []
    if not found.ids and not faults:
        faults.append(_nowhere(where, registry))
    left_out = found.elsewhere + found.unknown
    notes = [f"이 도시의 지역으로 알 수 없어 뺐습니다: {short(', '.join(left_out))}."]
    whole = registry.city.id in found.ids
    ids = tuple(one.id for one in districts(registry) if one.id in found.ids and not whole)
    return ids, faults, notes if left_out else []


def _unknown(path: str, area: Area, registry: Registry) -> Fault:
    names = ", ".join(office.name for office in districts(registry)) or "없음"
    said = (
        f"‘{short(area.area_desc)}’: {registry.city.name}의 지역이 아닙니다."
        f" 자치구 이름({names})이나 {registry.city.name} 전역이라고 적어 주세요."
    )
    return Fault(f"{path}/areaDesc", "area_known", said)


def _nowhere(where: str, registry: Registry) -> Fault:
    city = registry.city.name
    said = f"{city}의 지역이 하나도 없습니다. 자치구 이름이나 {city} 전역을 areaDesc에 적어 주세요."
    return Fault(f"{where}/area", "area_needed", said)


class _Reading:
    """Names and codes of one city, looked up in an area."""

    def __init__(self, registry: Registry) -> None:
        self._city = registry.city
        self._offices = {office.name: office.id for office in districts(registry)}
        ours = (registry.city.name, registry.city.called, f"{registry.city.called}시")
        #: the longest first: `서울특별시강남구` begins with `서울` too
        self._ours = sorted(dict.fromkeys(ours), key=len, reverse=True)
        self._after_city = {"", *_ALL_OF_IT, *_PARTICLES, *_with_particles(self._offices)}

    def places(self, area: Area) -> Places:
        coded = {code.value.strip() for code in area.geocodes if code.value_name == OFFICE_CODE}
        if coded:
            known = {*self._offices.values(), self._city.id}
            return Places(coded & known, unknown=sorted(coded - known))
        return self._named(area.area_desc)

    def _named(self, text: str) -> Places:
        """A province holds until our city is named: in `부산 중구, 서구` both are Busan's."""
        found = Places()
        away = whole = False
        for part in _BETWEEN.split(normalize("NFC", text)):
            ids, city, other_city, more = self._words(part)
            away = other_city or (away and not city)
            if away:
                found.elsewhere.append(part.strip())
            elif ids:
                found.ids |= ids
            elif city and not more:
                whole = True
            elif more:
                found.unknown.append(part.strip())
        if whole and not found.ids:
            found.ids.add(self._city.id)
        return found

    def _words(self, part: str) -> tuple[set[str], bool, bool, bool]:
        """District ids; whether our city, another one, and anything else is named."""
        ids: set[str] = set()
        city = other_city = more = False
        for word in _WORD.findall(part):
            rest = self._after(word)
            city |= rest is not None
            bare = _bare(word if rest is None else rest)
            named = {self._offices[name] for name in bare if name in self._offices}
            ids |= named
            other_city |= not named and bool(_PROVINCES & bare)
            more |= bool(bare) and not named and not _ALL_OF_IT & bare
        return ids, city, other_city, more

    def _after(self, word: str) -> str | None:
        """What follows our city's name in a word; None where it does not begin with it."""
        for name in self._ours:
            if word.startswith(name) and word.removeprefix(name) in self._after_city:
                return word.removeprefix(name)
        return None


def _with_particles(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name
        yield from (name + particle for particle in _PARTICLES)


def _bare(word: str) -> set[str]:
    """The word as it stands, and without the particle that it may end with."""
    return {word, *(word.removesuffix(particle) for particle in _PARTICLES)} - {""}
