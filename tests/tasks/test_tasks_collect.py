"""What citizens write is read once from every account, and no account holds up another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unicodedata import normalize

import pytest
from sqlalchemy import func, select

from practice.testing import PracticeServer
from rules.clean import MOST_CHARACTERS
from store.engine import Store, StoreBusy
from store.tables import Mail, Post, Reading
from tasks.collect import changed
from tasks.reading import FIRST_LOOK_BACK, TOLERATED, read
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock
from tests.tasks.citizen import write
from tests.tasks.conftest import Settle

#: What keeps every other writer out, on each database.
LOCK = {"sqlite": "SELECT 1", "postgresql": "LOCK TABLE reading, post IN EXCLUSIVE MODE"}


def posts(place: Workplace) -> list[Post]:
    with place.store.read() as session:
        return list(session.scalars(select(Post).order_by(Post.id)))


def texts(place: Workplace) -> list[str]:
    return [post.text for post in posts(place)]


def row_of(place: Workplace, account_id: str) -> Reading:
    with place.store.read() as session:
        return session.get_one(Reading, account_id)


def mails(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_what_is_read_again_and_again_is_stored_once(
    place: Workplace, network: PracticeServer
) -> None:
    network.post("jiwoo", "@x_seoul 신호등이 꺼졌어요")
    network.post("minsu", "@x_traffic 버스가 안 와요")
    assert sum(harvest.new for harvest in read(place)) == 2
    network.post("jiwoo", "@x_seoul 아직도 꺼져 있어요")
    assert sum(harvest.new for harvest in read(place)) == 1
    assert sum(harvest.new for harvest in read(place)) == 0
    assert len(posts(place)) == 3


def test_a_cursor_moves_with_its_posts_or_not_at_all(
    store: Store, at_work: Settle, network: PracticeServer
) -> None:
    place = at_work(network)
    network.post("jiwoo", "@x_seoul 신호등이 꺼졌어요")
    impatient = at_work(network, of_store=Store(store.url, busy_timeout=0.1))
    with store.write() as session:
        builders.case(session)
        session.connection().exec_driver_sql(LOCK[store.engine.dialect.name])
        with pytest.raises(StoreBusy, match="next run"):
            read(impatient)
    assert posts(place)[1:] == []
    assert sum(harvest.new for harvest in read(place)) == 1


@pytest.mark.parametrize("fault", [{"down": True}, {"revoked": True}, {"failing_reads": 503}])
def test_an_account_that_does_not_answer_holds_up_no_other_and_is_shown(
    place: Workplace, network: PracticeServer, fault: dict[str, object]
) -> None:
    network.fault("x_seoul", **fault)
    network.post("jiwoo", "@x_seoul 하나")
    network.post("jiwoo", "@x_traffic 둘")
    harvests = {harvest.account.id: harvest for harvest in read(place)}
    assert harvests["x_seoul"].cause
    assert not harvests["x_traffic"].cause
    assert len(posts(place)) == 1
    assert row_of(place, "x_seoul").failures == 1
    assert "x_seoul" in row_of(place, "x_seoul").cause
    network.heal()
    healed = {harvest.account.id: harvest for harvest in read(place)}
    assert healed["x_seoul"].recovered
    assert row_of(place, "x_seoul").failures == 0
    assert len(posts(place)) == 2


def test_a_slow_account_is_left_to_read_on_alone(place: Workplace, network: PracticeServer) -> None:
    network.fault("x_seoul", slow=1.0)
    network.post("jiwoo", "@x_seoul 하나")
    network.post("jiwoo", "@x_traffic 둘")
    harvests = {harvest.account.id: harvest for harvest in read(place, patience=0.6)}
    assert "no answer" in harvests["x_seoul"].cause
    assert harvests["x_traffic"].new == 1
    assert "x_seoul" not in {harvest.account.id for harvest in read(place)}, "not asked twice"
    deadline = threading.Event()
    for _ in range(100):
        if len(posts(place)) == 2:
            break
        deadline.wait(0.1)
    assert len(posts(place)) == 2, "what it answered in the end is kept"


def test_a_revoked_token_is_told_at_once_and_only_once(
    place: Workplace, network: PracticeServer
) -> None:
    network.fault("x_seoul", revoked=True)
    for _ in range(3):
        read(place)
    told = mails(place)
    assert [mail.event for mail in told] == ["account_trouble"]
    assert told[0].to == builders.COMMS
    assert [row["id"] for row in told[0].facts["accounts"]] == ["x_seoul"]


def test_a_network_that_is_down_is_told_after_a_while_in_one_mail_for_all_accounts(
    at_work: Settle,
) -> None:
    place = at_work()
    for _ in range(TOLERATED - 1):
        read(place)
    assert mails(place) == []
    read(place)
    read(place)
    (told,) = mails(place)
    assert len(told.facts["accounts"]) == 4


def test_an_account_that_is_told_to_wait_is_not_asked_until_then(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    network.fault("x_seoul", busy=30)
    assert "429" in {h.account.id: h for h in read(place)}["x_seoul"].cause
    network.heal()
    assert "x_seoul" not in {h.account.id for h in read(place)}
    real_clock.pass_(31)
    assert "x_seoul" in {h.account.id for h in read(place)}


def test_a_clock_that_was_set_back_makes_no_account_wait_for_the_old_time(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    real_clock.pass_(days=400)
    network.fault("x_seoul", busy=30)
    read(place)
    network.heal()
    real_clock.pass_(days=-400)
    assert "x_seoul" in {h.account.id for h in read(place)}


def test_a_new_account_brings_no_years_of_old_posts(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    network.post("jiwoo", "@x_seoul 오래전 이야기")
    real_clock.pass_(hours=1, seconds=FIRST_LOOK_BACK.total_seconds())
    read(place)
    read(place)
    assert posts(place) == []


def test_after_an_outage_of_weeks_everything_since_then_is_collected(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    read(place)
    network.post("jiwoo", "@x_seoul 해치가 멈춘 사이에 쓴 글")
    real_clock.pass_(days=40)
    read(place)
    assert len(posts(place)) == 1


def test_a_clock_that_was_ahead_at_first_hides_nothing_once_it_is_right(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    real_clock.pass_(days=400)
    read(place)
    real_clock.pass_(days=-400)
    network.post("jiwoo", "@x_seoul 시계가 바로 선 뒤의 글")
    read(place)
    assert len(posts(place)) == 1


def test_what_city_accounts_say_to_one_another_is_no_case(
    place: Workplace, network: PracticeServer
) -> None:
    network.post("x_traffic", "@x_seoul 공유합니다")
    network.post("x_traffic2", "@x_seoul 닮은 이름의 시민입니다")
    read(place)
    assert [post.author_handle for post in posts(place)] == ["x_traffic2"]


KEPT_AS_WRITTEN = (
    "RT @friend: “인용한 글” 그대로 ㅋㅋ",
    "가족 👨‍👩‍👧‍👦 국기 🏴󠁧󠁢󠁳󠁣󠁴󠁿 하트 ❤️",
    "링크 https://news.example/가나?q=1&b=2#끝",
    "🚦",
    '=HYPERLINK("http://evil.example")',
    "/etc/hostname",
    "<script>alert('안녕')</script>",
    "Subject: x =?UTF-8?Q?=0ABcc:_a@b?=",
)


def test_posts_are_kept_as_written(place: Workplace, network: PracticeServer) -> None:
    for text in KEPT_AS_WRITTEN:
        network.post("jiwoo", f"@x_seoul {text}")
    read(place)
    assert texts(place) == [f"@x_seoul {normalize('NFC', text)}" for text in KEPT_AS_WRITTEN]


CLEANED = {
    "앞\x00뒤": "앞뒤",
    "앞\u202e뒤": "앞뒤",
    normalize("NFD", "서울"): "서울",
    "서\u200b울": "서울",
}


def test_what_no_one_sees_is_cleaned(place: Workplace, network: PracticeServer) -> None:
    for written in CLEANED:
        network.post("jiwoo", f"@x_seoul {written}")
    read(place)
    assert texts(place) == [f"@x_seoul {kept}" for kept in CLEANED.values()]


def test_forty_thousand_characters_are_capped_and_stop_nothing(
    place: Workplace, network: PracticeServer
) -> None:
    write(network, "chatty", "@x_seoul " + "가" * 40_000, limit=100_000)
    network.post("minsu", "@x_seoul 짧은 글")
    read(place)
    lengths = [len(text) for text in texts(place)]
    assert len(lengths) == 2
    assert max(lengths) <= MOST_CHARACTERS


def test_a_name_with_a_line_break_is_one_line(place: Workplace, network: PracticeServer) -> None:
    network.network.accounts.enrol("jiwoo", name="지우\nBcc: a@b")
    network.post("jiwoo", "@x_seoul 안녕하세요")
    read(place)
    assert "\n" not in posts(place)[0].author_name


def test_two_runs_at_once_store_each_post_once(place: Workplace, network: PracticeServer) -> None:
    for n in range(20):
        network.post(f"citizen{n}", f"@x_seoul 글 {n}")
    with ThreadPoolExecutor(2) as runs:
        found = list(runs.map(read, [place, place]))
    assert sum(harvest.new for harvests in found for harvest in harvests) == 20
    assert len(posts(place)) == 20
    assert row_of(place, "x_seoul").posts == 20


def test_the_table_of_accounts_is_shown_after_the_first_reading_and_once_one_falls_silent(
    place: Workplace, network: PracticeServer
) -> None:
    assert changed(read(place))
    assert not changed(read(place))
    network.fault("x_seoul", down=True)
    assert changed(read(place))


def test_every_account_says_when_it_was_read_even_when_nobody_wrote(
    place: Workplace, network: PracticeServer, real_clock: Clock
) -> None:
    read(place)
    later = real_clock.pass_(minutes=1)
    read(place)
    with place.store.read() as session:
        rows = session.scalars(select(Reading)).all()
        assert session.scalar(select(func.count()).select_from(Post)) == 0
    assert {row.good_at for row in rows} == {later}
    assert len(rows) == 4, "the closed account is not read"
