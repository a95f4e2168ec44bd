"""One post of a bulletin: brought out by a person, or taken down by two."""

from datetime import timedelta

import pytest
from httpx import Response
from sqlalchemy import select

from registry.model import Network
from rules.bulletin import BulletinKind, Language, Way
from rules.outbox import DeliveryState
from store.pointers import point, unpointed
from store.removed import removal_of
from store.tables import Bulletin, Delivery, Removal
from tests.center.broadcasts import (
    SECOND,
    approved,
    event_of,
    follow_up,
    make_ready,
    put,
    states,
)
from tests.center.town import ADMINISTRATOR, COMMS, MANAGER, OTHER_MANAGER, Town

_D = DeliveryState


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def delivery(town: Town, id_: int) -> Delivery:
    with town.store.read() as session:
        return session.get_one(Delivery, id_)


def removal(town: Town, id_: int) -> Removal | None:
    with town.store.read() as session:
        return removal_of(session, id_)


def press(town: Town, who: str, number: int, id_: int, act: str, **fields: str) -> Response:
    page = f"/broadcast/{number}"
    return town.visitor(who).post(f"{page}/posts/{id_}/{act}", page=page, **fields)


# --- by hand --------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [_D.NEEDS_PERSON, _D.FAILED])
def test_what_needs_a_person_has_its_text_its_deadline_and_a_place_for_the_proof(
    town: Town, state: DeliveryState
) -> None:
    number = approved(town)
    id_ = put(town, number, "blog_relay", state, text="이 글을 그대로 올려 주세요", cause="no API")
    text = town.visitor(COMMS).get(f"/broadcast/{number}").text
    assert "직접 올리기 1건" in text
    assert "이 글을 그대로 올려 주세요</textarea>" in text
    assert f"posts/{id_}/published" in text
    assert "17:00까지 유효합니다" in text


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "http://blog.naver.com/a/1", "https://blog.example/town/1"]
)
def test_the_proof_is_an_address_on_the_accounts_own_network(town: Town, url: str) -> None:
    number = approved(town)
    id_ = put(town, number, "blog_relay", _D.NEEDS_PERSON)
    answer = press(town, COMMS, number, id_, "published", url=url)
    assert answer.status_code == 409
    assert "주소" in answer.text
    assert delivery(town, id_).state is _D.NEEDS_PERSON


def test_the_address_marks_it_published_and_the_proof_shows_who(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "blog_relay", _D.NEEDS_PERSON, cause="no API")
    town.now += timedelta(minutes=3)
    url = "https://blog.naver.com/town/77"
    assert press(town, COMMS, number, id_, "published", url=url).status_code == 303
    now = delivery(town, id_)
    assert (now.state, now.url, now.remote_id) == (_D.PUBLISHED, url, "77")
    assert now.settled_at == town.now
    text = town.visitor(COMMS).get(f"/broadcast/{number}").text
    assert "comms@town.example 님이 직접 올렸습니다" in text
    assert f'href="{url}"' in text
    assert "직접 올리기 1건" not in text


def test_what_waits_for_nobody_and_what_is_anothers_cannot_be_marked(town: Town) -> None:
    first, second = approved(town), approved(town, exercise=False)
    queued = put(town, first, "x_relay", _D.QUEUED)
    others = put(town, second, "blog_relay", _D.NEEDS_PERSON)
    for id_ in (queued, others, 999_999):
        answer = press(town, COMMS, first, id_, "published", url="https://x.example/1")
        assert answer.status_code == 409, id_
    assert states(town, first)["x_relay"] is _D.QUEUED
    assert delivery(town, others).state is _D.NEEDS_PERSON


def test_the_outbox_says_where_bulletins_wait_for_a_person(town: Town) -> None:
    number = approved(town)
    visit = town.visitor(COMMS)
    assert "재난 메시지 <a" not in visit.get("/outbox").text
    for account in ("blog_relay", "x_relay"):
        put(town, number, account, _D.NEEDS_PERSON)
    text = visit.get("/outbox").text
    assert f'<a href="/broadcast/{number}#by-hand">' in text
    assert "사람이 처리할 글이 2건" in text


def test_the_comms_team_and_administrators_mark(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "blog_relay", _D.NEEDS_PERSON)
    url = "https://m.blog.naver.com/town/78"
    done = press(town, ADMINISTRATOR, number, id_, "published", url=url)
    assert done.status_code == 303


