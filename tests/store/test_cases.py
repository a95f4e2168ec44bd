"""Cases: numbers that are unique, decisions that do not overwrite each other, moves by the table."""

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from registry.model import Role
from rules.case import MOVES, MoveRefused, Status
from rules.due import ExtensionRefused
from store.audit import faults
from store.cases import open_case
from store.desk import ActRefused, withdraw
from store.engine import Store
from store.registry import addresses
from store.tables import Case, Line, Mail
from tests import builders
from tests.builders import COMMS, NOW


def test_numbers_run_on_within_the_year_of_the_citys_zone(store: Store) -> None:
    moments = [
        datetime(2026, 12, 31, 14, 59, tzinfo=UTC),  # still the 31st in Seoul
        datetime(2026, 12, 31, 15, 0, tzinfo=UTC),  # the new year
        datetime(2026, 12, 31, 14, 0, tzinfo=UTC),  # came late
        datetime(2027, 1, 5, tzinfo=UTC),
    ]
    with store.write() as session:
        numbers = [builders.case(session, created_at=moment).number for moment in moments]
    assert numbers == ["2026-000001", "2027-000001", "2026-000002", "2027-000002"]


def test_numbers_are_unique_when_many_open_cases_at_once(store: Store) -> None:
    gate = threading.Barrier(5)
    numbers: list[str] = []

    def work() -> None:
        gate.wait()
        for _ in range(8):
            with store.write() as session:
                post = builders.post(session)
                numbers.append(open_case(session, post, at=NOW, tz=builders.TZ).number)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [f"2026-{n:06d}" for n in range(1, 41)]


def test_of_two_decisions_at_once_one_is_kept_and_the_other_is_told(store: Store) -> None:
    with store.write() as session:
        case_id = builders.case(session).id
    gate = threading.Barrier(2)
    decided: list[str] = []
    told: list[Exception] = []

    def decide(office: str) -> None:
        try:
            with store.write() as session:
                case = session.get_one(Case, case_id)
                if not store.on_sqlite:
                    gate.wait()  # both have seen it; SQLite lets only one writer look at all
                builders.desk(session, who=COMMS).route(case, office)
        except (StaleDataError, ActRefused) as refused:
            told.append(refused)
        else:
            decided.append(office)

    managers = [threading.Thread(target=decide, args=(office,)) for office in ("road", "mapo")]
    for thread in managers:
        thread.start()
    for thread in managers:
        thread.join()
    assert (len(decided), len(told)) == (1, 1)
    with store.read() as session:
        kept = session.get_one(Case, case_id)
        assert (kept.status, kept.office_id) == (Status.ROUTED, decided[0])
        assert list(faults(session)) == []


class CaseMachine(RuleBasedStateMachine):
    """People and the machine at one case, in any order; whoever may not is told why."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        builders.wipe(self.store)
        with self.store.write() as session:
            self.case_id = builders.case(session).id
        self.status = Status.RECEIVED
        self.hand_backs = 0

    def _act(self, act: str, *args: object, who: str = COMMS, **more: object) -> None:
        try:
            with self.store.write() as session:
                case = session.get_one(Case, self.case_id)
                desk = builders.desk(session, who=who)
                getattr(desk, act)(case, *args, **more)
        except (ActRefused, MoveRefused, ExtensionRefused):
            self._check(self.status)  # nothing of what was refused is kept
        else:
            self._check(None)

    def _check(self, expected: Status | None) -> None:
        with self.store.read() as session:
            now = session.get_one(Case, self.case_id)
            if expected is not None:
                assert now.status is expected
            self.status, self.hand_backs = now.status, now.hand_backs

    offices = st.sampled_from(["traffic", "road", "mapo", "metro"])

    @rule(office=offices)
    def route(self, office: str) -> None:
        self._act("route", office)

    @rule(office=offices)
    def transfer(self, office: str) -> None:
        self._act("transfer", office, why="그쪽 소관입니다")

    @rule(better=st.none() | offices)
    def hand_back(self, better: str | None) -> None:
        self._act("hand_back", why="우리 소관이 아닙니다", better=better)

    @rule(office=offices)
    def designate(self, office: str) -> None:
        self._act("designate", f"worker@{office}.example")

    @rule()
    def answer(self) -> None:
        self._act("answer", "고쳤습니다", body="고쳤습니다", more="", who="worker@traffic.example")

    @rule()
    def dismiss(self) -> None:
        self._act("dismiss", why="광고")

    @rule()
    def restore(self) -> None:
        self._act("restore")

    @rule()
    def reopen(self) -> None:
        self._act("reopen", why="아직 고장입니다")

    @precondition(lambda self: self.status is Status.ANSWERED)
    @rule()
    def replied(self) -> None:
        with self.store.write() as session:
            session.get_one(Case, self.case_id).move(Status.REPLIED, who="haechi", at=NOW)
        self._check(Status.REPLIED)

    @precondition(lambda self: self.status is not Status.WITHDRAWN)
    @rule()
    def withdraw(self) -> None:
        with self.store.write() as session:
            withdraw(session, session.get_one(Case, self.case_id), at=NOW)
        self._check(Status.WITHDRAWN)

    @rule(to=st.sampled_from(Status))
    def move_anywhere(self, to: Status) -> None:
        """A program's mistake: only the table decides."""
        with self.store.write() as session:
            case = session.get_one(Case, self.case_id)
            if to in MOVES[case.status]:
                return
            with pytest.raises(MoveRefused):
                case.move(to, who="haechi", at=NOW)

    @invariant()
    def the_history_verifies_and_every_move_in_it_is_in_the_table(self) -> None:
        with self.store.read() as session:
            assert list(faults(session)) == []
            moves = (
                select(Line.before, Line.after).where(Line.before.is_not(None)).order_by(Line.seq)
            )
            before = Status.RECEIVED
            for was, becomes in session.execute(moves):
                assert was == before
                assert becomes in MOVES[was]
                before = becomes

    @invariant()
    def nobody_hands_back_more_often_than_three_times(self) -> None:
        assert self.hand_backs <= 3

    @invariant()
    def whoever_must_act_has_mail_once(self) -> None:
        with self.store.read() as session:
            case = session.get_one(Case, self.case_id)
            keys = Counter(session.scalars(select(Mail.key)))
            assert set(keys.values()) <= {1}
            if case.status is Status.ROUTED and case.office_id:
                told = set(session.scalars(select(Mail.to).where(Mail.event == "assigned")))
                assert told >= set(addresses(session, Role.MANAGER, case.office_id))


def test_a_case_moves_only_by_the_table_and_its_history_always_verifies(store: Store) -> None:
    run_state_machine_as_test(
        type("OnThisStore", (CaseMachine,), {"store": store}),
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
