"""What citizens write under an open event's report hashtag is found once, and belongs to the event."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from channels.base import ChannelBusy, Cursor, Page
from channels.base import Post as Remote
from practice.testing import PracticeServer
from registry.model import Account
from rules.bulletin import Hazard
from rules.case import Status
from rules.kind import Kind, Urgency
from store import posts as post_store
from store.tables import Case, Designation, Event, Mail, Post, Search
from tasks.classify import classify
from tasks.open_cases import open_cases
from tasks.reading import read
from tasks.search import BEFORE, Found, search_reports
from tasks.withdraw import notice_withdrawn
from tasks.workplace import Workplace
from tests import builders
from tests.tasks.citizen import delete, picture, write
from tests.tasks.fake_channel import FakeChannel


@pytest.fixture
def tag() -> str:
    """A hashtag of this test alone: the network remembers those of the others."""
    return f"제보{uuid.uuid4().hex[:12]}"


def opened(place: Workplace, tag: str, *, exercise: bool = False, **more: object) -> int:
    """The number of an event that was opened just now."""
    with place.store.write() as session:
        event = Event(
            **{
                "number": uuid.uuid4().hex[:8],
                "exercise": exercise,
                "hazard": Hazard.FLOOD,
                "event_tag": "침수",
                "report_tag": tag,
                "opened_at": place.now(),
                **more,
            }
        )
        session.add(event)
        session.flush()
        return event.id


def posts(place: Workplace) -> list[Post]:
    with place.store.read() as session:
        return list(session.scalars(select(Post).order_by(Post.id)))


def all_cases(place: Workplace) -> list[Case]:
    with place.store.read() as session:
        return list(session.scalars(select(Case).order_by(Case.id)))


def new(found: list[Found]) -> int:
    return sum(one.new for one in found)


def test_what_is_written_under_the_hashtag_becomes_an_urgent_case_of_the_event(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    event = opened(place, tag)
    network.post("jiwoo", f"지하차도가 물에 찼어요 #{tag}")
    network.post("minsu", "오늘 점심은 국수")
    assert new(search_reports(place)) == 1
    open_cases(place)
    classify(place)
    (case,) = all_cases(place)
    assert case.event_id == event
    assert case.urgency is Urgency.URGENT


def test_a_report_that_says_nothing_else_is_a_tip_and_a_person_decides(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    write(network, "jiwoo", f"#{tag}", photo=picture())
    search_reports(place)
    open_cases(place)
    classify(place)
    (case,) = all_cases(place)
    assert (case.kind, case.status) == (Kind.TIP, Status.TRIAGE)


def test_reports_wake_nobody_one_by_one_but_a_danger_in_their_words_does(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    network.post("jiwoo", f"보도블록이 조금 젖었어요 #{tag}")
    search_reports(place)
    open_cases(place)
    classify(place)
    assert woken(place) == 0
    network.post("minsu", f"살려 주세요 반지하에 물이 차올라 사람이 갇혔어요 #{tag}")
    search_reports(place)
    open_cases(place)
    classify(place)
    assert woken(place) == 1


def woken(place: Workplace) -> int:
    with place.store.read() as session:
        count = select(func.count()).select_from(Mail).where(Mail.event == "triage_urgent")
        return session.scalar(count) or 0


def test_searched_again_and_again_it_is_stored_once(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    for number in range(45):  # more than one page
        network.post("jiwoo", f"제보 {number} #{tag}")
    assert new(search_reports(place)) == 45
    assert new(search_reports(place)) == 0
    network.post("minsu", f"또 하나 #{tag}")
    assert new(search_reports(place)) == 1
    with place.store.read() as session:
        assert session.scalars(select(Search)).one().posts == 46


def test_one_post_is_one_whether_it_was_found_or_spoke_to_an_account(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    """Searched by another account than it speaks to: on the practice network, of another network."""
    event = opened(place, tag)
    network.post("jiwoo", f"@page_seoul 물이 차요 #{tag}")
    read(place)
    assert new(search_reports(place)) == 0
    network.post("minsu", f"@page_seoul 도로가 꺼졌어요 #{tag}")
    assert new(search_reports(place)) == 1
    assert sum(harvest.new for harvest in read(place)) == 0
    assert [post.event_id for post in posts(place)] == [event, event]


def test_what_speaks_to_an_account_and_carries_the_hashtag_belongs_to_the_event(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    event = opened(place, tag)
    network.post("jiwoo", f"@x_seoul 물이 차요 #{tag}")
    network.post("minsu", "@x_seoul 신호등이 꺼졌어요")
    read(place)
    assert {post.author_handle: post.event_id for post in posts(place)} == {
        "jiwoo": event,
        "minsu": None,
    }


def test_the_same_matter_from_many_people_is_one_case(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    for who in ("jiwoo", "minsu", "haneul"):
        network.post(who, f"강남역 11번 출구 앞 도로가 물에 잠겼어요 #{tag}")
    assert new(search_reports(place)) == 3
    open_cases(place)
    assert len(all_cases(place)) == 1
    assert len({post.case_id for post in posts(place)}) == 1


def test_our_own_posts_are_no_reports(place: Workplace, network: PracticeServer, tag: str) -> None:
    opened(place, tag)
    network.post("x_seoul", f"침수 제보는 #{tag}")
    network.post("drill_x_seoul", f"침수 제보는 #{tag}")
    assert new(search_reports(place)) == 0


def test_what_was_written_long_before_the_event_tells_of_another_one(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    network.post("jiwoo", f"지난달 이야기 #{tag}")
    opened(place, tag, opened_at=place.now() + BEFORE + timedelta(minutes=1))
    assert new(search_reports(place)) == 0


def test_nothing_is_searched_once_the_event_is_over(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag, closed_at=place.now())
    network.post("jiwoo", f"물이 차요 #{tag}")
    assert search_reports(place) == []


def test_an_exercise_s_reports_are_listed_on_it_and_open_no_case(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    event = opened(place, tag, exercise=True)
    write(network, "jiwoo", f"[훈련] @x_seoul 물이 차요 #{tag}", photo=picture())
    assert new(search_reports(place)) == 1
    assert open_cases(place) == 0
    (post,) = posts(place)
    assert (post.event_id, post.exercise, post.case_id) == (event, True, None)
    classify(place)
    notice_withdrawn(place)
    with place.store.read() as session:
        for table in (Case, Designation, Mail):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert post_store.without_case(session) == []
        since = place.now() - timedelta(days=1)
        assert post_store.recent_remote_ids(session, post.account_id, since=since) == []


def test_the_store_itself_refuses_a_case_of_an_exercise_s_report(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag, exercise=True)
    network.post("jiwoo", f"[훈련] 물이 차요 #{tag}")
    search_reports(place)
    with place.store.write() as session:
        session.scalars(select(Post)).one().case_id = 1
        with pytest.raises(IntegrityError, match="apart"):
            session.flush()
        session.rollback()


def test_the_store_itself_refuses_a_real_post_on_an_exercise(place: Workplace, tag: str) -> None:
    event = opened(place, tag, exercise=True)
    one = builders.incoming(event_id=event)
    with place.store.write() as session:
        with pytest.raises(IntegrityError):
            post_store.store_posts(session, [one], at=place.now())
        session.rollback()


def test_where_both_worlds_share_a_network_an_exercise_s_report_is_no_real_one(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    real, drill = opened(place, tag), opened(place, tag, exercise=True)
    network.post("jiwoo", f"[훈련] 물이 차요 #{tag}")
    network.post("jiwoo", f"@x_seoul [훈련] 여기도요 #{tag}")
    search_reports(place)
    assert {post.event_id for post in posts(place)} == {drill}
    network.post("minsu", f"진짜로 물이 차요 #{tag}")
    search_reports(place)
    assert real in {post.event_id for post in posts(place)}


def test_a_report_that_its_writer_deleted_is_forgotten_and_not_found_again(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    status = write(network, "jiwoo", f"물이 차요 #{tag}")
    search_reports(place)
    open_cases(place)
    delete(network, "jiwoo", status)
    assert notice_withdrawn(place) == 1
    assert new(search_reports(place)) == 0
    (post,) = posts(place)
    assert post.text == ""


@pytest.mark.parametrize("fault", [{"down": True}, {"failing_reads": 503}])
def test_a_network_that_does_not_answer_is_told_of_and_nothing_is_lost(
    place: Workplace, network: PracticeServer, tag: str, fault: dict[str, object]
) -> None:
    opened(place, tag)
    network.post("jiwoo", f"물이 차요 #{tag}")
    network.fault("*", **fault)
    (found,) = search_reports(place)
    assert found.cause
    with place.store.read() as session:
        assert session.scalars(select(Search)).one().cause == found.cause
    network.heal()
    assert new(search_reports(place)) == 1


def test_where_one_account_cannot_search_another_one_does(
    place: Workplace, network: PracticeServer, tag: str
) -> None:
    opened(place, tag)
    network.post("jiwoo", f"물이 차요 #{tag}")
    network.fault("x_seoul", revoked=True)
    (found,) = search_reports(place)
    assert (found.new, found.cause) == (1, "")


class Endless(FakeChannel):
    """Gives no more than the pages it has, and says each time that there is more."""

    pages = 0

    def _search(self, account: Account, tag: str, since: Cursor, begun: object) -> Page[Remote]:
        self.pages += 1
        if self.pages > 500:
            raise ChannelBusy("read without end")
        return Page(items=(), cursor=f"{since}x", more=True)


def test_a_network_that_never_ends_does_not_keep_the_run(quiet: Workplace, tag: str) -> None:
    channel = Endless(quiet.now)  # type: ignore[arg-type]  # it is a clock
    place = Workplace(
        quiet.settings, quiet.store, now=quiet.now, channel_of=lambda _account: channel
    )
    opened(place, tag)
    assert new(search_reports(place)) == 0
    with place.store.read() as session:
        assert session.scalars(select(Search)).one().cursor == "x" * channel.pages


def test_a_network_that_cannot_search_finds_nothing(quiet: Workplace, tag: str) -> None:
    channel = FakeChannel(quiet.now)  # type: ignore[arg-type]
    place = Workplace(
        quiet.settings, quiet.store, now=quiet.now, channel_of=lambda _account: channel
    )
    opened(place, tag)
    assert new(search_reports(place)) == 0
