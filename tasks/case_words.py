"""A case as a mail tells it: plain values for the templates."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from rules.clean import one_line
from rules.kind import Urgency
from store import cases
from store.tables import Case
from tasks.workplace import Workplace

KINDS = {
    "complaint": "불편 신고",
    "tip": "제보",
    "suggestion": "제안",
    "question": "질문",
    "thanks": "감사",
    "chatter": "잡담",
    "abuse": "욕설",
    "advertising": "광고",
}

_WEEKDAYS = "월화수목금토일"


def when(at: datetime | None, place: Workplace, *, hours: bool = True) -> str:
    """A moment on the city's clock, such as `11월 25일(수) 18:00`; empty for none."""
    if at is None:
        return ""
    local = place.calendar.local(at)
    day = f"{local.month}월 {local.day}일({_WEEKDAYS[local.weekday()]})"
    return f"{day} {local:%H:%M}" if hours else day


def case_words(session: Session, case: Case, place: Workplace) -> dict[str, Any]:
    """What a mail says of a case: what, where, whose, until when and why us."""
    posts = [post for post in cases.posts_of(session, case) if not post.withdrawn_at]
    text = "\n\n".join(post.text for post in posts)
    registry = place.registry
    account = registry.accounts.get(case.account_id)
    office = registry.offices.get(case.office_id or "")
    photos = [photo.alt or "설명 없음" for photo in cases.photos_of(session, case)]
    rows = [
        ("번호", case.number),
        ("종류", KINDS.get(case.kind or "", "미정")),
        ("쓴 사람", ", ".join(dict.fromkeys(f"@{post.author_handle}" for post in posts))),
        ("받은 계정", account.name if account else case.account_id),
        ("접수", when(case.received_at, place)),
        ("처리기한", when(case.due_at, place)),
        ("곳", case.place or (f"{case.lat:.5f}, {case.lon:.5f}" if case.lat else "")),
        ("사진", f"{len(photos)}장 ({', '.join(photos)})" if photos else ""),
        ("판단 근거", ", ".join(case.words)),
    ]
    return {
        "number": case.number,
        "short": one_line(text, 40),
        "text": text,
        "rows": [(label, value) for label, value in rows if value],
        "map_url": _map_url(case),
        "office": office.name if office else "",
        "urgent": case.urgency is Urgency.URGENT,
    }


def _map_url(case: Case) -> str:
    if case.lat is None or case.lon is None:
        return ""
    spot = f"{case.lat:.6f}"
    return (
        f"https://www.openstreetmap.org/?mlat={spot}&mlon={case.lon:.6f}"
        f"#map=18/{spot}/{case.lon:.6f}"
    )
