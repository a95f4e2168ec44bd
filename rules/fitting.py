"""What one account says of a bulletin, in the room that its network leaves.

The signs, the act-now line, both hashtags, the emergency number and the marker are always whole;
only the description is cut, and only where a sentence ends. Decision 0070 says why in this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from unicodedata import normalize

from registry.model import Network
from rules.bulletin import LEADS_POST, Content, Language
from rules.measure import TEXT_RULES, TextRule, TextUnit, count, fits, size_in_bytes
from rules.sentences import whole_sentences
from rules.text import MARK
from rules.tongues import TONGUES, marker_in

_UNITS: Mapping[TextUnit, str] = MappingProxyType(
    {
        TextUnit.WEIGHTED: ", 한글 한 글자를 2로 셈",
        TextUnit.GRAPHEMES: "자",
        TextUnit.CHARACTERS: "자",
        TextUnit.UTF8_EMOJI: "자, 이모지는 바이트로 셈",
    }
)


class DoesNotFit(ValueError):
    """The network has no room for what must not be cut; says how much too long, in Korean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How an account says whose it is. `name` stands in brackets before the act-now line, if any;
    `local` is a line of its own; `linked`: the address of the lead's post is in the text, and
    `brief`: nothing of the description besides."""

    name: str = ""
    local: str = ""
    linked: bool = False
    brief: bool = False
    clickable: bool = True  # addresses in a text lead somewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """How much is said around the words; tried from the fullest to the least."""

    polite: bool  # says whose post the link is, and what the district has to add
    not_real: bool  # says after [모의훈련] what that means
    may_cut: bool  # down to nothing, if need be


_SHAPES = (
    _Shape(polite=True, not_real=True, may_cut=False),
    _Shape(polite=False, not_real=True, may_cut=True),
    _Shape(polite=False, not_real=False, may_cut=True),
)


class Fitter:
    """Makes the texts of one bulletin, and measures nothing twice."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._descriptions = {
            language: normalize("NFC", words.description).strip()
            for language, words in content.texts.items()
        }
        self._sizes: dict[tuple[Network, str], tuple[int, int]] = {}
        self._cuts: dict[tuple[Network, Language, str], list[tuple[TextRule, str]]] = {}

    def text(self, network: Network, language: Language, voice: Voice) -> str:
        """What an account of this network says, in NFC. Raises `DoesNotFit`."""
        rule = TEXT_RULES[network]
        for shape in _SHAPES:
            before, after = self._around(language, voice, shape)
            room = self._room(network, [*before, *after])
            if room.limit < -1 or (room.bytes_limit or 0) < -1:
                continue  # not even the lines that must stand
            middle = self._middle(network, language, room, voice, shape)
            if middle is not None:
                return "\n".join([*before, *([middle] if middle else []), *after])
        raise DoesNotFit(_too_long(room, rule, language))

    def _around(
        self, language: Language, voice: Voice, shape: _Shape
    ) -> tuple[list[str], list[str]]:
        """The lines before the description and after it: never cut."""
        content, tongue = self._content, TONGUES[language]
        signs = (tongue.exercise if content.exercise else "") + tongue.signs.get(content.kind, "")
        name = f"[{voice.name}]" if voice.name else ""
        act_now = content.texts[language].act_now.strip()
        if content.exercise and shape.not_real:
            before = [f"{signs} {tongue.not_real}", f"{name} {act_now}".strip()]
        else:
            before = [f"{signs}{name} {act_now}".strip()]
        if shape.polite and voice.local:
            before.append(voice.local)
        after = [self._footer(language)]
        if voice.linked:
            label = f"{content.city} 안내: " if shape.polite and language is Language.KO else ""
            after.insert(0, label + LEADS_POST)
        return [normalize("NFC", line) for line in before], [
            normalize("NFC", line) for line in after
        ]

    def _footer(self, language: Language) -> str:
        content = self._content
        emergency = TONGUES[language].emergency.format(number=content.emergency)
        tags = f"#{content.event_tag} #{content.report_tag}"
        return f"{tags} {emergency} {marker_in(content, language)}"

    def _middle(
        self, network: Network, language: Language, room: TextRule, voice: Voice, shape: _Shape
    ) -> str | None:
        """As much of the description as there is room for; None where it is cut and must not be."""
        description = "" if voice.brief else self._descriptions[language]
        if not description or self._fits(network, description, room):
            return description
        if not shape.may_cut:
            return None
        # the lead's post says the rest already where there is a link to it
        page = self._content.page if voice.clickable and not voice.linked else ""
        return self._kept(network, language, room, page)

    def _kept(self, network: Network, language: Language, room: TextRule, page: str) -> str:
        """The description cut; what was kept in more room is as good wherever it fits."""
        earlier = self._cuts.setdefault((network, language, page), [])
        for more, kept in earlier:
            if kept and room.limit <= more.limit and self._fits(network, kept, room):
                return kept
        kept = _cut(self._descriptions[language], room, page)
        earlier.append((room, kept))
        return kept

    def _fits(self, network: Network, line: str, room: TextRule) -> bool:
        size, in_bytes = self._size(network, line)
        return size <= room.limit and (room.bytes_limit is None or in_bytes <= room.bytes_limit)

    def _room(self, network: Network, lines: list[str]) -> TextRule:
        """What these lines leave for one line more; less than nothing where they are too long.

        A newline ends every character, link and hashtag, so the lengths of lines add up.
        """
        rule, in_bytes = TEXT_RULES[network], TEXT_RULES[network].bytes_limit
        sizes = [self._size(network, line) for line in lines]
        return replace(
            rule,
            limit=rule.limit - sum(size + 1 for size, _ in sizes),
            bytes_limit=None if in_bytes is None else in_bytes - sum(n + 1 for _, n in sizes),
        )

    def _size(self, network: Network, line: str) -> tuple[int, int]:
        """How long a line is there, in the network's unit and in bytes."""
        if (network, line) not in self._sizes:
            size = count(line, TEXT_RULES[network]), size_in_bytes(line)
            self._sizes[network, line] = size
        return self._sizes[network, line]


def _cut(description: str, room: TextRule, page: str) -> str:
    """The description's first sentences and where the rest is; "" where not even that fits.

    Never part of a sentence: the page alone, or nothing, is safer than half of what to do.
    """
    for tail in dict.fromkeys((page, "")):
        ending = f" {tail}" if tail else MARK
        kept = whole_sentences(
            description, written=partial(_ending_with, ending), fits=partial(fits, rule=room)
        )
        if kept:
            return kept
        if tail and fits(tail, room):
            return tail
    return ""


def _ending_with(ending: str, said: str) -> str:
    return said + ending


def _too_long(room: TextRule, rule: TextRule, language: Language) -> str:
    over, limit = -1 - room.limit, f"{rule.limit}{_UNITS[rule.unit]}"
    if over <= 0:
        over, limit = -1 - (room.bytes_limit or 0), f"{rule.bytes_limit}바이트"
    return (
        f"{TONGUES[language].name} 글이 한도({limit})보다 {over}만큼 깁니다. "
        "«지금 할 일»을 그만큼 줄여 주세요."
    )
