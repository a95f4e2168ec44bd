"""Triage: the next case at once, a decision in one press, and a way back."""

from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import select

from registry.model import Regime
from rules.case import Status
from rules.due import due
from rules.kind import Kind, Urgency
from rules.terms import parse_term
from store.cases import by_number
from store.desk import calendar_of
from store.registry import apply
from store.tables import Case, Designation
from tests.center.town import CASEWORKER, COMMS, MANAGER, Town, registry


def read(town: Town, number: str) -> Case:
    with town.store.read() as session:
        case = by_number(session, number)
        assert case
        return case


def test_the_three_best_guesses_are_buttons_with_their_keys(town: Town) -> None:
    town.case("하수구 냄새", office=None)
    text = town.visitor(COMMS).get("/triage").text
    assert 'data-key="1"' in text
    assert text.index("교통운영과") < text.index("강변구") < text.index("공원사업소")
    assert "61%" in text
    assert "1건</strong> 남음" in text


def test_the_mail_about_an_urgent_case_opens_that_case_or_says_that_it_is_decided(
    town: Town,
) -> None:
    first = town.case("먼저 온 글", office=None)
    urgent = town.case("불이 났어요", office=None)
    page = f"/triage?only={urgent}"
    reader = town.reader(COMMS, page)
    assert "불이 났어요" in reader.get(page).text
    reader.post(f"/triage/{urgent}/route", page=page, office="river")
    text = reader.get(page).text
    assert f"{urgent}</span>의 담당은 이미 정해졌습니다" in text
    assert "먼저 온 글" in text
    assert first in text


def test_a_sampled_case_is_decided_without_the_machines_guess_in_sight(town: Town) -> None:
    number = town.case("횡단보도 신호등이 꺼졌어요", office=None)
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        case.sampled, case.guesses = True, [["lights", 0.97], ["river", 0.02], ["parks", 0.01]]
    visit = town.visitor(COMMS)
    text = visit.get("/triage").text
    assert 'data-key="1"' not in text
    assert "97%" not in text
    assert "<mark>" not in text
    assert "<mark>" not in visit.get(f"/cases/{number}").text
    folded = text[text.index("<details") : text.index("</details>")]
    assert folded.index("강변구") < folded.index("공원사업소") < folded.index("교통운영과")
    visit.post(f"/triage/{number}/route", page="/triage", office="교통운영과")
    assert "<mark>" in visit.get(f"/cases/{number}").text, "once it is decided all is shown"


def test_urgent_first_then_the_oldest(town: Town) -> None:
    town.case("보통 글", office=None)
    urgent = town.case("불이 났어요", office=None)
    with town.store.write() as session:
        case = by_number(session, urgent)
        assert case
        case.urgency = Urgency.URGENT
    assert "불이 났어요" in town.visitor(COMMS).get("/triage").text


def test_a_decision_brings_the_next_case_at_once_and_teaches_the_machine(town: Town) -> None:
    first, second = town.case("첫째", office=None), town.case("둘째", office=None)
    visit = town.visitor(COMMS)
    answer = visit.post(f"/triage/{first}/route", page="/triage", office="river")
    assert answer.headers["location"] == f"/triage?done=routed&last={first}"
    assert town.asked == ["assign"]
    assert read(town, first).office_id == "river"
    with town.store.read() as session:
        learned = session.scalars(select(Designation)).one()
    assert (learned.by, learned.guess, learned.office_id) == (COMMS, "lights", "river")
    following = visit.get(answer.headers["location"]).text
    assert second in following
    assert "→ <strong>강변구</strong>" in following, "what was decided is said"
    assert f'href="/cases/{first}"' in following, "and it is one press away"
    assert "오늘 1건 결정" in following


def test_an_office_may_be_typed_by_its_name(town: Town) -> None:
    number = town.case("하천", office=None)
    visit = town.visitor(COMMS)
    wrong = visit.post(f"/triage/{number}/route", page="/triage", office="강변군")
    assert wrong.status_code == 409
    assert "없는 기관입니다" in wrong.text
    assert "혹시 강변구" in wrong.text
    assert 'value="강변군" autofocus' in wrong.text, "nothing is to be typed again"
    right = visit.post(f"/triage/{number}/route", page="/triage", office=" 강변구 ")
    assert right.status_code == 303
    assert read(town, number).office_id == "river"


