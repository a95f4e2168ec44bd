"""What offices and staff must agree on so that no case is left without a person."""

import re
from collections import Counter
from collections.abc import Iterator

from registry.mistakes import Mistake, whole
from registry.model import Role
from registry.rows import Book, Entry
from registry.sheets import TRANSLATED

EXAMPLES = 8  # for each office; fewer only give a warning
HANGUL = re.compile(r"[ᄀ-ᇿ㄰-㆏가-힣]")
REQUIRED_ROLES = (Role.COMMS_TEAM, Role.ADMINISTRATOR)


def managers(book: Book) -> Iterator[Mistake]:
    """Every office that answers has a manager, who gets its mail."""
    if "staff" not in book.entries:
        return
    managed = {entry.get("office") for entry in book.of("staff") if entry.get("role") == "manager"}
    for entry in book.of("offices"):
        if entry.get("id") and entry.get("id") not in managed:
            yield entry.mistake(
                "id",
                "이 부서에는 관리자가 없습니다.",
                "staff 시트에 이 부서의 manager를 한 사람 이상 적으세요.",
            )


def required_roles(book: Book) -> Iterator[Mistake]:
    """Somebody decides what the machine leaves open, and somebody triggers in a disaster."""
    held = {entry.get("role") for entry in book.of("staff")}
    for role in REQUIRED_ROLES:
        if book.of("staff") and role not in held:
            yield whole(
                "staff", "role", f"{role} 역할을 맡은 사람이 없습니다.", "한 사람 이상 적으세요."
            )


def one_name(book: Book) -> Iterator[Mistake]:
    """An address is one person's: sign-in is by mail."""
    names: dict[str, Entry] = {}
    for entry in book.of("staff"):
        email, name = entry.get("email"), entry.get("name")
        if email and name:
            earlier = names.setdefault(email, entry)
            if earlier.get("name") != name:
                yield entry.mistake(
                    "name",
                    f"같은 메일 주소가 {earlier.number}행에는 다른 이름({earlier.get('name')})입니다.",
                    "주소 하나는 한 사람만 씁니다.",
                )


def translated_names(book: Book) -> Iterator[Mistake]:
    """What an office is called in another language is not in Korean."""
    for entry in book.of("offices"):
        for column in (f"name_{code}" for code in TRANSLATED):
            if not without_hangul(entry.get(column)):
                yield entry.mistake(
                    column, "외국어 이름에 한글이 있습니다.", "그 언어로 적거나 비워 두세요."
                )


def without_hangul(name: str) -> bool:
    """Whether a foreign text may hold this name; an empty one too."""
    return not HANGUL.search(name)


def few_examples(book: Book) -> Iterator[Mistake]:
    """A warning: the machine will not learn an office from so few posts."""
    counts = Counter(entry.get("office") for entry in book.of("examples"))
    for entry in book.of("offices"):
        count = counts[entry.get("id")]
        if entry.get("id") and count < EXAMPLES:
            yield entry.mistake(
                "id",
                f"이 부서의 예문이 {count}개뿐입니다.",
                f"examples 시트에 {EXAMPLES}개 이상 적으면 자동 배정이 정확해집니다.",
            )
