"""What an alert says in each of our languages, as the form's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cap.model import Alert, Fault, Info, numbered
from cap.sentences import first_sentence, folded, one_line
from rules.bulletin import Language, Words
from rules.tongues import TONGUES

_HANGUL = re.compile(r"[ㄱ-ㆎ가-힣]")
#: What our own headlines carry besides; each account's text gets its own again.
_MARKER = re.compile(r"\[[^\[\]\n]*(?:재난|훈련) \d{4}-\d{1,2}-\d+[^\[\]\n]*\]")
_SIGNS = tuple(
    sign for tongue in TONGUES.values() for sign in (tongue.exercise, *tongue.signs.values())
)
#: Chinese of the other script: our Chinese accounts write the simplified one.
_OTHER_SCRIPT = ("zh-tw", "zh-hk", "zh-mo", "zh-hant")


def _longest(field: str) -> int:
    rules = Words.model_fields[field].metadata
    return next(int(rule.max_length) for rule in rules if hasattr(rule, "max_length"))


#: What the form takes, in characters.
LONGEST = _longest("act_now")
LONGEST_DESCRIPTION = _longest("description")


@dataclass(frozen=True, slots=True)
class Said:
    """Empty texts are filled from the hazard's template later."""

    act_now: str
    description: str


def words_of(alert: Alert) -> tuple[Mapping[Language, Said], list[Fault], list[str]]:
    """The words by language, what is wrong with them, and notes for the desk, in Korean.

    A foreign text that we cannot take never holds up the Korean one: our template speaks for it.
    """
    found: dict[Language, Said] = {}
    faults: list[Fault] = []
    notes: list[str] = []
    for where, info in numbered("alert/info", alert.infos):
        language = _language(info)
        if language is None or language in found:
            notes.append(
                f"{info.language} 글은 옮기지 않았습니다. 쓰지 않거나 이미 있는 언어입니다."
            )
            continue
        said = _words(info)
        if language is Language.KO:
            faults += _faults(where, said)
            notes += _note_on_line(info, said)
        elif why := _unusable(said):
            notes.append(f"{TONGUES[language].name} 글은 {why} 옮기지 않고 준비된 문안을 씁니다.")
            said = Said("", "")
        found[language] = said
    return found, faults, [*notes, *_notes_on_absent(found)]


def _notes_on_absent(found: Mapping[Language, Said]) -> list[str]:
    absent = [TONGUES[language].name for language in Language if language not in found]
    if not absent:
        return []
    return [
        f"경보에 {', '.join(absent)} 글이 없어 준비된 일반 문안을 씁니다. 경보가 말한 내용은 그 글에 없습니다."
    ]


def _language(info: Info) -> Language | None:
    if info.spoken.startswith(_OTHER_SCRIPT):
        return None
    short = info.spoken.split("-")[0]
    return next((language for language in Language if language.value == short), None)


def _words(info: Info) -> Said:
    """The instruction's first sentence is the act-now line, where it is short enough for one."""
    instruction = (info.instruction or "").strip()
    act_now, rest = first_sentence(instruction)
    if len(act_now) > LONGEST:
        act_now, rest = "", instruction
    paragraphs = [_bare(info.headline or ""), (info.description or "").strip(), rest]
    return Said(act_now, "\n".join(_each_once(paragraphs, act_now)))


def _bare(headline: str) -> str:
    """A headline without marker and signs, in one line."""
    headline = _MARKER.sub(" ", headline)
    for sign in _SIGNS:
        headline = headline.replace(sign, " ")
    return one_line(headline)


def _each_once(paragraphs: list[str], act_now: str) -> list[str]:
    kept: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        others = [act_now, *kept, *paragraphs[number + 1 :]]
        if paragraph and not any(folded(paragraph) in folded(other) for other in others):
            kept.append(paragraph)
    return kept


def _faults(where: str, said: Said) -> list[Fault]:
    if len(said.description) <= LONGEST_DESCRIPTION:
        return []
    length = f"{len(said.description):,}자입니다. {LONGEST_DESCRIPTION:,}자까지 받습니다."
    text = f"제목, 상황, 행동 요령을 이으면 {length}"
    return [Fault(f"{where}/description", "description_long", text)]


def _note_on_line(info: Info, said: Said) -> list[str]:
    if said.act_now:
        return []
    if info.instruction:
        why = f"행동 요령의 첫 문장이 {LONGEST}자보다 길어"
    else:
        why = "행동 요령(instruction)이 없어"
    return [f"{why} «지금 할 일»은 준비된 문안을 씁니다."]


def _unusable(said: Said) -> str:
    """Why foreign words are not taken over; "" where they are."""
    if not said.act_now:
        return f"첫 문장이 없거나 {LONGEST}자보다 길어"
    if len(said.description) > LONGEST_DESCRIPTION:
        return f"{LONGEST_DESCRIPTION:,}자보다 길어"
    if _HANGUL.search(said.act_now + said.description):
        return "한글이 섞여 있어"
    return ""
