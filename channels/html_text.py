"""The HTML of a post as the text its author wrote."""

import re
from html.parser import HTMLParser

LONGEST = 100_000
"""Characters of HTML that are read; no network lets a citizen write as much."""
_BREAKS = {
    "br": "\n",
    "li": "\n",
    "div": "\n",
    "p": "\n\n",
    "blockquote": "\n\n",
    "pre": "\n\n",
    "ul": "\n\n",
    "ol": "\n\n",
}
_SILENT = frozenset({"script", "style", "head", "template"})
_OWN_WORDS = re.compile(r"[@#＠＃]|https?://", re.IGNORECASE)
_MANY_BREAKS = re.compile(r"\n{3,}")
_MANY_SPACES = re.compile(r"[ \t\r\n]+")


def text_of(html: str) -> str:
    """Paragraphs and line breaks as newlines; mentions, hashtags and links as they were written.

    A link that is hidden behind other words has its http address added behind them. Nothing is
    escaped: the result is text, and whoever shows it escapes it.
    """
    reader = _Reader()
    reader.feed(_bounded(html))
    reader.close()
    return _MANY_BREAKS.sub("\n\n", "".join(reader.parts)).strip()


def _bounded(html: str) -> str:
    """What the parser reads in no time: it would look for the end of each tag that has none anew."""
    whole, end, rest = html[:LONGEST].rpartition(">")
    return whole + end + rest.replace("<", "&lt;")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0
        self._preformatted = 0
        self._link = ""
        self._link_starts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._preformatted += tag == "pre"
        if tag == "a":
            self._link = dict(attrs).get("href") or ""
            self._link_starts = len(self.parts)
        elif tag in _BREAKS:
            self._break(_BREAKS[tag])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 (the parser's signature)
        if tag in _BREAKS:
            self._break(_BREAKS[tag])

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._preformatted = max(0, self._preformatted - (tag == "pre"))
        if tag == "a":
            self._end_link()
        elif tag in _BREAKS and tag != "br":
            self._break(_BREAKS[tag])

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        if not self._preformatted:
            data = _MANY_SPACES.sub(" ", data)
            if not self.parts or self.parts[-1].endswith("\n"):
                data = data.lstrip(" ")
        if data:
            self.parts.append(data)

    def _break(self, newlines: str) -> None:
        if newlines == "\n\n" and (not self.parts or self.parts[-1] == "\n\n"):
            return
        self.parts.append(newlines)

    def _end_link(self) -> None:
        words = "".join(self.parts[self._link_starts :]).strip()
        hidden = self._link.lower().startswith(("http://", "https://")) and words != self._link
        if hidden and not _OWN_WORDS.match(words):
            self.parts.append(f" ({self._link})" if words else self._link)
        self._link = ""
