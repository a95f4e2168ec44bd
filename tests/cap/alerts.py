"""A sound alert, and its file; a test changes what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from cap.model import Alert, Area, Info, MessageType, Named, Scope, Status
from cap.write import write

SEOUL = timezone(timedelta(hours=9))
SENT = datetime(2026, 12, 3, 14, 30, tzinfo=SEOUL)
#: A minute after the alert was sent.
AT = datetime(2026, 12, 3, 5, 31, tzinfo=UTC)

SQUARE = "37.5,127.0 37.5,127.1 37.6,127.1 37.6,127.0 37.5,127.0"


def an_area(**changes: Any) -> Area:
    return replace(Area(area_desc="서울특별시 강남구, 서초구", polygons=(SQUARE,)), **changes)


def an_info(**changes: Any) -> Info:
    info = Info(
        language="ko-KR",
        categories=("Met",),
        event="호우 침수",
        response_types=("Avoid",),
        urgency="Immediate",
        severity="Severe",
        certainty="Observed",
        expires=SENT + timedelta(hours=3),
        sender_name="서울특별시",
        headline="강남역 일대 침수",
        description="강남역과 서초역 사이 도로가 물에 잠겼습니다.",
        instruction="지하 공간에서 즉시 나오세요. 침수된 도로로 들어가지 마세요.",
        web="https://seoul.example/e/1",
        areas=(an_area(),),
    )
    return replace(info, **changes)


def english(**changes: Any) -> Info:
    info = an_info(
        language="en-US",
        event="Flood",
        headline="Flooding around Gangnam Station",
        description="The road between Gangnam and Seocho stations is under water.",
        instruction="Leave basements at once. Do not enter flooded roads.",
        areas=(an_area(area_desc="Gangnam-gu, Seocho-gu"),),
    )
    return replace(info, **changes)


def an_alert(**changes: Any) -> Alert:
    alert = Alert(
        identifier="KR-2026-12-3",
        sender="alert@weather.example",
        sent=SENT,
        status=Status.ACTUAL,
        msg_type=MessageType.ALERT,
        scope=Scope.PUBLIC,
        infos=(an_info(),),
    )
    return replace(alert, **changes)


def about(**changes: Any) -> Alert:
    """An alert whose one info differs in this."""
    return an_alert(infos=(an_info(**changes),))


def within(**changes: Any) -> Alert:
    """An alert whose one area differs in this."""
    return about(areas=(an_area(**changes),))


def an_update(**changes: Any) -> Alert:
    earlier = "alert@weather.example,KR-2026-12-2,2026-12-03T13:00:00+09:00"
    return an_alert(**{"msg_type": MessageType.UPDATE, "references": earlier} | changes)


def text_of(alert: Alert | None = None) -> str:
    """The file of a sound alert, as text to be spoiled."""
    return write(alert or an_alert()).decode()


def code(value: str, name: str = "haechi:hazard") -> Named:
    return Named(name, value)
