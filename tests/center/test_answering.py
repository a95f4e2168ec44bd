"""The answer: previewed, sent once, reviewed where the office asks for it, and never lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from httpx import Response
from sqlalchemy import select

from registry.model import Network, Regime
from rules.case import Status
from rules.outbox import DeliveryState
from store.case_page import answers_of
from store.cases import by_number, join
from store.posts import Incoming, store_posts, without_case
from store.registry import apply
from store.tables import Answer, Delivery, Mail, Photo
from tests.center.pictures import bomb, picture
from tests.center.town import CASEWORKER, GARDENER, MANAGER, REVIEWER, Town, Visit, registry

BY = "교통운영과 이실무입니다(문의 02-120)."
TEXT = "현장에서 신호등 전구를 바꿨습니다."
REMEDY = "60일 안에 문서로 이의신청하실 수 있습니다."
REMEDY_WHOLE = f"이 결과에 이의가 있으시면 받으신 날부터 {REMEDY}"


def send(visit: Visit, number: str, text: str = TEXT, **fields: Any) -> Response:
    values = {"text": text, "step": "send", "previewed": "yes", **fields}
    return visit.post(f"/cases/{number}/answer", page=f"/cases/{number}", **values)


def answers(town: Town, number: str) -> list[Answer]:
    with town.store.read() as session:
        case = by_number(session, number)
        assert case
        return answers_of(session, case)


def deliveries(town: Town) -> list[Delivery]:
    with town.store.read() as session:
        return list(session.scalars(select(Delivery)))


def test_an_answer_is_in_the_outbox_with_the_press_of_the_button(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    answer = send(town.visitor(CASEWORKER), number)
    assert answer.headers["location"].endswith("done=answered")
    assert town.status(number) is Status.ANSWERED
    (delivery,) = deliveries(town)
    assert delivery.text == f"@minji_kim {BY} {TEXT} [{number}-1]"
    assert delivery.account_id == "x_town"
    assert town.asked == ["reply"]


def test_without_a_script_the_preview_comes_first_and_nothing_is_sent(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    shown = send(visit, number, previewed="")
    assert shown.status_code == 200
    assert f"@minji_kim {BY} {TEXT} [{number}-1]" in shown.text
    assert "이대로 답변 보내기" in shown.text
    assert f"{TEXT}</textarea>" in shown.text
    assert deliveries(town) == []
    assert send(visit, number).status_code == 303
    assert len(deliveries(town)) == 1


def test_what_is_too_long_is_cut_at_a_sentence_with_a_link_and_shown_so(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    long = TEXT * 12
    shown = send(town.visitor(CASEWORKER), number, long, previewed="")
    assert "문장 끝에서 자르고" in shown.text
    assert f"/c/{town.public_id(number)}" in shown.text
    send(town.visitor(CASEWORKER), number, long)
    (delivery,) = deliveries(town)
    assert delivery.text in shown.text, "what was shown is what goes out"
    assert answers(town, number)[0].text == long


def test_pressing_twice_sends_once(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    token = visit.token(f"/cases/{number}")
    fields = {"form_token": token, "text": TEXT, "step": "send", "previewed": "yes"}
    first = visit.post(f"/cases/{number}/answer", **fields)
    second = visit.post(f"/cases/{number}/answer", **fields)
    assert (first.status_code, second.status_code) == (303, 409)
    assert len(deliveries(town)) == 1
    assert f"{TEXT}</textarea>" in second.text, "what was typed is still there"


def test_an_empty_answer_is_refused(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    answer = send(town.visitor(CASEWORKER), number, " \n ")
    assert answer.status_code == 409
    assert "답변 내용을 적어 주세요" in answer.text


def test_the_citizen_gets_the_photo_with_its_description(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    answer = send(
        town.visitor(CASEWORKER),
        number,
        alt="새 신호등",
        files={"photo": ("../../evil.php", picture(), "text/html")},
    )
    assert answer.status_code == 303
    (delivery,) = deliveries(town)
    with town.store.read() as session:
        photo = session.get_one(Photo, delivery.photo_id)
    assert photo.alt == "새 신호등"
    assert photo.mime == "image/jpeg"
    assert photo.file
    assert photo.file.startswith("answers/")
    assert (town.settings.media / photo.file).is_file()
    page = town.visitor(CASEWORKER).get(f"/cases/{number}").text
    assert f'src="/cases/{number}/photos/{photo.id}" alt="새 신호등"' in page


def test_a_photo_without_a_description_is_kept_and_the_description_asked_for(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    asked = send(visit, number, files={"photo": ("a.jpg", picture(), "image/jpeg")})
    assert asked.status_code == 409
    assert "사진 설명을 적어 주세요" in asked.text
    assert f"{TEXT}</textarea>" in asked.text
    kept = asked.text.split('name="photo_id" value="')[1].split('"')[0]
    assert visit.get(f"/cases/{number}/photos/{kept}").status_code == 200
    assert send(visit, number, alt="새 신호등", photo_id=kept).status_code == 303
    assert str(deliveries(town)[0].photo_id) == kept


def test_a_photo_from_the_preview_can_be_left_out_again(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    shown = send(
        visit,
        number,
        previewed="",
        alt="새 신호등",
        files={"photo": ("a.jpg", picture(), "image/jpeg")},
    )
    kept = shown.text.split('name="photo_id" value="')[1].split('"')[0]
    assert kept
    send(visit, number, photo_id=kept, no_photo="yes", alt="새 신호등")
    assert deliveries(town)[0].photo_id is None


def test_the_photo_of_another_case_cannot_be_attached(town: Town) -> None:
    number, other = town.case(to=CASEWORKER), town.case("다른 건")
    visit = town.visitor(CASEWORKER)
    answer = send(visit, number, alt="훔친 사진", photo_id=str(town.photo(other)))
    assert answer.status_code == 409
    assert deliveries(town) == []


def test_a_photo_that_was_cleared_meanwhile_is_asked_for_again(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    answer = send(visit, number, alt="새 신호등", photo_id="999")
    assert answer.status_code == 409
    assert "사진을 다시 골라 주세요" in answer.text
    assert f"{TEXT}</textarea>" in answer.text
    assert 'name="photo_id" value=""' in answer.text


def test_a_broken_or_monstrous_photo_loses_no_text(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    for content, words in ((b"GIF89a broken", "읽을 수 없습니다"), (bomb(), "너무 큽니다")):
        answer = send(visit, number, files={"photo": ("a.png", content, "image/png")})
        assert answer.status_code == 409
        assert words in answer.text
        assert f"{TEXT}</textarea>" in answer.text
    assert answers(town, number) == []


def test_20_megabytes_are_refused_before_they_fill_anything(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    answer = send(visit, number, files={"photo": ("a.jpg", b"\xff" * 20_000_000, "image/jpeg")})
    assert answer.status_code == 413
    assert "10MB" in answer.text


def test_a_body_that_does_not_say_its_length_is_stopped_too(town: Town) -> None:
    visit = town.visitor(CASEWORKER)
    number = town.case(to=CASEWORKER)
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
    pieces = (piece for piece in [head, *[b"\xff" * 1_000_000] * 20, b"\r\n--x--\r\n"])
    answer = visit.client.post(
        f"/cases/{number}/answer",
        content=pieces,
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code == 413


def test_40000_characters_are_kept_whole_and_cut_for_the_network(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    long = "긴 답변입니다. " * 5_000
    assert send(town.visitor(CASEWORKER), number, long).status_code == 303
    assert answers(town, number)[0].text == long.strip()
    assert len(deliveries(town)[0].text) < 280


def test_where_the_office_reviews_the_manager_decides(town: Town) -> None:
    number = town.case("공원 벤치가 부서졌어요", office="parks")
    town.visitor(REVIEWER).post(
        f"/cases/{number}/designate", page=f"/cases/{number}", caseworker=GARDENER
    )
    gardener, reviewer = town.visitor(GARDENER), town.visitor(REVIEWER)
    written = send(gardener, number, "고쳤습니다.")
    assert written.headers["location"].endswith("done=in_review")
    assert deliveries(town) == []
    waiting = gardener.get(f"/cases/{number}").text
    assert "검토를 기다리는 답변" in waiting
    assert "승인 대기" in waiting
    assert "승인 대기 | 해치" in waiting, "its title says so too"
    assert "승인 대기" in gardener.get("/").text
    with town.store.read() as session:
        mail = session.query(Mail).where(Mail.event == "review").one()
    assert mail.facts == {"answer": "고쳤습니다."}, "the manager reads the answer in the mail"
    assert send(gardener, number, "하나 더").status_code == 409

    (first,) = answers(town, number)
    page = f"/cases/{number}"
    refused = reviewer.post(f"{page}/refuse", page=page, answer_id=first.id, why=" ")
    assert refused.status_code == 409
    reviewer.post(f"{page}/refuse", page=page, answer_id=first.id, why="언제 고쳤는지 적어 주세요")
    again = gardener.get(page).text
    assert "언제 고쳤는지 적어 주세요" in again
    assert "고쳤습니다.</textarea>" in again, "the writer goes on from what was there"

    send(gardener, number, "오늘 오후 고쳤습니다.")
    assert "오늘 오후 고쳤습니다." in reviewer.get(page).text
    approved = reviewer.post(f"{page}/approve", page=page, answer_id=answers(town, number)[1].id)
    assert approved.headers["location"].endswith("done=approved")
    said = "공원사업소 한정원입니다(문의 02-120). 오늘 오후 고쳤습니다."
    assert said in deliveries(town)[0].text


def test_a_draft_that_was_dropped_at_a_transfer_asks_the_next_office_for_nothing(
    town: Town,
) -> None:
    number = town.case("공원 벤치가 부서졌어요", office="parks", to=None)
    page = f"/cases/{number}"
    reviewer = town.visitor(REVIEWER)
    reviewer.post(f"{page}/designate", page=page, caseworker=GARDENER)
    send(town.visitor(GARDENER), number, "공원 초안입니다.")
    town.now += timedelta(minutes=5)
    reviewer.post(f"{page}/transfer", page=page, office="lights", why="신호등 건입니다")
    town.now += timedelta(minutes=5)
    town.visitor(MANAGER).post(f"{page}/designate", page=page, caseworker=CASEWORKER)
    text = town.visitor(CASEWORKER).get(page).text
    assert 'name="text"' in text, "the new office writes its own answer"
    assert "보완 요청" not in text
    assert "공원 초안입니다." not in text


def test_an_answer_of_another_case_cannot_be_approved(town: Town) -> None:
    number = town.case("벤치", office="parks")
    town.visitor(REVIEWER).post(
        f"/cases/{number}/designate", page=f"/cases/{number}", caseworker=GARDENER
    )
    send(town.visitor(GARDENER), number, "고쳤습니다.")
    other = town.case("그네", office="parks")
    page = f"/cases/{other}"
    answer = town.visitor(REVIEWER).post(f"{page}/approve", page=page, answer_id=1)
    assert answer.status_code == 409
    assert deliveries(town) == []


def test_what_was_written_to_the_mayor_is_answered_by_the_citys_own_account(town: Town) -> None:
    number = town.case("시장님 고쳐 주세요", to=CASEWORKER, account_id="x_mayor")
    shown = send(town.visitor(CASEWORKER), number, previewed="")
    assert "@town" in shown.text
    assert "@mayor" not in shown.text
    assert "시장 계정에 주신 말씀에 답변드립니다." in shown.text
    send(town.visitor(CASEWORKER), number)
    (delivery,) = deliveries(town)
    assert delivery.account_id == "x_town"
    assert f"시장 계정에 주신 말씀에 답변드립니다. {TEXT}" in delivery.text


def test_of_two_citizens_only_the_one_who_asked_the_mayor_is_told_so(town: Town) -> None:
    number = town.case("시장님 고쳐 주세요", to=CASEWORKER, account_id="x_mayor")
    with town.store.write() as session:
        case = by_number(session, number)
        assert case
        other = Incoming(
            network=Network.X,
            remote_id="other-1",
            account_id="x_town",
            author_id="other",
            author_handle="other",
            author_name="다른이",
            text="저도요",
            url="",
            created_at=town.now,
        )
        store_posts(session, [other], at=town.now)
        join(session, case, without_case(session)[-1], at=town.now)
    send(town.visitor(CASEWORKER), number)
    told = {d.text.split()[0]: "시장 계정에" in d.text for d in deliveries(town)}
    assert told == {"@minji_kim": True, "@other": False}


def test_a_case_of_a_retired_account_can_be_answered_by_a_persons_hand(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    with town.store.write() as session:
        apply(session, registry(accounts={}), at=town.now)
    visit = town.visitor(CASEWORKER)
    assert "SNS소통팀이 직접 올립니다" in visit.get(f"/cases/{number}").text
    assert send(visit, number).status_code == 303
    assert deliveries(town)[0].state is DeliveryState.NEEDS_PERSON


def bind_by_law(town: Town, office: str = "lights") -> None:
    """From now on the law's own clock binds this office."""
    offices = dict(registry().offices)
    offices[office] = replace(offices[office], regime=Regime.STATUTORY)
    with town.store.write() as session:
        apply(session, registry(offices=offices), at=town.now)


