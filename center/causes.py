"""Why a delivery is as it is, for people: what our own code wrote down, in Korean."""

import re
from collections.abc import Callable

_SAID: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"stopped by (\S+)"), lambda m: f"{m[1]} 님이 발송을 멈췄습니다."),
    (re.compile(r"superseded by (\[.+\])"), lambda m: f"새 메시지로 대체되었습니다: {m[1]}"),
    (
        re.compile(r"it expired before it was sent"),
        lambda _: "나가기 전에 유효 시각이 지났습니다.",
    ),
    (
        re.compile(r"the account never carried what this puts right"),
        lambda _: "앞선 글이 나가지 않은 계정이라 보낼 필요가 없습니다.",
    ),
    (
        re.compile(r"the practice network does not answer: .*", re.DOTALL),
        lambda _: "연습 네트워크가 응답하지 않아 훈련을 멈췄습니다.",
    ),
    (re.compile(r"its sender died"), lambda _: "보내던 프로그램이 멈췄습니다."),
    (
        re.compile(r"by hand: put up, (\S+?)(?:; before: .*)?", re.DOTALL),
        lambda m: f"{m[1]} 님이 직접 올렸습니다.",
    ),
)


def cause_in_korean(cause: str) -> str:
    """The cause in Korean where it is one of ours; a network's own words stay as they are."""
    for known, said in _SAID:
        found = known.fullmatch(cause)
        if found:
            return said(found)
    return cause