def test_a_part_of_a_name_that_is_in_one_name_alone_is_enough(town: Town) -> None:
    number = town.case("하천", office=None)
    visit = town.visitor(COMMS)
    visit.post(f"/triage/{number}/route", page="/triage", office="강변")
    assert read(town, number).office_id == "river"


def test_a_part_of_several_names_decides_nothing_and_lists_them(town: Town) -> None:
    second = replace(registry().offices["river"], id="riverside", name="강변북구")
    with town.store.write() as session:
        apply(session, registry(offices={**registry().offices, "riverside": second}), at=town.now)
    number = town.case("하천", office=None)
    answer = town.visitor(COMMS).post(f"/triage/{number}/route", page="/triage", office="강변")
    assert answer.status_code == 409
    assert "강변구, 강변북구" in answer.text
    assert read(town, number).status is Status.TRIAGE


def test_one_letter_chooses_no_office(town: Town) -> None:
    number = town.case("하천", office=None)
    answer = town.visitor(COMMS).post(f"/triage/{number}/route", page="/triage", office="변")
    assert answer.status_code == 409


def test_a_case_that_waits_leads_to_its_own_triage_however_many_wait_before_it(
    town: Town,
) -> None:
    numbers = [town.case(f"글 {n}", office=None) for n in range(52)]
    visit = town.visitor(COMMS)
    page = visit.get(f"/cases/{numbers[51]}").text
    assert f'href="/triage?only={numbers[51]}">이 글 분류하기' in page
    assert "글 51" in visit.get(f"/triage?only={numbers[51]}").text
    assert "글 51" in visit.get(f"/triage?after={numbers[50]}").text


def test_a_manager_sees_no_way_to_triage(town: Town) -> None:
    number = handed_back(town)
    assert "이 글 분류하기" in town.visitor(COMMS).get(f"/cases/{number}").text
    mine = town.case()
    assert "이 글 분류하기" not in town.visitor(MANAGER).get(f"/cases/{mine}").text


def test_what_a_manager_proposes_is_no_certainty(town: Town) -> None:
    number = town.case()
    page = f"/cases/{number}"
    town.visitor(MANAGER).post(f"{page}/hand-back", page=page, why="하천", better="river")
    visit = town.visitor(COMMS)
    text = visit.get("/triage").text
    assert "반려한 관리자의 제안" in text
    assert "100%" not in text
    assert "기관을 정한 근거" not in visit.get(page).text, "no office is decided now"


def test_what_needs_no_answer_is_dismissed_with_its_kind_and_can_come_back(town: Town) -> None:
    number = town.case("오늘 하늘이 예뻐요", office=None)
    visit = town.visitor(COMMS)
    answer = visit.post(f"/triage/{number}/dismiss", page="/triage", kind="chatter")
    assert read(town, number).status is Status.DISMISSED
    said = visit.get(answer.headers["location"]).text
    assert f'href="/cases/{number}"' in said, "what was decided is said"
    assert f'action="/triage/{number}/restore"' in said, "and can be taken back"
    assert read(town, number).kind is Kind.CHATTER
    listed = visit.get("/triage/dismissed").text
    assert "오늘 하늘이 예뻐요" in listed
    visit.post(f"/triage/{number}/restore", page="/triage/dismissed")
    assert read(town, number).status is Status.TRIAGE


def test_only_kinds_without_an_answer_dismiss(town: Town) -> None:
    number = town.case("고쳐 주세요", office=None)
    answer = town.visitor(COMMS).post(f"/triage/{number}/dismiss", page="/triage", kind="complaint")
    assert answer.status_code == 409
    assert read(town, number).status is Status.TRIAGE


def test_the_kind_can_be_put_right(town: Town) -> None:
    number = town.case("언제 여나요", office=None)
    answer = town.visitor(COMMS).post(f"/triage/{number}/kind", page="/triage", kind="question")
    assert number in answer.headers["location"], "the same case stays on the table"
    assert read(town, number).kind is Kind.QUESTION


def handed_back(town: Town, **made: Any) -> str:
    """A case that came back to triage, with the due date that its office was given."""
    number = town.case(**made)
    page = f"/cases/{number}"
    town.visitor(MANAGER).post(f"{page}/hand-back", page=page, why="소관이 아닙니다")
    assert read(town, number).status is Status.TRIAGE
    assert read(town, number).due_at
    return number


