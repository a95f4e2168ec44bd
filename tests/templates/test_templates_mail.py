"""Every mail is whole in both modes: no value missing, nothing unescaped, both parts the same."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

import templates
from templates import Words, mail_events, render_mail

MODES = ("practice", "live")
LINK = "https://center.example/l/name.signature"

CASE: dict[str, Any] = {
    "number": "2026-000123",
    "short": "신호등이 꺼졌어요 <b>",
    "text": "신호등이 꺼졌어요 <b>\n위험합니다 & 무섭습니다",
    "rows": [("번호", "2026-000123"), ("작성자", "@a<b>"), ("처리기한", "11월 25일(수) 18:00")],
    "map_url": "https://www.openstreetmap.org/?mlat=37.5&mlon=126.9#map=18/37.5/126.9",
    "photos": [{"name": "photo1@haechi", "alt": 'alt" onerror="x'}],
    "office": "교통운영과",
    "urgent": False,
}
ROW = {"number": "2026-000123", "short": "신호등 <b>", "due": "11월 25일(수) 18:00", "who": "a@b.c"}

BULLETIN = {
    "marker": "[서울 훈련 2026-12-3]",
    "exercise": True,
    "hazard": "침수",
    "kind": "알림",
    "area": "강남구",
    "expires": "12월 3일 18:00",
    "submitted_by": "chief@seoul.example",
    "act_now": "지금 지하에서 나오세요 <b>",
    "description": "비가 많이 옵니다 <b>",
}

DESK = {
    "office": "강남구 <b>",
    "texts": [{"language": "한국어", "text": "나오세요 <b>"}, {"language": "영어", "text": "Go"}],
}
DESK_ROW = {"office": "강남구 <b>", "at": "", "by": ""}
REMOVAL = {
    "account": "서울시 블로그 <b>",
    "text": "<b>",
    "url": "https://blog.example/1",
    "why": "대피소가 <b>",
    "asked_by": "a@b.c",
    "cause": "네트워크가 받지 않았습니다.",
}
EVENT = BULLETIN | {
    "number": "X2026-1",
    "day": "11월 25일(수) 08:00",
    "since": "11월 25일(수) 07:50",
    "report_tag": "서울제보",
    "total": 12,
    "new": 3,
    "urgent": 2,
    "more": 1,
    "matters": [
        {
            "short": "물이 찼어요 <b>",
            "where": "강남구",
            "people": 2,
            "url": LINK,
            "number": "2026-1",
        },
        {"short": "정전", "where": "", "people": 1, "url": "", "number": ""},
    ],
    "places": [
        {"name": "강남구 <b>", "total": 9, "new": 3},
        {"name": "모름", "total": 3, "new": 0},
    ],
}

#: What each event is told with, beyond the case.
FACTS: dict[str, dict[str, Any]] = {
    "bulletin_alone": BULLETIN | {"why": "<b> 아무도 전화를 받지 않음"},
    "bulletin_approve": BULLETIN | {"accounts": 72},
    "bulletin_by_hand": BULLETIN
    | {"account": "서울시 블로그 <b>", "text": "<b>", "may_be_out": False},
    "bulletin_audit": BULLETIN | {"total": 3, "findings": ["x_a <b>: 보이지 않습니다.", "나"]},
    "bulletin_desk": BULLETIN | DESK,
    "bulletin_desk_again": BULLETIN | DESK | {"minutes": 15},
    "bulletin_desk_stopped": BULLETIN | DESK | {"who": "a@b.c <b>"},
    "event_digest": EVENT,
    "event_update_due": BULLETIN | {"number": "X2026-1", "since": "2시간 10분", "expired": True},
    "bulletin_refused": BULLETIN | {"who": "other@seoul.example", "why": "지역이 <b>"},
    "bulletin_report": BULLETIN
    | {
        "out": 71,
        "taking_part": 72,
        "stopped": False,
        "leader": "서울시",
        "lead_seconds": "0.4",
        "most_seconds": "1.2",
        "all_seconds": "3.0",
        "trouble": [{"id": "x_a", "name": "가", "fate": "실패", "cause": "401 <b>"}],
        "acknowledged": 1,
        "silent": "강남구 <b>, 중구",
        "desks": [
            DESK_ROW | {"at": "18:05", "by": "a@b.c"},
            DESK_ROW,
            DESK_ROW | {"office": "중구"},
        ],
    },
    "proof_missing": {
        "account": "서울시 블로그 <b> (blog)",
        "who": "김소통 <b>",
        "exercise": True,
        "marker": "[서울 훈련 2026-12-3]",
        "text": "나오세요 <b>",
        "url": "https://blog.example/1",
        "readings": 3,
        "below": False,
    },
    "removal_asked": BULLETIN | REMOVAL,
    "removal_by_hand": BULLETIN | REMOVAL,
    "exercise_report": BULLETIN
    | {
        "number": "X2026-1",
        "rows": [
            {
                "kind": "알림",
                "marker": "[서울 훈련 2026-12-3]",
                "out": 71,
                "taking_part": 72,
                "leader": "서울시 <b>",
                "lead": "0.4",
                "most": "1.2",
                "all": "3.0",
            }
        ],
        "trouble": [{"marker": "m", "id": "x_a", "name": "가", "fate": "실패", "cause": "401 <b>"}],
        "silent": ["[서울 훈련 2026-12-4] <b>"],
        "written": 5,
        "found": 4,
        "causes": ["503 <b>"],
        "matters": [{"short": "물이 차요 <b>", "where": "마포구", "people": 3}],
    },
    "exercise_silent": {
        "exercise": True,
        "marker": "[서울 훈련 2026-12-3]",
        "where": "http://127.0.0.1:8300",
        "why": "ConnectionError: <b> refused",
    },
    "account_expires": {
        "accounts": [
            {"id": "x", "name": "서울시 <b>", "ends": "11월 25일", "over": "", "why": "401 <b>"},
            {"id": "y", "name": "서울시", "ends": "11월 25일", "over": "yes", "why": ""},
            {"id": "z", "name": "서울시", "ends": "", "over": "", "why": "401 <b>"},
        ]
    },
    "account_trouble": {
        "accounts": [
            {"id": "x_seoul", "name": "서울시 <b>", "why": "받지 않습니다.", "cause": "401 <b>"}
        ]
    },
    "by_hand": {"why": "받지 않았습니다.", "cause": "403 <b>", "text": "<b>", "account": "서울시"},
    "by_hand_own": {
        "why": "받지 않았습니다.",
        "cause": "",
        "text": "<b>",
        "account": "서울시",
        "deadline": "11월 25일(수) 18:00",
    },
    "digest": {
        "day": "11월 25일(수) 08:00",
        "total": 53,
        "groups": [{"title": "기한이 지난 건", "total": 53, "rows": [ROW, ROW | {"who": ""}]}],
    },
    "ledger": {"month": "2026-11", "received": 3, "replied": 2, "overdue": 1, "file": "/a/b.xlsx"},
    "review": {"answer": "신호등을 <b>고쳤습니다"},
    "refused": {"why": "<b>을 더 자세히"},
    "sign_in": {"minutes": 30},
    "triage_waiting": {"rows": [ROW]},
}


def rendered(event: str, mode: str = "live", **of_case: Any) -> Words:
    return render_mail(
        event,
        city="서울특별시",
        mode=mode,
        link=LINK,
        facts=FACTS.get(event, {}),
        case=CASE | of_case,
    )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("event", mail_events())
def test_every_mail_renders_with_nothing_missing(event: str, mode: str) -> None:
    words = rendered(event, mode)
    assert len(words.subject.splitlines()) == 1
    exercise = FACTS.get(event, {}).get("exercise", False)
    first = "[모의훈련]" if exercise else "[연습]" if mode == "practice" else ""
    assert words.subject.startswith(first)
    assert words.subject.count("[연습]") == (first == "[연습]")
    assert ("연습 모드" in words.html) == (mode == "practice")
    for part in (words.plain, words.html):
        assert LINK in part
        assert not re.search(r"\{\{|\}\}|\{%|None|Undefined", part)
        assert "\n\n\n" not in words.plain


@pytest.mark.parametrize("event", mail_events())
def test_what_a_citizen_wrote_is_text_in_both_parts(event: str) -> None:
    words = rendered(event)
    assert "<b>" not in words.html
    assert ' onerror="' not in words.html
    assert "&lt;" not in words.plain
    assert "&amp;" not in words.plain


@pytest.mark.parametrize("event", ["assigned", "designated", "near_due", "triage_urgent"])
def test_a_mail_about_a_case_shows_all_of_it_in_both_parts(event: str) -> None:
    words = rendered(event)
    for part in (words.plain, words.html):
        for told in ("위험합니다", "2026-000123", "처리기한", "openstreetmap.org"):
            assert told in part
    assert 'src="cid:photo1@haechi"' in words.html


@pytest.mark.parametrize("event", ["assigned", "designated", "near_due"])
def test_an_urgent_case_says_so_in_the_subject(event: str) -> None:
    assert "[긴급]" in rendered(event, urgent=True).subject
    assert "[긴급]" not in rendered(event).subject


@pytest.mark.parametrize("event", mail_events())
def test_a_mail_is_polite(event: str) -> None:
    """Every sentence for people ends in the formal or the polite style."""
    text = rendered(event).plain
    quoted = re.sub(r"「.*?」", "", text, flags=re.DOTALL)
    sentences = re.findall(r"[가-힣][^.\n:]*[.]", quoted)
    plain_style = [s for s in sentences if re.search(r"(?<!니)(다|함|임|음)\.$", s)]
    assert not plain_style
    assert re.search(r"(니다|세요|시면 됩니다|주세요)\.", text), "it speaks to somebody"


def test_an_event_without_words_is_an_error() -> None:
    with pytest.raises(TemplateNotFound):
        rendered("no_such_event")


def test_a_value_that_is_missing_is_an_error_and_not_an_empty_place() -> None:
    with pytest.raises(UndefinedError):
        render_mail("ledger", city="서울", mode="live", link=LINK, facts={}, case=None)


@given(st.text(max_size=200))
def test_no_text_becomes_a_second_line_of_the_subject(text: str) -> None:
    words = rendered("assigned", short=text, text=text)
    assert len(words.subject.splitlines()) <= 1


@given(st.text(max_size=200))
def test_a_template_never_runs_what_it_is_given(text: str) -> None:
    assert "49" not in rendered("assigned", text="{{ 7 * 7 }}").html
    assert rendered("assigned", text=text).plain


POSTS: dict[str, dict[str, Any]] = {
    "answer": {"text": "고쳤습니다.", "asked": "서울시장"},
    "extension": {
        "why": "부품을 기다립니다",
        "due": "11월 30일(월)",
        "asked": "서울시장",
        "agreed": "",
    },
    "survey": {"why": "소음을 재야 합니다", "due": "11월 30일(월)", "asked": "서울시장"},
    "survey_ended": {"due": "11월 30일(월)", "asked": "서울시장"},
    "closed": {
        "why": "앞선 답변과 달라진 사정이 없습니다",
        "remedy": "이 결과에 이의가 있으시면 받으신 날부터 60일 안에 문서로 이의신청하실 수 있습니다.",
    },
    "more": {"url": "https://center.example/c/abc", "remedy": True},
    "progress": {"due": "11월 30일(월)", "asked": "서울시장"},
    "received": {"due": "11월 30일(월)", "asked": "서울시장"},
    "transfer": {"due": "11월 30일(월)", "asked": "서울시장"},
}
#: Who says it, which every notice names.
BY = {"city": "서울특별시", "office": "교통운영과", "officer": "이실무", "phone": "02-120"}


@pytest.mark.parametrize(
    "kind", sorted(path.stem for path in Path(templates.__file__).parent.glob("post/*.txt"))
)
def test_every_message_to_a_citizen_is_one_short_paragraph(kind: str) -> None:
    values = BY | (POSTS.get(kind) or {"url": "https://center.example/c/abc"})
    text = templates.render_post(kind, **values)
    without = templates.render_post(kind, **values | ({"due": ""} if "due" in values else {}))
    for said in (text, without):
        assert said == said.strip()
        assert "\n" not in said
        assert "  " not in said
        assert len(said) < 140


@pytest.mark.parametrize("kind", [kind for kind, values in POSTS.items() if "asked" in values])
def test_every_message_for_another_account_says_whom_it_answers(kind: str) -> None:
    assert "서울시장 계정에" in templates.render_post(kind, **BY, **POSTS[kind])
    assert "계정" not in templates.render_post(kind, **BY, **POSTS[kind] | {"asked": ""})


def test_the_report_of_a_stopped_bulletin_names_no_times_that_it_never_reached() -> None:
    facts = FACTS["bulletin_report"] | {"stopped": True}

    words = render_mail(
        "bulletin_report", city="서울특별시", mode="live", link=LINK, facts=facts, case=CASE
    )

    for part in (words.plain, words.html):
        assert "도중에 발송을 멈췄습니다" in part
        assert "95%" not in part
        assert "대표 계정" not in part
