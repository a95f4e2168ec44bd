"""What is said below an old post of ours: that it holds no more, and where the new one stands."""

from collections.abc import Collection

from rules.bulletin import BulletinKind, Language
from rules.tongues import TONGUES


def pointer_text(
    kind: BulletinKind,
    languages: Collection[Language],
    url: str,
    marker: str,
    *,
    exercise: bool,
) -> str:
    """A line in Korean and in each of these languages, then the address, where there is one.

    `kind` is what the new message is: any but an alert.
    """
    lines = []
    for language, tongue in TONGUES.items():
        if language is Language.KO or language in languages:
            sign = [tongue.exercise, tongue.not_real] if exercise else []
            lines.append(" ".join([*sign, tongue.pointers[kind]]))
    where = f"새 안내: {url}" if url else "새 안내는 이 계정의 새 글에 있습니다."
    return "\n".join([*lines, where, marker])


def pointer_marker(old: str, new: str) -> str:
    """By which it is found: `[서울 재난 2026-12-2 → 서울 재난 2026-12-3]`.

    Neither message's own marker is in it, or a look for that one would find the pointer.
    """
    return f"[{old.strip('[]')} → {new.strip('[]')}]"
