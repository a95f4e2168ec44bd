"""A case as a mail tells it: plain values for the templates."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.model import Regime
from rules.clean import one_line
from rules.due import SURVEY
from rules.kind import Kind, Urgency
from rules.particles import bare
from rules.terms import terms_for
from store import cases
from store.tables import MACHINE, Case, PhotoState, Post
from tasks import mail_photos
from tasks.workplace import Workplace

KINDS = {
    "complaint": "불편 신고",
    "tip": "제보",
    "suggestion": "제안",
    "question": "질문",
    "law_question": "법령 질의",
    "grievance": "고충민원",
    "thanks": "감사",
    "chatter": "잡담",
    "abuse": "욕설",
    "advertising": "광고",
}

REGIMES = {Regime.SOCIAL: "시 자체 처리기간", Regime.STATUTORY: "법정 처리기간"}

#: Days that did not count which a mail names; the page shows the whole count.
_MOST_DAYS = 6

#: A line of a count, as `rules.counting.DueStep` writes it, for a day that did not count.
_NOT_COUNTED = re.compile(r"\d{4}-(\d\d)-(\d\d) \(.\)  제외  (.+)")

#: The accounts that a post begins by naming say nothing of its matter.
_MENTIONS = re.compile(r"^(?:@[\w.@-]+\s+)+")

_DELETED = "(시민이 글을 삭제했습니다)"
_WITHOUT_WORDS = "(글 없이 사진만 올렸습니다)"

_WEEKDAYS = "월화수목금토일"


def when(at: datetime | None, place: Workplace, *, hours: bool = True) -> str:
    """A moment on the city's clock, such as `11월 25일(수) 18:00`; empty for none."""
    if at is None:
        return ""
    local = place.calendar.local(at)
    day = f"{local.month}월 {local.day}일({_WEEKDAYS[local.weekday()]})"
    return f"{day} {local:%H:%M}" if hours else day


def case_words(session: Session, case: Case, place: Workplace) -> dict[str, Any]:
    """What a mail says of a case: what, where, whose, until when and why us.

    Of what its author deleted it says only that.
    """
    posts = [post for post in cases.posts_of(session, case) if not post.withdrawn_at]
    text = "\n\n".join(post.text for post in posts if post.text) or (
        _WITHOUT_WORDS if posts else _DELETED
    )
    office = place.registry.offices.get(case.office_id or "")
    rows = [
        ("번호", case.number),
        ("종류", KINDS.get(case.kind or "", "미정")),
        ("작성자", ", ".join(dict.fromkeys(map(_writer, posts)))),
        ("받은 계정", _account(case, place)),
        ("접수", when(case.received_at, place)),
        ("처리기한", when(case.due_at, place)),
        ("기한 근거", _due_why(case)),
        ("위치", case.place or (f"{case.lat:.5f}, {case.lon:.5f}" if case.lat is not None else "")),
        ("사진", _photos(session, case)),
        ("판단 근거", _why(case)),
        ("원문", "\n".join(post.url for post in posts if post.url)),
    ]
    return {
        "number": case.number,
        "short": short_of(text),
        "text": text,
        "rows": [(label, value) for label, value in rows if value],
        "map_url": _map_url(case),
        "photos": [
            {"name": mail_photos.name_of(photo.id), "alt": photo.alt or "시민이 올린 사진"}
            for photo in cases.photos_of(session, case)[: mail_photos.MOST]
            if photo.state is PhotoState.KEPT
        ],
        "office": office.name if office else "",
        "urgent": case.urgency is Urgency.URGENT,
    }


def short_of(text: str) -> str:
    """The first words of a post, for a subject or a list."""
    return one_line(_MENTIONS.sub("", text), 40)


def _writer(post: Post) -> str:
    return f"@{post.author_handle}" + ("" if post.public else " (비공개 글)")


def _account(case: Case, place: Workplace) -> str:
    account = place.registry.accounts.get(case.account_id)
    return account.name if account else case.account_id


def _due_why(case: Case) -> str:
    """Which term, and what did not count; after an extension that it was extended."""
    term = terms_for(case.regime or Regime.SOCIAL, case.kind or Kind.COMPLAINT)
    if case.due_at is None or term is None:
        return ""
    skipped = list(dict.fromkeys(map(_skipped, filter(_NOT_COUNTED.match, case.due_why))))
    told = f"{REGIMES[case.regime or Regime.SOCIAL]} {term}"
    told += f" ({', '.join(skipped[:_MOST_DAYS])} 제외)" if skipped else ""
    return told + (f", {case.extensions}회 연장" if case.extensions else "")


def _skipped(line: str) -> str:
    """A day that did not count, such as `추석(9월 25일)`; all weekends are one, and a survey is."""
    found = _NOT_COUNTED.match(line)
    month, day, note = found.groups() if found else ("", "", line)
    if note == SURVEY:
        return note
    return "주말" if note in ("토요일", "일요일") else f"{note}({int(month)}월 {int(day)}일)"


def _photos(session: Session, case: Case) -> str:
    """How many photos there are and what they show, and how many could not be had."""
    photos = cases.photos_of(session, case)
    kept = [photo.alt or "설명 없음" for photo in photos if photo.state is PhotoState.KEPT]
    missing = sum(photo.state in (PhotoState.PENDING, PhotoState.REFUSED) for photo in photos)
    told = [f"{len(kept)}장 ({', '.join(kept)})"] if kept else []
    return ", ".join(told + ([f"받지 못한 사진 {missing}장"] if missing else []))


def _why(case: Case) -> str:
    """The words that decided it, and how sure the machine was; or that a person decided.

    Nothing while a sampled case waits for its person, who must not be led by the machine.
    """
    if case.sampled and case.routed_at is None:
        return ""
    words = ", ".join(f"‘{word}’" for word in bare(case.words))
    if case.decided_by and case.decided_by != MACHINE:
        return f"사람이 지정 ({words})" if words else "사람이 지정"
    sure = f" (확신 {case.confidence:.0%})" if words and case.confidence else ""
    return words + sure


def _map_url(case: Case) -> str:
    if case.lat is None or case.lon is None:
        return ""
    spot = f"{case.lat:.6f}"
    return (
        f"https://www.openstreetmap.org/?mlat={spot}&mlon={case.lon:.6f}"
        f"#map=18/{spot}/{case.lon:.6f}"
    )
