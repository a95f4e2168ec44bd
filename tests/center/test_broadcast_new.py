"""The form of a disaster message: an exercise unless somebody says otherwise, and nothing lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from rules.bulletin import BulletinKind, BulletinState, Hazard
from rules.outbox import DeliveryState
from store import approving
from store.photos_left import clear_uploads
from store.registry import load
from store.tables import Bulletin, Event, Photo
from tests.center.broadcasts import SECOND, approved, draft, make_ready, put, read
from tests.center.pictures import bomb, picture
from tests.center.town import ADMINISTRATOR, COMMS, Town

ASKED = {"hazard": "flood", "kind": "alert", "exercise": "yes"}


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def submit(town: Town, files: Any = None, **fields: Any) -> Response:
    visit = town.visitor(ADMINISTRATOR)
    values = {name: value for name, value in {**ASKED, **fields}.items() if value is not None}
    return visit.post("/broadcast/new", page="/broadcast/new", files=files, **values)


def drafts(town: Town) -> list[Bulletin]:
    with town.store.read() as session:
        return session.query(Bulletin).order_by(Bulletin.id).all()


def test_the_empty_form_is_an_exercise(town: Town) -> None:
    text = town.visitor(ADMINISTRATOR).get("/broadcast/new").text
    assert 'name="exercise" value="yes" checked' in text
    assert "강변구" in text
    assert "#우리시재난" in text


def test_a_hazard_alone_is_enough_and_leads_to_the_preview(town: Town) -> None:
    answer = submit(town)
    assert answer.status_code == 303, answer.text
    (kept,) = drafts(town)
    assert answer.headers["location"] == f"/broadcast/{kept.id}?done=bulletin_submitted"
    assert kept.exercise
    assert kept.submitted_by == ADMINISTRATOR
    assert kept.expires_at == town.now + timedelta(hours=6)
    assert set(kept.texts) == {"ko", "en", "zh", "ja"}
    assert town.asked_with == [("take-up", {"bulletin": kept.id})]


def test_everything_that_was_asked_is_in_the_draft(town: Town) -> None:
    answer = submit(
        town,
        exercise=None,
        districts=["river"],
        **{
            "ko.act_now": "지금 지하에서 나오세요.",
            "ko.description": "강변로가 잠겼습니다.\r\n돌아가 주세요.",
            "blanks.where": "강변로 일대",
            "expires_at": "2026-11-25T15:30",
        },
    )
    assert answer.status_code == 303, answer.text
    (kept,) = drafts(town)
    assert not kept.exercise
    assert kept.districts == ["river"]
    assert kept.texts["ko"]["act_now"] == "지금 지하에서 나오세요."
    assert "강변로가 잠겼습니다.\n돌아가 주세요." in kept.texts["ko"]["description"]
    assert kept.expires_at.isoformat() == "2026-11-25T06:30:00+00:00", "the city's clock"


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"hazard": ""}, "hazard", "비어 있습니다"),
        ({"hazard": "volcano"}, "hazard", "고를 수 없는 값"),
        ({"expires_at": "2026-11-25T10:59"}, "expires_at", "이미 지났습니다"),
        ({"expires_at": "soon"}, "expires_at", "시각으로 읽을 수 없습니다"),
        ({"districts": ["강남동"]}, "districts", "등록부에 없습니다"),
        ({"ko.act_now": "x" * 81}, "ko-act_now", "너무 깁니다"),
        ({"ko.description": "x" * 10_000}, "ko-description", "너무 깁니다"),
        ({"ko.act_now": "<b>나오세요</b>"}, "ko-act_now", "태그"),
        ({"ko.act_now": "나오세요 #남의태그"}, "ko-act_now", "남의태그"),
        ({"blanks.since": "어제"}, "blanks-since", "적는 방식"),
        ({"polygon": "37.5,127 37.6,127"}, "polygon", "구역 좌표"),
        ({"event_tag": "남의태그"}, "event_tag", "정한 것이 아닙니다"),
        ({"kind": "correction", "event": "X2026-9"}, "event", "없습니다"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
)
def test_a_mistake_is_said_at_its_field_and_nothing_typed_is_lost(
    town: Town, fields: dict[str, Any], name: str, said: str
) -> None:
    answer = submit(town, **{"blanks.measure": "72mm", **fields})
    assert answer.status_code == 422
    assert f'href="#{name}"' in answer.text
    assert f'id="wrong-{name}"' in answer.text
    assert said in answer.text
    assert 'value="72mm"' in answer.text
    assert drafts(town) == []
    assert town.asked_with == []


def test_all_mistakes_are_said_at_once(town: Town) -> None:
    answer = submit(town, districts=["없는구"], expires_at="2026-11-25T10:00", polygon="x")
    assert "고칠 것이 3가지" in answer.text


def test_the_same_trigger_ten_times_is_one_draft(town: Town) -> None:
    answers = [submit(town) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {303}
    assert len(drafts(town)) == 1
    assert len(town.asked_with) == 1
    assert answers[-1].headers["location"].endswith("done=bulletin_known")


def test_the_same_within_a_day_asks_again_and_goes_with_the_answer(town: Town) -> None:
    approved(town)
    other = {"ko.act_now": "높은 곳으로 가세요."}
    assert 'name="again"' not in town.visitor(ADMINISTRATOR).get("/broadcast/new").text
    refused = submit(town, **other)
    assert refused.status_code == 422
    assert 'name="again"' in refused.text
    assert "24시간" in refused.text
    assert submit(town, again="yes", **other).status_code == 303


def test_a_follow_up_comes_with_its_event_hazard_and_area(town: Town) -> None:
    first = approved(town)
    put(town, first, "x_lead", DeliveryState.PUBLISHED)
    with town.store.write() as session:
        session.get_one(Bulletin, first).districts = ["river"]
    event = read(town, first).event.number
    visit = town.visitor(ADMINISTRATOR)
    text = visit.get(f"/broadcast/new?event={event}&kind=correction").text
    assert f'name="event" value="{event}"' in text
    assert '<option value="correction" selected>' in text
    assert '<option value="flood" selected>' in text
    assert 'value="river" checked' in text
    assert '<input type="hidden" name="exercise" value="yes">' in text
    answer = submit(town, kind="correction", event=event, districts=["river"])
    assert answer.status_code == 303, answer.text
    assert drafts(town)[-1].kind is BulletinKind.CORRECTION


def test_a_follow_up_shows_the_old_words_and_takes_over_what_filled_them(town: Town) -> None:
    submit(
        town, **{"blanks.where": "강변로 일대", "blanks.since": "14:30", "blanks.measure": "72mm"}
    )
    first = drafts(town)[-1].id
    with town.store.write() as session:
        bulletin = session.get_one(Bulletin, first)
        approving.approve(session, load(session), bulletin, who=SECOND, typed="", at=town.now)
    put(town, first, "x_lead", DeliveryState.PUBLISHED)
    event = read(town, first).event.number
    text = town.visitor(ADMINISTRATOR).get(f"/broadcast/new?event={event}&kind=correction").text
    assert read(town, first).texts["ko"]["description"].split("\n")[0] in text
    for value in ("강변로 일대", "14:30", "72mm"):
        assert f'value="{value}"' in text
    assert "<strong>대신합니다</strong>" in text


def test_a_preview_warns_of_languages_that_say_only_the_general_sentences(town: Town) -> None:
    warning = 'id="general-only"'
    submit(town)
    plain = drafts(town)[-1].id
    assert warning not in town.visitor(SECOND).get(f"/broadcast/{plain}").text
    own = {"ko.act_now": "강변로로 가지 마세요.", "ko.description": "강변로만 잠겼습니다."}
    english = {"en.act_now": "Keep off River Road.", "en.description": "River Road is flooded."}
    submit(town, **own, **english)
    text = town.visitor(SECOND).get(f"/broadcast/{drafts(town)[-1].id}").text
    assert "<strong>中文, 日本語 글에는 준비된 일반 문장만 있습니다.</strong>" in text


def test_the_preview_of_an_exercise_names_the_accounts_that_it_goes_to(town: Town) -> None:
    submit(town)
    text = town.visitor(SECOND).get(f"/broadcast/{drafts(town)[-1].id}").text
    assert "@drill_x_lead" in text
    assert "실제 계정에는 아무것도 나가지 않습니다" in text


@pytest.mark.parametrize(
    "query", ["event=X2026-1&kind=correction", "event=nothing&kind=x", "kind=cancel"]
)
def test_a_link_to_no_open_event_gives_an_empty_form(town: Town, query: str) -> None:
    draft(town)
    text = town.visitor(ADMINISTRATOR).get(f"/broadcast/new?{query}").text
    assert "<h1>새 재난 메시지</h1>" in text


def test_a_picture_is_kept_without_its_metadata_and_needs_its_description(town: Town) -> None:
    files = {"photo": ("a.jpg", picture(), "image/jpeg")}
    refused = submit(town, files)
    assert refused.status_code == 422
    assert "그림 설명" in refused.text
    assert drafts(town) == []
    with town.store.read() as session:
        kept = session.query(Photo).one().id
    assert f'name="picture" value="{kept}"' in refused.text, "it need not be chosen again"
    again = submit(town, picture=str(kept), alt="물이 찬 지하차도")
    assert again.status_code == 303, again.text
    (bulletin,) = drafts(town)
    assert bulletin.picture_id == kept
    shown = town.visitor(SECOND).get(f"/broadcast/{bulletin.id}")
    assert "물이 찬 지하차도" in shown.text
    assert town.visitor(SECOND).get(f"/broadcast/{bulletin.id}/picture").status_code == 200


def test_a_picture_of_a_draft_is_not_cleared_with_what_was_never_sent(town: Town) -> None:
    submit(town, {"photo": ("a.jpg", picture(), "image/jpeg")}, alt="물이 찬 지하차도")
    later = datetime.now(UTC) + timedelta(days=2)
    assert clear_uploads(town.store, town.settings.media, at=later) == 0
    (bulletin,) = drafts(town)
    assert town.visitor(SECOND).get(f"/broadcast/{bulletin.id}/picture").status_code == 200


@pytest.mark.parametrize("file", [bomb(), b"no picture", b""], ids=["bomb", "text", "empty"])
def test_a_picture_that_is_none_is_refused_or_no_picture(town: Town, file: bytes) -> None:
    answer = submit(town, {"photo": ("a.png", file, "image/png")}, alt="그림")
    if file:
        assert answer.status_code == 422
        assert "사진" in answer.text
        assert drafts(town) == []
    else:
        assert answer.status_code == 303


def test_a_photo_of_the_store_that_was_not_uploaded_here_cannot_be_chosen(town: Town) -> None:
    photo = town.photo(town.case())
    for number in (str(photo), "999", "x", "9" * 30):
        assert submit(town, picture=number, alt="x").status_code == 422
    assert drafts(town) == []


def test_only_an_administrator_writes(town: Town) -> None:
    visit = town.visitor(COMMS)
    assert visit.get("/broadcast/new").status_code == 403
    assert visit.post("/broadcast/new", page="/", **ASKED).status_code == 403
    assert drafts(town) == []


def test_who_submits_is_who_is_signed_in_whatever_the_form_says(town: Town) -> None:
    submit(town, submitted_by=SECOND)
    assert drafts(town)[0].submitted_by == ADMINISTRATOR


# --- the list -----------------------------------------------------------------------------


def test_the_list_shows_what_is_open_what_waits_and_what_went_out(town: Town) -> None:
    real = approved(town, exercise=False)
    put(town, real, "x_lead", DeliveryState.PUBLISHED)
    put(town, real, "x_relay", DeliveryState.FAILED)
    exercise = approved(town)
    waiting = draft(town, hazard=Hazard.FIRE)
    text = town.visitor(COMMS).get("/broadcast").text
    assert "열려 있는 실제 상황 1건" in text
    assert "진행 중인 모의훈련 1건" in text
    assert "승인을 기다리는 메시지 1건" in text
    assert "5개 계정 가운데 1개 게시" in text
    assert "확인할 계정 1개" in text
    for number in (real, exercise, waiting):
        assert f'href="/broadcast/{number}"' in text
    assert "새 재난 메시지" not in text, "the comms team writes none"
    assert "새 재난 메시지" in town.visitor(ADMINISTRATOR).get("/broadcast").text


def test_every_staff_page_says_that_a_real_disaster_is_open(town: Town) -> None:
    visit = town.visitor(COMMS)
    approved(town)
    assert 'class="alarm"' not in visit.get("/").text, "an exercise alarms nobody"
    approved(town, exercise=False)
    for path in ("/", "/triage", "/offices", "/outbox", "/accounts", "/broadcast"):
        text = visit.get(path).text
        assert 'class="alarm"' in text, path
        assert "일반 답변이 멈춰 있습니다" in text, path
        assert 'action="/resume-replies"' in text, path


def test_replies_are_let_go_on_for_the_events_that_were_seen(town: Town) -> None:
    number = approved(town, exercise=False)
    event = read(town, number).event.number
    visit = town.visitor(COMMS)
    later = approved(town, exercise=False, hazard=Hazard.FIRE)
    answer = visit.post("/resume-replies", page="/", event=[event])
    assert answer.headers["location"] == "/broadcast?done=resumed"
    assert town.asked == ["reply"]
    with town.store.read() as session:
        found = {one.number: one.resumed_by for one in session.query(Event)}
    assert found[event] == COMMS
    assert found[read(town, later).event.number] is None
    assert 'class="alarm"' in visit.get("/").text


def test_the_alarm_ends_with_the_event_once_replies_go_on(town: Town) -> None:
    number = approved(town, exercise=False)
    visit = town.visitor(COMMS)
    with town.store.write() as session:
        session.get_one(Bulletin, number).event.closed_at = town.now
    text = visit.get("/").text
    assert "재난 상황은 끝났습니다" in text
    visit.post("/resume-replies", page="/", event=[read(town, number).event.number])
    assert 'class="alarm"' not in visit.get("/").text


def test_a_draft_that_lapsed_is_not_among_those_that_wait(town: Town) -> None:
    draft(town)
    town.now += timedelta(hours=2)
    text = town.visitor(COMMS).get("/broadcast").text
    assert "승인을 기다리는 메시지" not in text
    assert "시간이 지남" in text
    with town.store.read() as session:
        assert session.query(Bulletin).one().state is BulletinState.DRAFT, "looking changes nothing"
