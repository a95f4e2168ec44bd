"""Mail: once for its cause, sent at least once, never by two at the same time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select

from store import mails
from store.engine import Store
from store.mails import queue_mail
from store.tables import Link, LinkPurpose, Mail, MailState, Stamp
from tests.builders import MANAGER, NOW


def _queue(store: Store, number: int = 1, **more: object) -> None:
    with store.write() as session:
        for turn in range(number):
            queue_mail(session, "assigned", MANAGER, key=f"assigned:{turn}", at=NOW)
        for mail in session.scalars(select(Mail)):
            mail.subject, mail.plain, mail.html = "민원", "민원", "<p>민원</p>"


def _mail(store: Store) -> Mail:
    with store.read() as session:
        return session.scalars(select(Mail)).one()


def test_the_same_key_is_one_mail(store: Store) -> None:
    for _ in range(2):
        _queue(store, 1)
    assert _mail(store).state is MailState.QUEUED


def test_two_who_record_the_same_cause_at_once_leave_one_mail_and_keep_their_decisions(
    store: Store,
) -> None:
    recorded = threading.Event()
    said: dict[str, bool] = {}

    def first() -> None:
        with store.write() as session:
            said["first"] = queue_mail(session, "assigned", MANAGER, key="same", at=NOW, path="/")
            session.add(Stamp(key="first", value={}))
            recorded.set()
            time.sleep(0.2)  # the second waits for the row meanwhile, or for the whole store

    def second() -> None:
        recorded.wait(5)
        with store.write() as session:
            session.add(Stamp(key="second", value={}))
            said["second"] = queue_mail(session, "assigned", MANAGER, key="same", at=NOW, path="/")

    with ThreadPoolExecutor(2) as pool:
        for run in [pool.submit(first), pool.submit(second)]:
            run.result()
    assert said == {"first": True, "second": False}
    with store.read() as session:
        assert {"first", "second"} <= set(session.scalars(select(Stamp.key)))
        assert _mail(store).link_id == session.scalars(select(Link.id)).one()


def test_who_records_what_another_took_back_is_the_one_who_records_it(store: Store) -> None:
    with suppress(ZeroDivisionError), store.write() as session:
        queue_mail(session, "assigned", MANAGER, key="same", at=NOW)
        raise ZeroDivisionError
    with store.write() as session:
        assert queue_mail(session, "assigned", MANAGER, key="same", at=NOW)
    assert _mail(store).key == "same"


def test_a_mail_without_words_is_not_sent_yet(store: Store) -> None:
    with store.write() as session:
        queue_mail(session, "assigned", MANAGER, key="k", at=NOW)
        assert mails.claim(session, "me", at=NOW) == []
        assert [mail.key for mail in mails.without_words(session)] == ["k"]


def test_two_senders_never_claim_the_same_mail(store: Store) -> None:
    _queue(store, 60)
    gate = threading.Barrier(3)
    taken: list[int] = []

    def send(holder: str) -> None:
        gate.wait()
        while True:
            with store.write() as session:
                mine = [mail.id for mail in mails.claim(session, holder, at=NOW, limit=7)]
            if not mine:
                return
            taken.extend(mine)

    threads = [threading.Thread(target=send, args=(f"{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60


def test_what_a_dead_sender_held_goes_again_under_the_same_message_id(store: Store) -> None:
    _queue(store)
    with store.write() as session:
        (claimed,) = mails.claim(session, "dead", at=NOW)
    with store.write() as session:
        assert mails.take_back(session, ["other"]) == 0
        assert mails.take_back(session, ["dead"]) == 1
        (again,) = mails.claim(session, "living", at=NOW)
    assert (again.id, again.message_id, again.tries) == (claimed.id, claimed.message_id, 2)


def test_a_sent_mail_is_not_sent_again(store: Store) -> None:
    _queue(store)
    with store.write() as session:
        (claimed,) = mails.claim(session, "me", at=NOW)
        mails.sent(session, [claimed.id], at=NOW)
        assert mails.take_back(session, ["me"]) == 0
        assert mails.claim(session, "me", at=NOW + timedelta(days=1)) == []
    assert (_mail(store).state, _mail(store).sent_at) == (MailState.SENT, NOW)


def test_a_server_that_is_down_for_weeks_delays_and_loses_nothing(store: Store) -> None:
    _queue(store)
    at, tries = NOW, 0
    while at < NOW + timedelta(days=21):
        with store.write() as session:
            for mail in mails.claim(session, "me", at=at):
                mails.put_back(session, mail.id, "no server", at=at)
                tries += 1
        at += timedelta(hours=2)
    with store.write() as session:
        mail = session.scalars(select(Mail)).one()
        mail.tries = 5_000
        assert (mail.state, mail.cause) == (MailState.QUEUED, "no server")
        mails.put_back(session, mail.id, "no server", at=at)
        assert mail.not_before == at + timedelta(minutes=10)
    assert tries > 100


def test_a_mail_waits_longer_after_each_try(store: Store) -> None:
    _queue(store)
    with store.write() as session:
        (mail,) = mails.claim(session, "me", at=NOW)
        mails.put_back(session, mail.id, "down", at=NOW)
    with store.write() as session:
        assert mails.claim(session, "me", at=NOW + timedelta(seconds=1)) == []
        assert mails.claim(session, "me", at=NOW + timedelta(seconds=3)) != []


def test_a_clock_that_is_set_back_holds_up_no_mail(store: Store) -> None:
    _queue(store)
    with store.write() as session:
        assert mails.claim(session, "me", at=NOW - timedelta(hours=9)) != []


def test_a_refused_mail_waits_for_a_person(store: Store) -> None:
    _queue(store)
    with store.write() as session:
        (mail,) = mails.claim(session, "me", at=NOW)
        mails.refuse(session, mail.id, "550 no such mailbox")
    assert (_mail(store).state, _mail(store).cause) == (MailState.REFUSED, "550 no such mailbox")


def test_a_mail_with_a_page_carries_a_link_to_exactly_that_page(store: Store) -> None:
    with store.write() as session:
        queue_mail(session, "assigned", MANAGER, key="k", at=NOW, path="/cases/2026-000001")
        link = session.scalars(select(Link)).one()
    found = (link.purpose, link.email, link.path)
    assert found == (LinkPurpose.PAGE, MANAGER, "/cases/2026-000001")
    assert link.expires_at == NOW + timedelta(days=mails.LINK_DAYS)
