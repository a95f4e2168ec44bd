"""What a post's text holds, how long it counts, and the HTML that clients get."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

import regex

URL_LENGTH = 23

_URL = r"(?P<url>https?://[^\s<>\"'（）「」『』，。]+)"
_MENTION = r"(?<![=/\w@])@(?P<mention>[a-zA-Z0-9_]++)(?!@)"
_TAG = r"(?<![=/)\p{L}\p{N}_])[#＃](?P<tag>[\p{L}\p{M}\p{N}_]*[\p{L}\p{M}_][\p{L}\p{M}\p{N}_]*)"
_ENTITY = regex.compile(f"{_URL}|{_MENTION}|{_TAG}")
_GRAPHEME = regex.compile(r"\X")
_TRAILING = regex.compile(r"[.,;:!?)\]}'\"…]+$")


@dataclass(frozen=True, slots=True)
class Entity:
    """A link, a mention (its handle in small letters) or a hashtag inside a text."""

    kind: str
    value: str
    start: int
    end: int


def entities(text: str) -> Iterator[Entity]:
    """Links, mentions and hashtags in the order in which they stand."""
    for match in _ENTITY.finditer(text):
        kind = str(match.lastgroup)
        value, end = match[kind], match.end()
        if kind == "url":
            value = _TRAILING.sub("", value)
            end = match.start() + len(value)
        if kind == "mention":
            value = value.lower()
        yield Entity(kind, value, match.start(), end)


def hashtags(text: str) -> list[str]:
    """The text's hashtags as written, without #, each once."""
    return list(dict.fromkeys(found.value for found in entities(text) if found.kind == "tag"))


def mentions(text: str) -> list[str]:
    """The handles that the text speaks to, each once."""
    return list(dict.fromkeys(found.value for found in entities(text) if found.kind == "mention"))


def length(text: str) -> int:
    """Characters as Mastodon counts them: graphemes, a link 23."""
    total, at = 0, 0
    for found in entities(text):
        total += _graphemes(text[at : found.start]) + _counted(found)
        at = found.end
    return total + _graphemes(text[at:])


def folded(text: str) -> str:
    """The text for searching: NFKC, case folded, and only what UTF-8 can carry."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", " ")
    return unicodedata.normalize("NFKC", clean).casefold()


def to_html(text: str, *, base: str, known: Mapping[str, str]) -> str:
    """Mastodon's `content`: paragraphs, line breaks, links. `known`: handle to profile address."""
    if not text:
        return ""
    parts, at = [], 0
    for found in entities(text):
        parts += [escape(text[at : found.start]), _link(found, text, base, known)]
        at = found.end
    whole = "".join([*parts, escape(text[at:])]).replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = regex.split(r"\n{2,}", whole)
    return "".join(f"<p>{paragraph}</p>".replace("\n", "<br />") for paragraph in paragraphs)


def _graphemes(text: str) -> int:
    return len(_GRAPHEME.findall(text))


def _counted(found: Entity) -> int:
    return URL_LENGTH if found.kind == "url" else found.end - found.start


def _link(found: Entity, text: str, base: str, known: Mapping[str, str]) -> str:
    written = escape(text[found.start : found.end])
    if found.kind == "url":
        return _url(found.value)
    if found.kind == "tag":
        address = f"{base}/tags/{quote(found.value)}"
        return f'<a href="{address}" class="mention hashtag" rel="tag">{written[0]}<span>{escape(found.value)}</span></a>'
    if found.value not in known:
        return written
    return (
        f'<span class="h-card" translate="no"><a href="{escape(known[found.value])}" class="u-url mention">'
        f"@<span>{escape(found.value)}</span></a></span>"
    )


def _url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    css = "ellipsis" if hidden else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{css}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(hidden)}</span></a>'
    )
