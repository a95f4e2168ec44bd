"""Why something did not work, as people are told it: what happened, and what to do.

A cause is written down as its kind, a colon and the detail (`revoked: answered 401. …`). The
detail is the network's own words or ours in English, and is shown small beside these.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One cause in Korean; `detail` is what stands behind it, for whoever must look further."""

    what: str
    todo: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what} {self.todo}".strip()


_UNKNOWN = ("처리하지 못했습니다.", "아래 자세한 까닭을 확인하시고, 시스템 담당자에게 알려 주세요.")

WORDS: Mapping[str, tuple[str, str]] = {
    # what the networks say: channels.errors.Trouble
    "revoked": (
        "네트워크가 이 계정의 인증 정보(토큰)를 더는 받아 주지 않습니다.",
        "계정에서 새 토큰을 발급받아 등록하도록 시스템 담당자에게 요청해 주세요.",
    ),
    "forbidden": (
        "네트워크가 이 계정에 허락하지 않았습니다.",
        "토큰에 읽기와 쓰기 권한이 있는지, 계정이 제한되지 않았는지 확인해 주세요.",
    ),
    "gone": (
        "글이나 계정을 네트워크에서 찾을 수 없습니다.",
        "시민이 글을 지웠는지, 계정 이름이 바뀌었는지 확인해 주세요.",
    ),
    "refused": (
        "네트워크가 받지 않았습니다.",
        "네트워크가 밝힌 까닭을 확인해 주세요. 답글이라면 알맞게 고쳐 계정에서 직접 올려 주세요.",
    ),
    "by_hand": (
        "이 네트워크에는 아직 자동으로 올릴 수 없습니다.",
        "계정에서 직접 올리신 뒤 올린 글의 주소를 적어 주세요.",
    ),
    "credential": (
        "이 계정의 인증 정보가 없거나 쓸 수 없습니다.",
        "인증 정보를 등록하도록 시스템 담당자에게 요청해 주세요. 그때까지 보낼 글은 계정에서 직접 올려 주세요.",
    ),
    "server": (
        "등록부에 적힌 서버 주소가 바르지 않습니다.",
        "등록부 accounts 시트의 server 칸을 고쳐 주세요.",
    ),
    "closed": (
        "닫히거나 폐지된 계정입니다.",
        "다른 계정으로 직접 올리시거나 ‘보내지 않음’을 골라 주세요.",
    ),
    "photo": (
        "답변에 붙인 사진 파일을 찾을 수 없습니다.",
        "사진을 다시 준비해 글과 함께 계정에서 직접 올려 주세요.",
    ),
    "busy": (
        "네트워크가 제때 답하지 않습니다.",
        "자동으로 다시 시도합니다. 오래 이어지면 그 네트워크가 점검 중인지 확인해 주세요.",
    ),
    "limited": (
        "요청이 많아 네트워크가 잠시 막았습니다.",
        "풀리는 대로 자동으로 다시 시도하니 기다려 주세요.",
    ),
    "unsure": (
        "올라갔는지 네트워크가 알려 주지 않았습니다.",
        "계정의 글을 읽어 자동으로 확인하니 기다려 주세요.",
    ),
    # an error of the program itself
    "odd": (
        "프로그램에 예상하지 못한 오류가 났습니다.",
        "자동으로 다시 시도합니다. 오래 이어지면 시스템 담당자에게 알려 주세요.",
    ),
    # what our own outbox says
    "no_account": (
        "이 계정을 대신해 답할 수 있는 계정이 없습니다.",
        "알맞은 계정에서 직접 올리신 뒤 올린 글의 주소를 적어 주세요.",
    ),
    "private": (
        "시민이 비공개로 보낸 글이라, 공개되는 답글로 보내지 않았습니다.",
        "시민에게 비공개 메시지로 직접 보내 주세요.",
    ),
    "tired": (
        "하루 동안 여러 번 시도했지만 보내지 못했습니다.",
        "네트워크의 상태를 확인하시고 다시 보내시거나 직접 올려 주세요.",
    ),
    "cannot_look": (
        "올라갔는지 알 수 없고, 자동으로 확인할 수도 없습니다.",
        "계정에 글이 올라가 있는지 직접 확인해 주세요.",
    ),
    "unread": (
        "올라갔을 수도 있지만, 계정을 읽을 수 없어 하루 동안 확인하지 못했습니다.",
        "계정에 글이 올라가 있는지 직접 확인해 주세요.",
    ),
    "behind": (
        "이 글은 앞선 글 아래에 이어 다는 글인데, 앞선 글이 나가지 못했습니다.",
        "앞선 글을 직접 올리셨으면 그 아래에 이어서 올려 주세요.",
    ),
    "absent": ("올라가지 않은 것을 확인했습니다.", "자동으로 다시 보냅니다."),
    "died": (
        "보내던 프로그램이 멈추었습니다.",
        "올라갔는지 자동으로 확인하니 기다려 주세요.",
    ),
    "expired": ("나가기 전에 유효 시각이 지나 보내지 않았습니다.", ""),
    "removed_with": ("재게시한 글이 내려가 함께 사라졌습니다.", ""),
    "removed_before": ("이 글이 전하려던 글을 내리기로 하여 보내지 않았습니다.", ""),
    "remove_by_hand": (
        "자동으로 내릴 수 없는 글입니다.",
        "계정에서 직접 지우신 뒤 ‘직접 내렸음’을 눌러 주세요.",
    ),
    "deleted": ("시민이 글을 삭제하여 보내지 않습니다.", ""),
    "by hand": ("사람이 처리했습니다.", ""),
    # what stops a mail
    "mail_waits": (
        "메일 서버가 아직 받지 않았습니다.",
        "자동으로 다시 보냅니다. 오래 이어지면 시스템 담당자에게 알려 주세요.",
    ),
    "mail_refused": (
        "메일 서버가 이 메일을 받지 않았습니다.",
        "받는 분의 주소가 맞는지 등록부를 확인해 주세요.",
    ),
    "words": (
        "메일의 글을 만들지 못했습니다.",
        "메일 문구를 고친 적이 있으면 시스템 담당자에게 알려 주세요.",
    ),
}