def test_the_posts_page_says_what_reading_showed_and_a_wrong_address_is_put_right(
    town: Town,
) -> None:
    number = approved(town)
    id_ = put(town, number, "blog_relay", _D.NEEDS_PERSON, cause="no API")
    page, first = f"/broadcast/{number}/posts/{id_}", "https://blog.naver.com/town/77"
    press(town, COMMS, number, id_, "published", url=first)
    visit = town.visitor(COMMS)
    assert "곧 계정을 읽어" in visit.get(page).text
    put(
        town,
        number,
        "blog_relay",
        _D.PUBLISHED,
        url=first,
        not_before=town.now + timedelta(hours=1),
    )
    assert "아직 계정을 읽어 확인하지 못했습니다" in visit.get(page).text
    put(town, number, "blog_relay", _D.PUBLISHED, url=first, readings=3)
    assert "계정을 3번 끝까지 읽었지만" in visit.get(page).text
    right = "https://blog.naver.com/town/78"
    stale = visit.post(f"{page}/published", page=page, url=right, instead=right, back="post")
    assert stale.status_code == 409
    done = visit.post(f"{page}/published", page=page, url=right, instead=first, back="post")
    assert done.status_code == 303
    now = delivery(town, id_)
    assert (now.state, now.url, now.remote_id, now.readings) == (_D.PUBLISHED, right, "78", 0)
    assert first in now.cause, "what was named before is kept"
    put(town, number, "blog_relay", _D.PUBLISHED, url=right, seen_at=town.now)
    seen = visit.get(page).text
    assert "계정에서 확인" in seen
    assert "주소 고치기" not in seen


