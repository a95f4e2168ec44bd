"""How long a text is on each network, and how long it may be."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from unicodedata import normalize

import regex

from registry.model import Network
from rules.hashtags import count_hashtags
from rules.links import links


class TextUnit(StrEnum):
    WEIGHTED = "weighted"  # X: most of the world's letters weigh 2
    GRAPHEMES = "graphemes"  # what a reader sees as one character
    CHARACTERS = "characters"  # Unicode code points
    UTF8_EMOJI = "utf8_emoji"  # characters, but an emoji weighs its UTF-8 bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """`limit` in `unit`s; `bytes_limit` in UTF-8; `url`: what any link counts, if not itself;
    `hashtags`: how many a text may carry."""

    limit: int
    unit: TextUnit = TextUnit.CHARACTERS
    bytes_limit: int | None = None
    url: int | None = None
    hashtags: int | None = None

    @property
    def limited(self) -> bool:
        """Whether the network sets the limit; else it is ours, and far above any text."""
        return self.limit < _PRACTICALLY_NONE


#: For networks that set no limit worth a rule: far above any answer.
_PRACTICALLY_NONE = 1_000_000

_NAMED: Mapping[Network, TextRule] = MappingProxyType(
    {
        Network.X: TextRule(limit=280, unit=TextUnit.WEIGHTED, url=23),
        Network.BLUESKY: TextRule(limit=300, unit=TextUnit.GRAPHEMES, bytes_limit=3_000),
        Network.MASTODON: TextRule(limit=500, unit=TextUnit.GRAPHEMES, url=23),
        Network.FACEBOOK: TextRule(limit=63_206),
        Network.INSTAGRAM: TextRule(limit=2_200, hashtags=5),  # 30 until December 2025
        Network.THREADS: TextRule(limit=500, unit=TextUnit.UTF8_EMOJI),
        Network.YOUTUBE: TextRule(limit=10_000),
        Network.ME2DAY: TextRule(limit=150),
        Network.WORDPRESS: TextRule(limit=_PRACTICALLY_NONE),
        Network.NAVER_BLOG: TextRule(limit=_PRACTICALLY_NONE),
        Network.KAKAO: TextRule(limit=_PRACTICALLY_NONE),
    }
)

#: For a network whose rule nobody wrote down yet: what fits here fits on most.
UNKNOWN = TextRule(limit=500, unit=TextUnit.GRAPHEMES)

TEXT_RULES: Mapping[Network, TextRule] = MappingProxyType(
    {network: _NAMED.get(network, UNKNOWN) for network in Network}
)

_GRAPHEME = regex.compile(r"\X")
_ONE_EMOJI = (
    r"\p{RI}\p{RI}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Extended_Pictographic})"
    r"(?:\p{Emoji_Modifier}|\uFE0F)?(?:[\U000E0020-\U000E007E]+\U000E007F)?"
)
_EMOJI = regex.compile(rf"(?:{_ONE_EMOJI})(?:\u200D(?:{_ONE_EMOJI}))*")

# twitter-text's configuration, version 3: these weigh 1, everything else 2.
_HEAVY = regex.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")


def _characters(text: str) -> int:
    return len(text)


def _graphemes(text: str) -> int:
    return len(_GRAPHEME.findall(text))


def _weighted(text: str) -> int:
    emoji = [found for found in _EMOJI.findall(text) if len(found) > 1]
    return _weight(text) + sum(2 - _weight(found) for found in emoji)


def _weight(text: str) -> int:
    return len(text) + len(_HEAVY.findall(text))


def _utf8_emoji(text: str) -> int:
    return len(text) + sum(len(found.encode()) - len(found) for found in _EMOJI.findall(text))


_MEASURES: Mapping[TextUnit, Callable[[str], int]] = MappingProxyType(
    {
        TextUnit.WEIGHTED: _weighted,
        TextUnit.GRAPHEMES: _graphemes,
        TextUnit.CHARACTERS: _characters,
        TextUnit.UTF8_EMOJI: _utf8_emoji,
    }
)


_IN_WORDS: Mapping[TextUnit, str] = MappingProxyType(
    {
        TextUnit.WEIGHTED: "weighted units (a Korean character counts 2)",
        TextUnit.GRAPHEMES: "characters as a reader sees them",
        TextUnit.CHARACTERS: "characters",
        TextUnit.UTF8_EMOJI: "characters (an emoji counts its bytes)",
    }
)


def graphemes(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each character as a reader sees it (Unicode's extended clusters)."""
    return (match.span() for match in _GRAPHEME.finditer(text))


def count(text: str, rule: TextRule) -> int:
    """How much of `rule.limit` a text takes, in the rule's unit, normalised to NFC first.

    Sources: twitter-text version 3 for X; Mastodon's and Bluesky's own counting; Meta's
    documentation for Threads. Where it is unsure whether something is a link, it counts high.
    """
    text = normalize("NFC", text)
    measure = _MEASURES[rule.unit]
    if rule.url is None:
        return measure(text)
    total, done = 0, 0
    for start, end, certain in links(text, bare=rule.unit is TextUnit.WEIGHTED):
        own = 0 if certain else measure(text[start:end])
        total += measure(text[done:start]) + max(rule.url, own)
        done = end
    return total + measure(text[done:])


def fits(text: str, rule: TextRule) -> bool:
    """Whether the network takes this text whole."""
    text = normalize("NFC", text)
    if rule.bytes_limit is not None and size_in_bytes(text) > rule.bytes_limit:
        return False
    if rule.hashtags is not None and count_hashtags(text) > rule.hashtags:
        return False
    return count(text, rule) <= rule.limit


def measured(text: str, rule: TextRule) -> str:
    """A text's counts and limits in words: `312 of 280 weighted units (a Korean character counts 2)`.

    Bytes and hashtags follow after a comma where the network counts them.
    """
    text = normalize("NFC", text)
    if not rule.limited:
        return f"{count(text, rule):,} {in_words(rule.unit)}, no limit of its own known"
    said = f"{count(text, rule):,} of {rule.limit:,} {in_words(rule.unit)}"
    if rule.bytes_limit is not None:
        said += f", {size_in_bytes(text):,} of {rule.bytes_limit:,} bytes"
    if rule.hashtags is not None:
        said += f", {count_hashtags(text):,} of {rule.hashtags:,} hashtags"
    return said


def in_words(unit: TextUnit) -> str:
    """A unit as a sentence names it."""
    return _IN_WORDS[unit]


def size_in_bytes(text: str) -> int:
    """Bytes in UTF-8; a lone surrogate, which clean text does not hold, counts three."""
    return len(text.encode("utf-8", "surrogatepass"))
