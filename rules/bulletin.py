"""A disaster message: what it says, where it holds, until when. Frozen once it is approved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Hazard(StrEnum):
    FLOOD = "flood"
    HEAVY_SNOW = "heavy_snow"
    HEAT = "heat"
    FIRE = "fire"
    QUAKE = "quake"
    AIR = "air"
    BLACKOUT = "blackout"
    CROWD = "crowd"


class BulletinKind(StrEnum):
    ALERT = "alert"
    UPDATE = "update"
    CORRECTION = "correction"
    CANCEL = "cancel"
    ALL_CLEAR = "all_clear"


class Language(StrEnum):
    """In the order in which they are said."""

    KO = "ko"
    EN = "en"
    ZH = "zh"
    JA = "ja"


class Way(StrEnum):
    """How an account carries a bulletin."""

    POST = "post"  # in its own words
    LINK = "link"  # in its own words, with the address of the lead's post
    REPOST = "repost"  # passes the lead's post on, where both are on the same network
    POINTER = "pointer"  # no message of its own: says below the old post where the new one stands


class BulletinState(StrEnum):
    DRAFT = "draft"  # waits for a second person
    APPROVED = "approved"  # frozen; its deliveries are in the outbox
    REFUSED = "refused"
    LAPSED = "lapsed"  # nobody approved it in time


_S = BulletinState

BULLETIN_MOVES: Mapping[BulletinState, frozenset[BulletinState]] = MappingProxyType(
    {
        _S.DRAFT: frozenset({_S.APPROVED, _S.REFUSED, _S.LAPSED}),
        _S.APPROVED: frozenset(),
        _S.REFUSED: frozenset(),
        _S.LAPSED: frozenset(),
    }
)

#: What refers to the bulletins of its event that still stand, and takes their place.
REFERRING = frozenset(
    {BulletinKind.UPDATE, BulletinKind.CORRECTION, BulletinKind.CANCEL, BulletinKind.ALL_CLEAR}
)


class BulletinRefused(ValueError):
    """The bulletin cannot be made, or not be sent, as it is; each line tells a person why, in Korean."""

    def __init__(self, *whys: str) -> None:
        super().__init__("\n".join(whys))
        self.whys = whys


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Words(_Form):
    """One language's own words. What is left empty comes from the hazard's template."""

    model_config = ConfigDict(
        json_schema_extra={
            "description": "비운 칸에는 준비된 문안이 들어갑니다. 적은 상황 설명은 준비된 설명을 대신하고, "
            "첫 알림(alert)에서만 안전 문장이 뒤에 붙습니다."
        }
    )

    act_now: str = Field(
        default="",
        max_length=80,
        title="지금 할 일 (첫 줄)",
        description="시민이 지금 할 일 한 문장. 모든 글의 첫 줄이 되며 잘리지 않습니다.",
    )
    description: str = Field(
        default="",
        max_length=2_000,
        title="상황 설명",
        description="무슨 일인지, 어디를 피해야 하는지. 문장마다 마침표를 찍어 주세요. "
        "짧은 네트워크에는 들어가는 문장까지만 나갑니다.",
    )


class Blanks(_Form):
    """What fills the blanks of a template; Korean words stay out of the other languages."""

    model_config = ConfigDict(
        json_schema_extra={"description": "준비된 문안의 빈칸에 들어갈 말입니다."}
    )

    where: str = Field(
        default="",
        max_length=60,
        title="어디 (예: 강남역 일대)",
        description="비우면 지역 이름을 씁니다. 외국어 글에는 언제나 지역 이름만 나갑니다.",
    )
    since: str = Field(
        default="",
        max_length=20,
        title="언제부터 (예: 14:30)",
        pattern=r"^([01]?\d|2[0-3]):[0-5]\d$|^$",
    )
    measure: str = Field(
        default="",
        max_length=30,
        title="수치 (예: 72mm)",
        description="시간당 강수량, 적설, 기온, 규모, 농도 등 재난에 맞는 수치.",
    )
    phone: str = Field(
        default="", max_length=20, title="문의 전화", description="비우면 시의 대표번호입니다."
    )


class BulletinForm(_Form):
    """One disaster message as a person, a file or a CAP alert asks for it. Times are aware."""

    model_config = ConfigDict(
        title="재난 메시지",
        json_schema_extra={
            "description": "재난과 올린 사람만 적으면 나머지는 준비된 문안으로 채웁니다."
        },
    )

    exercise: bool = Field(
        default=True,
        title="모의훈련",
        description="켜면 훈련 계정에만 나갑니다. 실제 상황일 때만 끄세요.",
    )
    kind: BulletinKind = Field(
        default=BulletinKind.ALERT,
        title="종류",
        description="alert 첫 알림 · update 갱신 · correction 정정 · cancel 취소 · all_clear 상황 종료",
    )
    hazard: Hazard = Field(
        title="재난",
        description=(
            "flood 침수 · heavy_snow 폭설 · heat 폭염 · fire 화재 · quake 지진 · air 대기오염 · "
            "blackout 정전 · crowd 인파"
        ),
    )
    submitted_by: str = Field(
        max_length=254, title="올린 사람 (메일 주소)", description="관리자로 등록된 주소."
    )
    event: str = Field(
        default="",
        max_length=20,
        title="사건 번호",
        description="갱신·정정·취소·종료는 어느 사건의 것인지 적습니다. 첫 알림은 비웁니다.",
    )
    districts: list[str] = Field(
        default_factory=list,
        max_length=100,
        title="자치구",
        description="자치구 이름. 비우면 첫 알림은 시 전역, 이어지는 메시지는 앞선 메시지의 지역입니다.",
    )
    polygon: str = Field(
        default="",
        max_length=4_000,
        title="구역 좌표",
        description="필요할 때만: 위도,경도를 빈칸으로 이어 적고 첫 점으로 닫습니다.",
    )
    blanks: Blanks = Field(default_factory=Blanks, title="문안의 빈칸")
    ko: Words = Field(default_factory=Words, title="한국어")
    en: Words = Field(default_factory=Words, title="English")
    zh: Words = Field(default_factory=Words, title="中文")
    ja: Words = Field(default_factory=Words, title="日本語")
    event_tag: str = Field(
        default="",
        max_length=40,
        title="사건 해시태그",
        description="미리 정한 것 가운데 하나. 비우면 재난에 맞는 것을 씁니다.",
    )
    report_tag: str = Field(
        default="",
        max_length=40,
        title="제보 해시태그",
        description="미리 정한 것 가운데 하나. 비우면 재난에 맞는 것을 씁니다.",
    )
    picture: int | None = Field(
        default=None,
        title="그림 번호",
        description="센터의 발송 화면에서 올린 그림. 비우면 문안으로 안내 그림을 만듭니다.",
    )
    expires_at: AwareDatetime | None = Field(
        default=None,
        title="유효 시각",
        description="이 시각이 지나면 더 보내지 않습니다. 지금부터 7일 안이어야 합니다. 비우면 6시간 뒤입니다.",
    )
    again: bool = Field(
        default=False,
        title="24시간 안에 같은 재난·지역의 알림이 있어도 보냄",
        description="다시 보내려는 것이 맞을 때만 켭니다.",
    )

    def words(self, language: Language) -> Words:
        """The form's own words in one language."""
        words: Words = getattr(self, language.value)
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a bulletin says, complete and checked: every blank filled in, every tag agreed.

    `texts` and `areas` hold the same languages, Korean always among them. `page` is the address
    of the event's public page. `alt` describes the picture in Korean.
    """

    marker: str  # `[서울 재난 2026-12-3]`, in every text
    kind: BulletinKind
    hazard: Hazard
    exercise: bool
    city: str
    texts: Mapping[Language, Words]
    areas: Mapping[Language, str]
    event_tag: str
    report_tag: str
    page: str
    expires_at: datetime
    emergency: str = "119"
    alt: str = ""
    has_picture: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What one account says in one part of a bulletin, before anything is sent.

    `text` may hold `LEADS_POST`; `direct` is said where there is no such post. Parts count from 1;
    the first is in Korean, each further one says the same in another language, below the first.
    """

    account_id: str
    wave: int
    way: Way
    part: int
    language: Language
    text: str
    direct: str
    marker: str
    with_picture: bool


