"""The page's acts of the law: a survey, a second extension, closing what is said again and again."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from registry.model import Regime
from rules.case import Status
from rules.kind import Kind
from store.cases import by_number
from store.registry import apply
from store.tables import Delivery
from tests.center.test_case_acts import act, read
from tests.center.town import CASEWORKER, COLLEAGUE, MANAGER, ON_BOTH, Town, registry

SAME = "시청 앞 횡단보도 신호등이 꺼져 있는데 왜 아직도 그대로인지 답해 주세요"


def under_the_law(town: Town) -> str:
    """A grievance on the caseworker's desk, at an office that the law's clock binds."""
    lights = replace(registry().offices["lights"], regime=Regime.STATUTORY)
    with town.store.write() as session:
        apply(session, registry(offices={**registry().offices, "lights": lights}), at=town.now)
    return town.case(to=CASEWORKER, kind=Kind.GRIEVANCE)


@ON_BOTH
def test_a_survey_is_begun_after_a_look_and_ended_before_its_last_day(town: Town) -> None:
    number = under_the_law(town)
    visit = town.visitor(CASEWORKER)
    before = read(town, number).due_at
    asked = act(visit, number, "survey", days="6", why="밤에 소음을 재야 합니다")
    assert asked.status_code == 200
    assert "2026. 12. 9.(수) 18:00" in asked.text
    assert "12월 9일(수) 18:00까지 답변드리겠습니다. 이유: 밤에 소음을 재야 합니다." in asked.text
    assert read(town, number).due_at == before, "looking changed nothing"
    act(visit, number, "survey", days="6", why="밤에 소음을 재야 합니다", sure="yes")
    page = visit.get(f"/cases/{number}").text
    assert "현장조사 중 · 11월 30일까지" in page
    assert "2026. 12. 9.(수) 18:00" in page
    assert "밤에 소음을 재야 합니다" in town.browser().get(f"/c/{town.public_id(number)}").text
    town.now += timedelta(days=1)
    visit = town.visitor(CASEWORKER)
    assert (
        "오늘 마치면 처리기한은 <strong>12월 7일(월) 18:00</strong>"
        in visit.get(f"/cases/{number}").text
    )
    assert act(visit, number, "survey-end").headers["location"].endswith("done=survey_ended")
    page = visit.get(f"/cases/{number}").text
    assert "2026. 12. 7.(월) 18:00" in page
    assert "현장조사 마침" in page
    assert "현장조사 중" not in page
    assert f'action="/cases/{number}/survey-end"' not in page
    assert town.asked == ["reply", "reply"]


def test_no_survey_is_offered_where_the_law_knows_none(town: Town) -> None:
    number = town.case(to=CASEWORKER, kind=Kind.GRIEVANCE)  # the city's own clock
    visit = town.visitor(CASEWORKER)
    assert "현장조사" not in visit.get(f"/cases/{number}").text
    answer = act(visit, number, "survey", days="3", why="보러 갑니다", sure="yes")
    assert answer.status_code == 409
    assert "고충민원에서만" in answer.text
    for days in ("", "many", "-1", "999"):
        assert act(visit, number, "survey", days=days, why="보러 갑니다").status_code == 409
    assert act(visit, number, "survey-end").status_code == 409


@ON_BOTH
def test_a_second_extension_asks_how_the_citizen_agreed_and_tells_nobody_else(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    assert 'name="consent"' not in visit.get(f"/cases/{number}").text
    act(visit, number, "extend", term="1d", why="부품을 기다립니다.", sure="yes")
    assert 'name="consent"' in visit.get(f"/cases/{number}").text
    more = {"term": "2d", "why": "부품이 또 늦습니다."}
    refused = act(visit, number, "extend", **more, sure="yes")
    assert refused.status_code == 409
    assert "부품이 또 늦습니다.</textarea>" in refused.text
    consent = "11월 25일 전화로 동의받음"
    asked = act(visit, number, "extend", **more, consent=consent)
    assert "다시 늦추는 데 동의해 주셔서 고맙습니다." in asked.text
    act(visit, number, "extend", **more, consent=consent, sure="yes")
    page = visit.get(f"/cases/{number}").text
    assert "두 번 연장됨" in page
    assert consent in page
    assert f'action="/cases/{number}/extend"' not in page
    public = town.browser().get(f"/c/{town.public_id(number)}").text
    assert "부품이 또 늦습니다." in public
    assert "동의받음" not in public


def answered_twice(town: Town) -> list[str]:
    """Two cases of one citizen on one matter, each with an answer that is out."""
    numbers = []
    for days in (30, 20):
        number = town.case(
            SAME, to=CASEWORKER, author_id="insists", received=town.now - timedelta(days=days)
        )
        with town.store.write() as session:
            case = by_number(session, number)
            assert case
            desk = town.desk(session, CASEWORKER)
            desk.answer(case, "확인했습니다", body="확인했습니다", more="")
            case.move(Status.REPLIED, who="haechi", at=town.now - timedelta(days=days - 3))
        numbers.append(number)
    return numbers


@ON_BOTH
def test_the_third_of_the_same_names_the_earlier_ones_and_its_manager_may_close_it(
    town: Town,
) -> None:
    first, second = answered_twice(town)
    number = town.case(SAME, to=CASEWORKER, author_id="insists")
    page = town.visitor(CASEWORKER).get(f"/cases/{number}").text
    assert "같은 내용으로 3번째 남긴 글" in page
    assert f'<a href="/cases/{first}">' in page
    assert f'<a href="/cases/{second}">' in page
    assert f'action="/cases/{number}/close"' not in page, "only the manager decides"
    visit = town.visitor(MANAGER)
    assert f'action="/cases/{number}/close"' in visit.get(f"/cases/{number}").text
    assert act(visit, number, "close", why=" ").status_code == 409
    why = "앞선 답변과 달라진 사정이 없습니다"
    asked = act(visit, number, "close", why=why)
    assert asked.status_code == 200
    assert read(town, number).closed_at is None, "looking changed nothing"
    assert act(visit, number, "close", why=why, sure="yes").headers["location"].endswith("closed")
    with town.store.read() as session:
        sent = session.scalars(select(Delivery).order_by(Delivery.id.desc())).first()
        assert sent
        assert f">{sent.text}<" in asked.text, "what was shown is what goes out"
        assert "같은 내용에 두 번 이상 답변드려 종결하며" in sent.text
        assert "60일 안에 문서로 이의신청" in sent.text, "the remedy comes before what may be cut"
    assert "반복된 내용으로 종결" in visit.get(f"/cases/{number}").text
    public = town.browser().get(f"/c/{town.public_id(number)}").text
    assert why in public


def test_what_is_not_said_three_times_is_not_closed(town: Town) -> None:
    answered_twice(town)
    number = town.case("어린이집 앞 불법 주차를 단속해 주세요", to=CASEWORKER, author_id="insists")
    visit = town.visitor(MANAGER)
    assert "번째 남긴 글" not in visit.get(f"/cases/{number}").text
    answer = act(visit, number, "close", why="그만", sure="yes")
    assert answer.status_code == 409
    assert "두 번 이상 답변한 건만" in answer.text
    assert town.status(number) is Status.ASSIGNED


def test_cases_of_other_offices_are_named_but_lead_nowhere(town: Town) -> None:
    first, _ = answered_twice(town)
    with town.store.write() as session:
        case = by_number(session, first)
        assert case
        case.office_id = "parks"
    page = (
        town.visitor(COLLEAGUE)
        .get(f"/cases/{town.case(SAME, to=CASEWORKER, author_id='insists')}")
        .text
    )
    assert first in page
    assert f'href="/cases/{first}"' not in page