def test_a_post_of_the_machine_has_no_address_to_put_right(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_relay", _D.PUBLISHED)
    page, url = f"/broadcast/{number}/posts/{id_}", delivery(town, id_).url or ""
    visit = town.visitor(COMMS)
    assert "주소 고치기" not in visit.get(page).text
    other = "https://x.com/relay/9"
    refused = visit.post(f"{page}/published", page=page, url=other, instead=url, back="post")
    assert refused.status_code == 409
    assert delivery(town, id_).url == url


# --- the comment below the old post ---------------------------------------------------------


def test_the_pages_of_a_correction_show_the_comment_that_leads_to_it(town: Town) -> None:
    first = approved(town)
    put(town, first, "page_deputy", _D.PUBLISHED, url="https://facebook.com/old")
    number = follow_up(town, first, BulletinKind.CORRECTION)
    new = put(town, number, "page_deputy", _D.PUBLISHED, remote_id="2")
    with town.store.write() as session:
        correction = session.get_one(Bulletin, number)
        bare = unpointed(session, correction, {Network.FACEBOOK}, at=town.now)
        point(session, correction, bare, at=town.now)
        query = select(Delivery).where(Delivery.way == Way.POINTER)
        pointer = session.scalars(query).one()
        pointer.state, pointer.cause = _D.FAILED, "refused: comments are closed"
        id_ = pointer.id
    visit = town.visitor(COMMS)
    text = visit.get(f"/broadcast/{number}/posts/{new}").text
    assert f'<a href="/broadcast/{number}/posts/{id_}">앞선 글에 다는 안내 댓글</a>' in text
    text = visit.get(f"/broadcast/{number}/posts/{id_}").text
    assert 'href="https://facebook.com/old"' in text
    assert "앞선 글의 댓글로 그대로 올리신 뒤" in text
    assert "직접 올리기" not in visit.get(f"/broadcast/{number}").text


# --- taking down ----------------------------------------------------------------------------


def test_one_asks_with_a_reason_another_agrees_and_a_copy_stays(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED, text="잘못된 대피소 주소")
    assert press(town, COMMS, number, id_, "remove", why=" ").status_code == 409
    assert removal(town, id_) is None
    assert press(town, COMMS, number, id_, "remove", why="대피소가 잠겼음").status_code == 303
    asked = removal(town, id_)
    assert asked
    assert (asked.text, asked.asked_by, asked.agreed_by) == ("잘못된 대피소 주소", COMMS, None)
    assert press(town, SECOND, number, id_, "agree").status_code == 303
    agreed = removal(town, id_)
    assert agreed
    assert (agreed.agreed_by, agreed.removed_at) == (SECOND, None)
    assert delivery(town, id_).state is _D.PUBLISHED, "another program takes it down"
    text = town.visitor(COMMS).get(f"/broadcast/{number}/posts/{id_}").text
    assert "대피소가 잠겼음" in text
    assert "내리는 중" in text


def test_who_asked_does_not_agree_nor_does_the_comms_team(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    press(town, SECOND, number, id_, "remove", why="위험")
    own = press(town, SECOND, number, id_, "agree")
    assert own.status_code == 409
    assert "다른 관리자" in own.text
    assert press(town, COMMS, number, id_, "agree").status_code == 403
    page = f"/broadcast/{number}/posts/{id_}"
    assert f"{page}/agree" not in town.visitor(SECOND).get(page).text
    assert f"{page}/agree" in town.visitor(ADMINISTRATOR).get(page).text
    found = removal(town, id_)
    assert found
    assert found.agreed_at is None


def test_it_is_asked_and_agreed_once(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    press(town, COMMS, number, id_, "remove", why="위험")
    assert press(town, SECOND, number, id_, "remove", why="또").status_code == 409
    press(town, SECOND, number, id_, "agree")
    assert press(town, ADMINISTRATOR, number, id_, "agree").status_code == 409
    found = removal(town, id_)
    assert found
    assert found.agreed_by == SECOND


def test_what_is_not_up_or_was_not_asked_for_cannot_be_taken_down(town: Town) -> None:
    number = approved(town)
    queued = put(town, number, "x_relay", _D.QUEUED)
    assert press(town, COMMS, number, queued, "remove", why="위험").status_code == 409
    assert press(town, SECOND, number, queued, "agree").status_code == 409
    assert removal(town, queued) is None


def test_who_asked_withdraws_with_a_reason_that_stays_on_the_page(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    page = f"/broadcast/{number}/posts/{id_}"
    press(town, COMMS, number, id_, "remove", why="위험")
    assert f"{page}/withdraw" in town.visitor(COMMS).get(page).text
    assert f"{page}/withdraw" not in town.visitor(SECOND).get(page).text
    assert press(town, SECOND, number, id_, "withdraw", withdrawn_why="아님").status_code == 409
    refused = press(town, COMMS, number, id_, "withdraw", withdrawn_why=" ")
    assert "이유를 적어 주세요" in refused.text
    done = press(town, COMMS, number, id_, "withdraw", withdrawn_why="대피소는 열려 있음")
    assert done.status_code == 303
    assert removal(town, id_) is None
    text = town.visitor(SECOND).get(page).text
    assert "대피소는 열려 있음" in text
    assert f"{page}/agree" not in text
    assert f"{page}/remove" in text


def test_an_agreement_asks_for_the_run_that_takes_it_down_and_its_state_is_seen(
    town: Town,
) -> None:
    number = approved(town, exercise=False)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    pages = (f"/broadcast/{number}/posts/{id_}", f"/broadcast/{number}")
    press(town, COMMS, number, id_, "remove", why="위험")
    assert all("글 내리기 요청" in town.visitor(COMMS).get(page).text for page in pages)
    press(town, SECOND, number, id_, "agree")
    assert town.asked == ["mail", "reply"]
    assert all("내리는 중" in town.visitor(COMMS).get(page).text for page in pages)
    with town.store.write() as session:
        found = removal_of(session, id_)
        assert found
        found.cause, found.tries = "forbidden: answered 403", 1
    text = town.visitor(COMMS).get(pages[0]).text
    assert "아직 내리지 못했습니다" in text
    assert "네트워크가 이 계정에 허락하지 않았습니다." in text
    assert press(town, COMMS, number, id_, "removed").status_code == 303
    text = town.visitor(COMMS).get(pages[0]).text
    assert "직접 내림" in text
    assert "게시된 글 보기" not in text, "there is nothing to look at any more"
    assert "내려진 글" in town.visitor(COMMS).get(pages[1]).text
    public = town.browser().get(f"/disaster/{event_of(town, number)}").text
    assert "계정 1곳에서는 글을 내렸습니다" in public


def test_nothing_is_marked_as_taken_down_that_two_people_did_not_agree_on(town: Town) -> None:
    number = approved(town)
    id_ = put(town, number, "x_lead", _D.PUBLISHED)
    press(town, COMMS, number, id_, "remove", why="위험")
    assert press(town, COMMS, number, id_, "removed").status_code == 409


def test_the_manager_of_the_accounts_office_does_what_a_mail_asked_for_and_no_more(
    town: Town,
) -> None:
    number = approved(town)
    id_ = put(town, number, "x_river", _D.NEEDS_PERSON, text="이 글을 올려 주세요")
    page = f"/broadcast/{number}/posts/{id_}"
    reader = town.reader(OTHER_MANAGER, page)
    text = reader.get(page).text
    assert "이 글을 올려 주세요</textarea>" in text
    wrong = reader.post(f"{page}/published", page=page, url="https://x.example/1", back="post")
    assert wrong.status_code == 409
    assert "x.com의 것이어야 합니다" in wrong.text
    url = "https://x.com/river/status/77?s=20"
    done = reader.post(f"{page}/published", page=page, url=url, back="post")
    assert done.headers["location"] == f"{page}?done=bulletin_put_up"
    assert delivery(town, id_).remote_id == "77"
    assert town.visitor(OTHER_MANAGER).get(f"/broadcast/{number}").status_code == 403
    assert town.visitor(MANAGER).get(page).status_code == 404


def test_the_other_parts_on_the_account_are_named_for_each_comes_down_by_itself(
    town: Town,
) -> None:
    number = approved(town)
    first = put(town, number, "x_lead", _D.PUBLISHED)
    with town.store.write() as session:
        above = session.get_one(Delivery, first)
        kept = ("account_id", "message_id", "exercise", "text", "marker", "queued_at", "not_before")
        below = Delivery(
            **{name: getattr(above, name) for name in kept},
            part=2,
            key="part-2",
            state=_D.PUBLISHED,
            language=Language.EN,
        )
        session.add(below)
        session.flush()
        second = below.id
    text = town.visitor(COMMS).get(f"/broadcast/{number}/posts/{first}").text
    assert f"/broadcast/{number}/posts/{second}" in text
    assert "이 글을 내려도 아래 글은 그대로 있습니다" in text


def test_a_post_of_another_bulletin_is_not_there(town: Town) -> None:
    first, second = approved(town), approved(town, exercise=False)
    id_ = put(town, second, "x_lead", _D.PUBLISHED)
    assert town.visitor(COMMS).get(f"/broadcast/{first}/posts/{id_}").status_code == 404
    assert press(town, COMMS, first, id_, "remove", why="위험").status_code == 404
