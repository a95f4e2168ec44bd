"""The page of a case: everything in one place, and nothing of a citizen's text ever runs."""

from datetime import timedelta

from center.show import marked, web_address
from registry.model import Role, Staff
from rules.case import Status
from store.cases import by_number
from store.registry import apply
from tests.center.town import CASEWORKER, COLLEAGUE, COMMS, MANAGER, Town, registry


def page(town: Town, number: str, who: str = MANAGER) -> str:
    answer = town.visitor(who).get(f"/cases/{number}")
    assert answer.status_code == 200
    return str(answer.text)


def test_it_says_what_where_whose_and_until_when_and_why(town: Town) -> None:
    text = page(town, town.case())
    assert "사흘째 꺼져" in text
    assert "시청 앞" in text
    assert "https://www.openstreetmap.org/?mlat=37.56650" in text
    assert "@minji_kim" in text
    assert "2026. 11. 27.(금) 18:00" in text
    assert "이 날짜인 이유" in text
    assert "11월 27일(금)" in text or "2026-11-27" in text or "11.27" in text
    assert "확신도 61%" in text
    assert "<mark>신호등</mark>" in text


def test_html_in_a_post_is_text(town: Town) -> None:
    text = page(town, town.case("<script>alert(1)</script><img src=x onerror=alert(2)>"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


def test_html_in_a_name_a_handle_and_a_place_is_text(town: Town) -> None:
    evil = '"><script>x()</script>'
    text = page(town, town.case(author_name=evil, author_handle=evil, place=evil))
    assert "<script>x()" not in text


def test_a_javascript_address_is_no_link(town: Town) -> None:
    text = page(town, town.case("눌러 보세요", url="javascript:alert(1)"))
    assert "javascript:" not in text
    for spelling in ("JavaScript:alert(1)", " javascript:x", "data:text/html,x", "//", "http://"):
        assert web_address(spelling) == ""
    assert web_address("https://x.example/1") == "https://x.example/1"


def test_words_are_marked_by_themselves_whatever_they_contain(town: Town) -> None:
    assert marked("신호등이 고장", ["신호등"]) == [("신호등", True), ("이 고장", False)]
    assert marked("a.b a+b", ["a+b", "."]) == [
        ("a", False),
        (".", True),
        ("b ", False),
        ("a+b", True),
    ]
    assert marked("무엇", []) == [("무엇", False)]


def test_the_words_that_decided_are_named_without_their_particles(town: Town) -> None:
    number = town.case("신호등이 골목에 쓰러졌어요")
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        case.words = ["신호등이", "골목에"]
    text = page(town, number)
    assert "<li>신호등</li><li>골목</li>" in text
    assert "<mark>신호등이</mark>" in text, "in the post itself as it was written"


def test_photos_are_served_to_whom_the_case_is_open_and_nothing_else_is(town: Town) -> None:
    number, other = town.case(), town.case("다른 건")
    photo = town.photo(number)
    visit = town.visitor(MANAGER)
    answer = visit.get(f"/cases/{number}/photos/{photo}")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert visit.get(f"/cases/{other}/photos/{photo}").status_code == 404
    assert visit.get(f"/cases/{number}/photos/99").status_code == 404


def test_a_file_name_that_leads_out_of_the_folder_is_not_served(town: Town) -> None:
    from store.tables import Photo

    number = town.case()
    photo = town.photo(number)
    (town.settings.var / "secret.jpg").write_bytes(b"secret")
    with town.store.write() as session:
        session.get_one(Photo, photo).file = "../secret.jpg"
    assert town.visitor(MANAGER).get(f"/cases/{number}/photos/{photo}").status_code == 404


def test_the_history_names_people_by_name(town: Town) -> None:
    text = page(town, town.case(to=CASEWORKER))
    assert "담당자 지정" in text
    assert "김관리" in text
    assert "이실무" in text


def test_forms_are_shown_to_those_only_who_may_use_them(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    forms = {
        who: {
            act
            for act in ("designate", "answer", "hand-back", "transfer", "extend")
            if f'action="/cases/{number}/{act}"' in page(town, number, who)
        }
        for who in (MANAGER, CASEWORKER, COLLEAGUE, COMMS)
    }
    assert forms == {
        MANAGER: {"designate", "answer", "hand-back", "transfer", "extend"},
        CASEWORKER: {"answer", "extend"},
        COLLEAGUE: set(),
        COMMS: {"designate", "transfer"},
    }


def test_an_overdue_case_says_by_how_much(town: Town) -> None:
    number = town.case(received=town.now - timedelta(days=9))
    text = page(town, number)
    assert "기한 지남" in text
    assert "일 지났습니다" in text


def test_an_answered_case_like_this_one_is_offered(town: Town) -> None:
    old = town.case("시청 앞 횡단보도 신호등이 꺼져 있습니다", to=CASEWORKER)
    answered(town, old, "전구를 바꿨습니다.")
    text = page(town, town.case())
    assert "비슷한 건의 답변" in text
    assert "전구를 바꿨습니다." in text
    unlike = page(town, town.case("노래 경연 대회 신청은 어디서 하나요"))
    assert "비슷한 건의 답변" not in unlike


def test_a_case_of_a_retired_office_can_still_be_read(town: Town) -> None:
    number = town.case(office="river")
    offices = {key: office for key, office in registry().offices.items() if key != "river"}
    staff = tuple(person for person in registry().staff if person.office != "river")
    with town.store.write() as session:
        apply(session, registry(offices=offices, staff=staff), at=town.now)
    assert "강변구" in page(town, number, COMMS)


def test_one_person_in_two_roles_is_listed_once(town: Town) -> None:
    twice = Staff(email=MANAGER, name="김관리", office="lights", role=Role.CASEWORKER)
    with town.store.write() as session:
        apply(session, registry(staff=(*registry().staff, twice)), at=town.now)
    assert page(town, town.case()).count(f'<option value="{MANAGER}"') == 1


def answered(town: Town, number: str, text: str) -> None:
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        town.desk(session, CASEWORKER).answer(case, text, body=text, more="…")
        assert case.status is Status.ANSWERED
