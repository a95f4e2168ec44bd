"""What is said around the words of a disaster message, in each of its languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rules.bulletin import BulletinKind, Content, Language

_L, _K = Language, BulletinKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """What is said around the words of a bulletin, in one language."""

    name: str  # in Korean, for those who prepare it
    exercise: str
    not_real: str
    signs: Mapping[BulletinKind, str]
    pointers: Mapping[BulletinKind, str]  # what is said below the old post
    emergency: str


TONGUES: Mapping[Language, Tongue] = MappingProxyType(
    {
        _L.KO: Tongue(
            name="한국어",
            exercise="[모의훈련]",
            not_real="실제 상황이 아닙니다.",
            signs={
                _K.UPDATE: "[갱신]",
                _K.CORRECTION: "[정정]",
                _K.CANCEL: "[취소]",
                _K.ALL_CLEAR: "[상황 종료]",
            },
            pointers={
                _K.UPDATE: "이 안내는 갱신되었습니다.",
                _K.CORRECTION: "이 안내는 정정되었습니다.",
                _K.CANCEL: "이 안내는 취소되었습니다.",
                _K.ALL_CLEAR: "이 상황은 종료되었습니다.",
            },
            emergency="위급하면 {number}",
        ),
        _L.EN: Tongue(
            name="영어",
            exercise="[EXERCISE]",
            not_real="This is not a real emergency.",
            signs={
                _K.UPDATE: "[Update]",
                _K.CORRECTION: "[Correction]",
                _K.CANCEL: "[Cancelled]",
                _K.ALL_CLEAR: "[All clear]",
            },
            pointers={
                _K.UPDATE: "This notice has been updated.",
                _K.CORRECTION: "This notice has been corrected.",
                _K.CANCEL: "This notice has been cancelled.",
                _K.ALL_CLEAR: "This situation is over.",
            },
            emergency="Emergency: {number}",
        ),
        _L.ZH: Tongue(
            name="중국어",
            exercise="[演习]",
            not_real="并非真实灾情。",
            signs={
                _K.UPDATE: "[更新]",
                _K.CORRECTION: "[更正]",
                _K.CANCEL: "[取消]",
                _K.ALL_CLEAR: "[解除]",
            },
            pointers={
                _K.UPDATE: "本通知已更新。",
                _K.CORRECTION: "本通知已更正。",
                _K.CANCEL: "本通知已取消。",
                _K.ALL_CLEAR: "本次警报已解除。",
            },
            emergency="紧急情况请拨打{number}",
        ),
        _L.JA: Tongue(
            name="일본어",
            exercise="[訓練]",
            not_real="実際の災害ではありません。",
            signs={
                _K.UPDATE: "[更新]",
                _K.CORRECTION: "[訂正]",
                _K.CANCEL: "[取消]",
                _K.ALL_CLEAR: "[解除]",
            },
            pointers={
                _K.UPDATE: "このお知らせは更新されました。",
                _K.CORRECTION: "このお知らせは訂正されました。",
                _K.CANCEL: "このお知らせは取り消されました。",
                _K.ALL_CLEAR: "この警戒は解除されました。",
            },
            emergency="緊急時は{number}番",
        ),
    }
)


def marker_in(content: Content, language: Language) -> str:
    """The marker of one part. Each language has its own, or settling a doubt about one part of a
    thread would find the other."""
    if language is Language.KO:
        return content.marker
    return f"{content.marker.removesuffix(']')} {language.upper()}]"
