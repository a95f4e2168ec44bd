"""The outbox page: what waits for a person is on top and can be settled, once."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

import templates
from rules.outbox import DeliveryState
from store.registry import apply
from store.tables import Case, Delivery, Mail, MailState
from tests.center.broadcasts import approved, make_ready, put
from tests.center.replying import reply_on
from tests.center.town import ADMINISTRATOR, CASEWORKER, COMMS, Town, registry


def read(town: Town, delivery_id: int) -> Delivery:
    with town.store.read() as session:
        return session.get_one(Delivery, delivery_id)


def settle(town: Town, delivery_id: int, act: str, **fields: str) -> Response:
    return town.visitor(COMMS).post(f"/outbox/{delivery_id}/{act}", page="/outbox", **fields)


def test_what_was_not_sent_is_shown_with_its_case_and_why(town: Town) -> None:
    reply_on(town, "", DeliveryState.CANCELLED, cause="403 from the network")
    text = town.visitor(COMMS).get("/outbox").text
    assert "보내지 않은 글" in text
    assert "고쳤습니다" in text


def test_what_an_exercise_sent_is_counted_apart(town: Town) -> None:
    make_ready(town)
    number = approved(town)
    put(town, number, "x_lead", DeliveryState.PUBLISHED)
    text = town.visitor(COMMS).get("/outbox").text
    real, drills = text.partition('id="drills"')[::2]
    assert "<span>게시됨</span> <strong>0</strong>" in real
    assert "<span>게시됨</span> <strong>1</strong>" in drills


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.NEEDS_PERSON])
def test_what_waits_for_a_person_has_its_text_its_cause_and_the_post(
    town: Town, state: DeliveryState
) -> None:
    reply_on(town, "", state)
    text = town.visitor(COMMS).get("/outbox").text
    assert "사람이 처리할 글 1건" in text
    assert "고쳤습니다" in text
    assert "403 from the network" in text
    assert 'href="https://x.example/minji_kim/' in text


def test_a_cause_is_told_in_korean_with_what_to_do_and_the_networks_words_small(
    town: Town,
) -> None:
    reply_on(town, "", DeliveryState.FAILED, "revoked: x_town (x): answered 401. <b>bad token</b>")
    text = town.visitor(COMMS).get("/outbox").text
    assert "인증 정보(토큰)를 더는 받아 주지 않습니다. 계정에서 새 토큰을" in text
    small = text.split('class="cause-detail">')[1].split("</p>")[0]
    assert small == "자세히: x_town (x): answered 401. &lt;b&gt;bad token&lt;/b&gt;"


def test_put_up_by_hand_needs_the_address_as_proof(town: Town) -> None:
    id_ = reply_on(town, "", DeliveryState.NEEDS_PERSON)
    for wrong in ("", "올렸어요", "javascript:alert(1)"):
        refused = settle(town, id_, "published", url=wrong)
        assert refused.status_code == 409
        assert "주소" in refused.text
    done = settle(town, id_, "published", url="https://x.com/town/77")
    assert done.headers["location"] == "/outbox?done=put_up"
    now = read(town, id_)
    assert now.state is DeliveryState.PUBLISHED
    assert (now.url, now.remote_id) == ("https://x.com/town/77", "77")
    assert COMMS in now.cause
    assert town.asked == ["reply"]


def test_send_again_and_never_mind(town: Town) -> None:
    again, never = (reply_on(town, "", DeliveryState.FAILED) for _ in range(2))
    settle(town, again, "again")
    settle(town, never, "cancel")
    assert read(town, again).state is DeliveryState.QUEUED
    assert read(town, again).tries == 0
    assert read(town, never).state is DeliveryState.CANCELLED


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("published", "사람이 직접 게시함"),
        ("again", "다시 보내기로 함"),
        ("cancel", "보내지 않기로 함"),
    ],
)
def test_what_a_person_settles_stands_in_the_cases_history_with_who_it_was(
    town: Town, act: str, words: str
) -> None:
    id_ = reply_on(town, "", DeliveryState.NEEDS_PERSON)
    settle(town, id_, act, url="https://x.com/town/77")
    with town.store.read() as session:
        case = session.query(Case).one()
        line = case.history[-1]
        assert line.who == COMMS
        assert f"[{case.number}-1]" in (line.why or "")
        assert ("https://x.com/town/77" in (line.why or "")) is (act == "published")
        number = case.number
    text = town.visitor(CASEWORKER).get(f"/cases/{number}").text
    assert f'{words}</strong> <span class="quiet">소통이' in text


def test_every_mail_has_a_name_on_the_page() -> None:
    module: Any = templates.pages().get_template("pages/words.html").module
    assert set(templates.mail_events()) == set(module.MAIL_EVENT)


def test_who_gets_a_case_back_because_its_answer_was_dropped_is_told_just_that() -> None:
    case = {"number": "2026-000001", "urgent": False, "text": "신호등", "rows": [], "photos": []}
    values = {"case": {**case, "map_url": ""}, "link": "https://c.example/l/x", "facts": {}}
    words = templates.render_mail("reply_dropped", mode="live", city="우리시", **values)
    assert words.subject == "[되돌림] 2026-000001 답변이 나가지 않았습니다"
    for part in (words.plain, words.html):
        assert "보내지 않기로 하여" in part
        assert "https://c.example/l/x" in part
        assert "지정되셨습니다" not in part


@pytest.mark.parametrize("act", ["published", "again", "cancel"])
@pytest.mark.parametrize(
    "state", [state for state in DeliveryState if state not in ("failed", "needs_person")]
)
def test_what_waits_for_nobody_cannot_be_touched(
    town: Town, state: DeliveryState, act: str
) -> None:
    id_ = reply_on(town, "", state)
    answer = settle(town, id_, act, url="https://x.com/town/1")
    assert answer.status_code == 409
    assert read(town, id_).state is state


def test_in_doubt_is_shown_as_in_doubt_and_offers_no_button(town: Town) -> None:
    id_ = reply_on(town, "", DeliveryState.IN_DOUBT, cause="no answer within 10 s")
    text = town.visitor(COMMS).get("/outbox").text
    assert "나갔는지 확인 중" in text
    assert "no answer within 10 s" in text
    assert f"/outbox/{id_}/again" not in text


def test_how_long_it_is_in_doubt_is_said(town: Town) -> None:
    id_ = reply_on(town, "", DeliveryState.IN_DOUBT)
    with town.store.write() as session:
        session.get_one(Delivery, id_).first_attempt_at = town.now - timedelta(days=3)
    assert "3일째 확인 중" in town.visitor(COMMS).get("/outbox").text


@pytest.mark.parametrize("state", [DeliveryState.IN_DOUBT, DeliveryState.NEEDS_PERSON])
def test_an_account_that_was_retired_is_shown_as_such(town: Town, state: DeliveryState) -> None:
    reply_on(town, "", state)
    assert "폐지된 계정" not in town.visitor(COMMS).get("/outbox").text
    with town.store.write() as session:
        apply(session, registry(accounts={}), at=town.now)
    assert "폐지된 계정" in town.visitor(COMMS).get("/outbox").text


def test_a_mail_that_a_server_refused_is_shown(town: Town) -> None:
    town.case()
    with town.store.write() as session:
        mail = session.query(Mail).first()
        assert mail
        mail.state, mail.cause = MailState.REFUSED, "550 no such mailbox"
    assert "550 no such mailbox" in town.visitor(COMMS).get("/outbox").text


def test_an_administrator_reads_and_does_not_settle(town: Town) -> None:
    id_ = reply_on(town, "", DeliveryState.FAILED)
    assert f"/outbox/{id_}/again" not in town.visitor(ADMINISTRATOR).get("/outbox").text