def test_a_refusal_by_law_says_the_remedy_and_is_seen_before_it_goes_out(town: Town) -> None:
    bind_by_law(town)
    number = town.case(to=CASEWORKER)
    visit = town.visitor(CASEWORKER)
    assert 'name="refusal"' in visit.get(f"/cases/{number}").text
    shown = send(visit, number, "예산이 없어 설치해 드릴 수 없습니다.", refusal="yes")
    assert deliveries(town) == [], "its writer sees the added words first"
    assert f"{REMEDY}</textarea>" in shown.text
    assert 'name="refusal"' not in shown.text, "it is said once"
    send(visit, number, f"예산이 없어 설치해 드릴 수 없습니다.\n{REMEDY_WHOLE}")
    (delivery,) = deliveries(town)
    assert REMEDY in delivery.text


def test_a_long_refusal_leads_to_the_remedy_on_the_public_page(town: Town) -> None:
    bind_by_law(town)
    number = town.case(to=CASEWORKER)
    send(town.visitor(CASEWORKER), number, f"{TEXT * 12}\n{REMEDY_WHOLE}")
    (delivery,) = deliveries(town)
    assert BY in delivery.text
    assert "전체 답변과 이의신청 안내: http" in delivery.text
    page = town.browser().get(f"/c/{town.public_id(number)}").text
    assert REMEDY in page
    assert "문의: 교통운영과 02-120" in page


def test_where_only_the_citys_own_promise_binds_no_remedy_is_asked_for(town: Town) -> None:
    number = town.case(to=CASEWORKER)
    assert 'name="refusal"' not in town.visitor(CASEWORKER).get(f"/cases/{number}").text
