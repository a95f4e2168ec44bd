"""What may not stand in the words of a disaster message. Each mistake is a line in Korean."""

from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import normalize

import regex

from rules.bulletin import Language, Words
from rules.clean import clean, match_form
from rules.mask import mask
from rules.tongues import TONGUES

_TAG = regex.compile(r"[#＃]([\p{L}\p{M}\p{N}_]*\p{L}[\p{L}\p{M}\p{N}_]*)")
_MARKUP = regex.compile(
    r"<[a-z!/?][^<>\n]{0,40}>?|\{\{|\}\}|\{%|%\}|\{#|#\}|&(?:[a-z]{2,8}|#[0-9a-fx]{1,7});",
    regex.IGNORECASE,
)
# by which the older messages are found on the timelines
_MARKER = regex.compile(r"\[[^\[\]\n]*(?:재난|훈련) \d{4}-\d{1,2}-\d+[^\[\]\n]*\]")
_RESERVED = regex.compile(r"lead\.invalid", regex.IGNORECASE)
_HANGUL = regex.compile(r"\p{Hangul}")
_NO_PHONE = regex.compile(r"(?!\+?[0-9][0-9 -]{1,19}\Z)")
_MOBILE = regex.compile(r"\A(?:0|\+?82)[ -]?1\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the words may name: hashtags without `#`, and phone numbers that are the city's own."""

    tags: frozenset[str]
    phones: tuple[str, ...]


def mistakes_in(where: str, text: str, allowed: Allowed) -> Iterator[str]:
    """What is wrong with any text that goes out; `where` names it to the person."""
    text = normalize("NFC", text.replace("\r\n", "\n"))
    if (seen := clean(text)) != text:
        unseen = ", ".join(f"U+{ord(c):04X}" for c in sorted(set(text) - set(seen)))
        yield f"{where}: 보이지 않는 글자가 섞여 있습니다{f' ({unseen})' if unseen else ''}. 지우고 다시 적어 주세요."
    if found := _MARKUP.search(text):
        yield f"{where}: «{found[0]}» 같은 태그나 서식 코드는 쓸 수 없습니다. 글자로만 적어 주세요."
    for tag in dict.fromkeys(_TAG.findall(text)):
        if tag not in allowed.tags:
            ours = ", ".join(f"#{own}" for own in sorted(allowed.tags))
            only = f" {ours}만 쓸 수 있습니다." if ours else ""
            yield f"{where}: «#{tag}»은(는) 이 사건에 쓰기로 정한 해시태그가 아닙니다.{only}"
    if found := _MARKER.search(text):
        yield f"{where}: 메시지 표식은 자동으로 붙습니다. 글에서 «{found[0]}» 부분을 빼 주세요."
    if _RESERVED.search(text):
        yield f"{where}: lead.invalid는 쓸 수 없는 주소입니다."
    if private := _private(text, allowed.phones):
        yield (
            f"{where}: 개인정보나 시의 것이 아닌 연락처로 보이는 것이 있습니다: «{private}». "
            "시민이 걸 번호는 «문의 전화»에 적어 주세요."
        )


def mistakes_in_line(where: str, text: str, allowed: Allowed) -> Iterator[str]:
    """What is wrong with a text that must be one line."""
    if "\n" in text.strip():
        yield f"{where}: 한 줄로 적어 주세요."
    yield from mistakes_in(where, text, allowed)


def mistakes_in_words(language: Language, words: Words, allowed: Allowed) -> Iterator[str]:
    """What is wrong with one language's words, complete as they would go out."""
    name = TONGUES[language].name
    yield from mistakes_in_line(f"{name} «지금 할 일»", words.act_now, allowed)
    yield from mistakes_in(f"{name} «상황 설명»", words.description, allowed)
    yield from _said_twice(name, words)
    if language is Language.KO and words.act_now and not has_hangul(words.act_now):
        yield "한국어 «지금 할 일»에 한글이 없습니다. 다른 언어의 글은 그 언어의 칸에 적어 주세요."


def mistakes_in_own(language: Language, own: Words, allowed: Allowed) -> Iterator[str]:
    """What is wrong with what a person gave of one language, before a template adds to it."""
    name = TONGUES[language].name
    yield from _said_twice(name, own)
    if language is Language.KO:
        return
    if own.description and not own.act_now:
        yield f"{name}: «상황 설명»만 있고 «지금 할 일»이 없습니다. 둘 다 적거나 둘 다 비워 주세요."
    for title, text in (("지금 할 일", own.act_now), ("상황 설명", own.description)):
        for tag in allowed.tags:
            text = text.replace(f"#{tag}", "")
        if has_hangul(text):
            yield f"{name} «{title}»: 한글이 섞여 있습니다. {name}로만 적어 주세요."


def _said_twice(name: str, words: Words) -> Iterator[str]:
    if words.act_now and match_form(words.act_now) == match_form(words.description):
        yield f"{name}: «지금 할 일»과 «상황 설명»이 같습니다. 설명에는 무슨 일인지 적어 주세요."


def mistakes_in_phone(where: str, phone: str) -> Iterator[str]:
    """What is wrong with the number that citizens are to call; an empty one is right."""
    if phone and _NO_PHONE.match(phone):
        yield f"{where}: «{phone}»: 전화번호가 아닙니다. 02-120처럼 숫자로 적어 주세요."
    elif _MOBILE.match(phone):
        yield f"{where}: 휴대전화 번호는 쓸 수 없습니다. 부서의 대표번호를 적어 주세요."


def has_hangul(text: str) -> bool:
    """Whether any letter is Korean."""
    return _HANGUL.search(text) is not None


def _private(text: str, phones: tuple[str, ...]) -> str:
    """What looks like private data, masked as it may be shown; "" where nothing does."""
    masked = mask(text, keep=phones)
    pairs = zip(text.split(), masked.split(), strict=True)
    return " ".join(shown for word, shown in pairs if word != shown)
