"""What each act at the desk does, and when it is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from rules.case import Status
from rules.outbox import DeliveryState
from rules.terms import Term, terms_for
from store.case_page import said_in
from store.desk import ActRefused, Desk
from store.engine import Store
from store.tables import Answer, Case, Delivery, Designation, Mail, Message, MessageKind
from tests import builders
from tests.builders import CASEWORKER, COMMS, MANAGER, NOW


def _mails(session: Session) -> list[tuple[str, str]]:
    return [(mail.event, mail.to) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def _desk(session: Session, who: str, **more: object) -> Desk:
    return builders.desk(session, who=who, **more)  # type: ignore[arg-type]  # handed on


def _sent(session: Session, case: Case) -> list[Delivery]:
    return [said.delivery for said in said_in(session, case)]


def _status(case: Case) -> Status:
    return case.status


def test_routing_starts_the_clock_and_mails_the_manager(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        _desk(session, "haechi").route(case, "traffic", why="신호등")
        assert (case.status, case.office_id, case.decided_by) == (
            Status.ROUTED,
            "traffic",
            "haechi",
        )
        assert case.due_at is not None
        assert case.due_at > NOW
        assert case.due_why
        assert _mails(session) == [("assigned", MANAGER)]
        assert session.scalars(select(Designation)).all() == []


def test_what_a_person_routes_is_learnt_from(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        case.guesses, case.confidence = [["road", 0.4]], 0.4
        _desk(session, COMMS).route(case, "traffic")
        learnt = session.scalars(select(Designation)).one()
        assert (learnt.office_id, learnt.guess, learnt.by) == ("traffic", "road", COMMS)


def test_a_second_routing_is_refused(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        _desk(session, COMMS).route(case, "traffic")
        with pytest.raises(ActRefused, match="이미"):
            _desk(session, COMMS).route(case, "road")


def test_an_unknown_office_is_refused(store: Store) -> None:
    with store.write() as session, pytest.raises(ActRefused, match="없는 기관"):
        _desk(session, COMMS).route(builders.case(session), "moon")


def test_handing_back_needs_a_reason_and_goes_to_triage_with_the_better_office(
    store: Store,
) -> None:
    with store.write() as session:
        case = builders.assigned_case(session)
        with pytest.raises(ActRefused, match="사유"):
            _desk(session, MANAGER).hand_back(case, why=" ")
        _desk(session, MANAGER).hand_back(case, why="도로 파손입니다", better="road")
        assert (case.status, case.office_id, case.caseworker) == (Status.TRIAGE, None, None)
        assert case.guesses == [["road", 1.0]]
        assert "도로 파손입니다 → road office" in {line.why for line in case.history}


def test_after_three_hand_backs_the_comms_teams_decision_binds(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        for office in ("traffic", "road", "mapo"):
            _desk(session, COMMS).route(case, office)
            _desk(session, f"manager@{office}.example").hand_back(case, why="아닙니다")
        _desk(session, COMMS).route(case, "traffic")
        with pytest.raises(ActRefused, match="세 번 반려된"):
            _desk(session, MANAGER).hand_back(case, why="아닙니다")
        with pytest.raises(ActRefused, match="세 번 반려된"):
            _desk(session, MANAGER).transfer(case, "mapo", why="아닙니다")
        assert (case.status, case.office_id) == (Status.ROUTED, "traffic")


def test_a_transfer_needs_another_office_and_a_reason_and_keeps_the_due_date(
    store: Store,
) -> None:
    with store.write() as session:
        case = builders.assigned_case(session)
        due_at = case.due_at
        desk = _desk(session, MANAGER, at=NOW + timedelta(days=1))
        with pytest.raises(ActRefused, match="같은 기관"):
            desk.transfer(case, "traffic", why="이유")
        with pytest.raises(ActRefused, match="사유"):
            desk.transfer(case, "mapo", why="")
        desk.transfer(case, "mapo", why="이면도로입니다")
        assert (case.status, case.office_id, case.caseworker) == (Status.ROUTED, "mapo", None)
        assert case.due_at == due_at
        assert ("assigned", "manager@mapo.example") in _mails(session)


def test_only_the_offices_own_people_are_designated(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        _desk(session, COMMS).route(case, "traffic")
        with pytest.raises(ActRefused, match="직원이 아닙니다"):
            _desk(session, MANAGER).designate(case, "worker@road.example")
        _desk(session, MANAGER).designate(case, CASEWORKER)
        assert ("designated", CASEWORKER) in _mails(session)


def test_whoever_takes_a_case_gets_no_mail_about_it(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        _desk(session, COMMS).route(case, "traffic")
        _desk(session, MANAGER).designate(case, MANAGER)
        assert ("designated", MANAGER) not in _mails(session)


def test_an_extension_is_once_and_at_most_the_original_term_and_told(store: Store) -> None:
    with store.write() as session:
        case = builders.assigned_case(session)
        assert case.regime is not None
        assert case.kind is not None
        term = terms_for(case.regime, case.kind)
        assert term is not None
        desk = _desk(session, CASEWORKER)
        before = case.due_at
        with pytest.raises(ActRefused, match="사유"):
            desk.extend(case, term, why="", body="늦습니다")
        with pytest.raises(ActRefused, match="만큼까지"):
            desk.extend(case, _longer(term), why="부품", body="늦습니다")
        desk.extend(case, term, why="부품을 기다립니다", body="늦습니다")
        assert before is not None
        assert case.due_at is not None
        assert case.due_at > before
        with pytest.raises(ActRefused, match="동의"):
            desk.extend(case, term, why="또", body="또 늦습니다", consent=" ")
        (told,) = session.scalars(select(Message))
        assert told.kind is MessageKind.EXTENSION
        assert "늦습니다" in told.text


def _longer(term: Term) -> Term:
    return Term(term.amount * 3, term.unit)


def test_an_answer_goes_out_with_the_very_decision(store: Store) -> None:
    with store.write() as session:
        case = builders.assigned_case(session)
        _desk(session, CASEWORKER).answer(case, "고쳤습니다", body="고쳤습니다", more="")
        (delivery,) = _sent(session, case)
        assert (case.status, delivery.state) == (Status.ANSWERED, DeliveryState.QUEUED)
        assert delivery.marker in delivery.text
    with store.write() as session:
        case = builders.assigned_case(session)
        case_id = case.id
    try:
        with store.write() as session:
            case = session.get_one(Case, case_id)
            _desk(session, CASEWORKER).answer(case, "고쳤습니다", body="고쳤습니다", more="")
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    with store.read() as session:
        case = session.get_one(Case, case_id)
        assert (case.status, _sent(session, case)) == (Status.ASSIGNED, [])


def test_where_the_office_reviews_the_manager_lets_an_answer_go_or_not(store: Store) -> None:
    with store.write() as session:
        case = builders.assigned_case(session, office_id="road")
        worker, manager = (
            _desk(session, "worker@road.example"),
            _desk(session, "manager@road.example"),
        )
        first = worker.answer(case, "곧 고칩니다", body="곧 고칩니다", more="")
        assert _status(case) is Status.ASSIGNED
        assert ("review", "manager@road.example") in _mails(session)
        with pytest.raises(ActRefused, match="보완"):
            manager.refuse(case, first, why="")
        manager.refuse(case, first, why="날짜를 적어 주세요")
        assert ("refused", "worker@road.example") in _mails(session)
        with pytest.raises(ActRefused, match="이미 처리된"):
            manager.approve(case, first, body="곧 고칩니다", more="")
        second = worker.answer(case, "5일에 고칩니다", body="5일에 고칩니다", more="")
        manager.approve(case, second, body="5일에 고칩니다", more="")
        with pytest.raises(ActRefused, match="이미 처리된"):
            manager.approve(case, second, body="5일에 고칩니다", more="")
        assert _status(case) is Status.ANSWERED
        assert len(_sent(session, case)) == 1
        assert [answer.refused_why for answer in session.scalars(select(Answer))] == [
            "날짜를 적어 주세요",
            None,
        ]


def test_an_empty_answer_is_refused(store: Store) -> None:
    with store.write() as session, pytest.raises(ActRefused, match="답변 내용"):
        _desk(session, CASEWORKER).answer(builders.assigned_case(session), " \n", body="", more="")


def test_what_came_in_on_the_mayors_account_is_answered_by_the_flagship(store: Store) -> None:
    with store.write() as session:
        case = builders.assigned_case(session, account_id="x_mayor")
        _desk(session, CASEWORKER).answer(case, "고쳤습니다", body="고쳤습니다", more="")
        (delivery,) = _sent(session, case)
        assert delivery.account_id == "x_seoul"


def test_a_dismissed_case_comes_back_to_triage(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session)
        _desk(session, COMMS).dismiss(case, why="광고")
        _desk(session, COMMS).restore(case)
        assert case.status is Status.TRIAGE


def test_a_citizen_who_is_not_satisfied_reaches_the_same_office_again(store: Store) -> None:
    with store.write() as session:
        case = builders.assigned_case(session)
        _desk(session, CASEWORKER).answer(case, "고쳤습니다", body="고쳤습니다", more="")
        case.move(Status.REPLIED, who="haechi", at=NOW)
        _desk(session, "haechi").reopen(case, why="아직 고장")
        assert (case.status, case.office_id) == (Status.ROUTED, "traffic")
        assert _mails(session).count(("assigned", MANAGER)) == 2
