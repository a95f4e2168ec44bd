"""The page of a bulletin: what is approved is what was seen, by a second person, once."""

from datetime import timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from registry.model import Staff
from rules.bulletin import APPROVED_WITHIN, BulletinKind, BulletinState, Words
from rules.outbox import DeliveryState
from store import desk_mails
from store.notices import acknowledge
from store.registry import apply, load
from store.tables import Bulletin, Delivery
from tests.center.broadcasts import (
    SECOND,
    approved,
    draft,
    follow_up,
    make_ready,
    put,
    read,
    ready,
    states,
)
from tests.center.town import ADMINISTRATOR, COMMS, MANAGER, OTHER_MANAGER, Town, Visit

_D = DeliveryState


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def decide(visit: Visit, number: int, act: str, **fields: str) -> int:
    page = f"/broadcast/{number}"
    return visit.post(f"{page}/{act}", page=page, **fields).status_code


# --- the preview --------------------------------------------------------------------------


def test_the_preview_shows_every_account_with_its_text_its_length_and_its_way(town: Town) -> None:
    text = town.visitor(SECOND).get(f"/broadcast/{draft(town)}").text
    for account in ("x_lead", "page_deputy", "x_relay", "blog_relay", "x_river"):
        assert f"{account} 계정: 지금 지하에서 나오세요." in text or f"@{account}" in text
    assert "〔대표 글 주소〕" in text
    assert "lead.invalid" not in text
    assert "/280" in text
    assert "대표 글 재게시" in text
    assert "1차: 대표 계정" in text
    assert "3차: 자치구 계정" in text
    assert "이 메시지를 올리지 않는 계정 2개" in text
    assert "시장" in text, "the mayor's own account says nothing, and the page says so"


def test_an_exercise_says_so_everywhere_and_a_real_one_never(town: Town) -> None:
    for exercise in (True, False):
        number = draft(town, exercise=exercise, again=True)
        text = town.visitor(SECOND).get(f"/broadcast/{number}").text
        assert ("모의훈련" in text) is exercise
        assert ('class="band exercise"' in text) is exercise
        assert ('class="band real"' in text) is not exercise
        assert ("승인하고 지금 내보내기" in text) is not exercise


def test_who_submitted_is_told_that_a_second_person_must_approve(town: Town) -> None:
    number = draft(town)
    own = town.visitor(ADMINISTRATOR).get(f"/broadcast/{number}").text
    assert "올린 분은 승인할 수 없습니다" in own
    assert "이승인" in own
    assert "혼자 승인하기" in own
    other = town.visitor(SECOND).get(f"/broadcast/{number}").text
    assert "혼자 승인하기" not in other
    assert "올린 분은 승인할 수 없습니다" not in other


def test_the_comms_team_sees_it_and_gets_no_form(town: Town) -> None:
    text = town.visitor(COMMS).get(f"/broadcast/{draft(town)}").text
    assert "지금 지하에서 나오세요" in text
    assert "/approve" not in text
    assert "/refuse" not in text


def test_what_is_written_in_a_bulletin_is_text(town: Town) -> None:
    number = draft(town, ko=Words(act_now="<script>alert(1)</script>", description="<b>x</b>"))
    text = town.visitor(SECOND).get(f"/broadcast/{number}").text
    assert "<script>alert" not in text
    assert "<b>x</b>" not in text


def test_a_correction_shows_which_accounts_it_will_not_go_to(town: Town) -> None:
    first = approved(town)
    put(town, first, "x_lead", _D.PUBLISHED)
    with town.store.read() as session:
        event = session.get_one(Bulletin, first).event.number
    second = draft(town, kind=BulletinKind.CORRECTION, event=event)
    text = town.visitor(SECOND).get(f"/broadcast/{second}").text
    assert text.count("앞선 글이 없어 보내지 않음") == 4


def test_the_same_hazard_and_area_within_a_day_is_shown_to_the_approver(town: Town) -> None:
    first = approved(town)
    second = draft(town, again=True)
    text = town.visitor(SECOND).get(f"/broadcast/{second}").text
    assert "24시간 안에 이미" in text
    assert read(town, first).marker in text


