"""An error that nobody expected is one account's own trouble: the others' work stands."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from channels.base import Cursor, Health, Page, Post, Published, RemotePhoto
from channels.practice import Practice
from practice.testing import PracticeServer
from registry.model import Account
from rules.bulletin_audit import WRONG, Wrong
from rules.outbox import DeliveryState
from store import registry as registry_store
from store.engine import StoreBusy
from store.tables import Bulletin, Delivery, Mail, Photo, PhotoState, Reading
from store.tables import Post as Kept
from tasks.audit_bulletin import audit
from tasks.check_accounts import check
from tasks.conduct import conduct
from tasks.deliver import deliver
from tasks.look_back import notice_older
from tasks.photos import fetch_photos
from tasks.reading import read
from tasks.search import search_reports
from tasks.settle import settle
from tasks.side_by_side import side_by_side
from tasks.withdraw import MONTH, Search, notice_withdrawn
from tasks.workplace import Workplace, utc_now
from templates.causes import told
from tests import builders, bulletins
from tests.tasks.citizen import delete, picture, write
from tests.tasks.test_tasks_search import opened

#: What an odd answer quotes, and no log may.
SAID = "저는 김민지 010-1234-5678"
ODD = "x_seoul"

only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class OddChannel(Practice):
    """For one account everything ends in an error that no channel promises."""

    def _odd(self, account: Account) -> None:
        if account.id == ODD:
            raise KeyError(SAID)

    def fetch(self, account: Account, since: Cursor) -> Page[Post]:
        self._odd(account)
        return super().fetch(account, since)

    def missing(self, account: Account, remote_ids: Collection[str]) -> set[str]:
        self._odd(account)
        return super().missing(account, remote_ids)

    def photo(self, account: Account, photo: RemotePhoto) -> bytes:
        self._odd(account)
        return super().photo(account, photo)

    def check(self, account: Account) -> Health:
        self._odd(account)
        return super().check(account)

    def timeline(self, account: Account, since: datetime) -> Iterator[Published]:
        self._odd(account)
        return super().timeline(account, since)

    def search(self, account: Account, *args: Any, **more: Any) -> Page[Post]:
        raise KeyError(SAID)


@pytest.fixture
def odd(place: Workplace) -> Workplace:
    """The small city, where everything about one account fails."""
    channel = OddChannel(place.settings)
    return replace(place, channel_of=lambda _account: channel, settling=timedelta(0))


def both_wrote(network: PracticeServer, **more: Any) -> list[str]:
    return [
        write(network, "jiwoo", f"@{account} 신호등이 꺼졌어요", **more)
        for account in (ODD, "x_traffic")
    ]


@only_sqlite
def test_the_others_are_read_and_the_odd_one_is_shown_and_told(
    odd: Workplace, network: PracticeServer
) -> None:
    both_wrote(network)
    harvests = {harvest.account.id: harvest for harvest in read(odd)}
    assert harvests["x_traffic"].new == 1
    assert harvests[ODD].cause.startswith("odd: x_seoul: KeyError in tests/tasks/test_side_by_side")
    with odd.store.read() as session:
        row = session.get_one(Reading, ODD)
        (mail,) = session.scalars(select(Mail))
        assert (row.failures, row.cause) == (1, harvests[ODD].cause)
        assert session.get_one(Reading, "x_traffic").good_at
        assert session.get_one(Reading, "x_mayor").good_at, "the quiet ones, too"
    assert "예상하지 못한 오류" in told(row.cause).what
    assert SAID not in row.cause + str(mail.facts)


@only_sqlite
def test_photos_deletions_and_health_of_the_others_are_seen_to(
    place: Workplace, odd: Workplace, network: PracticeServer
) -> None:
    statuses = both_wrote(network, photo=picture())
    read(place)
    assert fetch_photos(odd) == 1
    with odd.store.read() as session:
        (left,) = session.scalars(select(Photo).where(Photo.state == PhotoState.PENDING))
    assert left.cause.startswith("odd: ")
    health = {account.id: health for account, health in check(odd)}
    assert health["x_traffic"].reads
    assert not health[ODD].reads
    assert health[ODD].reason.startswith("odd: ")
    for status in statuses:
        delete(network, "jiwoo", status)
    assert notice_withdrawn(odd) == 1
    assert notice_withdrawn(place) == 1, "the odd one's is asked about again"


@only_sqlite
def test_old_deletions_of_the_others_are_noticed(
    place: Workplace, odd: Workplace, network: PracticeServer
) -> None:
    statuses = both_wrote(network)
    read(place)
    for status in statuses:
        delete(network, "jiwoo", status)
    with place.store.write() as session:
        for post in session.scalars(select(Kept)):
            post.created_at -= MONTH + timedelta(days=1)
    assert notice_older(odd, Search(since=MONTH)) == 1


@only_sqlite
def test_a_search_that_ends_oddly_is_told(odd: Workplace, network: PracticeServer) -> None:
    opened(odd, "제보침수")
    first, *others = search_reports(odd)
    assert first.cause.startswith("odd: ")
    assert others == []


@only_sqlite
def test_doubts_of_the_others_are_settled(odd: Workplace, network: PracticeServer) -> None:
    network.fault("*", lose_answer=True)
    with odd.store.write() as session:
        for account in (ODD, "x_traffic"):
            builders.delivery(session, account_id=account, in_reply_to=None, at=odd.now())
    deliver(odd)
    network.heal()
    settled = settle(odd)
    assert (settled.found, settled.open) == (1, 1)
    with odd.store.read() as session:
        states = {row.account_id: row.state for row in session.scalars(select(Delivery))}
    assert states == {ODD: DeliveryState.IN_DOUBT, "x_traffic": DeliveryState.PUBLISHED}


@only_sqlite
def test_an_audit_reads_the_others_and_says_which_it_could_not(
    odd: Workplace, network: PracticeServer
) -> None:
    city = bulletins.city(*(bulletins.account(id_) for id_ in (ODD, "x_traffic")))
    with odd.store.write() as session:
        registry_store.apply(session, city, at=odd.now())
        bulletin, _ = bulletins.approved(
            session, city, exercise=False, at=utc_now(), expires_at=utc_now() + timedelta(hours=1)
        )
    at_work = replace(odd, now=utc_now)
    conduct(at_work, longest=20)
    (line,) = audit(at_work, bulletin.id)
    assert ODD in line
    assert WRONG[Wrong.UNREAD] in line
    with odd.store.read() as session:
        assert session.get_one(Bulletin, bulletin.id).audited_at
        rows = session.scalars(select(Delivery).where(Delivery.seen_at.is_not(None)))
        assert [row.account_id for row in rows] == ["x_traffic"]


def work_of(**fates: Exception) -> Callable[[str], str]:
    def work(name: str) -> str:
        if name in fates:
            raise fates[name]
        return name.upper()

    return work


def beside(work: Callable[[str], str], *names: str, patience: float = 5) -> list[str | None]:
    return side_by_side(
        work,
        names,
        name=lambda name: name,
        odd=lambda _name, cause: cause,
        threads=4,
        patience=patience,
    )


def test_an_odd_error_is_logged_with_whose_it_was_and_where_and_without_what_it_quotes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = beside(work_of(b=ValueError(SAID)), "a", "b", "c")
    assert (found[0], found[2]) == ("A", "C")
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage().startswith("b: ValueError in tests/tasks/test_side_by_side.py:")
    assert "raise fates[name]" in record.getMessage()
    assert SAID not in caplog.text + str(found)


def test_a_store_that_cannot_be_used_ends_the_run_once_the_others_are_done() -> None:
    others: list[str] = []

    def work(name: str) -> str:
        if name == "a":
            raise StoreBusy("held by somebody else")
        others.append(name)
        return name

    with pytest.raises(StoreBusy):
        beside(work, "a", "b", "c")
    assert sorted(others) == ["b", "c"]


def test_what_goes_wrong_after_nobody_waits_any_more_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    go_on, logged = threading.Event(), threading.Event()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.set()

    def work(_name: str) -> str:
        go_on.wait(5)
        raise ValueError(SAID)

    listening = Listening()
    logging.getLogger("tasks.odd").addHandler(listening)
    try:
        assert beside(work, "slow", patience=0.01) == [None]
        go_on.set()
        assert logged.wait(5)
    finally:
        logging.getLogger("tasks.odd").removeHandler(listening)
