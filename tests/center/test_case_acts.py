"""Designate, hand back, transfer, extend: what an office does before it answers."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from rules.case import Status
from store.cases import by_number
from store.engine import StoreBusy, StoreFull
from store.tables import Case, Delivery
from tests.center.town import CASEWORKER, COLLEAGUE, COMMS, MANAGER, ON_BOTH, Town, Visit


def read(town: Town, number: str) -> Case:
    with town.store.read() as session:
        case = by_number(session, number)
        assert case
        _ = case.history
        return case


def act(visit: Visit, number: str, name: str, **fields: Any) -> Response:
    return visit.post(f"/cases/{number}/{name}", page=f"/cases/{number}", **fields)


@ON_BOTH
def test_designating_gives_the_case_to_the_caseworker_who_is_mailed_at_once(town: Town) -> None:
    number = town.case()
    answer = act(town.visitor(MANAGER), number, "designate", caseworker=CASEWORKER)
    assert answer.headers["location"] == f"/cases/{number}?done=designated"
    assert read(town, number).caseworker == CASEWORKER
    assert town.asked == ["mail"]


def test_a_manager_may_take_it(town: Town) -> None:
    number = town.case()
    answer = act(town.visitor(MANAGER), number, "designate", caseworker=MANAGER)
    assert answer.headers["location"].endswith("done=taken")
    assert "답변 쓰기" in town.visitor(MANAGER).get(f"/cases/{number}").text


def test_nobody_outside_the_office_can_be_designated(town: Town) -> None:
    number = town.case()
    answer = act(town.visitor(MANAGER), number, "designate", caseworker=COMMS)
    assert answer.status_code == 409
    assert "이 기관의 직원이 아닙니다" in answer.text
    assert read(town, number).status is Status.ROUTED


def test_handing_back_needs_a_reason_and_loses_no_choice(town: Town) -> None:
    number = town.case()
    answer = act(town.visitor(MANAGER), number, "hand-back", why=" ", better="river")
    assert answer.status_code == 409
    assert "반려 사유를 적어 주세요" in answer.text
    assert '<option value="river" selected>' in answer.text


def test_handing_back_returns_it_to_triage_with_the_better_office_on_top(town: Town) -> None:
    number = town.case()
    answer = act(
        town.visitor(MANAGER), number, "hand-back", why="하천 쪽 소관입니다", better="river"
    )
    assert answer.headers["location"] == "/?done=handed_back"
    case = read(town, number)
    assert case.status is Status.TRIAGE
    assert case.guesses[0][0] == "river"
    assert "하천 쪽 소관입니다" in town.visitor(COMMS).get("/triage").text


def test_who_hands_back_from_a_mailed_page_is_told_so_without_signing_in(town: Town) -> None:
    number = town.case()
    reader = town.reader(MANAGER, f"/cases/{number}")
    answer = act(reader, number, "hand-back", why="소관이 아닙니다")
    assert answer.headers["location"] == "/done?what=handed_back"
    assert "소통팀으로 반려했습니다" in reader.get("/done?what=handed_back").text


@ON_BOTH
def test_after_the_third_hand_back_it_cannot_be_handed_back(town: Town) -> None:
    number = town.case()
    with town.store.write() as session:
        found = by_number(session, number)
        assert found
        found.hand_backs = 3
    visit = town.visitor(MANAGER)
    assert f'action="/cases/{number}/hand-back"' not in visit.get(f"/cases/{number}").text
    answer = act(visit, number, "hand-back", why="또 아닙니다")
    assert answer.status_code == 409
    assert "세 번 반려된 건" in answer.text


@ON_BOTH
def test_a_transfer_goes_to_the_other_office_at_once(town: Town) -> None:
    number = town.case()
    answer = act(town.visitor(MANAGER), number, "transfer", office="river", why="구청 소관")
    assert answer.headers["location"] == "/?done=transferred"
    assert read(town, number).office_id == "river"
    assert town.asked == ["assign"]
    assert town.visitor(MANAGER).get(f"/cases/{number}").status_code == 404


@ON_BOTH
def test_an_extension_shows_the_new_date_and_the_words_before_it_is_done(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    before = read(town, number).due_at
    visit = town.visitor(CASEWORKER)
    asked = act(visit, number, "extend", term="2d", why="부품을 기다립니다.")
    assert asked.status_code == 200
    assert "새 기한" in asked.text
    assert "2026. 12. 1.(화) 18:00" in asked.text
    assert (
        "죄송합니다. 12월 1일(화) 18:00까지 답변드리겠습니다. 사유: 부품을 기다립니다. ["
        in asked.text
    )
    assert read(town, number).due_at == before, "looking changed nothing"
    done = act(visit, number, "extend", term="2d", why="부품을 기다립니다.", sure="yes")
    assert done.headers["location"].endswith("done=extended")
    after = read(town, number)
    assert before
    assert after.due_at == before + timedelta(days=4), "a weekend lies between"
    assert town.asked == ["reply"]


def test_a_long_reason_never_costs_the_new_date_and_is_shown_as_it_is_sent(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    why = "부품이 외국에서 오고 있어 설치할 날을 아직 정하지 못하였으며 " * 8
    asked = act(visit, number, "extend", term="2d", why=why)
    act(visit, number, "extend", term="2d", why=why, sure="yes")
    with town.store.read() as session:
        sent = session.scalars(select(Delivery)).one().text
    assert f">{sent}<" in asked.text, "what was shown is what goes out"
    assert "12월 1일(화) 18:00까지 답변드리겠습니다." in sent
    assert f"/c/{town.public_id(number)}" in sent
    assert sent.endswith(f"[{number}-1]")
    assert why.strip() in town.browser().get(f"/c/{town.public_id(number)}").text


@pytest.mark.parametrize(
    ("why", "said"),
    [("부품을 기다립니다", "부품을 기다립니다."), ("아직인가요?", "아직인가요?"), ("끝.", "끝.")],
)
def test_a_reason_ends_with_one_full_stop(town: Town, why: str, said: str) -> None:
    number = town.case(to=CASEWORKER)
    asked = act(town.visitor(CASEWORKER), number, "extend", term="1d", why=why)
    assert f"사유: {said} [{number}-1]" in asked.text


def test_an_extension_beyond_the_law_is_refused_kindly(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    for term in ("4d", "1y"):
        answer = act(visit, number, "extend", term=term, why="늦습니다", sure="yes")
        assert answer.status_code == 409
        assert "만큼까지 한 번" in answer.text
    for fields in ({"term": "", "why": "늦습니다"}, {"term": "1d", "why": ""}):
        assert act(visit, number, "extend", **fields).status_code == 409
    assert read(town, number).extensions == 0


@ON_BOTH
def test_who_was_slower_is_told_and_nothing_typed_is_lost(town: Town) -> None:
    number = town.case()
    visit = town.visitor(MANAGER)
    seen = read(town, number).history_length
    token = visit.token(f"/cases/{number}")
    act(town.visitor(COMMS), number, "designate", caseworker=CASEWORKER)
    answer = visit.post(
        f"/cases/{number}/hand-back", form_token=token, seen=seen, why="우리 소관이 아닙니다"
    )
    assert answer.status_code == 409
    assert "그사이 다른 분이" in answer.text
    assert "우리 소관이 아닙니다</textarea>" in answer.text
    assert read(town, number).caseworker == CASEWORKER
    now = read(town, number).history_length
    again = visit.post(
        f"/cases/{number}/designate", form_token=token, seen=now, caseworker=COLLEAGUE
    )
    assert again.status_code == 303, "and once they have seen it, it goes"


def test_what_the_machine_noted_meanwhile_stops_nobody(town: Town) -> None:
    number = town.case()
    seen = read(town, number).history_length
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        case.note("said", who="haechi", at=town.now)
    answer = act(town.visitor(MANAGER), number, "designate", caseworker=CASEWORKER, seen=seen)
    assert answer.status_code == 303


@ON_BOTH
def test_what_the_citizen_added_meanwhile_is_shown_first(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    seen = read(town, number).history_length
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        case.note("joined", who="haechi", at=town.now, why="아직도 꺼져 있어요")
    answer = act(
        town.visitor(CASEWORKER),
        number,
        "answer",
        text="고쳤습니다",
        step="send",
        previewed="y",
        seen=seen,
    )
    assert answer.status_code == 409
    assert "시민이 글을 덧붙였습니다" in answer.text
    assert "고쳤습니다</textarea>" in answer.text


def test_a_locked_or_full_store_loses_nothing_that_was_typed(town: Town) -> None:
    number = town.case()
    visit = town.visitor(MANAGER)
    page = f"/cases/{number}"
    token = visit.token(page)
    for trouble, words in ((StoreBusy("locked"), "잠시 바빠"), (StoreFull("full"), "저장 공간")):
        town.stop_writing(trouble)
        answer = visit.post(f"{page}/hand-back", form_token=token, why="우리 소관이 아닙니다")
        assert answer.status_code == 409
        assert words in answer.text
        assert "우리 소관이 아닙니다</textarea>" in answer.text
    assert read(town, number).status is Status.ROUTED


def test_a_flow_that_cannot_be_started_is_not_the_persons_trouble(town: Town) -> None:
    number = town.case()

    def down(_name: str) -> None:
        raise ConnectionError("Prefect is down")

    town.ask_run = down
    answer = act(town.visitor(MANAGER), number, "designate", caseworker=CASEWORKER)
    assert answer.status_code == 303
    assert read(town, number).status is Status.ASSIGNED


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=300))
def test_any_reason_is_kept_or_refused_and_never_breaks_a_page(town: Town, why: str) -> None:
    number = town.case()
    visit = town.visitor(MANAGER)
    answer = act(visit, number, "hand-back", why=why)
    assert answer.status_code in (303, 409)
    assert town.visitor(COMMS).get(f"/cases/{number}").status_code == 200
