"""Korean particles: the one behind a word, and the words that decided without theirs.

People name things without: `신호등이` is a `신호등`. For display only.

Only particles that can hardly be anything else are taken off. What is left out (도, 로, 은, 는, 의,
만, 과) ends too many nouns and verbs: 횡단보도, 을지로, 깔아놓은, 기다리는, 경관심의, 교통과.
"""

from collections.abc import Iterable

#: The longer before the shorter. A particle of _AFTER stands behind such a letter alone.
_PARTICLES = (
    *("에서는", "에서도", "으로", "에서", "에게", "한테", "까지", "부터", "에는", "에도", "밖에"),
    *("에", "이", "을", "가", "를"),
)
#: Whether the letter before ends in a consonant.
_AFTER = {"이": True, "을": True, "으로": True, "가": False, "를": False}

_LIVING = ("어린이", "고양이", "은이", "둥이", "숭이", "렁이", "랑이", "거북이", "쟁이")
_THINGS = (
    *("덩이", "멩이", "모퉁이", "따릉이", "곰팡이", "지팡이", "종이", "떨이", "받이", "꽂이"),
    *("잡이", "걸이", "칸막이", "물막이", "바람막이", "먹이", "깎이", "볶이", "닫이", "십자가"),
)
_ACTS = (
    *("놀이", "맞이", "돋이", "벌이", "살이", "앓이", "높이", "길이", "깊이", "넓이"),
    *("허가", "휴가", "귀가", "추가"),
)
_ADVERBS = ("같이", "없이", "빽빽이", "줄줄이", "뺑뺑이", "한둘이", "한꺼번에")
_VERBS = (
    *("다가", "어가", "아가", "라가", "려가", "나가", "져가"),
    *("놓을", "받을", "찾을", "갚을", "먹을", "읽을", "닦을", "묶을", "앉을", "믿을", "씻을"),
)
#: What ends like a noun and a particle and is one word.
_WHOLE = (*_LIVING, *_THINGS, *_ACTS, *_ADVERBS, *_VERBS)

_LEAST = 2  # letters that stay: of 길에 no word would be left to read
_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28
_RIEUL = 8
_SS = 20  # the final ㅆ, which only verbs have: 받아뒀을


def ro(word: str) -> str:
    """`로` or `으로`, as it stands behind the word: `으로` behind a consonant that is not ㄹ."""
    final = (ord(word[-1]) - _FIRST) % _FINALS if word and _FIRST <= ord(word[-1]) <= _LAST else 0
    return "로" if final in (0, _RIEUL) else "으로"


def bare(words: Iterable[str]) -> list[str]:
    """The words without their particles, each once, in the order given."""
    return list(dict.fromkeys(map(without_particle, words)))


def without_particle(word: str) -> str:
    """The word without the particle that it ends with; as it is where that is not sure."""
    particle = next((end for end in _PARTICLES if word.endswith(end)), "")
    stem = word.removesuffix(particle)
    if not particle or len(stem) < _LEAST or word.endswith(_WHOLE):
        return word
    final = _final(stem[-1])
    wanted = _AFTER.get(particle)
    if wanted is not None and (final is None or bool(final) is not wanted or final == _SS):
        return word
    return stem


def _final(letter: str) -> int | None:
    """The consonant that a syllable ends in, as Unicode numbers them; 0 for none."""
    return (ord(letter) - _FIRST) % _FINALS if _FIRST <= ord(letter) <= _LAST else None
