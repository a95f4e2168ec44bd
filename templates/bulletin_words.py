"""The words of bulletins: `bulletins/<hazard>.yaml`, five kinds of each in four languages.

A file holds text and blanks, never code: `{{ where }}`, `{{ since }}`, `{{ measure }}`,
`{{ phone }}`. The line to act on has no blank, for its length is promised to every network; a line
of the description whose blank stays empty is left out; a locked line is always said.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, TemplateSyntaxError, nodes

BULLETINS = Path(__file__).parent / "bulletins"
HAZARDS = ("flood", "heavy_snow", "heat", "fire", "quake", "air", "blackout", "crowd")
KINDS = ("alert", "update", "correction", "cancel", "all_clear")
LANGUAGES = ("ko", "en", "zh", "ja")

ALWAYS_FILLED = frozenset({"where", "phone"})
MAYBE_EMPTY = frozenset({"since", "measure"})
BLANKS = ALWAYS_FILLED | MAYBE_EMPTY
#: libyaml's, ten times as fast, where there is one.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FREE, _LOCKED = "free", "locked"


class TemplateRefused(ValueError):
    """A file of words that cannot be used: which one, where in it, why. In Korean."""


@dataclass(frozen=True, slots=True)
class BulletinWords:
    """`description` has its lines apart; `locked` are those of them that nobody may leave out."""

    act_now: str
    description: str
    locked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a template, checked: texts and blanks in turn. Nothing here can be run."""

    parts: tuple[str | Blank, ...]
    locked: bool = False

    @property
    def blanks(self) -> frozenset[str]:
        return frozenset(part.name for part in self.parts if isinstance(part, Blank))

    def filled(self, values: Mapping[str, str]) -> str:
        """The line with its blanks filled in; empty where one of them is."""
        if not all(values[name] for name in self.blanks):
            return ""
        return "".join(
            values[part.name] if isinstance(part, Blank) else part for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One hazard's template for one kind, in one language."""

    act_now: Line
    description: tuple[Line, ...]


def bulletin_words(
    hazard: str,
    kind: str,
    language: str,
    blanks: Mapping[str, str],
    *,
    folder: Path = BULLETINS,
) -> BulletinWords:
    """What a bulletin says where nobody wrote anything else.

    `blanks` holds `where` and `phone`, and `since` and `measure` where they are known: plain text of
    that language, said as it is, on one line. Raises `TemplateRefused` for words that are not there
    or hold code, `ValueError` for an empty `where` or `phone`.
    """
    entry = read_entry(folder, hazard, kind, language)
    values = {name: " ".join(blanks.get(name, "").split()) for name in BLANKS}
    if missing := sorted(name for name in ALWAYS_FILLED if not values[name]):
        raise ValueError(f"a bulletin cannot be worded without {' and '.join(missing)}")
    lines = [(line.filled(values), line.locked) for line in entry.description]
    return BulletinWords(
        act_now=entry.act_now.filled(values),
        description="\n".join(text for text, _ in lines if text),
        locked=tuple(text for text, locked in lines if locked),
    )


def filled_in(
    hazard: str,
    kind: str,
    language: str,
    act_now: str,
    description: str,
    *,
    folder: Path = BULLETINS,
) -> dict[str, str] | None:
    """The values that stand in the blanks of a template's text; None where it is not its text.

    The opposite of `bulletin_words`; empty where the template has no blank in these lines.
    """
    entry = read_entry(folder, hazard, kind, language)
    if act_now != entry.act_now.filled({}):
        return None
    found: dict[str, str] = {}
    patterns = [_pattern(line) for line in entry.description]
    for said in description.split("\n"):
        match = next((match for one in patterns if (match := one.fullmatch(said))), None)
        if match is None:
            return None
        found |= match.groupdict()
    return found


def _pattern(line: Line) -> re.Pattern[str]:
    """A line with any text in its blanks; the same blank twice holds the same."""
    known: set[str] = set()
    pieces: list[str] = []
    for part in line.parts:
        if isinstance(part, str):
            pieces.append(re.escape(part))
        elif part.name in known:
            pieces.append(f"(?P={part.name})")
        else:
            known.add(part.name)
            pieces.append(f"(?P<{part.name}>.+)")
    return re.compile("".join(pieces))


@cache
def read_entry(folder: Path, hazard: str, kind: str, language: str) -> Entry:
    """One template, checked. Raises `TemplateRefused` naming file, hazard, kind and language."""
    place = f"{hazard}.yaml의 {hazard}/{kind}/{language}"
    if hazard not in HAZARDS:
        raise TemplateRefused(
            f"{hazard}: 이 재난의 문안은 없습니다. {', '.join(HAZARDS)} 가운데 하나입니다."
        )
    try:
        entry = read_file(folder / f"{hazard}.yaml")[kind][language]
        act_now, lines = entry["act_now"], entry["description"]
        description = tuple(_line(place, line) for line in lines)
    except (KeyError, TypeError, AttributeError) as error:
        raise TemplateRefused(
            f"{place}: 문안이 없거나 꼴이 다릅니다({error}). act_now 한 줄과 description 목록을 적으세요."
        ) from error
    return Entry(act_now=_checked(place, act_now, frozenset()), description=description)


@cache
def read_file(path: Path) -> dict[str, Any]:
    """A file of words as it stands. Raises `TemplateRefused` where it cannot be read."""
    try:
        held = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 -- both are safe
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TemplateRefused(f"{path.name}: 문안 파일을 읽을 수 없습니다. {error}") from error
    if not isinstance(held, dict):
        raise TemplateRefused(
            f"{path.name}: 문안 파일이 아닙니다. 종류(alert 등)마다 문안을 적으세요."
        )
    return held


def _line(place: str, line: Mapping[str, str]) -> Line:
    ((mark, text),) = line.items() if len(line) == 1 else [("", "")]
    if mark not in (_FREE, _LOCKED):
        raise TemplateRefused(f"{place}: {line}: 줄마다 {_FREE}나 {_LOCKED} 하나로 적으세요.")
    locked = mark == _LOCKED
    return _checked(place, text, ALWAYS_FILLED if locked else BLANKS, locked=locked)


def _checked(place: str, text: object, allowed: frozenset[str], *, locked: bool = False) -> Line:
    """The line, once nothing is in it but text and the blanks it may have."""
    if not isinstance(text, str) or not text.strip() or "\n" in text:
        raise TemplateRefused(f"{place}: 빈 줄이거나 한 줄 글이 아닙니다: {text!r}")
    if "{%" in text or "{#" in text:
        raise _refused(place, text, "명령이나 주석")  # which leave no trace in the tree
    try:
        tree = _jinja().parse(text)
    except TemplateSyntaxError as error:
        raise _refused(place, text, str(error)) from error
    found = [part for output in tree.body for part in getattr(output, "nodes", [output])]
    return Line(tuple(_part(place, text, part, allowed) for part in found), locked)


def _part(place: str, text: str, part: nodes.Node, allowed: frozenset[str]) -> str | Blank:
    if isinstance(part, nodes.TemplateData):
        return part.data
    if isinstance(part, nodes.Name) and part.name in allowed:
        return Blank(part.name)
    raise _refused(place, text, f"{type(part).__name__} {getattr(part, 'name', '')}".strip())


def _refused(place: str, text: str, found: str) -> TemplateRefused:
    return TemplateRefused(
        f"{place}: ‘{text}’에 쓸 수 없는 것({found})이 있습니다. 글과 빈칸만 적으세요: "
        "act_now에는 빈칸 없이, locked에는 where와 phone, free에는 since와 measure까지."
    )


@cache
def _jinja() -> Environment:
    return Environment(autoescape=True)  # only ever parses
