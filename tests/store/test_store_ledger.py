"""The ledger's questions: which cases a month has, what they said, and whether the machine was right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from store import registry as registry_store
from store.desk import withdraw
from store.engine import Store
from store.ledger import BATCH, Entry, count, entries, names, withdrawn_since
from store.posts import erase
from store.tables import Case
from tests import builders
from tests.builders import COMMS, NOW

START, END = datetime(2026, 10, 31, 15, tzinfo=UTC), datetime(2026, 11, 30, 15, tzinfo=UTC)


def _entries(store: Store) -> list[Entry]:
    with store.read() as session:
        return list(entries(session, START, END))


def test_a_month_has_the_cases_from_its_first_moment_to_before_its_last(store: Store) -> None:
    inside = (START, START + timedelta(days=9), END - timedelta(seconds=1))
    with store.write() as session:
        for at in (START - timedelta(seconds=1), *inside, END):
            builders.case(session, created_at=at)
    assert [entry.received_at for entry in _entries(store)] == list(inside)
    with store.read() as session:
        assert count(session, START, END) == 3


def test_more_cases_than_a_batch_come_in_order_of_receipt_each_once(store: Store) -> None:
    many = BATCH + 30
    with store.write() as session:
        for minutes in reversed(range(many)):
            builders.case(
                session, created_at=START + timedelta(minutes=minutes), text=f"글 {minutes}"
            )
    assert [entry.text for entry in _entries(store)] == [f"글 {n}" for n in range(many)]


def test_posts_of_one_case_are_one_text_without_what_was_deleted(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session, text="신호등이 꺼졌어요")
        for minute, text in enumerate(("지운 글", "", "아직 그대로입니다"), start=1):
            more = builders.post(session, text=text, created_at=NOW + timedelta(minutes=minute))
            more.case_id = case.id
            if text == "지운 글":
                erase(session, more, at=NOW)
    assert [entry.text for entry in _entries(store)] == ["신호등이 꺼졌어요\n아직 그대로입니다"]


def test_a_withdrawn_case_counts_and_says_nothing(store: Store) -> None:
    with store.write() as session:
        # the post's own text is still there: the case's state alone must be enough
        withdraw(session, builders.case(session, text="지울 글"), at=NOW)
    (entry,) = _entries(store)
    assert (entry.status, entry.text) == ("withdrawn", "")


def _sampled(case: Case, guess: str) -> Case:
    case.sampled, case.guesses, case.confidence = True, [[guess, 0.99]], 0.99
    return case


def test_the_machine_is_measured_by_what_a_person_said_first_of_a_sampled_case(
    store: Store,
) -> None:
    with store.write() as session:
        right, wrong, asked = (builders.case(session) for _ in range(3))
        team = builders.desk(session, who=COMMS)
        team.route(_sampled(right, "traffic"), "traffic")
        team.transfer(right, "road", why="도로 문제입니다")
        team.route(_sampled(wrong, "metro"), "mapo")
        team.route(asked, "mapo")  # the machine was not sure of this one
        builders.case(session)
    assert [entry.right for entry in _entries(store)] == [True, False, None, None]


def test_a_retired_account_and_office_keep_their_names(store: Store) -> None:
    city = builders.small_registry()
    fewer = {key: account for key, account in city.accounts.items() if not account.personal}
    with store.write() as session:
        registry_store.apply(session, replace(city, accounts=fewer), at=NOW)
    with store.read() as session:
        known = names(session)
    assert known.accounts["x_mayor"].personal
    assert known.offices["mapo"] == ("mapo office", "district")
    assert known.staff[COMMS] == "comms"


def test_a_post_deleted_since_a_moment_is_noticed_in_its_own_month_only(store: Store) -> None:
    with store.write() as session:
        inside = builders.case(session, created_at=START)
        builders.case(session, created_at=END)
        post = builders.post(session, created_at=START + timedelta(hours=1))
        post.case_id = inside.id
        erase(session, post, at=NOW)
    next_month = (END, END + timedelta(days=31))
    with store.read() as session:
        assert withdrawn_since(session, NOW - timedelta(seconds=1), START, END)
        assert not withdrawn_since(session, NOW + timedelta(seconds=1), START, END)
        assert not withdrawn_since(session, NOW - timedelta(seconds=1), *next_month)
