"""The picture of a bulletin, for networks that want one: its first line, large, and who says so."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any
from unicodedata import normalize

from PIL import Image, ImageDraw, ImageFont

HOME = Path(__file__).resolve().parents[1]
FONT = HOME / "node_modules/krds-uiux/resources/fonts/PretendardGOV-Bold.subset.woff"
SIDE = 1080  # pixels, both ways
MARGIN = 96
WIDTH = SIDE - 2 * MARGIN
LARGEST, SMALLEST = 128, 48  # pixels of the line to act on
LEADING = 1.3  # from one line to the next, in sizes
BAND = 56  # stripes above and below an exercise

SIGN = "모의훈련"
NOT_REAL = "실제 상황이 아닙니다"
KINDS = {
    "alert": "알림",
    "update": "갱신",
    "correction": "정정",
    "cancel": "취소",
    "all_clear": "상황 종료",
}
#: Background of what is real; its ink is white (contrast at least 7 to 1).
COLOURS = {
    "alert": "#9B1020",
    "update": "#9B1020",
    "correction": "#173F7A",
    "cancel": "#3D4450",
    "all_clear": "#0F5130",
}
WHITE, BLACK = "#FFFFFF", "#111111"
EXERCISE, STRIPE = "#FFF4BF", "#F5B800"


class CardImpossible(ValueError):
    """The picture cannot be drawn; says in Korean why and what to do."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of the picture; x and y are its upper left corner, in pixels."""

    text: str
    size: int
    x: int
    y: int
    width: int

    @property
    def bottom(self) -> int:
        return self.y + round(self.size * LEADING)


def draw_card(
    *,
    city: str,
    hazard_name: str,
    act_now: str,
    marker: str,
    exercise: bool,
    kind: str,
    font: Path = FONT,
) -> bytes:
    """A PNG of 1080 × 1080 pixels; the same words give the same bytes.

    `kind` is one of `KINDS`. Raises `CardImpossible` without the font, or where it cannot write the
    words or they do not fit.
    """
    lines = lay_out(
        city=city,
        hazard_name=hazard_name,
        act_now=act_now,
        marker=marker,
        exercise=exercise,
        kind=kind,
        font=font,
    )
    image = Image.new("RGB", (SIDE, SIDE), EXERCISE if exercise else COLOURS[kind])
    pen = ImageDraw.Draw(image)
    ink = BLACK if exercise else WHITE
    if exercise:
        _stripes(pen)
    for line in lines:
        colour = ink
        if line.text == SIGN:
            pen.rectangle((line.x - 20, line.y - 6, line.x + line.width + 20, line.bottom), BLACK)
            colour = STRIPE
        pen.text((line.x, line.y), line.text, colour, _font(font, line.size))
    rule = lines[-2].y - 32  # above the city's name
    pen.rectangle((MARGIN, rule, SIDE - MARGIN, rule + 4), ink)
    saved = BytesIO()
    image.save(saved, "PNG")
    return saved.getvalue()


def described_card(**words: Any) -> tuple[bytes, str]:
    """`draw_card` and `card_alt` of the same words."""
    return draw_card(**words), card_alt(**words)


def card_alt(
    *, city: str, hazard_name: str, act_now: str, marker: str, exercise: bool, kind: str
) -> str:
    """All words of the picture, as its description."""
    sign = [f"{SIGN}. {NOT_REAL}."] if exercise else []
    return " ".join([*sign, f"{hazard_name} {KINDS[kind]}.", act_now, city, marker])


def lay_out(
    *,
    city: str,
    hazard_name: str,
    act_now: str,
    marker: str,
    exercise: bool,
    kind: str,
    font: Path = FONT,
) -> list[Placed]:
    """Every line of the picture, from above; the last two are the city and the marker."""
    pen = _Pen(font)
    top = [pen.row(f"{hazard_name} {KINDS[kind]}", 84, MARGIN)]
    if exercise:
        sign = pen.row(SIGN, 84, MARGIN, x=MARGIN + 20)
        beside = sign.x + sign.width + 44
        note = pen.row(NOT_REAL, 46, sign.y + 26, x=beside)
        top = [sign, note, pen.row(f"{hazard_name} {KINDS[kind]}", 72, sign.bottom + 28)]
    below = pen.row(marker, 46, SIDE - MARGIN - round(46 * LEADING))
    above = pen.row(city, 46, below.y - round(46 * LEADING))
    act = pen.block(act_now, top[-1].bottom + 32, above.y - 64)
    return [*top, *act, above, below]


