"""A reply that only a person can bring out: those whose account it is have a page for it."""

from datetime import timedelta

import pytest

from rules.outbox import DeliveryState
from store.tables import Case, Delivery, Message, Post
from tests.center.broadcasts import make_ready
from tests.center.replying import reply_on
from tests.center.town import COMMS, OTHER_MANAGER, Town

UP = "https://x.com/river/77"


@pytest.fixture
def reply(town: Town) -> int:
    """On an account of the district whose manager is OTHER_MANAGER."""
    make_ready(town)
    return reply_on(town, "x_river", cause="credential: there is no secret")


def read(town: Town, delivery_id: int) -> Delivery:
    with town.store.read() as session:
        return session.get_one(Delivery, delivery_id)


def test_its_owner_sees_the_text_to_copy_the_post_the_deadline_and_the_box(
    town: Town, reply: int
) -> None:
    text = town.visitor(OTHER_MANAGER).get(f"/outbox/{reply}").text
    assert "고쳤습니다" in text
    assert f'data-copy="text-{reply}"' in text
    assert 'href="https://x.example/' in text
    assert "처리기한" in text
    assert f'action="/outbox/{reply}/published"' in text
    assert "/again" not in text
    assert "로그인하고 열기" not in text


def test_a_mail_opens_it_and_the_address_settles_it(town: Town, reply: int) -> None:
    page = f"/outbox/{reply}"
    visit = town.reader(OTHER_MANAGER, page)
    wrong = visit.post(f"{page}/published", page=page, url="https://x.example/1", back="post")
    assert wrong.status_code == 409
    assert "x.com의 것이어야 합니다" in wrong.text
    assert 'value="https://x.example/1"' in wrong.text
    done = visit.post(f"{page}/published", page=page, url=f"{UP}?s=20", back="post")
    assert done.headers["location"] == f"{page}?done=put_up"
    assert "직접 올린 것으로 기록했습니다" in visit.get(f"{page}?done=put_up").text
    now = read(town, reply)
    assert (now.state, now.remote_id) == (DeliveryState.PUBLISHED, "77")
    assert OTHER_MANAGER in now.cause
    assert town.asked == ["reply"]


def test_the_comms_team_settles_it_from_either_page(town: Town, reply: int) -> None:
    visit = town.visitor(COMMS)
    done = visit.post(f"/outbox/{reply}/published", page=f"/outbox/{reply}", url=UP, back="post")
    assert done.headers["location"] == f"/outbox/{reply}?done=put_up"


def test_a_practice_networks_address_is_proof_in_practice_only(town: Town, reply: int) -> None:
    twin = f"{town.settings.practice}/@river/1"
    visit = town.visitor(COMMS)
    visit.post(f"/outbox/{reply}/published", page="/outbox", url=twin)
    assert read(town, reply).url == twin


def put_up(town: Town, reply: int, **read_back: object) -> str:
    """The reply is up, and what was read of it since; its page, as its owner sees it."""
    page = f"/outbox/{reply}"
    visit = town.visitor(OTHER_MANAGER)
    visit.post(f"{page}/published", page=page, url=UP, back="post")
    with town.store.write() as session:
        row = session.get_one(Delivery, reply)
        for name, value in read_back.items():
            setattr(row, name, value)
    return visit.get(page).text


def test_its_page_says_what_reading_the_account_showed(town: Town, reply: int) -> None:
    later = town.now + timedelta(minutes=4)
    assert "곧 계정을 읽어" in put_up(town, reply)
    assert "아직 계정을 읽어 확인하지 못했습니다" in put_up(town, reply, not_before=later)
    missing = put_up(town, reply, not_before=later, readings=2)
    assert "계정을 2번 끝까지 읽었지만 이 글이 보이지 않습니다" in missing
    assert "계정에서 확인" not in missing
    assert "주소 고치기" in missing
    seen = put_up(town, reply, seen_at=later)
    assert "계정에서 확인" in seen
    assert "보이지 않습니다" not in seen
    assert "주소 고치기" not in seen


def test_a_wrong_address_is_put_right_by_who_saw_it_last(town: Town, reply: int) -> None:
    put_up(town, reply)
    page, right = f"/outbox/{reply}", "https://x.com/river/78"
    visit = town.visitor(OTHER_MANAGER)
    wrong = visit.post(f"{page}/published", page=page, url="https://a.example/1", instead=UP)
    assert wrong.status_code == 409
    done = visit.post(f"{page}/published", page=page, url=right, instead=UP)
    assert done.status_code == 303
    assert (read(town, reply).url, read(town, reply).remote_id) == (right, "78")
    late = visit.post(f"{page}/published", page=page, url="https://x.com/river/79", instead=UP)
    assert late.status_code == 409
    assert read(town, reply).url == right
    with town.store.read() as session:
        case = session.get_one(Case, session.get_one(Delivery, reply).message.case_id)
        named = [line.why for line in case.history if line.what == "by hand: put up"]
    assert [str(why).split()[-1] for why in named] == [UP, right]


def test_what_was_written_in_private_is_for_the_comms_team_alone(town: Town, reply: int) -> None:
    with town.store.write() as session:
        message = session.get_one(Delivery, reply).message
        session.get_one(Post, session.get_one(Message, message.id).post_id).public = False
    assert town.visitor(OTHER_MANAGER).get(f"/outbox/{reply}").status_code == 404
    assert town.visitor(COMMS).get(f"/outbox/{reply}").status_code == 200


def test_what_is_settled_offers_no_box(town: Town) -> None:
    make_ready(town)
    reply = reply_on(town, "x_river", state=DeliveryState.CANCELLED)
    text = town.visitor(OTHER_MANAGER).get(f"/outbox/{reply}").text
    assert "/published" not in text


@pytest.mark.parametrize("number", ["0", "999999", "9" * 30])
def test_a_reply_that_there_is_not_is_not_found(town: Town, number: str) -> None:
    assert town.visitor(COMMS).get(f"/outbox/{number}").status_code == 404
