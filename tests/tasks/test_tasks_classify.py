"""What a post is, and who answers it: decided where the machine is sure, asked where it is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry.model import OfficeKind
from routing.retrain import sample
from rules.case import Status
from rules.kind import Kind, Urgency
from store import registry as registry_store
from store.cases import join
from store.engine import Store
from store.tables import MACHINE, Answer, Case, Designation, Mail, Model, Post
from tasks.classify import classify
from tasks.open_cases import open_cases
from tasks.retrain import retrain
from tasks.router import router
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock
from tests.tasks.conftest import Settle

SURE = "시청역 앞 횡단보도 신호등이 사흘째 꺼져 있어요. 신호등 고장 수리 부탁드립니다."

Received = Callable[..., int]


@pytest.fixture
def city(work_in: Settle, seoul: Store, clock: Clock) -> Workplace:
    """All of Seoul, none of whose sure decisions are sampled."""
    place = work_in(seoul, now=clock)
    return replace(place, settings=place.settings.model_copy(update={"sample": 0.0}))


@pytest.fixture
def received(city: Workplace) -> Received:
    def receive(text: str, **more: object) -> int:
        with city.store.write() as session:
            post = builders.post(session, text=text, **more)
        open_cases(city)
        with city.store.read() as session:
            found = session.get_one(Post, post.id).case_id
        assert found is not None
        return found

    return receive


def case(place: Workplace, case_id: int) -> Case:
    with place.store.read() as session:
        return session.get_one(Case, case_id)


def settled(place: Workplace, case_id: int, status: Status) -> None:
    """The case as it is once the answer is out."""
    with place.store.write() as session:
        found = session.get_one(Case, case_id)
        found.move(Status.ASSIGNED, who="x", at=place.now())
        found.move(Status.ANSWERED, who="x", at=place.now())
        if status is Status.REPLIED:
            found.move(Status.REPLIED, who="x", at=place.now())
            found.replied_at = place.now()


def reacts(place: Workplace, case_id: int, text: str, **more: object) -> None:
    with place.store.write() as session:
        found = session.get_one(Case, case_id)
        post = builders.post(session, text=text, created_at=place.now(), **more)
        join(session, found, post, at=place.now())
        found.unread = True


def test_a_sure_case_goes_to_its_office_with_the_words_that_decided_it(
    city: Workplace, received: Received
) -> None:
    number = received(f"@x_mayor {SURE}")
    done = classify(city)
    found = case(city, number)
    assert (done.routed, found.status) == (1, Status.ROUTED)
    assert found.office_id == "traffic_ops"
    assert "신호등" in " ".join(found.words)
    assert found.decided_by == MACHINE
    assert found.confidence is not None
    assert found.due_at is not None
    with city.store.read() as session:
        assert {m.event for m in session.scalars(select(Mail))} == {"assigned"}


def test_what_it_cannot_tell_goes_to_triage_with_three_guesses(
    city: Workplace, received: Received
) -> None:
    number = received("이거 왜 이러는 건가요? 담당자분 확인 좀 해주세요")
    classify(city)
    found = case(city, number)
    assert found.status is Status.TRIAGE
    assert found.office_id is None
    assert len(found.guesses) <= 3
    with city.store.read() as session:
        why = session.get_one(Case, found.id).history[-1].why or ""
    assert "소통팀이 분류" in why, "the page of the case says it in Korean"


def test_which_account_is_named_makes_no_difference(city: Workplace, received: Received) -> None:
    offices: set[tuple[str | None, Status]] = set()
    for mention in ("@x_mayor", "@facebook_seoul", "@x_metro @x_seoul", ""):
        number = received(f"{mention} {SURE} {len(offices)}", public=False)
        classify(city)
        found = case(city, number)
        offices.add((found.office_id, found.status))
    assert len(offices) == 1


def test_only_what_surely_needs_no_answer_is_dismissed(city: Workplace, received: Received) -> None:
    thanks = received("신호등 고쳐 주셔서 정말 감사합니다! 수고 많으셨어요 ^^")
    photo_only = received("")
    emoji = received("🚦")
    complaint = received("ㅋㅋㅋ 감사하긴 한데 신호등은 언제 고치나요? 아직도 꺼져 있어요")
    classify(city)
    assert case(city, thanks).status is Status.DISMISSED
    for number in (photo_only, emoji, complaint):
        assert case(city, number).status is not Status.DISMISSED


def test_an_urgent_case_nobody_is_sure_of_calls_the_comms_team(
    city: Workplace, received: Received
) -> None:
    received("지금 사람이 쓰러져 있고 가스 냄새가 심하게 나요 폭발할 것 같아요 살려주세요")
    classify(city)
    with city.store.read() as session:
        found = session.scalars(select(Case)).one()
        mails = session.scalars(select(Mail)).all()
    assert found.urgency is Urgency.URGENT
    wanted = "triage_urgent" if found.status is Status.TRIAGE else "assigned"
    assert {mail.event for mail in mails} == {wanted}
    assert mails


def test_a_share_of_the_sure_ones_is_shown_to_people_as_well(
    city: Workplace, received: Received
) -> None:
    number = received(SURE)
    everything = replace(city, settings=city.settings.model_copy(update={"sample": 1.0}))
    classify(everything)
    found = case(city, number)
    assert found.sampled
    assert found.status is Status.TRIAGE
    assert found.guesses[0][0] == "traffic_ops"


def test_three_in_a_hundred_are_sampled() -> None:
    shown = sum(sample(f"2026-{n:06d}", 0.03) for n in range(10_000))
    assert 200 < shown < 400


def test_a_persons_faster_decision_stands(city: Workplace, received: Received) -> None:
    number = received(SURE)
    with city.store.write() as session:
        builders.desk(session, who="someone", registry=city.registry).route(
            session.get_one(Case, number), next(iter(city.registry.offices))
        )
    before = case(city, number)
    assert classify(city).routed == 0
    assert case(city, number).office_id == before.office_id


def test_an_office_retired_since_the_machine_learned_it_gets_nothing(
    city: Workplace, received: Received
) -> None:
    open_case = received(SURE)
    classify(city)
    later = received(f"{SURE} 두 번째 신고", created_at=NOW + timedelta(hours=3))
    known = city.registry
    offices = {id_: office for id_, office in known.offices.items() if id_ != "traffic_ops"}
    with city.store.write() as session:
        registry_store.apply(session, replace(known, offices=offices), at=NOW)
    now = replace(city)
    classify(now)
    for number in {open_case, later}:
        assert case(now, number).status is Status.TRIAGE
        assert case(now, number).office_id is None


def test_a_complaint_after_the_answer_reopens_the_case_and_thanks_do_not(
    city: Workplace, received: Received, clock: Clock
) -> None:
    number = received(SURE)
    classify(city)
    settled(city, number, Status.REPLIED)
    clock.pass_(hours=2)
    reacts(city, number, "정말 감사합니다! 빨리 고쳐 주셨네요")
    assert classify(city).reopened == 0
    assert case(city, number).status is Status.REPLIED
    reacts(city, number, "신호등이 또 꺼졌어요. 하나도 안 고쳐졌습니다")
    reacts(city, number, "감사합니다")
    assert classify(city).reopened == 1
    found = case(city, number)
    assert found.status is Status.ROUTED, "the same office looks again"
    assert not found.unread


def test_what_a_person_closed_stays_closed_unless_there_is_danger_or_somebody_else(
    city: Workplace, received: Received, clock: Clock
) -> None:
    ids = [received(SURE, author_id="insists"), received(f"{SURE} 강남역입니다", author_id="other")]
    classify(city)
    for number in ids:
        settled(city, number, Status.REPLIED)
        with city.store.write() as session:
            session.get_one(Case, number).closed_at = city.now()
    clock.pass_(hours=2)
    reacts(city, ids[0], "신호등이 더 심해졌어요. 이제 반대쪽도 고장입니다", author_id="insists")
    reacts(
        city, ids[1], "신호등이 더 심해졌어요. 이제 반대쪽도 고장입니다", author_id="a neighbour"
    )
    assert classify(city).reopened == 1
    assert [case(city, number).status for number in ids] == [Status.REPLIED, Status.ROUTED]
    assert case(city, ids[1]).closed_at is None
    reacts(city, ids[0], "신호등 쪽에서 가스가 새고 있어요. 폭발할 것 같아요", author_id="insists")
    assert classify(city).reopened == 1


def test_a_photo_without_words_after_the_answer_is_looked_at(
    city: Workplace, received: Received
) -> None:
    number = received(SURE)
    classify(city)
    settled(city, number, Status.REPLIED)
    reacts(city, number, "@x_seoul", photos=(("http://127.0.0.1/p.jpg", ""),))
    assert classify(city).reopened == 1


def test_a_reaction_waits_while_the_answer_is_on_its_way(
    city: Workplace, received: Received
) -> None:
    number = received(SURE)
    classify(city)
    settled(city, number, Status.ANSWERED)
    reacts(city, number, "신호등이 더 심해졌어요. 이제 반대쪽도 고장입니다")
    assert classify(city).reopened == 0
    assert case(city, number).unread
    with city.store.write() as session:
        found = session.get_one(Case, number)
        found.move(Status.REPLIED, who="x", at=city.now())
    assert classify(city).reopened == 1


def test_a_question_to_a_dismissed_case_brings_it_to_a_person(
    city: Workplace, received: Received
) -> None:
    number = received("신호등 고쳐 주셔서 정말 감사합니다! 수고 많으셨어요 ^^")
    classify(city)
    reacts(city, number, "그런데 반대쪽 신호등은 언제 고치나요?")
    assert classify(city).reopened == 1
    assert case(city, number).status is Status.TRIAGE


@pytest.mark.parametrize("text", ["", "🚦", "=1+1", "<script>", "가" * 30_000, "/etc/hostname"])
def test_no_post_stops_the_others(city: Workplace, received: Received, text: str) -> None:
    odd = received(text)
    sound = received(SURE)
    classify(city)
    assert case(city, odd).status is not Status.RECEIVED
    assert case(city, sound).status is Status.ROUTED


def test_a_router_of_another_version_is_made_anew(city: Workplace, received: Received) -> None:
    with city.store.write() as session:
        model = session.scalars(select(Model).order_by(Model.id.desc())).first()
        assert model is not None
        model.content = b"from another time"
    number = received(SURE)
    classify(city)
    assert case(city, number).status is Status.ROUTED


def test_the_old_router_stays_until_there_is_enough_to_compare(
    city: Workplace, received: Received
) -> None:
    number = received("이거 왜 이러는 건가요? 담당자분 확인 좀 해주세요")
    classify(city)
    office = next(o.id for o in city.registry.offices.values() if o.kind is OfficeKind.DEPARTMENT)
    with city.store.write() as session:
        desk = builders.desk(session, who="someone", registry=city.registry)
        desk.route(session.get_one(Case, number), office)
    before = router(city)
    outcome = retrain(city)
    assert not outcome.replaced
    assert "needed to compare" in str(outcome)
    with city.store.read() as session:
        assert session.scalars(select(Designation)).one().office_id == office
        assert len(session.scalars(select(Model)).all()) == 1
        assert session.scalars(select(Answer)).all() == []
    assert router(city).classes == before.classes
    assert case(city, number).kind in {*Kind}
