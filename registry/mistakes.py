"""A mistake in a registry, said so that the person who typed it can put it right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

SHOWN = 60  # characters of a wrong value that a message repeats
MISTYPED = 75  # per cent of letters in common from which a word counts as mistyped
LISTED = 200  # mistakes that a refusal lists before it only counts
NAMED = 12  # right values that a message lists before it only counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One mistake: where it is, what is there, what is wrong, and what would be right.

    `cell` is a spreadsheet's name for it, such as `B7`; empty where a whole sheet or file is meant.
    """

    sheet: str
    cell: str
    value: str
    problem: str
    right: str

    def __str__(self) -> str:
        place = f"{self.sheet} 시트"
        if "." in self.sheet:
            place = self.sheet  # a file
        if self.cell:
            place += f" {self.cell} 칸"
        value = f" ‘{shown(self.value)}’" if self.value else ""
        return " ".join(part for part in (f"{place}{value}:", self.problem, self.right) if part)


def whole(sheet: str, value: str, problem: str, right: str) -> Mistake:
    """A mistake that no single cell holds: of a whole sheet or file."""
    return Mistake(sheet=sheet, cell="", value=value, problem=problem, right=right)


class RegistryError(Exception):
    """The registry was refused as a whole; `mistakes` holds every reason, in Korean."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        lines = [f"등록부에 고칠 곳이 {len(self.mistakes)}군데 있어 아무것도 반영하지 않았습니다."]
        lines += [f"- {mistake}" for mistake in self.mistakes[:LISTED]]
        if len(self.mistakes) > LISTED:
            lines.append(f"- 이 밖에 {len(self.mistakes) - LISTED:,}군데가 더 있습니다.")
        return "\n".join(lines)


def shown(value: str, most: int = SHOWN) -> str:
    """A value as a message may repeat it: short, on one line, nothing invisible."""
    plain = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in value
    )
    return plain if len(plain) <= most else plain[:most] + "…"


def suggestion(value: str, known: Sequence[str]) -> str:
    """What would be right instead of `value`: the closest known words, or all if they are few."""
    near = [word for word, _, _ in process.extract(value, known, limit=3, score_cutoff=60)]
    sure = [word for word in near if nearly(value, word)]
    if sure:
        return f"혹시 {', '.join(sure)} 아닌가요?"
    if 0 < len(known) <= NAMED:
        return f"쓸 수 있는 값: {', '.join(known)}."
    return f"비슷한 값: {', '.join(near)}." if near else "목록에 있는 값을 골라 주세요."


def nearly(value: str, word: str) -> bool:
    """Is `value` this word, or the word mistyped?"""
    return fuzz.ratio(value, word) >= MISTYPED