def test_that_no_run_waits_yet_is_said_and_stops_nobody(town: Town) -> None:
    number = draft(town)
    visit = town.visitor(SECOND)
    assert "아직 시작되지" not in visit.get(f"/broadcast/{number}").text
    town.now += timedelta(minutes=1)
    assert "아직 시작되지" in visit.get(f"/broadcast/{number}").text
    assert decide(visit, number, "approve") == 303


# --- approving ----------------------------------------------------------------------------


def test_a_second_person_approves_an_exercise_with_one_press(town: Town) -> None:
    number = draft(town)
    assert decide(town.visitor(SECOND), number, "approve") == 303
    bulletin = read(town, number)
    assert (bulletin.state, bulletin.approved_by) == (BulletinState.APPROVED, SECOND)
    assert set(states(town, number).values()) == {_D.QUEUED}


def test_an_approval_that_no_waiting_run_takes_up_asks_for_a_run(town: Town) -> None:
    number = draft(town)
    decide(town.visitor(SECOND), number, "approve")
    assert town.asked_with == [("take-up", {"bulletin": number})]


def test_an_approval_that_a_waiting_run_took_up_asks_for_none(town: Town) -> None:
    number = draft(town)
    with town.store.write() as session:
        session.get_one(Bulletin, number).conducted_at = town.now
    decide(town.visitor(SECOND), number, "approve")
    assert town.asked_with == []


def test_prefect_being_down_changes_nothing_for_who_approves(town: Town) -> None:
    def down(_name: str) -> None:
        raise ConnectionError("no server")

    town.ask_run = down
    number = draft(town)
    assert decide(town.visitor(SECOND), number, "approve") == 303
    assert read(town, number).state is BulletinState.APPROVED


@pytest.mark.parametrize("typed", ["", "폭설", "네", "flood"])
def test_a_real_one_goes_only_with_the_hazards_name(town: Town, typed: str) -> None:
    number = draft(town, exercise=False)
    visit = town.visitor(SECOND)
    answer = visit.post(f"/broadcast/{number}/approve", page=f"/broadcast/{number}", typed=typed)
    assert answer.status_code == 409
    assert "재난 이름 «침수»" in answer.text
    assert states(town, number) == {}
    assert decide(visit, number, "approve", typed=" 침수 ") == 303


def test_who_submitted_cannot_approve_whatever_is_posted(town: Town) -> None:
    number = draft(town)
    visit = town.visitor(ADMINISTRATOR)
    for fields in ({}, {"typed": "침수"}, {"alone": "yes"}, {"alone": "yes", "alone_why": "  "}):
        assert decide(visit, number, "approve", **fields) == 409
    assert read(town, number).state is BulletinState.DRAFT


def test_one_alone_breaks_the_glass_with_a_reason_that_stays(town: Town) -> None:
    number = draft(town)
    why = "다른 관리자가 모두 전화를 받지 않음"
    visit = town.visitor(ADMINISTRATOR)
    assert decide(visit, number, "approve", alone="yes", alone_why=why) == 303
    assert read(town, number).alone_why == why
    assert why in visit.get(f"/broadcast/{number}").text


def test_the_second_person_breaks_no_glass(town: Town) -> None:
    number = draft(town)
    decide(town.visitor(SECOND), number, "approve", alone="yes", alone_why="급해서")
    assert read(town, number).alone_why is None


def test_the_comms_team_and_offices_cannot_approve(town: Town) -> None:
    number = draft(town)
    for who in (COMMS, MANAGER):
        visit = town.visitor(who)
        assert visit.post(f"/broadcast/{number}/approve", page="/").status_code == 403
        assert visit.post(f"/broadcast/{number}/refuse", page="/", why="x").status_code == 403
    assert read(town, number).state is BulletinState.DRAFT


