"""Posts become cases: what belongs together is one case, what does not is two."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from rules.case import Status
from store import cases
from store.desk import withdraw
from store.posts import erase, store_posts
from store.tables import Case, Delivery, Post
from tasks.joining import REOPENS_FOR
from tasks.open_cases import BATCH, open_cases
from tasks.workplace import Workplace
from tests import builders
from tests.builders import NOW, Clock
from tests.tasks.conftest import Settle

SIGNAL = "시청역 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요"


@pytest.fixture
def place(at_work: Settle, clock: Clock) -> Workplace:
    return at_work(now=clock)


def written(place: Workplace, text: str, *, minutes: float = 0, **more: Any) -> Post:
    """A post that came in just now."""
    at = place.now() + timedelta(minutes=minutes)
    with place.store.write() as session:
        return builders.post(session, text=text, created_at=at, **more)


def case_of(place: Workplace, post: Post) -> Case:
    with place.store.read() as session:
        found = session.get_one(Post, post.id).case_id
        assert found is not None
        return session.get_one(Case, found)


def answered(place: Workplace, post: Post) -> Delivery:
    """The reply to the post's case is out."""
    with place.store.write() as session:
        case = session.get_one(Case, session.get_one(Post, post.id).case_id)
        desk = builders.desk(session, at=place.now())
        desk.route(case, "traffic")
        builders.desk(session, who=builders.MANAGER, at=place.now()).designate(
            case, builders.CASEWORKER
        )
        delivery = builders.delivery(session, case, state="published", remote_id=f"ours{case.id}")
        case.move(Status.ANSWERED, who="x", at=place.now())
        case.move(Status.REPLIED, who="x", at=place.now())
        case.replied_at = place.now()
        return delivery


def test_each_post_gets_a_case_in_the_order_it_was_written(place: Workplace) -> None:
    late = written(place, "강남역 앞 도로에 물이 찼어요", minutes=2)
    early = written(place, SIGNAL)
    assert open_cases(place) == 2
    assert open_cases(place) == 0
    assert case_of(place, early).number < case_of(place, late).number
    assert case_of(place, early).number.startswith("2026-")


def test_two_collectors_at_once_give_a_post_one_case(place: Workplace) -> None:
    posts = [written(place, f"{n}번 골목 가로등이 나갔어요", minutes=20 * n) for n in range(6)]
    with ThreadPoolExecutor(2) as pool:
        opened = list(pool.map(lambda _: open_cases(place), range(2)))
    open_cases(place)  # what one of them found locked
    assert sum(opened) <= len(posts)
    with place.store.read() as session:
        cases = session.scalars(select(Case)).all()
        assert {session.get_one(Post, post.id).case_id for post in posts} == {c.id for c in cases}


def test_what_one_citizen_writes_within_minutes_is_one_case(place: Workplace) -> None:
    first = written(place, SIGNAL, author_id="a")
    second = written(place, "사진은 여기요", minutes=3, author_id="a")
    third = written(place, "빨리 부탁드려요", minutes=6, author_id="a")
    assert open_cases(place) == 1
    assert {case_of(place, post).id for post in (first, second, third)} == {1}


def test_the_same_citizen_at_another_place_has_another_matter(place: Workplace) -> None:
    first = written(place, "시청역 앞 신호등이 꺼졌어요", author_id="a")
    second = written(place, "강남역 앞 보도블록이 깨졌어요", minutes=3, author_id="a")
    assert open_cases(place) == 2
    assert case_of(place, first).id != case_of(place, second).id


def test_the_same_citizen_an_hour_later_has_another_matter(place: Workplace) -> None:
    written(place, SIGNAL, author_id="a")
    written(place, "버스가 너무 안 와요", minutes=60, author_id="a")
    assert open_cases(place) == 2


