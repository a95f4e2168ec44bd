"""A message for tests of how it is fitted and who carries it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from registry.load import load
from registry.model import Account, Registry
from rules.bulletin import BulletinKind, Content, Hazard, Language, Words

SEOUL = Path(__file__).parents[2] / "registry" / "seoul"
MARKER = "[서울 재난 2026-12-3]"
DRILL = "[서울 훈련 2026-12-3]"
ACT_NOW = "지하에서 바로 나와 높은 곳으로 대피하세요."
STORY = (
    "강남역 일대에 침수가 발생했습니다. 반지하 주택과 지하주차장에서 바로 나오세요. "
    "물에 잠긴 도로에는 들어가지 마세요. 문의 전화는 02-120입니다. "
)


def the_city() -> Registry:
    return load(SEOUL)


def speaking(account: Account, *languages: str, **more: Any) -> Account:
    """The same account, in more languages than Korean."""
    return replace(account, languages=languages, **more)


def content(act_now: str = ACT_NOW, description: str = STORY, **more: Any) -> Content:
    """The first alert of a flood in two districts, for real."""
    exercise = more.get("exercise", False)
    return Content(
        **{
            "marker": DRILL if exercise else MARKER,
            "kind": BulletinKind.ALERT,
            "hazard": Hazard.FLOOD,
            "exercise": exercise,
            "city": "서울특별시",
            "texts": {
                # longer than a form would take, for networks that take more than a form
                Language.KO: Words.model_construct(act_now=act_now, description=description),
                Language.EN: Words(act_now="Leave basements now.", description="It floods. " * 40),
                Language.ZH: Words(act_now="请立即离开地下空间。", description="积水内涝。" * 60),
                Language.JA: Words(act_now="地下から出てください。", description="浸水です。" * 60),
            },
            "areas": {
                Language.KO: "마포구, 강남구",
                Language.EN: "Mapo-gu, Gangnam-gu",
                Language.ZH: "麻浦区、江南区",
                Language.JA: "麻浦区、江南区",
            },
            "event_tag": "서울침수",
            "report_tag": "서울침수제보",
            "page": "https://haechi.seoul.example/d/abcdefghijkl",
            "expires_at": datetime(2026, 12, 3, 11, tzinfo=UTC),
            **more,
        }
    )