def test_refusing_asks_for_the_reason_and_ends_it(town: Town) -> None:
    number = draft(town)
    visit = town.visitor(SECOND)
    assert decide(visit, number, "refuse", why=" ") == 409
    assert decide(visit, number, "refuse", why="지역이 틀렸습니다") == 303
    text = visit.get(f"/broadcast/{number}").text
    assert "거절된 메시지입니다" in text
    assert "지역이 틀렸습니다" in text
    assert "/approve" not in text
    assert states(town, number) == {}


def test_a_draft_that_waited_too_long_can_be_approved_by_nobody(town: Town) -> None:
    number = draft(town)
    visit = town.visitor(SECOND)
    visit.get(f"/broadcast/{number}")
    town.now += APPROVED_WITHIN + timedelta(seconds=1)
    text = visit.get(f"/broadcast/{number}").text
    assert "시간이 지났습니다" in text
    assert "/approve" not in text
    answer = visit.post(f"/broadcast/{number}/approve", page="/")
    assert answer.status_code == 409
    assert "시간이 지났습니다" in answer.text
    assert states(town, number) == {}


# --- mailed links -------------------------------------------------------------------------


def test_the_mailed_link_opens_the_preview_and_approves_once(town: Town) -> None:
    number = draft(town)
    page = f"/broadcast/{number}"
    visit = town.reader(SECOND, page)
    assert decide(visit, number, "approve") == 303
    again = visit.post(f"{page}/approve", page="/sign-in", form_token=visit.token(page))
    assert again.status_code == 409
    assert "이미 처리된" in again.text
    assert len(states(town, number)) == 5


def test_the_same_link_in_two_browsers_sends_once(town: Town) -> None:
    number = draft(town)
    page = f"/broadcast/{number}"
    first, second = town.reader(SECOND, page), town.reader(SECOND, page)
    tokens = [visit.token(page) for visit in (first, second)]
    answers = [
        visit.post(f"{page}/approve", form_token=token).status_code
        for visit, token in zip((first, second), tokens, strict=True)
    ]
    assert answers == [303, 409]


def test_a_scanner_that_opens_everything_changes_nothing(town: Town) -> None:
    number = draft(town)
    path = f"/broadcast/{number}"
    token = town.page_token(SECOND, path)
    for _ in range(3):
        scanner = town.browser()
        assert scanner.get(f"/l/{token}").status_code == 303
        for page in (path, f"{path}/live", f"{path}/picture", f"{path}/workbook"):
            scanner.get(page)
        for act in ("approve", "refuse", "stop"):
            assert scanner.get(f"{path}/{act}").status_code == 405
    assert read(town, number).state is BulletinState.DRAFT
    assert states(town, number) == {}


def test_a_link_of_somebody_who_lost_the_role_approves_nothing(town: Town) -> None:
    number = draft(town)
    page = f"/broadcast/{number}"
    visit = town.reader(SECOND, page)
    token = visit.token(page)
    staff = tuple(one for one in ready().staff if one.email != SECOND)
    with town.store.write() as session:
        apply(session, ready(staff=staff), at=town.now)
    assert visit.get(page).status_code == 303, "asked to sign in"
    assert visit.post(f"{page}/approve", form_token=token).status_code == 401
    with town.store.write() as session:
        other = Staff(email=SECOND, name="이승인", office="lights", role=ready().staff[0].role)
        apply(session, ready(staff=(*staff, other)), at=town.now)
    assert visit.get(page).status_code == 403
    assert visit.post(f"{page}/approve", form_token=token).status_code == 403
    assert read(town, number).state is BulletinState.DRAFT


def test_a_link_opened_after_its_end_opens_nothing(town: Town) -> None:
    number = draft(town)
    page = f"/broadcast/{number}"
    visit = town.reader(SECOND, page)
    token = visit.token(page)
    town.now += timedelta(days=31)
    assert visit.get(page).status_code == 303
    assert visit.post(f"{page}/approve", form_token=token).status_code == 401


def test_a_link_of_one_bulletin_opens_no_other(town: Town) -> None:
    first, second = draft(town), draft(town, exercise=False)
    visit = town.reader(SECOND, f"/broadcast/{first}")
    assert visit.get(f"/broadcast/{first}").status_code == 200
    assert visit.get(f"/broadcast/{second}").status_code == 303
    assert visit.get(f"/broadcast/{first}0").status_code == 303