def test_the_same_matter_from_five_citizens_is_one_case(place: Workplace) -> None:
    for n in range(5):
        written(place, f"@x_seoul {SIGNAL}{'!' * n}", minutes=n)
    assert open_cases(place) == 1


def test_the_same_words_about_another_place_are_another_case(place: Workplace) -> None:
    written(place, "시청역 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요")
    written(place, "강남역 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요")
    assert open_cases(place) == 2


def test_the_same_matter_after_the_answer_is_a_new_case(place: Workplace, clock: Clock) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    answered(place, first)
    clock.pass_(hours=1)
    again = written(place, SIGNAL)
    assert open_cases(place) == 1
    assert case_of(place, again).id != case_of(place, first).id


def test_a_reply_to_a_citizens_post_joins_its_case(place: Workplace) -> None:
    first = written(place, SIGNAL)
    other = written(place, "저도 봤어요", minutes=30, in_reply_to=first.remote_id)
    assert open_cases(place) == 1
    assert case_of(place, other).id == case_of(place, first).id


def test_a_reply_to_our_message_joins_and_waits_to_be_read(place: Workplace, clock: Clock) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    ours = answered(place, first)
    clock.pass_(days=2)
    reaction = written(place, "아직도 꺼져 있는데요", in_reply_to=ours.remote_id)
    assert open_cases(place) == 0
    assert case_of(place, reaction).unread


def test_the_same_id_on_another_network_is_somebody_elses_message(
    place: Workplace, clock: Clock
) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    ours = answered(place, first)
    clock.pass_(hours=1)
    written(
        place,
        "페이지에 남기는 다른 이야기",
        in_reply_to=ours.remote_id,
        network="facebook",
        account_id="page_seoul",
    )
    assert open_cases(place) == 1


def test_a_reply_long_after_the_answer_is_a_new_case(place: Workplace, clock: Clock) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    ours = answered(place, first)
    clock.moment += REOPENS_FOR + timedelta(days=1)
    written(place, "또 꺼졌어요", in_reply_to=ours.remote_id)
    assert open_cases(place) == 1


def test_what_a_person_closed_takes_in_more_of_the_same_by_the_same_citizen_alone(
    place: Workplace, clock: Clock
) -> None:
    first = written(place, SIGNAL, author_id="insists")
    open_cases(place)
    answered(place, first)
    clock.moment += REOPENS_FOR + timedelta(days=1)
    early = written(place, SIGNAL, author_id="insists")
    assert open_cases(place) == 1, "nobody closed it yet"
    with place.store.write() as session:
        session.get_one(Case, 1).closed_at = place.now()
        session.get_one(Case, 2).move(Status.DISMISSED, who="x", at=place.now())
    clock.pass_(days=2)
    again = written(place, f"{SIGNAL}!!", author_id="insists")
    others = [
        written(place, SIGNAL, author_id="a neighbour"),
        written(place, "강남역 앞 보도블록이 깨졌어요", minutes=20, author_id="insists"),
    ]
    assert open_cases(place) == 2
    assert case_of(place, again).id == 1
    assert {case_of(place, post).id for post in (early, *others)} == {2, 3, 4}


def test_nothing_joins_a_withdrawn_case(place: Workplace) -> None:
    first = written(place, SIGNAL, author_id="a")
    open_cases(place)
    with place.store.write() as session:
        withdraw(session, session.get_one(Case, 1), at=NOW)
    written(place, "다시 씁니다", minutes=2, author_id="a", in_reply_to=first.remote_id)
    assert open_cases(place) == 1


def test_what_was_written_in_private_joins_no_other_citizens_case(place: Workplace) -> None:
    written(place, SIGNAL)
    written(place, SIGNAL, public=False)
    written(place, SIGNAL)
    assert open_cases(place) == 2