#: Kinds whose detail is our own English, and says nothing more.
_SAYS_ALL = frozenset({"behind", "deleted", "died", "expired", "removed_with", "removed_before"})

#: What is written down as a sentence in English: who did it, or what took its place, belongs into
#: the words; and reasons in the histories of cases from before those were in Korean.
SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"stopped by (\S+)", "{} 님이 발송을 멈춰 보내지 않았습니다."),
        (r"superseded by (\[.+\])", "새 메시지로 대체되어 보내지 않았습니다: {}"),
        (
            r"the account never carried what this puts right",
            "앞선 글이 나가지 않은 계정이라 보낼 필요가 없습니다.",
        ),
        (
            r"the post that is passed on says it in this language, too",
            "재게시한 글에 이 언어의 내용이 들어 있어 따로 보내지 않았습니다.",
        ),
        (r"it expired before it was sent", "나가기 전에 유효 시각이 지나 보내지 않았습니다."),
        (
            r"the practice network does not answer: .*",
            "연습 네트워크가 응답하지 않아 훈련을 멈췄습니다.",
        ),
        (r"its sender died", "보내던 프로그램이 멈추었습니다."),
        (r"by hand: put up, (\S+?)(?:; before: .*)?", "{} 님이 직접 올렸습니다."),
        (r"by hand: again, (\S+?)(?:; before: .*)?", "{} 님이 다시 보내기로 했습니다."),
        (r"by hand: cancelled, (\S+?)(?:; before: .*)?", "{} 님이 보내지 않기로 했습니다."),
        (r"left_out: (.*)", "{}"),
        (r"removed: (.*)", "두 사람이 합의하여 내린 글입니다. 이유: {}"),
        # histories
        (
            r"sure, shown to a person to measure how often that is right",
            "자동 분류가 얼마나 맞는지 재려고 소통팀이 분류",
        ),
        (r"no office found", "맞는 기관을 찾지 못해 소통팀이 분류"),
        (r"not sure enough: (\S+ \d+%)", "확신도가 낮아 소통팀이 분류 ({})"),
        (r"the office (\S+) was retired", "담당 기관이 폐지됨 ({})"),
        (r"the citizen wrote again: (\w+)", "시민이 다시 글을 씀: {}"),
        (r"the reply was cancelled", "답글을 보내지 않기로 함"),
        (r"deleted by the citizen", "시민이 글을 삭제함"),
    )
)


def told(cause: str) -> Told:
    """A cause in Korean; of a kind that is not known, all of it is the detail."""
    if sentence := _sentence(cause):
        return Told(sentence, "", "")
    kind, _, detail = cause.partition(": ")
    if kind in WORDS:
        return Told(*WORDS[kind], "" if kind in _SAYS_ALL else detail)
    return Told(*_UNKNOWN, cause)


def in_korean(cause: str) -> str:
    """A cause or a history's reason as one line of a table; what is not known stays as it is."""
    if sentence := _sentence(cause):
        return sentence
    if cause.partition(": ")[0] not in WORDS:
        return cause
    known = told(cause)
    return f"{known} ({known.detail})" if known.detail else str(known)


def _sentence(cause: str) -> str:
    for pattern, words in SENTENCES:
        if found := pattern.fullmatch(cause):
            return words.format(*found.groups())
    return ""
