"""Are the words of bulletins complete and fit to be said? Asked by a test and by the command line."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from templates.bulletin_words import (
    BULLETINS,
    HAZARDS,
    KINDS,
    LANGUAGES,
    MAYBE_EMPTY,
    TemplateRefused,
    bulletin_words,
    read_entry,
    read_file,
)

#: Characters of the line to act on; X counts 280 with Korean, Chinese and Japanese double, and the
#: whole message with two hashtags, the emergency number and the marker must fit.
ACT_NOW_AT_MOST = {"ko": 40, "en": 60, "zh": 40, "ja": 40}
DESCRIPTION_AT_MOST = 1_000

_UNFIT = {
    "해시태그": re.compile(r"[#＃]\w"),
    "링크": re.compile(
        r"https?:|www\.|\b[\w-]+\.(?:kr|com|net|org|go|example)(?![a-z])", re.IGNORECASE
    ),
    "꺾쇠 표시": re.compile(r"<[^>]*>"),
}
#: Where a short network's text may end; only the last line, the number to call, needs none.
_STOPS = (".", "!", "?", "。", "！", "？")
_HANGUL = re.compile(r"[ᄀ-ᇿ㄰-㆏가-힣]")
_SAMPLE = {"where": "X", "since": "23:59", "measure": "X", "phone": "X"}


def check_bulletins(folder: Path = BULLETINS) -> list[str]:
    """Everything that is wrong with the words of a folder, a Korean sentence each; empty: nothing.

    Every hazard, kind and language is there and no other; no code and no other blank; lengths; no
    hashtag, link or markup; no Korean in another language; every line a sentence; something stays when blanks are empty.
    """
    there = {path.stem for path in folder.glob("*.yaml")}
    strays = [f"{name}.yaml: 모르는 재난입니다." for name in sorted(there - set(HAZARDS))]
    return strays + [wrong for hazard in HAZARDS for wrong in _of_hazard(folder, hazard)]


def _of_hazard(folder: Path, hazard: str) -> Iterator[str]:
    file = f"{hazard}.yaml"
    try:
        held = read_file(folder / file)
    except TemplateRefused as refused:
        yield str(refused)
        return
    yield from _strays(file, held, KINDS)
    for kind in KINDS:
        yield from _strays(f"{file}의 {kind}", held.get(kind) or (), LANGUAGES)
        for language in LANGUAGES:
            yield from _of_entry(folder, hazard, kind, language)


def _strays(place: str, there: Iterable[object], known: tuple[str, ...]) -> Iterator[str]:
    for name in there:
        if name not in known:
            yield f"{place}: {name}: 모르는 항목입니다. {', '.join(known)} 가운데 하나여야 합니다."


def _of_entry(folder: Path, hazard: str, kind: str, language: str) -> Iterator[str]:
    place = f"{hazard}.yaml의 {hazard}/{kind}/{language}"
    try:
        entry = read_entry(folder, hazard, kind, language)
        words = bulletin_words(hazard, kind, language, _SAMPLE, folder=folder)
    except TemplateRefused as refused:
        yield str(refused)
        return
    yield from _too_long(place, "act_now", words.act_now, ACT_NOW_AT_MOST[language])
    yield from _too_long(place, "description", words.description, DESCRIPTION_AT_MOST)
    if all(line.blanks & MAYBE_EMPTY for line in entry.description):
        yield f"{place}: 시각과 수치를 비우면 설명에 남는 줄이 없습니다."
    if not words.locked:
        yield f"{place}: 꼭 나가야 하는 줄(locked)이 하나는 있어야 합니다."
    for line in words.description.split("\n")[:-1]:
        if not line.endswith(_STOPS):
            yield f"{place}: ‘{line}’: 마침표로 끝나는 문장으로 적습니다. 짧은 글은 문장 끝에서만 자릅니다."
    said = f"{words.act_now}\n{words.description}"
    for what, pattern in _UNFIT.items():
        if found := pattern.search(said):
            yield f"{place}: {what}({found.group()})는 문안에 적지 않습니다."
    if language != "ko" and (korean := _HANGUL.search(said)):
        yield f"{place}: 외국어 문안에 한글({korean.group()})이 있습니다."


def _too_long(place: str, part: str, text: str, most: int) -> Iterator[str]:
    if len(text) > most:
        yield f"{place}: {part}가 {len(text)}자입니다. {most}자까지 적습니다."