def test_a_reaction_while_the_answer_is_on_its_way_is_not_forgotten(place: Workplace) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    with place.store.write() as session:
        case = session.get_one(Case, 1)
        builders.desk(session).route(case, "traffic")
        builders.desk(session, who=builders.MANAGER).designate(case, builders.CASEWORKER)
        case.move(Status.ANSWERED, who="x", at=NOW)
    reaction = written(place, "더 심해졌어요", minutes=1, in_reply_to=first.remote_id)
    open_cases(place)
    assert case_of(place, reaction).unread


def test_a_flood_of_posts_gets_its_cases_in_one_run(place: Workplace) -> None:
    with place.store.write() as session:
        flood = [builders.incoming(text=f"{n}번 버스가 안 와요") for n in range(BATCH + 50)]
        store_posts(session, flood, at=NOW)
    assert open_cases(place) == BATCH + 50
    with place.store.read() as session:
        assert session.scalars(select(Post).where(Post.case_id.is_(None))).all() == []


def partition(place: Workplace) -> list[list[str]]:
    """Which posts are one case, by their texts."""
    found: dict[int | None, list[str]] = {}
    with place.store.read() as session:
        for post in session.scalars(select(Post).order_by(Post.created_at)):
            found.setdefault(post.case_id, []).append(post.text)
    return sorted(found.values())


@pytest.mark.parametrize("batch", [1, 3, BATCH])
def test_how_many_are_opened_at_a_time_joins_no_others(place: Workplace, batch: int) -> None:
    stations = ("시청역", "강남역")
    for n in range(12):
        text = f"{stations[n % 2]} 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요{'!' * n}"
        written(place, text, minutes=n, author_id=f"a{n // 4}")
    assert open_cases(place, batch=batch) == 2
    assert [len(texts) for texts in partition(place)] == [6, 6]


def just_before_it_is_written(place: Workplace, clock: Clock, act: Callable[[], object]) -> None:
    """Open cases, while something else happens after each post's case was looked for."""
    acts = [act]

    def now() -> datetime:
        if acts:
            acts.pop()()
        return clock()

    open_cases(replace(place, now=now))


def test_what_was_answered_while_a_post_was_looked_at_is_not_joined(
    place: Workplace, clock: Clock
) -> None:
    first = written(place, SIGNAL)
    open_cases(place)
    again = written(place, SIGNAL, minutes=1)
    just_before_it_is_written(place, clock, lambda: answered(place, first))
    assert case_of(place, again).id != case_of(place, first).id


def test_what_another_collector_opened_meanwhile_is_joined(place: Workplace, clock: Clock) -> None:
    written(place, SIGNAL)
    just_before_it_is_written(
        place, clock, lambda: (written(place, SIGNAL, minutes=1), open_cases(place))
    )
    assert len(partition(place)) == 1


def test_a_post_erased_while_it_was_looked_at_opens_no_case_and_the_next_one_does(
    place: Workplace, clock: Clock
) -> None:
    first, second = written(place, SIGNAL), written(place, SIGNAL, minutes=1)

    def erase_it() -> None:
        with place.store.write() as session:
            erase(session, session.get_one(Post, first.id), at=place.now())

    just_before_it_is_written(place, clock, erase_it)
    with place.store.read() as session:
        assert session.get_one(Post, first.id).case_id is None
    assert case_of(place, second).number == "2026-000001"


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["", "🚦", SIGNAL, "=1+1", "/etc/hostname", "<script>", "시청역", "@x_seoul", "가" * 3_000]
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_every_post_ends_in_exactly_one_case_whatever_it_says(
    place: Workplace, texts: list[str]
) -> None:
    from rules.clean import clean

    builders.wipe(place.store)
    for n, text in enumerate(texts):
        written(place, clean(text), minutes=n)
    opened = open_cases(place)
    with place.store.read() as session:
        assert not session.scalars(select(Post).where(Post.case_id.is_(None))).all()
        assert len(session.scalars(select(Case)).all()) == opened
        assert all(cases.posts_of(session, case) for case in session.scalars(select(Case)))
