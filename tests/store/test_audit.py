"""Whatever was done to a history, the audit says where."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from rules.case import Status
from store.audit import Fault, faults, seals
from store.desk import withdraw
from store.engine import Store
from store.posts import erase
from store.tables import Answer, Case, Line, Message, Numbering, Post
from tests import builders
from tests.builders import CASEWORKER, MANAGER, NOW


def _case_with_a_history(session: Session) -> Case:
    case = builders.assigned_case(session)
    desk = builders.desk(session, who=CASEWORKER)
    desk.answer(case, "고쳤습니다.", body="고쳤습니다.", more="")
    return case


def _lines(case: Case) -> list[Line]:
    return sorted(case.history, key=lambda line: line.seq)


def _faults(store: Store) -> list[Fault]:
    with store.read() as session:
        return list(faults(session))


def test_what_the_desk_did_verifies(store: Store) -> None:
    with store.write() as session:
        for _ in range(3):
            _case_with_a_history(session)
    assert _faults(store) == []


def _remove(session: Session, case: Case) -> None:
    session.execute(delete(Line).where(Line.id == _lines(case)[1].id))


def _cut_off(session: Session, case: Case) -> None:
    session.execute(delete(Line).where(Line.id == _lines(case)[-1].id))


def _reorder(session: Session, case: Case) -> None:
    one, two = _lines(case)[1:3]
    first, second = one.seq, two.seq
    for line, seq in ((one, 99), (two, first), (one, second)):
        session.execute(update(Line).where(Line.id == line.id).values(seq=seq))


def _add(session: Session, case: Case) -> None:
    last = _lines(case)[-1]
    session.execute(
        text(
            "INSERT INTO history (case_id, seq, at, who, what, why, why_hash, previous, hash) "
            "SELECT case_id, seq + 1, at, who, 'move', why, why_hash, hash, 'made up' "
            "FROM history WHERE id = :id"
        ),
        {"id": last.id},
    )


def _edit(**values: object) -> Callable[[Session, Case], None]:
    def edit(session: Session, case: Case) -> None:
        session.execute(update(Line).where(Line.id == _lines(case)[2].id).values(**values))

    return edit


def _edit_status(session: Session, case: Case) -> None:
    session.execute(update(Case).where(Case.id == case.id).values(status=Status.REPLIED))


@pytest.mark.parametrize(
    ("attack", "seq", "problem"),
    [
        (_edit(who="somebody@else.example"), 3, "edited"),
        (_edit(why="a better reason"), 3, "text was edited"),
        (_edit(after=Status.DISMISSED), 3, "edited"),
        (_edit(at=NOW.replace(year=2025)), 3, "edited"),
        (_edit(hash="0" * 64), 3, "edited"),
        (_edit(previous="0" * 64), 3, "does not follow"),
        (_remove, 3, "line 2 is missing or moved"),
        (_reorder, 2, "does not follow"),
        (_cut_off, 5, "cut off or added"),
        (_add, 6, "edited"),
        (_edit_status, 5, "its history says answered"),
    ],
    ids=[
        "who", "why", "after", "at", "hash", "previous", "removed", "reordered", "cut off", "added",
        "status",
    ],
)  # fmt: skip
def test_the_audit_names_the_case_and_the_line(
    store: Store, attack: Callable[[Session, Case], None], seq: int, problem: str
) -> None:
    with store.write() as session:
        sound, bad = _case_with_a_history(session), _case_with_a_history(session)
        number = bad.number
        assert sound.number != number
    with store.write() as session:
        attack(session, session.get_one(Case, bad.id))
    found = _faults(store)
    assert {fault.case for fault in found} == {number}
    assert (found[0].seq, problem in found[0].problem) == (seq, True), str(found[0])
    assert str(found[0]).startswith(f"{number} line {seq}: ")


def test_the_audit_names_a_case_that_is_missing(store: Store) -> None:
    with store.write() as session:
        numbers = [builders.case(session).number for _ in range(3)]
        _forget_case(session, numbers[1])
    (fault,) = _faults(store)
    assert (fault.case, fault.problem) == (numbers[1], "the case is missing")


def _forget_case(session: Session, number: str) -> None:
    gone = session.scalars(select(Case).where(Case.number == number)).one()
    session.execute(update(Post).where(Post.case_id == gone.id).values(case_id=None))
    session.execute(delete(Line).where(Line.case_id == gone.id))
    session.execute(delete(Case).where(Case.id == gone.id))


def test_the_audit_names_the_last_cases_of_a_year_though_nothing_follows_them(
    store: Store,
) -> None:
    with store.write() as session:
        numbers = [builders.case(session).number for _ in range(4)]
        for number in numbers[2:]:
            _forget_case(session, number)
    assert [(f.case, f.problem) for f in _faults(store)] == [
        (number, "the case is missing") for number in numbers[2:]
    ]


def test_a_number_is_not_given_again_once_its_case_is_gone(store: Store) -> None:
    with store.write() as session:
        _forget_case(session, builders.case(session).number)
    with store.write() as session:
        assert builders.case(session).number == "2026-000002"


def test_a_case_in_anothers_place_is_named(store: Store) -> None:
    with store.write() as session:
        number = builders.case(session).number
        _forget_case(session, number)
        session.execute(update(Numbering).values(last=0))
    with store.write() as session:
        assert builders.case(session, text="다른 이야기").number == number
    (fault,) = _faults(store)
    assert (fault.case, "put in another's place" in fault.problem) == (number, True)


def test_a_count_that_was_set_back_is_named(store: Store) -> None:
    with store.write() as session:
        numbers = [builders.case(session).number for _ in range(2)]
    with store.write() as session:
        session.execute(update(Numbering).values(last=1))
    assert [(f.case, f.problem) for f in _faults(store)] == [
        (numbers[1], "the year counted 1 cases, there are more")
    ]


def test_the_audits_seal_is_another_after_each_case(store: Store) -> None:
    found = []
    for _ in range(2):
        with store.write() as session:
            builders.case(session)
        with store.read() as session:
            found += seals(session)
    assert [seal.partition(",")[0] for seal in found] == ["2026: 1 cases", "2026: 2 cases"]
    assert len({seal.rpartition(" ")[2] for seal in found}) == 2


def test_a_year_may_have_more_than_a_million_cases(store: Store) -> None:
    with store.write() as session:
        session.add(Numbering(year=2026, last=999_998, head=""))
    with store.write() as session:
        for _ in range(3):
            builders.case(session)
    with store.read() as session:
        numbers = list(session.scalars(select(Case.number).order_by(Case.id)))
    assert numbers == ["2026-999999", "2026-1000000", "2026-1000001"]


def test_a_withdrawn_case_keeps_no_word_and_still_verifies(store: Store) -> None:
    with store.write() as session:
        case = builders.case(
            session, text="제 번호는 010-1234-5678", lat=37.5, lon=127.0, place="집"
        )
        case.words = ["신호등"]
        for post in session.scalars(select(Post).where(Post.case_id == case.id)):
            erase(session, post, at=NOW)
        withdraw(session, case, at=NOW)
    assert _faults(store) == []
    with store.read() as session:
        kept = session.get_one(Case, case.id)
        assert kept.status is Status.WITHDRAWN
        assert (kept.lat, kept.lon, kept.place, kept.words) == (None, None, None, [])
        assert all(line.why is None for line in kept.history)
        assert [line.what for line in kept.history] == ["received", "move"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(why=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_any_text_in_a_history_verifies(store: Store, why: str) -> None:
    builders.wipe(store)
    with store.write() as session:
        case = builders.case(session)
        builders.desk(session).to_triage(case, why=why)
    assert _faults(store) == []


def test_answers_and_messages_are_not_what_the_chain_protects_but_their_text_is_in_it(
    store: Store,
) -> None:
    with store.write() as session:
        case = _case_with_a_history(session)
        assert {line.why for line in case.history} >= {"고쳤습니다."}
        assert session.scalars(select(Answer)).one().text == "고쳤습니다."
        assert session.scalars(select(Message)).one().by == CASEWORKER
        assert MANAGER in {line.who for line in case.history}