def test_whoever_came_by_mail_is_led_to_the_sign_in_for_what_else_there_is_to_do(
    town: Town,
) -> None:
    page = f"/broadcast/{approved(town)}"
    visit = town.reader(SECOND, page)
    text = visit.get(page).text
    assert "로그인해야 올릴 수 있습니다" in text
    assert f'name="next" value="{page}"' in text
    asked = visit.post("/sign-in", page=page, email=SECOND, next=page)
    assert SECOND in asked.text
    assert "로그인하고 이어서 하기" not in town.visitor(SECOND).get(page).text


# --- the proof ----------------------------------------------------------------------------


def test_the_proof_names_every_account_of_the_registry_once(town: Town) -> None:
    number = approved(town)
    put(town, number, "x_lead", _D.PUBLISHED)
    put(town, number, "x_relay", _D.FAILED, cause="403 from the network", tries=3)
    put(town, number, "x_river", _D.IN_DOUBT)
    text = town.visitor(COMMS).get(f"/broadcast/{number}").text
    assert "5개 계정 가운데 1개에 나갔습니다." in text
    assert "합계 7개, 등록부의 모든 계정입니다." in text
    assert text.partition('id="desks"')[0].count("<tr>") == 1 + 7
    assert 'href="https://x.example/x_lead/1"' in text
    assert "403 from the network" in text
    assert "2.0초" in text


def test_a_javascript_link_is_no_link(town: Town) -> None:
    number = approved(town)
    put(town, number, "x_lead", _D.PUBLISHED, url="javascript:alert(1)")
    assert 'href="javascript' not in town.visitor(COMMS).get(f"/broadcast/{number}").text


def test_the_live_part_is_a_fragment_that_says_when_it_is_over(town: Town) -> None:
    number = approved(town)
    visit = town.visitor(COMMS)
    running = visit.get(f"/broadcast/{number}/live").text
    assert "<html" not in running
    assert "data-finished" not in running
    with town.store.write() as session:
        session.get_one(Bulletin, number).finished_at = town.now
    read_back = visit.get(f"/broadcast/{number}/live").text
    assert "data-finished" in read_back
    assert "data-proved" not in read_back, "it is looked on until it was read back"
    with town.store.write() as session:
        session.get_one(Bulletin, number).audited_at = town.now
    assert "data-proved" in visit.get(f"/broadcast/{number}/live").text
    page = visit.get(f"/broadcast/{number}?done=bulletin_approved").text
    assert "live.js" not in page
    assert "지금 나가고 있습니다" not in page


def test_stopping_keeps_back_what_is_not_out_and_says_what_is(town: Town) -> None:
    number = approved(town)
    put(town, number, "x_lead", _D.PUBLISHED)
    visit = town.visitor(COMMS)
    assert decide(visit, number, "stop") == 303
    found = states(town, number)
    assert found.pop("x_lead") is _D.PUBLISHED
    assert set(found.values()) == {_D.CANCELLED}
    text = visit.get(f"/broadcast/{number}").text
    assert "소통이님이" in text
    assert "발송을 멈췄습니다" in text
    assert "comms@town.example 님이 발송을 멈춰 보내지 않았습니다." in text
    assert 'href="https://x.example/x_lead/1"' in text
    assert f"/broadcast/{number}/stop" not in text
    assert "이미 나간 계정 1개, 보내는 중이던 계정 0개, 보내지 않은 계정 4개" in text
    assert "보내는 중입니다" not in text
    assert 'max="5" value="1"' in text


def test_stopping_twice_keeps_who_stopped_it_first(town: Town) -> None:
    number = approved(town)
    page = f"/broadcast/{number}"
    second = town.visitor(SECOND)
    token = second.token(page)
    decide(town.visitor(COMMS), number, "stop")
    assert second.post(f"{page}/stop", form_token=token).status_code == 303
    assert read(town, number).stopped_by == COMMS


