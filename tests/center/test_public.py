"""The public page: everybody sees the matter and its answer, nobody sees who it was."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from rules.case import Status
from store.cases import by_number, join, posts_of
from store.desk import withdraw
from store.posts import Incoming, erase, store_posts, without_case
from store.registry import apply
from store.tables import Photo, PhotoState
from tests.center.pictures import picture
from tests.center.town import CASEWORKER, COMMS, Town, registry

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


def test_the_offices_own_numbers_stay_and_a_citizens_beside_them_does_not(town: Town) -> None:
    city = replace(registry().city, phones="02-2133;031-8008")
    with town.store.write() as session:
        apply(session, registry(city=city), at=town.now)
    number = town.case(to=CASEWORKER)
    answer(town, number, "담당 02-2133-2345, (031)8008-1234. 옆집 02-345-6789로도 들었습니다.")
    text = page(town, number)
    assert "02-2133-2345" in text
    assert "(031)8008-1234" in text
    assert "02-345-6789" not in text


def test_html_is_text_here_too(town: Town) -> None:
    assert "<script>alert" not in page(town, town.case("<script>alert(1)</script>"))


def in_private(town: Town, number: str, text: str, *, author: str = "") -> int:
    """A citizen, the same or `author`, adds a direct message with a photo; the photo's id."""
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        first = posts_of(session, case)[0]
        message = Incoming(
            network=first.network,
            remote_id="direct-1",
            account_id=first.account_id,
            author_id=author or first.author_id,
            author_handle="minji_private",
            author_name="김민지",
            text=text,
            url="",
            created_at=town.now,
            public=False,
        )
        store_posts(session, [message], at=town.now)
        post = without_case(session)[-1]
        join(session, case, post, at=town.now)
        photo = Photo(
            post_id=post.id,
            state=PhotoState.KEPT,
            remote_url="https://x.example/direct.jpg",
            alt="",
            file="posts/direct.jpg",
            mime="image/jpeg",
        )
        session.add(photo)
        session.flush()
        (town.settings.media / "posts").mkdir(parents=True, exist_ok=True)
        (town.settings.media / "posts/direct.jpg").write_bytes(picture())
        return photo.id


def test_what_was_written_in_private_is_not_shown_nor_its_photo(town: Town) -> None:
    number = town.case("신호등이 꺼졌어요", to=CASEWORKER)
    seen = town.photo(number)
    photo = in_private(town, number, "사실 저희 집 앞 501호입니다", author="neighbour")
    answer(town, number, "고쳤습니다. minji_private님 고맙습니다.")
    text = page(town, number)
    assert "신호등이 꺼졌어요" in text
    assert "고쳤습니다." in text
    assert "501호" not in text
    assert "minji_private" not in text
    base = f"/c/{town.public_id(number)}/photos"
    assert town.browser().get(f"{base}/{seen}").status_code == 200
    assert town.browser().get(f"{base}/{photo}").status_code == 404


def test_an_answer_that_was_said_in_private_alone_is_not_shown(town: Town) -> None:
    number = town.case("신호등이 꺼졌어요", to=CASEWORKER)
    in_private(town, number, "501호로 연락 주세요")
    answer(town, number, "501호에 들러 설명드렸습니다.")
    text = page(town, number)
    assert "501호" not in text
    assert "답변은 글을 쓰신 분께 따로 드립니다" in text


@pytest.mark.parametrize("public", [True, False])
def test_a_place_that_only_a_private_post_named_stays_hidden(town: Town, public: bool) -> None:
    number = town.case(place="")
    in_private(town, number, "여기요")
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        first, direct = posts_of(session, case)
        (first if public else direct).place = case.place = "남산 전망대"
    assert ("남산 전망대" in page(town, number)) is public


def test_where_all_was_written_in_private_there_is_no_page_and_no_link_to_one(town: Town) -> None:
    number = town.case("집 앞입니다", public=False, to=CASEWORKER)
    photo = town.photo(number)
    public = f"/c/{town.public_id(number)}"
    assert town.browser().get(public).status_code == 404
    assert town.browser().get(f"{public}/photos/{photo}").status_code == 404
    assert public not in town.visitor(CASEWORKER).get(f"/cases/{number}").text


def test_the_public_post_deleted_leaves_no_page_to_the_private_one(town: Town) -> None:
    number = town.case("지울 글")
    in_private(town, number, "남은 글")
    assert town.browser().get(f"/c/{town.public_id(number)}").status_code == 200
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        erase(session, posts_of(session, case)[0], at=town.now)
    assert town.browser().get(f"/c/{town.public_id(number)}").status_code == 404


def test_the_offices_own_addresses_stay_readable_and_no_others(town: Town) -> None:
    emails = {"lights": "lights@town.example", "river": "river.office@naver.com"}
    offices = {
        office.id: replace(office, email=emails.get(office.id, ""))
        for office in registry().offices.values()
    }
    with town.store.write() as session:
        apply(session, registry(offices=offices), at=town.now)
    said = "담당 lee@town.example, river.office@naver.com, 옆집 kim@naver.com, 02-120"
    text = page(town, town.case(said))
    for shown in ("lee@town.example", "river.office@naver.com", "02-120"):
        assert shown in text
    assert "kim@naver" not in text


def test_a_citizen_of_another_server_is_hidden_by_the_short_handle_too(town: Town) -> None:
    number = town.case("고장", to=CASEWORKER, author_handle="gildong@far.example", author_name="")
    answer(town, number, "@gildong 님, gildong@far.example 님께 답합니다")
    assert "gildong" not in page(town, number)
