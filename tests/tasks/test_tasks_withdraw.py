"""What a citizen deletes is forgotten everywhere here, and the history still verifies."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select

from channels.base import ChannelBusy, ChannelError
from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from rules.case import Status
from rules.kind import Kind
from rules.outbox import DeliveryState
from store.audit import faults
from store.tables import Base, Case, Delivery, Mail, Message, Post
from tasks.assign import tell
from tasks.deliver import deliver
from tasks.look_back import MOST, NIGHTS, notice_older, share
from tasks.mail import mail, put_in_words
from tasks.open_cases import open_cases
from tasks.photos import fetch_photos
from tasks.reading import read
from tasks.remind import facts, remind
from tasks.withdraw import CHUNK, MONTH, Search, notice_withdrawn
from tasks.workplace import Workplace
from tests import builders
from tests.builders import Clock
from tests.tasks.citizen import delete, picture, write
from tests.tasks.conftest import Settle

SECRET = "저희집은비밀동"
HANDLE = "jiwoo_private"


def everything(place: Workplace) -> str:
    """Every value of every row, as text."""
    tables: list[Table] = Base.metadata.sorted_tables
    with place.store.read() as session:
        return "\n".join(repr(tuple(row)) for t in tables for row in session.execute(select(t)))


def routed(place: Workplace, case_id: int = 1) -> None:
    with place.store.write() as session:
        case = session.get_one(Case, case_id)
        case.kind, case.words = Kind.COMPLAINT, [SECRET]
        place.desk(session).route(case, "traffic", why=SECRET)


def verifies(place: Workplace) -> bool:
    with place.store.read() as session:
        return not list(faults(session))


def test_a_deleted_post_is_in_no_row_no_file_and_its_history_verifies(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    status = write(
        network, HANDLE, f"@x_seoul {SECRET} 앞 신호등이 꺼졌어요", photo=picture(), alt=SECRET
    )
    read(place)
    fetch_photos(place)
    open_cases(place)
    routed(place)
    tell(place)
    mail(place)
    deliver(place)
    remind(place, facts(place))
    put_in_words(place)
    assert SECRET in everything(place)
    delete(network, HANDLE, status)
    assert notice_withdrawn(place) == 1
    assert notice_withdrawn(place) == 0
    left = everything(place)
    assert SECRET not in left
    assert HANDLE not in left
    assert list(place.settings.media.glob("*")) == []
    assert verifies(place)
    with place.store.read() as session:
        assert session.get_one(Case, 1).status is Status.WITHDRAWN
        (sent,) = session.scalars(select(Mail).where(Mail.event == "assigned"))
        assert sent.sent_at, "that it was sent is kept"
    assert read(place)[0].new == 0
    assert len(mailbox.messages()) == 1


def test_what_was_to_be_said_to_a_deleted_post_is_cancelled(
    place: Workplace, network: PracticeServer
) -> None:
    status = write(network, HANDLE, "@x_seoul 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    routed(place)
    tell(place)
    delete(network, HANDLE, status)
    notice_withdrawn(place)
    assert deliver(place).published == 0
    with place.store.read() as session:
        (delivery,) = session.scalars(select(Delivery))
    assert delivery.state is DeliveryState.CANCELLED
    assert network.texts("x_seoul")[-1:] != [delivery.text]


def test_a_mail_not_sent_yet_says_only_that_the_post_is_gone(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    status = write(network, HANDLE, f"@x_seoul {SECRET} 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    routed(place)
    put_in_words(place)
    delete(network, HANDLE, status)
    notice_withdrawn(place)
    mail(place)
    (sent,) = mailbox.messages()
    assert SECRET not in sent.as_string()
    body = sent.get_body(("plain",))
    assert body is not None
    assert "삭제했습니다" in body.get_content()


def test_one_of_two_posts_goes_and_the_other_keeps_the_case(
    place: Workplace, network: PracticeServer
) -> None:
    gone = write(network, HANDLE, f"@x_seoul {SECRET} 시청역 앞 신호등이 꺼졌어요")
    write(network, "minsu", "@x_seoul 저도 봤어요. 위험해요", in_reply_to_id=gone)
    read(place)
    open_cases(place)
    routed(place)
    with place.store.write() as session:
        case = session.get_one(Case, 1)
        builders.desk(session, who=builders.MANAGER).hand_back(case, why="우리 소관이 아닙니다")
        case.place = SECRET
    delete(network, HANDLE, gone)
    assert notice_withdrawn(place) == 1
    assert SECRET not in everything(place)
    assert verifies(place)
    with place.store.read() as session:
        case = session.get_one(Case, 1)
        reasons = [line.why for line in case.history]
        assert case.status is Status.TRIAGE
        assert "우리 소관이 아닙니다" in reasons, "what staff wrote stays"
        assert [p.text for p in session.scalars(select(Post).where(Post.text != ""))] == [
            "@x_seoul 저도 봤어요. 위험해요"
        ]


def test_a_line_of_a_digest_goes_and_the_rest_of_it_stays(
    place: Workplace, network: PracticeServer
) -> None:
    status = write(network, HANDLE, f"@x_seoul {SECRET} 신호등")
    read(place)
    open_cases(place)
    with place.store.write() as session:
        from store.mails import queue_mail

        rows = [
            {"number": session.get_one(Case, 1).number, "short": SECRET, "due": "", "who": ""},
            {"number": "2026-999999", "short": "다른 건", "due": "", "who": ""},
        ]
        group = {"title": "기한이 지난 건", "total": 2, "rows": rows}
        queue_mail(
            session,
            "digest",
            builders.COMMS,
            key="digest",
            at=place.now(),
            path="/",
            facts={"day": "오늘", "total": 2, "groups": [group]},
        )
    put_in_words(place)
    delete(network, HANDLE, status)
    notice_withdrawn(place)
    put_in_words(place)
    with place.store.read() as session:
        (digest,) = session.scalars(select(Mail).where(Mail.event == "digest"))
    assert SECRET not in str(digest.plain)
    assert "다른 건" in str(digest.plain)


def test_a_network_that_fails_to_answer_deletes_nothing(
    place: Workplace, network: PracticeServer
) -> None:
    write(network, HANDLE, "@x_seoul 신호등이 꺼졌어요")
    read(place)
    for fault in ({"revoked": True}, {"failing_reads": 500}, {"down": True}):
        network.fault("x_seoul", **fault)
        assert notice_withdrawn(place) == 0
        network.heal()
    with place.store.read() as session:
        assert session.scalars(select(Post)).one().text


class Remembering:
    """A network that knows which posts are gone, and may say wait now and then."""

    def __init__(self, gone: set[str], busy: list[Exception]) -> None:
        self.gone, self.busy, self.asked = gone, busy, list[int]()

    def missing(self, _account: Any, remote_ids: list[str]) -> set[str]:
        self.asked.append(len(remote_ids))
        if self.busy and len(self.asked) % 2 == 0:
            raise self.busy.pop()
        return self.gone & set(remote_ids)


@pytest.mark.parametrize(("waits", "erased"), [(5, 3), (0, 1)])
def test_at_night_a_long_list_is_asked_about_in_parts_and_waits_where_it_must(
    at_work: Settle, clock: Clock, waits: int, erased: int
) -> None:
    place = at_work(now=clock)
    with place.store.write() as session:
        for n in range(3 * CHUNK):
            builders.post(
                session, remote_id=f"p{n}", created_at=place.now() - timedelta(minutes=n + 1)
            )
    network = Remembering({"p1", f"p{CHUNK + 1}", f"p{2 * CHUNK + 1}"}, [ChannelBusy("429", 7)])
    place = replace(place, channel_of=lambda _account: network)  # type: ignore[arg-type, return-value]  # it only tells what is missing
    paused: list[float] = []
    search = Search(since=MONTH, most=1_000, waits=waits, pause=paused.append)
    assert notice_withdrawn(place, search) == erased
    assert paused == ([7] if waits else [])


def test_an_account_that_a_person_must_look_at_is_left(at_work: Settle, clock: Clock) -> None:
    place = at_work(now=clock)
    with place.store.write() as session:
        for _ in range(2 * CHUNK):
            builders.post(session, created_at=place.now())
    network = Remembering(set(), [ChannelError("revoked")])
    place = replace(place, channel_of=lambda _account: network)  # type: ignore[arg-type, return-value]  # it only tells what is missing
    assert notice_withdrawn(place, Search(most=1_000, waits=9)) == 0
    assert network.asked == [CHUNK, CHUNK]


def test_the_name_is_taken_out_of_what_we_said(place: Workplace, network: PracticeServer) -> None:
    status = write(network, HANDLE, "@x_seoul 신호등이 꺼졌어요")
    read(place)
    open_cases(place)
    routed(place)
    tell(place)
    deliver(place)
    delete(network, HANDLE, status)
    notice_withdrawn(place)
    with place.store.read() as session:
        (message,) = session.scalars(select(Message))
    assert "전달했습니다" in message.text
    assert HANDLE not in message.text


def older_posts(place: Workplace, number: int) -> None:
    with place.store.write() as session:
        for n in range(number):
            builders.post(
                session, remote_id=f"old{n}", created_at=place.now() - MONTH - timedelta(days=n + 1)
            )


def test_each_older_post_is_asked_about_within_thirty_nights_a_share_each_night(
    at_work: Settle, clock: Clock
) -> None:
    place = at_work(now=clock)
    older_posts(place, 100)
    network = Remembering({"old3", "old97"}, [])
    place = replace(place, channel_of=lambda _account: network)  # type: ignore[arg-type, return-value]  # it only tells what is missing
    nights = [notice_older(place, Search()) for _ in range(NIGHTS)]
    assert sum(nights) == 2
    assert max(network.asked) == share(100) == 4


def test_a_night_in_which_the_network_is_busy_comes_later(at_work: Settle, clock: Clock) -> None:
    place = at_work(now=clock)
    older_posts(place, 30)
    network = Busy({"old0"})
    place = replace(place, channel_of=lambda _account: network)  # type: ignore[arg-type, return-value]  # it only tells what is missing
    assert notice_older(place, Search()) == 0
    network.free = True
    assert notice_older(place, Search()) == 1


class Busy:
    """A network that has no time until it is free."""

    def __init__(self, gone: set[str]) -> None:
        self.gone, self.free = gone, False

    def missing(self, _account: Any, remote_ids: list[str]) -> set[str]:
        if not self.free:
            raise ChannelBusy("429")
        return self.gone & set(remote_ids)


def test_a_night_asks_no_account_for_more_than_its_most() -> None:
    assert share(10) == 1
    assert share(NIGHTS * MOST) == MOST
    assert share(100 * NIGHTS * MOST) == MOST
