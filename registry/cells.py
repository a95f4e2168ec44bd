"""One cell: what somebody typed becomes a value, or a reason why it cannot."""

import re
from collections.abc import Callable, Mapping
from datetime import date

from registry.cleaning import UnfitError, folded, refuse_strange, typed
from registry.draft import Cell, Refused
from registry.mistakes import suggestion
from registry.sheets import YES_NO, Column, Kind

DAY = re.compile(r"(\d{4})\s*[./년-]\s*(\d{1,2})\s*[./월-]\s*(\d{1,2})\s*[.일]?")
HOST_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"({HOST_LABEL}\.)+{HOST_LABEL}"
ANSWERS = dict.fromkeys(("yes", "y", "예", "네", "true", "1"), True)
ANSWERS |= dict.fromkeys(("no", "n", "아니오", "아니요", "false", "0"), False)

PATTERNS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.ID: (
        r"[a-z0-9_]{1,40}",
        "id로 쓸 수 없는 글자가 있습니다.",
        "영문 소문자, 숫자, 밑줄(_)만 40자까지 쓰세요.",
    ),
    Kind.HANDLE: (
        r"[^\s@/:]{1,100}",
        "계정 이름의 꼴이 아닙니다.",
        "@와 주소 없이 계정 이름만 적으세요.",
    ),
    Kind.SERVER: (
        rf"({HOST}|localhost)(:\d{{1,5}})?",
        "서버 주소의 꼴이 아닙니다.",
        "https:// 없이 social.seoul.example처럼 적으세요.",
    ),
    Kind.CREDENTIAL: (
        r"(?=.{1,40}$)[a-z0-9]+(-[a-z0-9]+)*",
        "Secret 블록의 이름이 아닙니다.",
        "비밀번호나 토큰이 아니라 블록 이름을 영문 소문자, 숫자, 붙임표로 40자까지 적으세요. 예: x-seoul",
    ),
    Kind.EMAIL: (
        rf"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@{HOST}",
        "메일 주소의 꼴이 아닙니다.",
        "이름@기관.example처럼 주소 하나만 적으세요.",
    ),
    Kind.TAG: (
        r"(?!\d+$)\w{1,50}",
        "해시태그로 쓸 수 없습니다.",
        "# 없이 글자, 숫자, 밑줄만, 숫자만으로는 안 됩니다. 예: 서울폭설",
    ),
}


def read(cell: Cell, column: Column) -> object:
    """The value of a cell in this column. Raises `UnfitError`.

    References (`Kind.OFFICE`, `Kind.ACCOUNT`) are read as ids; `references.py` looks them up.
    """
    if isinstance(cell, Refused):
        raise UnfitError(cell.problem, cell.right)
    text = typed(cell)
    refuse_strange(text, column.kind)
    if not text:
        if column.needed:
            raise UnfitError("비어 있습니다.", column.help)
        return column.empty
    return READERS[column.kind](text, column)


def write(value: object, column: Column) -> str | date:
    """The value as a cell holds it: text, or a date. `read` gives the value back."""
    if column.kind is Kind.YES_NO:
        return "yes" if value else "no"
    if column.kind is Kind.WORDS and isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, date):
        return value
    return "" if value is None else str(value)


def _text(text: str, _: Column) -> str:
    return text


def _pattern(text: str, column: Column) -> str:
    pattern, problem, right = PATTERNS[column.kind]
    if not re.fullmatch(pattern, text):
        raise UnfitError(problem, right)
    return text


def _lowered(text: str, column: Column) -> str:
    return _pattern(text.lower(), column)


def _unmarked(text: str, column: Column) -> str:
    """Handles and hashtags are often copied with the mark before them."""
    return _pattern(text.lstrip("@＠" if column.kind is Kind.HANDLE else "#＃"), column)


def _words(text: str, _: Column) -> tuple[str, ...]:
    words = (word.strip() for word in re.split(r"[;,|；，]", text))
    return tuple(dict.fromkeys(word for word in words if word))


def _yes_no(text: str, _: Column) -> bool:
    word = folded(text)
    if word not in ANSWERS:
        raise UnfitError(
            "예인지 아니오인지 알 수 없습니다.", f"{' 또는 '.join(YES_NO)}로 적으세요."
        )
    return ANSWERS[word]


def _day(text: str, _: Column) -> date:
    parts = DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in parts.groups())) if parts else _iso(text)
    except ValueError as error:
        raise UnfitError("날짜가 아닙니다.", "2026-06-03처럼 적으세요.") from error


def _iso(text: str) -> date:
    if not re.fullmatch(r"\d{8}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _choice(text: str, column: Column) -> object:
    choices = column.choices or {}
    values = column.values
    meant = {folded(meaning): word for word, meaning in choices.items()}
    word = meant.get(folded(text), folded(text))
    if values is None or word not in choices:
        raise UnfitError(
            f"{column.name}에 쓸 수 없는 값입니다.", suggestion(folded(text), list(choices))
        )
    return values(word)


READERS: Mapping[Kind, Callable[[str, Column], object]] = {
    Kind.TEXT: _text,
    Kind.PROSE: _text,
    Kind.ID: _pattern,
    Kind.HANDLE: _unmarked,
    Kind.SERVER: _lowered,
    Kind.CREDENTIAL: _pattern,
    Kind.EMAIL: _lowered,
    Kind.TAG: _unmarked,
    Kind.WORDS: _words,
    Kind.YES_NO: _yes_no,
    Kind.DAY: _day,
    Kind.CHOICE: _choice,
    Kind.OFFICE: _text,
    Kind.ACCOUNT: _text,
}
