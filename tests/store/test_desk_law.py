"""What the law lets an office do with its time: survey, extend again, close what is said again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.model import Regime, Registry
from rules.case import Status
from rules.kind import Kind
from rules.terms import parse_term
from store.desk import ActRefused, Desk
from store.engine import Store
from store.repeats import answered_before
from store.tables import Case, Message
from tests import builders
from tests.builders import CASEWORKER, MANAGER, NOW, office, small_registry

SMALL = small_registry()
BY_LAW = replace(
    SMALL, offices={**SMALL.offices, "traffic": office("traffic", regime=Regime.STATUTORY)}
)
NOISE = "우리 아파트 옆 공사장 소음이 밤늦게까지 너무 심해서 잠을 잘 수 없습니다"


def _desk(session: Session, who: str = CASEWORKER, *, days: float = 0) -> Desk:
    return builders.desk(session, who=who, at=NOW + timedelta(days=days), registry=BY_LAW)


def _case(
    session: Session, *, kind: Kind = Kind.GRIEVANCE, registry: Registry = BY_LAW, **of_post: object
) -> Case:
    """A case on its caseworker's desk at an office that the law's clock binds."""
    case = builders.case(session, kind=kind, **of_post)
    builders.desk(session, registry=registry).route(case, "traffic")
    builders.desk(session, who=MANAGER, registry=registry).designate(case, CASEWORKER)
    return case


def _told(session: Session, case: Case) -> list[str]:
    query = select(Message.kind).where(Message.case_id == case.id).order_by(Message.id)
    return [str(kind) for kind in session.scalars(query)]


def _noted(case: Case) -> list[str]:
    return [line.what for line in case.history if line.what != "move"]


def test_a_survey_moves_the_due_date_by_its_days_and_the_citizen_is_told(store: Store) -> None:
    with store.write() as session:
        case = _case(session)  # a Monday; due on the Tuesday of the week after, in seven days
        before = case.due_at
        assert before
        desk = _desk(session, days=1)
        with pytest.raises(ActRefused, match="이유"):
            desk.survey(case, 4, why=" ", body="조사합니다")
        desk.survey(case, 4, why="소음을 재야 합니다", body="조사합니다")
        assert case.due_at == before + timedelta(days=6), "four days, and a weekend on the way"
        assert case.surveys == [["2026-11-03", "2026-11-06"]]
        assert _told(session, case) == ["survey"]
        assert case.due_why[-5:][0] == "2026-11-03 (화)  제외  현장조사"
        assert case.history[-1].why == "소음을 재야 합니다"
        with pytest.raises(ActRefused, match="이미 현장조사"):
            _desk(session, days=4).survey(case, 1, why="또", body="또")
        assert _desk(session, days=5).survey_until(case) is None, "it ended by itself"


def test_a_survey_that_ends_early_gives_its_days_back(store: Store) -> None:
    with store.write() as session:
        case = _case(session)
        before = case.due_at
        assert before
        _desk(session, days=1).survey(case, 14, why="소음을 재야 합니다", body="조사합니다")
        _desk(session, days=2).end_survey(case, body="마쳤습니다")
        assert case.due_at == before + timedelta(days=2), "two days were surveyed"
        assert case.surveys == [["2026-11-03", "2026-11-04"]]
        assert _desk(session, days=2).survey_until(case) is None
        assert sum("현장조사" in line for line in case.due_why) == 3
        assert _told(session, case) == ["survey", "survey_ended"]
        with pytest.raises(ActRefused, match="12일 남았습니다"):
            _desk(session, days=3).survey(case, 13, why="더", body="더")
        with pytest.raises(ActRefused, match="끝낼 현장조사가 없는"):
            _desk(session, days=3).end_survey(case, body="또")


def test_only_a_grievance_under_the_laws_clock_may_be_surveyed(store: Store) -> None:
    with store.write() as session:
        for case in (
            _case(session, kind=Kind.COMPLAINT),
            _case(session, registry=SMALL),
        ):
            with pytest.raises(ActRefused, match="고충민원에서만"):
                _desk(session).surveyed(case, 1)
        with pytest.raises(ActRefused, match="이미 지난"):
            _desk(session, days=30).surveyed(_case(session), 1)


def test_a_case_that_comes_back_has_its_days_of_survey_again(store: Store) -> None:
    with store.write() as session:
        case = _case(session)
        _desk(session).survey(case, 14, why="소음을 재야 합니다", body="조사합니다")
        _answer(session, case, days=3)
        _desk(session, days=4).reopen(case, why="아직 시끄러움")
        assert case.surveys == []


def test_a_second_extension_is_kept_with_how_the_citizen_agreed(store: Store) -> None:
    with store.write() as session:
        case, week = _case(session), parse_term("7d")
        desk = _desk(session)
        desk.extend(case, week, why="부품", body="늦습니다")
        once = case.due_at
        desk.extend(case, week, why="또 부품", body="고맙습니다", consent="전화로 동의받음")
        assert once
        assert case.due_at
        assert case.due_at > once
        assert _noted(case)[-3:] == ["extended", "consent", "extended"]
        assert [line.why for line in case.history[-2:]] == ["전화로 동의받음", "또 부품"]
        with pytest.raises(ActRefused, match="한 번 더"):
            desk.extend(case, week, why="셋째", body="x", consent="전화로 동의받음")


def _answer(session: Session, case: Case, *, days: float = 0) -> None:
    """It is answered, and the answer reached the citizen."""
    desk = _desk(session, days=days)
    desk.answer(case, "확인했습니다", body="확인했습니다", more="")
    case.move(Status.REPLIED, who="haechi", at=desk.at)


def _again(session: Session, days: int, *, text: str = NOISE, author: str = "same") -> Case:
    at = NOW + timedelta(days=days)
    return _case(session, text=text, author_id=author, created_at=at)


def _close(session: Session, case: Case, *, days: float = 40, who: str = MANAGER) -> None:
    _desk(session, who, days=days).close(
        case, "종결합니다", why="달라진 사정이 없음", body="종결합니다", more=""
    )


def test_the_third_of_the_same_may_be_closed_with_a_last_notice(store: Store) -> None:
    with store.write() as session:
        first, second = _again(session, 0), _again(session, 10)
        _answer(session, first, days=3)
        with pytest.raises(ActRefused, match="두 번 이상"):
            _close(session, second)
        _answer(session, second, days=13)
        third = _again(session, 20)
        assert [one.case.number for one in answered_before(session, third)] == [
            first.number,
            second.number,
        ]
        with pytest.raises(ActRefused, match="사유"):
            _desk(session, MANAGER).close(third, "x", why="", body="x", more="")
        _close(session, third)
        assert (third.status, third.closed_at) == (Status.ANSWERED, NOW + timedelta(days=40))
        assert _told(session, third) == ["answer"]
        assert "closed" in _noted(third)


@pytest.mark.parametrize(
    "other",
    [
        lambda session: _again(session, 20, author="somebody else"),
        lambda session: _again(
            session, 20, text="지하철역 출구 앞 보도블록이 깨져 넘어질 뻔했어요"
        ),
        lambda session: _again(session, 12),  # before the second answer was out
    ],
    ids=["another citizen", "another matter", "written too early"],
)
def test_nothing_else_is_taken_for_the_third_of_the_same(
    store: Store, other: Callable[[Session], Case]
) -> None:
    with store.write() as session:
        for day in (0, 10):
            _answer(session, _again(session, day), days=day + 3)
        with pytest.raises(ActRefused, match="두 번 이상"):
            _close(session, other(session))


def test_who_comes_back_to_one_case_twice_is_counted_too(store: Store) -> None:
    with store.write() as session:
        case = _again(session, 0)
        for day in (1, 2):
            _answer(session, case, days=day)
            _desk(session, days=day + 0.5).reopen(case, why="complaint")
            _desk(session, MANAGER, days=day + 0.6).designate(case, CASEWORKER)
        builders.post(session, author_id="same", text="또 저예요").case_id = case.id
        _close(session, case)
        assert case.closed_at
        case.move(Status.REPLIED, who="haechi", at=NOW + timedelta(days=41))
        _desk(session, days=42).reopen(case, why="urgent")
        assert case.closed_at is None


def test_a_case_of_several_citizens_is_not_closed_for_one_of_them(store: Store) -> None:
    with store.write() as session:
        for day in (0, 10):
            _answer(session, _again(session, day), days=day + 3)
        third = _again(session, 20)
        builders.post(session, author_id="neighbour", text=NOISE).case_id = third.id
        session.flush()
        assert answered_before(session, third) == []


def test_an_answer_in_review_is_settled_before_a_case_is_closed(store: Store) -> None:
    reviewed = replace(
        BY_LAW, offices={**BY_LAW.offices, "traffic": office("traffic", review=True)}
    )
    with store.write() as session:
        for day in (0, 10):
            _answer(session, _again(session, day), days=day + 3)
        third = _again(session, 20)
        builders.desk(session, who=CASEWORKER, registry=reviewed).answer(
            third, "초안", body="초안", more=""
        )
        with pytest.raises(ActRefused, match="검토를 기다리는"):
            _close(session, third)