def change_kind(town: Town, number: str, kind: str, page: str = "/triage") -> Response:
    return town.visitor(COMMS).post(f"/triage/{number}/kind", page=page, kind=kind)


def test_after_a_hand_back_another_kind_counts_another_term(town: Town) -> None:
    statutory = replace(registry().offices["lights"], regime=Regime.STATUTORY)
    with town.store.write() as session:
        apply(session, registry(offices={**registry().offices, "lights": statutory}), at=town.now)
    number = handed_back(town, kind=Kind.QUESTION)
    before = read(town, number).due_at
    change_kind(town, number, "suggestion")
    assert (read(town, number).due_at, read(town, number).due_why) == (None, [])
    town.visitor(COMMS).post(f"/triage/{number}/route", page="/triage", office="lights")
    after = read(town, number).due_at
    assert before
    assert after
    assert after > before


@pytest.mark.parametrize(("kind", "days"), [("law_question", 14), ("question", 7)])
def test_a_question_about_law_has_the_longer_term_that_the_law_gives_it(
    town: Town, kind: str, days: int
) -> None:
    statutory = replace(registry().offices["lights"], regime=Regime.STATUTORY)
    with town.store.write() as session:
        apply(session, registry(offices={**registry().offices, "lights": statutory}), at=town.now)
    number = town.case("이 조례 제3조는 무슨 뜻인가요", office=None, kind=Kind.QUESTION)
    change_kind(town, number, kind)
    town.visitor(COMMS).post(f"/triage/{number}/route", page="/triage", office="lights")
    case = read(town, number)
    assert case.due_at == due(case.received_at, parse_term(f"{days}d"), calendar_of(registry())).at


def test_a_grievance_is_named_so_on_its_page(town: Town) -> None:
    number = town.case("세무과가 제 사정을 듣지도 않았어요", office=None)
    change_kind(town, number, "grievance")
    assert read(town, number).kind is Kind.GRIEVANCE
    assert "고충민원" in town.visitor(COMMS).get(f"/cases/{number}").text


@pytest.mark.parametrize("told", ["extended", "surveyed", "reopened"])
def test_a_date_that_the_citizen_was_told_anew_stands_whatever_the_kind(
    town: Town, told: str
) -> None:
    number = handed_back(town)
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        case.extensions = int(told == "extended")
        case.surveys = [["2026-11-25", "2026-11-27"]] if told == "surveyed" else []
        if told == "reopened":
            case.note("move", who="haechi", at=town.now, after=Status.REOPENED)
        due = case.due_at
    change_kind(town, number, "suggestion")
    assert read(town, number).kind is Kind.SUGGESTION
    assert read(town, number).due_at == due


def test_the_kind_of_a_case_that_left_triage_stays(town: Town) -> None:
    number = town.case(kind=Kind.COMPLAINT, to=CASEWORKER)
    answer = change_kind(town, number, "question", page="/")
    assert answer.status_code == 409
    assert "상태가 바뀌어" in answer.text
    assert read(town, number).kind is Kind.COMPLAINT


def test_two_people_who_decide_the_same_case_do_not_overwrite_each_other(town: Town) -> None:
    number = town.case("둘이 동시에", office=None)
    visit = town.visitor(COMMS)
    token = visit.token("/triage")
    visit.post(f"/triage/{number}/route", form_token=token, office="river")
    answer = visit.post(f"/triage/{number}/route", form_token=token, office="lights")
    assert answer.status_code == 409
    assert "이미 담당 기관이 정해진 건" in answer.text
    assert read(town, number).office_id == "river"


def test_later_shows_the_case_behind_and_comes_round_again(town: Town) -> None:
    first, second = town.case("첫째", office=None), town.case("둘째", office=None)
    visit = town.visitor(COMMS)
    assert second in visit.get(f"/triage?after={first}").text
    assert first in visit.get(f"/triage?after={second}").text
    assert first in visit.get("/triage?after=unknown").text


def test_an_empty_queue_says_so(town: Town) -> None:
    assert "분류할 글이 없습니다" in town.visitor(COMMS).get("/triage").text


def test_a_case_at_an_office_cannot_be_routed_from_here(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    answer = town.visitor(COMMS).post(f"/triage/{number}/route", page="/", office="river")
    assert answer.status_code == 409
    assert read(town, number).office_id == "lights"