#: Stands for the address of the lead's post, and is as long as any that we expect.
LEADS_POST = "https://lead.invalid/" + "0" * 79

#: The lead's wave; everybody else comes after it, the districts' accounts last.
LEADING, RELAYING, PARTNERS = 1, 2, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What every account would say, and which cannot say it: account id → why, in Korean.

    With `refused` there is no bulletin; what is `left_out` goes without these accounts.
    """

    sayings: tuple[Saying, ...]
    refused: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict)


#: So long a bulletin holds where nobody says otherwise.
VALID_FOR = timedelta(hours=6)
#: So long a draft waits for a second person.
APPROVED_WITHIN = timedelta(hours=1)
#: The same hazard and area within this time asks again.
SAME_WITHIN = timedelta(hours=24)
#: So long the account that leads has for its post to be out; then the next one leads.
LEAD_WITHIN = timedelta(seconds=8)
#: An open event without an update for so long asks for one.
UPDATE_WITHIN = timedelta(hours=2)

#: What a person types to approve a bulletin that is no exercise.
HAZARD_NAMES: Mapping[Hazard, str] = MappingProxyType(
    {
        Hazard.FLOOD: "침수",
        Hazard.HEAVY_SNOW: "폭설",
        Hazard.HEAT: "폭염",
        Hazard.FIRE: "화재",
        Hazard.QUAKE: "지진",
        Hazard.AIR: "대기오염",
        Hazard.BLACKOUT: "정전",
        Hazard.CROWD: "인파",
    }
)

KIND_NAMES: Mapping[BulletinKind, str] = MappingProxyType(
    {
        BulletinKind.ALERT: "알림",
        BulletinKind.UPDATE: "갱신",
        BulletinKind.CORRECTION: "정정",
        BulletinKind.CANCEL: "취소",
        BulletinKind.ALL_CLEAR: "상황 종료",
    }
)