def test_what_is_a_draft_or_over_cannot_be_stopped(town: Town) -> None:
    number = draft(town)
    assert town.visitor(COMMS).post(f"/broadcast/{number}/stop", page="/").status_code == 409
    assert read(town, number).stopped_at is None


def test_a_superseded_bulletin_and_what_took_its_place_point_at_each_other(town: Town) -> None:
    first = approved(town)
    put(town, first, "x_lead", _D.PUBLISHED)
    second = follow_up(town, first, BulletinKind.CORRECTION)
    visit = town.visitor(SECOND)
    old, new = (visit.get(f"/broadcast/{number}").text for number in (first, second))
    assert f'href="/broadcast/{second}"' in old
    assert "대체됨" in old
    assert f'href="/broadcast/{first}"' in new
    assert "대신합니다" in new


def test_follow_ups_are_offered_while_the_event_is_open(town: Town) -> None:
    first = approved(town)
    put(town, first, "x_lead", _D.PUBLISHED)
    event = read(town, first).event.number
    visit = town.visitor(SECOND)
    text = visit.get(f"/broadcast/{first}").text
    for kind in ("correction", "update", "cancel", "all_clear"):
        assert f"/broadcast/new?event={event}&amp;kind={kind}" in text
    assert "kind=correction" not in town.visitor(COMMS).get(f"/broadcast/{first}").text
    follow_up(town, first, BulletinKind.ALL_CLEAR)
    assert "kind=correction" not in visit.get(f"/broadcast/{first}").text


def test_the_workbook_has_the_sums_and_every_account_and_no_formula(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    with town.store.write() as session:
        session.get_one(Delivery, id_).text = '=HYPERLINK("http://evil")\x0b#REF!'
        session.get_one(Delivery, id_).cause = "#REF!"
    answer = town.visitor(COMMS).get(f"/broadcast/{number}/workbook")
    assert answer.headers["content-disposition"].startswith("attachment")
    book = load_workbook(BytesIO(answer.content))
    sums = {row[0]: row[1] for row in book["요약"].iter_rows(values_only=True)}
    assert sums["표식"] == read(town, number).marker
    assert sums["합계 (등록부의 모든 계정)"] == 7
    rows = list(book["계정"].iter_rows())
    assert len(rows) == 1 + 7
    (lead,) = [row for row in rows if row[0].value == "x_lead"]
    assert lead[12].data_type == "s"
    assert str(lead[12].value).startswith("=HYPERLINK")
    assert str(lead[11].value).startswith("처리하지 못했습니다.")
    assert lead[14].value == "#REF!"
    assert lead[14].data_type == "s"


def test_page_and_workbook_show_which_desk_was_told_and_who_there_has_it(town: Town) -> None:
    number = approved(town)
    told = town.now
    town.now += timedelta(minutes=16)
    with town.store.write() as session:
        desk_mails.remind_desks(session, load(session), at=town.now)
        acknowledge(
            session, session.get_one(Bulletin, number), "river", who=OTHER_MANAGER, at=town.now
        )
    visit = town.visitor(COMMS)
    page = visit.get(f"/broadcast/{number}").text.partition('id="desks"')[2]
    assert "자치구 확인 1/1" in page
    assert "최강변님이" in page
    assert page.count("11:16</time>") == 2
    book = load_workbook(BytesIO(visit.get(f"/broadcast/{number}/workbook").content))
    (_, desk) = book["자치구"].iter_rows(values_only=True)
    local = [at.astimezone(ZoneInfo("Asia/Seoul")).replace(tzinfo=None) for at in (told, town.now)]
    assert desk == ("강변구", local[0], local[1], local[1], OTHER_MANAGER)


def test_a_draft_has_no_workbook_and_an_unknown_number_no_page(town: Town) -> None:
    visit = town.visitor(COMMS)
    assert visit.get(f"/broadcast/{draft(town)}/workbook").status_code == 404
    for path in ("/broadcast/999", "/broadcast/999/live", "/broadcast/999/workbook"):
        assert visit.get(path).status_code == 404
    assert visit.post("/broadcast/999/stop", page="/").status_code == 404
