"""What offices and staff must agree on so that no case is left without a person."""

from collections import Counter
from collections.abc import Iterator

from registry.mistakes import Mistake, whole
from registry.model import Role
from registry.rows import Book, Entry

EXAMPLES = 8  # for each office; fewer only give a warning
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
