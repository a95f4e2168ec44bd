"""The public page: everybody sees the matter and its answer, nobody sees who it was."""

import pytest
from sqlalchemy import select

from rules.case import Status
from store.cases import by_number, posts_of
from store.desk import withdraw
from store.posts import erase
from store.tables import Photo
from tests.center.pictures import picture
from tests.center.town import CASEWORKER, COMMS, Town

PRIVATE = (
    "제 번호는 010-1234-5678, 주민번호 900101-1234567, 메일 minji@mail.example, 차는 12가 3456입니다. "
    "전각으로 ０１０－９８７６－５４３２. 카드 4111-1111-1111-1111"
)


def page(town: Town, number: str) -> str:
    answer = town.browser().get(f"/c/{town.public_id(number)}")
    assert answer.status_code == 200
    return str(answer.text)


def answer(town: Town, number: str, text: str, **more: object) -> None:
    visit = town.visitor(CASEWORKER)
    path = f"/cases/{number}"
    sent = visit.post(f"{path}/answer", page=path, text=text, step="send", previewed="yes", **more)
    assert sent.status_code == 303


def test_no_sign_in_is_asked_and_no_robot_is_let_in(town: Town) -> None:
    found = town.browser().get(f"/c/{town.public_id(town.case())}")
    assert found.status_code == 200
    assert 'content="noindex' in found.text
    assert "noindex" in found.headers["x-robots-tag"]


def test_private_data_is_masked_in_the_post_and_in_the_answer(town: Town) -> None:
    number = town.case(PRIVATE, to=CASEWORKER)
    answer(town, number, "김민지님(@minji_kim), 010-1234-5678로 연락드렸습니다. 문의 02-120")
    text = page(town, number)
    for secret in (
        "1234-5678",
        "1234567",
        "minji@mail",
        "가 3456",
        "９８７６",
        "4111-1111",
        "minji_kim",
        "김민지",
    ):
        assert secret not in text, secret
    assert "02-120" in text, "the city's own number stays"
    assert "김*지" in text


def test_an_answer_is_shown_once_it_was_approved(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    assert "확인하고 있습니다" in page(town, number)
    answer(town, number, "전구를 바꿨습니다.")
    text = page(town, number)
    assert "교통운영과 답변" in text
    assert "전구를 바꿨습니다." in text
    assert "이실무" not in text
    assert CASEWORKER not in text


def test_photos_of_the_citizen_and_of_the_answer_are_shown_and_no_other(town: Town) -> None:
    number, other = town.case(to=CASEWORKER), town.case("다른 건")
    mine, theirs = town.photo(number), town.photo(other)
    answer(
        town, number, "바꿨습니다", alt="새 등", files={"photo": ("a.jpg", picture(), "image/jpeg")}
    )
    with town.store.read() as session:
        uploaded = session.scalars(select(Photo.id).where(Photo.post_id.is_(None))).one()
    base = f"/c/{town.public_id(number)}/photos"
    browser = town.browser()
    assert browser.get(f"{base}/{mine}").status_code == 200
    assert browser.get(f"{base}/{uploaded}").status_code == 200
    assert browser.get(f"{base}/{theirs}").status_code == 404


def test_a_photo_of_an_unsent_answer_is_not_public(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    path = f"/cases/{number}"
    town.visitor(CASEWORKER).post(
        f"{path}/answer",
        page=path,
        text="초안",
        alt="초안 사진",
        files={"photo": ("a.jpg", picture(), "image/jpeg")},
    )
    with town.store.read() as session:
        draft = session.scalars(select(Photo.id)).one()
    assert town.browser().get(f"/c/{town.public_id(number)}/photos/{draft}").status_code == 404


def test_what_the_citizen_deleted_is_gone_here_too(town: Town) -> None:
    number = town.case("지울 글입니다")
    photo = town.photo(number)
    public = f"/c/{town.public_id(number)}"
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        for post in posts_of(session, case):
            erase(session, post, at=town.now)
        withdraw(session, case, at=town.now)
    gone = town.browser().get(public)
    assert gone.status_code == 410
    assert "지울 글입니다" not in gone.text
    assert town.browser().get(f"{public}/photos/{photo}").status_code == 410
    staff = town.visitor(COMMS).get(f"/cases/{number}")
    assert staff.status_code == 200
    assert "지울 글입니다" not in staff.text


def test_what_was_dismissed_is_nobodys_business(town: Town) -> None:
    number = town.case("날씨 좋다", office=None)
    town.visitor(COMMS).post(f"/triage/{number}/dismiss", page="/triage", kind="chatter")
    assert town.status(number) is Status.DISMISSED
    assert town.browser().get(f"/c/{town.public_id(number)}").status_code == 404


@pytest.mark.parametrize("guess", ["1", "2026-000001", "../etc/passwd", "%00", "a" * 5000])
def test_a_guessed_address_gives_nothing(town: Town, guess: str) -> None:
    town.case()
    assert town.browser().get(f"/c/{guess}").status_code == 404


def test_html_is_text_here_too(town: Town) -> None:
    assert "<script>alert" not in page(town, town.case("<script>alert(1)</script>"))
