"""Text as a spreadsheet gives it, made clean before anybody asks what it means."""

import unicodedata
from datetime import date, datetime, time

from registry.draft import Cell, Refused
from registry.sheets import Kind

LONGEST = {Kind.PROSE: 10_000, Kind.WORDS: 5_000}
LINE = 300  # the longest of every other kind
INVISIBLE = frozenset(  # direction marks and overrides, zero-width spaces; ZWJ stays, for emoji
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


class UnfitError(Exception):
    """The cell holds no such value; says the problem and what would be right, in Korean."""

    def __init__(self, problem: str, right: str = "") -> None:
        super().__init__(problem, right)
        self.problem = problem
        self.right = right


def typed(cell: Cell) -> str:
    """The cell as its text, NFC and stripped, however the spreadsheet chose to store it."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, Refused):
        cell = cell.text
    text = "" if cell is None else str(cell)
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def folded(text: str) -> str:
    """The text as it is compared: full-width and upper case folded away (never stored so)."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def refuse_strange(text: str, kind: Kind) -> None:
    """Raises `UnfitError` for what no honest cell holds: control and half characters, overrides."""
    fine = "\n\t" if kind is Kind.PROSE else ""
    for char in text:
        if char not in fine and (char in INVISIBLE or _unprintable(char)):
            raise UnfitError(
                f"보이지 않는 문자(U+{ord(char):04X})가 들어 있습니다.",
                "그 문자나 줄바꿈을 지우고 다시 적으세요.",
            )
    longest = LONGEST.get(kind, LINE)
    if len(text) > longest:
        raise UnfitError(f"너무 깁니다({len(text):,}자).", f"{longest:,}자까지 쓸 수 있습니다.")


def _unprintable(char: str) -> bool:
    noncharacter = ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF
    return noncharacter or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}
