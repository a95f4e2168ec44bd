"""The city's own values: all there, none unknown, each well formed."""

import re
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from registry.mistakes import Mistake, suggestion, whole
from registry.office_rules import without_hangul
from registry.rows import Book
from registry.sheets import CITY_KEYS, CITY_KEYS_NOT_NEEDED, TRANSLATED


def city_keys(book: Book) -> Iterator[Mistake]:
    """The city's values: all there, none unknown, each well formed."""
    if "city" not in book.entries:
        return
    seen: set[str] = set()
    for entry in book.of("city"):
        key = entry.get("key")
        seen.add(key)
        if key and key not in CITY_KEYS:
            yield entry.mistake("key", "모르는 항목입니다.", suggestion(key, list(CITY_KEYS)))
        elif key and not CITY_VALUES[key](entry.get("value")):
            yield entry.mistake("value", f"{key}에 쓸 수 없는 값입니다.", CITY_KEYS[key])
    for key in CITY_KEYS:
        if key not in seen | CITY_KEYS_NOT_NEEDED:
            yield whole("city", key, "이 항목이 없습니다.", CITY_KEYS[key])


def _timezone(value: str) -> bool:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # not found; a folder; a path outside
        return False
    return True


def _calendar(value: str) -> bool:
    import holidays  # half a second, and only needed where a registry is checked

    return value in holidays.list_supported_countries(include_aliases=False)


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value) is not None


#: A dialling code and three digits or more: anything shorter, or a mobile's `01`, would also show
#: numbers of citizens.
_OWN_PHONE = re.compile(r"0(?:2|[3-7]\d)(?:[ -]?\d){3,9}")


def _phones(value: str) -> bool:
    return not value or all(_OWN_PHONE.fullmatch(part.strip()) for part in value.split(";"))


CITY_VALUES: dict[str, Callable[[str], bool]] = {
    "id": _matches(r"[a-z0-9_]+"),
    "name": bool,
    "timezone": _timezone,
    "calendar": _calendar,
    "phone": _matches(r"\+?[0-9][0-9 -]{1,20}"),
    "language": _matches(r"[a-z]{2}"),
    "short": _matches(r"[^\[\]\s]{1,10}"),
    **{f"name_{code}": without_hangul for code in TRANSLATED},
    "phones": _phones,
}
