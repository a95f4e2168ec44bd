"""The registry's tables: every sheet, every column, what it may hold, and its help in Korean."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registry.model import (
    Account,
    DayOff,
    DisasterRole,
    Example,
    Hashtag,
    HashtagPurpose,
    Network,
    Office,
    OfficeKind,
    Regime,
    Role,
    Staff,
)

HELP_SHEET = "도움말"


class Kind(StrEnum):
    """What a cell holds; `cells.py` reads and writes each."""

    TEXT = "text"  # one line
    PROSE = "prose"  # several lines
    ID = "id"
    HANDLE = "handle"
    SERVER = "server"
    CREDENTIAL = "credential"
    EMAIL = "email"
    TAG = "tag"
    WORDS = "words"
    YES_NO = "yes_no"
    DAY = "day"
    CHOICE = "choice"
    OFFICE = "office"  # an id on the sheet offices
    ACCOUNT = "account"  # an id on the sheet accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `choices` maps each allowed word to what it means; both may be typed."""

    name: str
    kind: Kind
    help: str
    needed: bool = True
    empty: object = ""
    width: int = 16
    values: type[StrEnum] | None = None
    choices: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table. `key` names the columns that no two rows may share; `row` is what a row becomes."""

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    row: type | None = None

    def names(self) -> list[str]:
        return [column.name for column in self.columns]


YES_NO = {"yes": "예", "no": "아니오"}
_NETWORKS = {
    "x": "엑스",
    "facebook": "페이스북",
    "instagram": "인스타그램",
    "threads": "스레드",
    "youtube": "유튜브",
    "bluesky": "블루스카이",
    "mastodon": "마스토돈",
    "wordpress": "워드프레스",
    "naver_blog": "네이버 블로그",
    "kakao": "카카오톡 채널",
    "me2day": "미투데이",
}
#: A network that has no Korean name goes by its own.
NETWORKS = {network.value: _NETWORKS.get(network, network.value) for network in Network}
OFFICE_KINDS = {"department": "주무부서", "district": "자치구", "agency": "유관기관"}
ROLES = {
    "manager": "부서 관리자",
    "caseworker": "실무자",
    "comms_team": "SNS소통팀",
    "administrator": "관리자",
}
DISASTER_ROLES = {
    "lead": "대표 발신",
    "deputy": "예비 발신",
    "relay": "전파",
    "local": "지역 전파",
    "none": "없음",
}
REGIMES = {"statutory": "법정", "social": "SNS 약속"}
PURPOSES = {"event": "상황 이름", "report": "시민 제보"}
HAZARDS = {
    "flood": "침수",
    "heavy_snow": "폭설",
    "heat": "폭염",
    "fire": "화재",
    "quake": "지진",
    "air": "미세먼지",
    "blackout": "정전",
    "crowd": "인파",
}
LANGUAGES = {"ko": "한국어", "en": "영어", "zh": "중국어(간체)", "ja": "일본어"}
TRANSLATED = ("en", "zh", "ja")  # a name has a column for each
CITY_KEYS = {
    "id": "도시의 영문 id. 영문 소문자, 숫자, 밑줄만 씁니다. 예: seoul",
    "name": "시민에게 보이는 도시 이름. 예: 서울특별시",
    "timezone": "시간대의 IANA 이름. 예: Asia/Seoul",
    "calendar": "공휴일을 따를 나라의 두 글자 부호. 예: KR",
    "phone": "답글에 함께 적는 민원 전화. 예: 02-120",
    "language": "기본 언어의 두 글자 부호. 예: ko",
    "short": "짧게 부르는 이름. 재난 메시지의 표식에 씁니다. 예: 서울",
    "name_en": "영어 이름. 외국어 재난 메시지에 씁니다. 비워도 됩니다. 예: Seoul",
    "name_zh": "중국어(간체) 이름. 비워도 됩니다. 예: 首尔",
    "name_ja": "일본어 이름. 비워도 됩니다. 예: ソウル",
    "phones": "공개 화면에서 가리지 않을 우리 도시의 전화번호나 그 앞자리. 쌍반점(;)으로 나눕니다. "
    "지역번호와 그 뒤 세 자리 이상을 적으세요. 없으면 비워 두세요. 예: 02-2133;02-3146",
}
#: A city that has none of these may leave out the row, as those did that came before it.
CITY_KEYS_NOT_NEEDED = frozenset({"phones"})


def _choice(
    name: str, values: type[StrEnum], choices: Mapping[str, str], help: str, empty: object = None
) -> Column:
    words = ", ".join(f"{word}({meaning})" for word, meaning in choices.items())
    return Column(
        name=name,
        kind=Kind.CHOICE,
        help=f"{help} {words}",
        needed=empty is None,
        empty=empty,
        values=values,
        choices=choices,
    )


def _yes_no(name: str, help: str, *, empty: bool = False) -> Column:
    return Column(
        name=name,
        kind=Kind.YES_NO,
        help=f"{help} yes 또는 no",
        needed=False,
        empty=empty,
        width=10,
        choices=YES_NO,
    )


def _text(
    name: str, help: str, kind: Kind = Kind.TEXT, *, needed: bool = True, width: int = 18
) -> Column:
    return Column(name=name, kind=kind, help=help, needed=needed, width=width)


OFFICE = _text("office", "맡은 부서의 id. offices 시트에 있는 값", Kind.OFFICE)
EMAIL = _text("email", "메일 주소. 예: traffic@seoul.example", Kind.EMAIL, width=34)

CITY = Sheet(
    name="city",
    title="도시",
    help="도시 자체에 대한 값입니다. key 열은 그대로 두고 value 열만 고치세요.",
    key=("key",),
    columns=(
        _text("key", "항목 이름. 바꾸지 마세요."),
        _text("value", "항목의 값", needed=False, width=30),
    ),
)
ACCOUNTS = Sheet(
    name="accounts",
    title="계정",
    help="도시의 모든 계정입니다. 닫은 계정은 지우지 말고 active를 no로 바꾸세요.",
    key=("id",),
    row=Account,
    columns=(
        _text("id", "계정의 id. 영문 소문자, 숫자, 밑줄. 한번 정하면 바꾸지 마세요.", Kind.ID),
        _choice("network", Network, NETWORKS, "계정이 있는 네트워크."),
        _text(
            "server",
            "마스토돈과 워드프레스만: 서버의 주소. 예: social.seoul.example",
            Kind.SERVER,
            needed=False,
            width=24,
        ),
        _text("handle", "그 네트워크에서의 계정 이름. @ 없이", Kind.HANDLE),
        _text("name", "시민에게 보이는 이름", width=26),
        OFFICE,
        _yes_no("flagship", "그 네트워크의 대표계정인가. 네트워크마다 하나까지."),
        _yes_no("personal", "개인 계정인가. 읽기만 하고 쓰지 않습니다."),
        Column(
            name="answers_as",
            kind=Kind.ACCOUNT,
            help="대신 답하는 계정의 id. 비우면 같은 네트워크의 대표계정이 답합니다(개인 계정).",
            needed=False,
            empty=None,
        ),
        _choice(
            "disaster_role", DisasterRole, DISASTER_ROLES, "재난 때의 역할.", DisasterRole.NONE
        ),
        _text(
            "credential",
            "인증 정보를 넣어 둔 Prefect Secret 블록의 이름. 비밀번호나 토큰을 적지 마세요.",
            Kind.CREDENTIAL,
            needed=False,
        ),
        _yes_no("active", "지금 쓰는 계정인가.", empty=True),
        Column(
            name="languages",
            kind=Kind.WORDS,
            help="재난 메시지를 한국어에 이어 말할 언어. 쌍반점(;)으로 나눕니다. 예: en;zh;ja. "
            + ", ".join(f"{word}({meaning})" for word, meaning in LANGUAGES.items()),
            needed=False,
            empty=(),
        ),
        _yes_no(
            "in_parts",
            "한 글에 담기지 않는 답변을 이어지는 여러 글로 올리는가. no면 자르고 링크를 붙입니다.",
        ),
    ),
)
OFFICES = Sheet(
    name="offices",
    title="부서",
    help="시민에게 답하는 부서, 자치구, 유관기관입니다.",
    key=("id",),
    row=Office,
    columns=(
        _text("id", "부서의 id. 영문 소문자, 숫자, 밑줄. 한번 정하면 바꾸지 마세요.", Kind.ID),
        _choice("kind", OfficeKind, OFFICE_KINDS, "부서의 종류."),
        _text("name", "시민에게 보이는 이름"),
        _text("parent", "상위 조직의 이름", needed=False),
        _text("duties", "하는 일을 문장으로. 배정에 쓰입니다.", Kind.PROSE, width=60),
        Column(
            name="keywords",
            kind=Kind.WORDS,
            help="하는 일의 핵심 낱말. 쌍반점(;)이나 쉼표로 나눕니다.",
            needed=False,
            empty=(),
            width=40,
        ),
        EMAIL,
        _yes_no("review", "관리자가 답변을 승인해야 나가는가."),
        _choice("regime", Regime, REGIMES, "처리기한의 기준.", Regime.SOCIAL),
        *(
            _text(
                f"name_{code}",
                f"{LANGUAGES[code]} 이름. 외국어 재난 메시지에 씁니다.",
                needed=False,
            )
            for code in TRANSLATED
        ),
    ),
)
STAFF = Sheet(
    name="staff",
    title="직원",
    help="사람과 역할입니다. 한 사람이 여러 역할이면 줄을 나누어 적습니다.",
    key=("email", "office", "role"),
    row=Staff,
    columns=(
        EMAIL,
        _text("name", "이름"),
        OFFICE,
        _choice("role", Role, ROLES, "역할."),
    ),
)
HASHTAGS = Sheet(
    name="hashtags",
    title="재난 약속어",
    help="재난 때 함께 쓰기로 미리 정한 해시태그입니다.",
    key=("tag",),
    row=Hashtag,
    columns=(
        _text("tag", "해시태그. # 없이, 띄어쓰기 없이", Kind.TAG),
        _choice("purpose", HashtagPurpose, PURPOSES, "쓰임."),
        Column(
            name="hazard",
            kind=Kind.ID,
            help="재난의 종류. 비우면 모든 재난. "
            + ", ".join(f"{word}({meaning})" for word, meaning in HAZARDS.items()),
            needed=False,
        ),
    ),
)
DAYS_OFF = Sheet(
    name="days_off",
    title="쉬는 날",
    help="공휴일 달력에 없는 우리 도시의 쉬는 날, 또는 공휴일이지만 일하는 날입니다.",
    key=("day",),
    row=DayOff,
    columns=(
        _text("day", "날짜. 예: 2026-06-03", Kind.DAY),
        _text("name", "이름", width=30),
        _yes_no("works", "공휴일이지만 일하는 날인가."),
    ),
)
EXAMPLES = Sheet(
    name="examples",
    title="예문",
    help="시민이 쓸 법한 글과 그 글에 답할 부서입니다. 부서마다 8개 이상 적어 주세요.",
    key=("text", "office"),
    row=Example,
    columns=(
        _text("text", "시민이 쓸 법한 글", Kind.PROSE, width=90),
        OFFICE,
    ),
)

SHEETS: Mapping[str, Sheet] = {
    sheet.name: sheet for sheet in (CITY, ACCOUNTS, OFFICES, STAFF, HASHTAGS, DAYS_OFF, EXAMPLES)
}