@dataclass(frozen=True, slots=True)
class _Pen:
    font: Path

    def wide(self, text: str, size: int) -> int:
        return round(_length(_font(self.font, 100), text) * size / 100)

    def row(self, text: str, size: int, y: int, *, x: int = MARGIN) -> Placed:
        """One line, made smaller where it would leave the picture."""
        text = self._written(text)
        room = SIDE - MARGIN - x
        size = min(size, int(size * room / max(self.wide(text, size), 1)))
        if size < SMALLEST // 2:
            raise CardImpossible(f"그림 한 줄에 들어가지 않습니다. 줄여 주세요: {text}")
        return Placed(text, size, x, y, self.wide(text, size))

    def block(self, text: str, top: int, bottom: int) -> list[Placed]:
        """As large as it goes between top and bottom, each sentence on a new line where it can."""
        text = self._written(text)
        for size in range(LARGEST, SMALLEST - 1, -4):
            step = round(size * LEADING)
            for parts in (re.split(r"(?<=[.!?]) ", text), [text]):
                lines = self._lines([_glued(part) for part in parts], size)
                if lines and len(lines) * step <= bottom - top:
                    first = top + (bottom - top - len(lines) * step) // 2
                    return [
                        Placed(line, size, MARGIN, first + number * step, self.wide(line, size))
                        for number, line in enumerate(lines)
                    ]
        raise CardImpossible(
            f"첫 줄이 그림에 들어가지 않습니다. 줄이거나 낱말을 띄어 쓰세요: {text}"
        )

    def _lines(self, sentences: list[list[str]], size: int) -> list[str]:
        """Every sentence in lines of about the same length; none where a word is too wide."""
        lines: list[str] = []
        for words in sentences:
            wrapped = self._wrapped(words, size, WIDTH)
            if not wrapped:
                return []
            lines += self._evened(words, size, wrapped)
        return lines

    def _wrapped(self, words: list[str], size: int, width: int) -> list[str]:
        """Lines broken between words, as Korean is read; none where a word is wider than a line."""
        lines: list[str] = []
        for word in words:
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.wide(longer, size) <= width:
                lines[-1] = longer
            elif self.wide(word, size) <= width:
                lines.append(word)
            else:
                return []
        return lines

    def _evened(self, words: list[str], size: int, lines: list[str]) -> list[str]:
        """As many lines, none much longer than the others."""
        for width in range(WIDTH, WIDTH // 2, -20):
            narrower = self._wrapped(words, size, width)
            if not narrower or len(narrower) > len(lines):
                break
            lines = narrower
        return lines

    def _written(self, text: str) -> str:
        """The text in letters that the font has: ㎍ becomes μg."""
        font, missing = _font(self.font, 100), _shape(_font(self.font, 100), "\uffff")
        text = re.sub(r"\s+", " ", normalize("NFC", text)).strip()
        chars = [
            char if _shape(font, char) != missing else normalize("NFKC", char) for char in text
        ]
        unknown = [char for char in "".join(chars) if _shape(font, char) == missing]
        if unknown:
            raise CardImpossible(
                f"그림의 글꼴에 없는 글자가 있습니다. 바꾸어 주세요: {' '.join(dict.fromkeys(unknown))}"
            )
        return "".join(chars)


def _glued(sentence: str) -> list[str]:
    """Its words; one of a single letter (이, 그, 집) stays with the next one."""
    return re.sub(r"(?<!\S)(\w) ", "\\1\u00a0", sentence).split(" ")


@lru_cache(maxsize=4_096)
def _length(font: ImageFont.FreeTypeFont, text: str) -> float:
    return font.getlength(text)


@lru_cache(maxsize=4_096)
def _shape(font: ImageFont.FreeTypeFont, char: str) -> bytes:
    return bytes(font.getmask(char))


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(path, size)
    except OSError as error:
        raise CardImpossible(
            f"그림의 글꼴을 읽을 수 없습니다({path.name}). `make run`을 한 번 실행하거나 "
            "`npm ci`로 node_modules를 갖춘 뒤 다시 하세요."
        ) from error


def _stripes(pen: ImageDraw.ImageDraw) -> None:
    """Black and yellow above and below, as around a building site: nobody takes it for real."""
    for top in (0, SIDE - BAND):
        pen.rectangle((0, top, SIDE, top + BAND), STRIPE)
        for left in range(-BAND, SIDE, 2 * BAND):
            right = left + BAND
            pen.polygon(
                [(left, top + BAND), (right, top), (right + BAND, top), (right, top + BAND)], BLACK
            )
