"""What the accounts must agree on so that every post can be answered and one account leads."""

from collections.abc import Iterator

from registry.mistakes import Mistake, whole
from registry.model import Network
from registry.references import SELF_HOSTED
from registry.rows import Book, Entry
from registry.sheets import LANGUAGES

NO_WRITING = frozenset({Network.NAVER_BLOG, Network.KAKAO, Network.ME2DAY})
"""Networks without an API to write: a person posts there, so nobody need stand in."""

DRILL = "drill_"
"""What the handles of exercises begin with, as in `channels.exercise`."""


def servers(book: Book) -> Iterator[Mistake]:
    """A Mastodon or WordPress account needs its server."""
    for entry in book.of("accounts"):
        if entry.get("network") in SELF_HOSTED and entry.values.get("server") == "":
            yield entry.mistake(
                "server", "이 네트워크는 서버 주소가 있어야 합니다.", "예: social.seoul.example"
            )


def flagships(book: Book) -> Iterator[Mistake]:
    """At most one flagship for each network, and never a personal account."""
    first: dict[str, Entry] = {}
    for entry in book.of("accounts"):
        if not entry.values.get("flagship"):
            continue
        if entry.values.get("personal"):
            yield entry.mistake(
                "flagship", "개인 계정은 대표계정이 될 수 없습니다.", "no로 고치세요."
            )
        if entry.values.get("active"):
            earlier = first.setdefault(entry.get("network"), entry)
            if earlier is not entry:
                yield entry.mistake(
                    "flagship",
                    f"이 네트워크의 대표계정은 {earlier.number}행({earlier.get('id')})입니다.",
                    "하나만 yes로 두세요.",
                )


def stand_ins(book: Book) -> Iterator[Mistake]:
    """`answers_as` is an active account of the same network that is not personal."""
    accounts = {entry.get("id"): entry for entry in book.of("accounts")}
    for entry in book.of("accounts"):
        other = accounts.get(entry.get("answers_as"))
        problem = _stand_in_problem(entry, other) if other else ""
        if other and problem:
            yield entry.mistake("answers_as", problem, "같은 네트워크의 쓰고 있는 계정을 적으세요.")


def _stand_in_problem(entry: Entry, other: Entry) -> str:
    if other.values.get("active") is False:
        return "쓰지 않는 계정은 대신 답할 수 없습니다."
    if other.values.get("personal"):
        return "개인 계정으로는 답하지 않습니다."
    if other.get("network") != entry.get("network"):
        return "다른 네트워크의 계정은 대신 답할 수 없습니다."
    return ""


def personal_accounts(book: Book) -> Iterator[Mistake]:
    """A personal account is never written to, so another account of its network answers."""
    flagged = {
        entry.get("network")
        for entry in book.of("accounts")
        if entry.values.get("flagship") and entry.values.get("active")
    }
    for entry in book.of("accounts"):
        network = entry.get("network")
        if not entry.values.get("personal") or not network:
            continue
        alone = entry.values.get("answers_as", "") is None and network not in flagged
        if alone and network not in NO_WRITING:
            yield entry.mistake(
                "answers_as",
                "이 개인 계정을 대신해 답할 계정이 없습니다.",
                "같은 네트워크의 계정을 적거나 그 네트워크의 대표계정을 정하세요.",
            )
        if entry.get("disaster_role") not in ("none", ""):
            yield entry.mistake(
                "disaster_role", "개인 계정에는 쓰지 않습니다.", "none으로 고치세요."
            )


def languages(book: Book) -> Iterator[Mistake]:
    """An account's further languages are those that there are words in."""
    for entry in book.of("accounts"):
        held = entry.values.get("languages")
        for code in held if isinstance(held, tuple) else ():
            if code not in LANGUAGES:
                yield entry.mistake(
                    "languages", f"{code}: 모르는 언어입니다.", f"{', '.join(LANGUAGES)}만 씁니다."
                )


def no_drills(book: Book) -> Iterator[Mistake]:
    """No account is called like the twins that exercises use."""
    for entry in book.of("accounts"):
        if entry.get("id").startswith(DRILL):
            yield entry.mistake(
                "id", f"{DRILL}로 시작하는 이름은 모의훈련 계정의 것입니다.", "다른 id를 적으세요."
            )


def one_lead(book: Book) -> Iterator[Mistake]:
    """In a disaster one account leads, and it can be written to at once."""
    leads = [entry for entry in book.of("accounts") if entry.get("disaster_role") == "lead"]
    for entry in leads:
        if entry.values.get("active") is False or entry.get("network") in NO_WRITING:
            yield entry.mistake(
                "disaster_role",
                "닫았거나 바로 쓸 수 없는 계정은 대표 발신을 맡을 수 없습니다.",
                "쓰고 있는 계정 하나를 lead로 정하세요.",
            )
    for entry in leads[1:]:
        yield entry.mistake(
            "disaster_role",
            f"대표 발신(lead)은 하나여야 하는데 {leads[0].number}행에 이미 있습니다.",
            "예비라면 deputy로 고치세요.",
        )
    if not leads and book.of("accounts"):
        yield whole(
            "accounts",
            "disaster_role",
            "대표 발신(lead)을 맡은 계정이 없습니다.",
            "하나를 정하세요.",
        )
