"""Make what a stranger wrote safe to store, to match, and to put on one line or in a cell."""

from unicodedata import normalize
from urllib.parse import urlsplit

import regex

#: A cleaned text is never longer than this, its mark included: it fits a spreadsheet's cell.
MOST_CHARACTERS = 30_000
#: What a cell of a workbook holds, in UTF-16 units; Excel drops the rest without a word.
MOST_IN_A_CELL = 32_767
_MOST_IN_A_URL = 2_048

_NEWLINES = regex.compile(r"\r\n?|[\x85\u2028\u2029]")
_CONTROLS = regex.compile(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\uFDD0-\uFDEF\uFFFE\uFFFF]")
# Direction marks and overrides; what has no width: space, non-joiner, word joiner, byte order
# mark, soft hyphen, annotation marks.
_UNSEEN = regex.compile(
    r"[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F"
    r"\u00AD\u180E\u200B\u200C\u2060-\u2065\uFEFF\uFFF9-\uFFFB]"
)
_PICTURE = r"\p{Extended_Pictographic}"
_SELECTORS = r"\uFE00-\uFE0F\U000E0100-\U000E01EF"
# A joiner stays between two pictures, a selector after something that is seen, and the letters
# that are not seen stay in a flag: 🏴 of Scotland is written with them.
_LOOSE = regex.compile(
    rf"(?<!{_PICTURE}[\uFE0F\U0001F3FB-\U0001F3FF]?)\u200D|\u200D(?!{_PICTURE})"
    rf"|(?<![^\s\u200D{_SELECTORS}])[{_SELECTORS}]"
    r"|\U0001F3F4[\U000E0020-\U000E007E]{1,8}\U000E007F(*SKIP)(*FAIL)|[\U000E0000-\U000E007F]"
)
_NO_WIDTH = regex.compile(rf"[\u200D{_SELECTORS}\U000E0000-\U000E007F\u115F\u1160\u3164\uFFA0]")
_SPACES = regex.compile(r"[\s\x00-\x1F\x7F-\x9F]+")
_GRAPHEME = regex.compile(r"\X")
_NOT_IN_A_URL = regex.compile(
    r"[\s\x00-\x20\x7F-\x9F<>\"'`\\^{|}\u200B-\u200F\u202A-\u202E\u2066-\u206F\uD800-\uDFFF]"
)


def clean(text: str) -> str:
    """A post as it is stored: NFC, lines ended by a newline, nothing in it that is not seen.

    Controls (but newline and tab), direction marks and zero-width characters go; joiners and
    selectors that make an emoji stay; a lone surrogate becomes `�`; what exceeds
    `MOST_CHARACTERS` is left out with a mark that says how much. Quoting, emoji, links and Korean
    stay as written. Cleaning twice changes nothing more.
    """
    text = _UNSEEN.sub("", _CONTROLS.sub("", _NEWLINES.sub("\n", _whole_pairs(text))))
    while (tidier := normalize("NFC", _LOOSE.sub("", text))) != text:
        text = tidier
    return _capped(text)


def match_form(text: str) -> str:
    """A text for comparing only, never for storing: NFKC, case folded, nothing without width.

    `ＳＥＯＵＬ` and `seoul` meet; `ㅋㅋ` breaks, which is why it is not stored.
    """
    seen: str = _NO_WIDTH.sub("", _UNSEEN.sub("", _CONTROLS.sub("", _whole_pairs(text))))
    return normalize("NFKC", normalize("NFKC", seen).casefold())


def one_line(text: str, limit: int = 200) -> str:
    """A text for a header, a subject or a log line: one line of at most `limit` characters.

    An encoded word (`=?UTF-8?Q?=0A?=`) is broken up, or some mail libraries would decode it into
    a header of its own (RFC 2047).
    """
    text = _UNSEEN.sub("", _SPACES.sub(" ", _CONTROLS.sub(" ", _whole_pairs(text))))
    text = normalize("NFC", text.replace("=?", "= ?")).strip()
    return text if len(text) <= limit else _kept(text, limit - 1).rstrip() + "…"


def safe_url(url: str) -> str | None:
    """The address if it may stand in a link: http or https, with a host and no user name in it.

    `None` for everything else: `javascript:`, `data:`, a path, spaces or direction marks inside.
    """
    url = url.strip()
    if len(url) > _MOST_IN_A_URL or _NOT_IN_A_URL.search(url):
        return None
    try:
        split = urlsplit(url)
        host, _ = split.hostname, split.port
    except ValueError:
        return None
    allowed = split.scheme in ("http", "https") and host and "@" not in split.netloc
    return url if allowed else None


def cell_text(value: object) -> str:
    """A value as text that a workbook's cell can hold; `None` is empty.

    Takes out what openpyxl and XML refuse and cuts at `MOST_IN_A_CELL` UTF-16 units with a mark.
    The writer must still set `data_type='s'`, or a leading `=` becomes a formula.
    """
    text = "" if value is None else str(value)
    text = str(_CONTROLS.sub("", _NEWLINES.sub("\n", _whole_pairs(text))))
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MOST_IN_A_CELL:
        return text
    mark = "…(줄임)"
    kept = units[: 2 * (MOST_IN_A_CELL - len(mark))].decode("utf-16-le", "ignore")
    return kept + mark


def _whole_pairs(text: str) -> str:
    """Halves of a surrogate pair joined; a lone one as the replacement character."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _capped(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    longest_mark = len(f"\n…(뒤 {len(text):,}자 줄임)")
    kept = _kept(text, MOST_CHARACTERS - longest_mark)
    return f"{kept}\n…(뒤 {len(text) - len(kept):,}자 줄임)"


def _kept(text: str, most: int) -> str:
    """At most so many characters, the last one whole as a reader sees it."""
    end = 0
    for grapheme in _GRAPHEME.finditer(text):
        if grapheme.end() > most:
            break
        end = grapheme.end()
    return text[: end or most]
