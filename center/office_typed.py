"""An office as somebody types it: its name, a part of it, or its id."""

from difflib import get_close_matches

from center.acting import Refused
from registry.model import Office, Registry

#: So many names are suggested at most.
_MOST = 5


def office_typed(registry: Registry, written: str) -> str:
    """The id of the office that is meant.

    The whole name or id, or at least two letters that occur in one name alone. Raises `Refused`
    with the names that come near where that does not settle it.
    """
    typed = " ".join(written.split())
    offices = list(registry.offices.values())
    whole = [office.id for office in offices if typed in (office.name, office.id)]
    if whole:
        return whole[0]
    near = [office for office in offices if typed in office.name] if len(typed) > 1 else []
    if len(near) == 1:
        return near[0].id
    raise Refused("office", _which(typed, near, offices))


def _which(typed: str, near: list[Office], offices: list[Office]) -> str:
    if not typed:
        return "기관 이름을 입력해 주세요."
    names = sorted((office.name for office in near), key=lambda name: (len(name), name))
    if names:
        more = f" 외 {len(names) - _MOST}곳" if len(names) > _MOST else ""
        return (
            f"‘{typed}’이(가) 들어간 기관이 여럿입니다: {', '.join(names[:_MOST])}{more}. "
            "조금 더 적거나 목록에서 골라 주세요."
        )
    like = get_close_matches(typed, [office.name for office in offices], n=3, cutoff=0.4)
    meant = f" 혹시 {', '.join(like)}인가요?" if like else ""
    return f"없는 기관입니다: {typed}.{meant} 목록에서 골라 주세요."
