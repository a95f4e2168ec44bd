"""Every mail is recorded before it is sent, and sent at least once, whatever the server does."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from practice.mailbox import Mailbox
from store.mails import queue_mail
from store.tables import Mail, MailState
from tasks.mail import mail, put_in_words
from tasks.settle import take_back
from tasks.workplace import Workplace
from tests import builders
from tests.builders import COMMS, Clock
from tests.tasks.conftest import Settle

ROOT = Path(__file__).parent.parent.parent


def record(place: Workplace, count: int = 1, *, to: str = COMMS, event: str = "sign_in") -> None:
    with place.store.write() as session:
        for n in range(count):
            queue_mail(
                session,
                event,
                to,
                key=f"{event}:{to}:{n}:{place.now()}",
                at=place.now(),
                path="/",
                facts={"minutes": 30},
            )


def rows(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def states(place: Workplace) -> Counter[MailState]:
    return Counter(row.state for row in rows(place))


def ids(mailbox: Mailbox) -> Counter[str]:
    return Counter(str(letter["Message-ID"]) for letter in mailbox.messages())


def later(place: Workplace, clock: Clock, minutes: float = 15) -> None:
    clock.pass_(minutes=minutes)
    mail(place)


def test_a_mail_is_sent_once(place: Workplace, mailbox: Mailbox) -> None:
    record(place, 30)
    assert mail(place).sent == 30
    assert mail(place).sent == 0
    assert len(ids(mailbox)) == len(mailbox.messages()) == 30


def test_a_mail_says_whose_it_is(place: Workplace, mailbox: Mailbox) -> None:
    record(place, 1)
    mail(place)
    (letter,) = mailbox.messages()
    sender = letter["From"].addresses[0]
    assert sender.display_name == f"{place.registry.city.name} 해치"
    assert sender.addr_spec == place.settings.mail_from


def test_a_server_that_is_down_delays_mails_and_loses_none(
    place: Workplace, mailbox: Mailbox, real_clock: Clock
) -> None:
    record(place, 20)
    mailbox.stop()
    mailed = mail(place)
    assert (mailed.sent, mailed.refused) == (0, 0)
    assert states(place) == {MailState.QUEUED: 20}
    assert all("cannot be used" in row.cause or "not tried" in row.cause for row in rows(place))
    mailbox.start()
    later(place, real_clock)
    assert states(place) == {MailState.SENT: 20}
    assert set(ids(mailbox).values()) == {1}


@pytest.mark.parametrize(
    ("fault", "state"), [("temporary", MailState.QUEUED), ("permanent", MailState.REFUSED)]
)
def test_a_server_that_says_later_is_asked_later_and_one_that_says_never_is_not(
    place: Workplace, mailbox: Mailbox, real_clock: Clock, fault: str, state: MailState
) -> None:
    record(place)
    mailbox.fault(fault, count=1)
    mail(place)
    (row,) = rows(place)
    assert row.state is state
    assert "practice mailbox" in row.cause
    later(place, real_clock)
    assert len(mailbox.messages()) == (1 if state is MailState.QUEUED else 0)


def test_a_lost_answer_sends_it_again_under_the_same_message_id(
    place: Workplace, mailbox: Mailbox, real_clock: Clock
) -> None:
    record(place)
    mailbox.fault("lose_answer", count=1)
    mail(place)
    later(place, real_clock)
    assert states(place) == {MailState.SENT: 1}
    assert list(ids(mailbox).values()) == [2]


def test_one_refused_address_holds_up_no_other(place: Workplace, mailbox: Mailbox) -> None:
    record(place, to="a\n@b")
    record(place, 5)
    mailed = mail(place)
    assert (mailed.sent, mailed.refused) == (5, 1)
    assert len(mailbox.messages(COMMS)) == 5


def test_words_that_cannot_be_made_hold_up_no_other_mail(
    place: Workplace, mailbox: Mailbox
) -> None:
    record(place, event="no_such_event")
    record(place, event="ledger")  # without the facts that it needs
    record(place)
    assert mail(place).sent == 1
    refused = [row for row in rows(place) if row.state is MailState.REFUSED]
    assert [row.event for row in refused] == ["no_such_event", "ledger"]
    assert all("words cannot be made" in row.cause for row in refused)
    assert len(mailbox.messages()) == 1


def test_two_senders_at_once_send_each_mail_once(place: Workplace, mailbox: Mailbox) -> None:
    record(place, 60)
    put_in_words(place)
    with ThreadPoolExecutor(3) as senders:
        sent = sum(mailed.sent for mailed in senders.map(mail, [place] * 3))
    assert sent == 60
    assert set(ids(mailbox).values()) == {1}


CLAIM_AND_HANG = """
import sys, time
from datetime import UTC, datetime
from store.engine import Store
from store.liveness import alive
from store.mails import claim
store = Store(sys.argv[1])
with alive(store, at=datetime.now(UTC)) as me:
    with store.write() as session:
        claim(session, me.id, at=datetime.now(UTC))
    print("claimed", flush=True)
    time.sleep(60)
"""


def test_a_killed_sender_loses_no_mail(place: Workplace, mailbox: Mailbox) -> None:
    record(place, 5)
    put_in_words(place)
    url = place.store.engine.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", CLAIM_AND_HANG, url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "claimed\n"
    assert take_back(place) == 0, "a sender that lives keeps what it holds"
    assert mail(place).sent == 0
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    take_back(place)
    assert mail(place).sent == 5
    assert set(ids(mailbox).values()) == {1}


def test_the_link_is_in_the_mail_and_in_no_row(place: Workplace, mailbox: Mailbox) -> None:
    record(place)
    mail(place)
    (letter,) = mailbox.messages()
    body = letter.get_body(("plain",))
    assert body is not None
    link = next(word for word in body.get_content().split() if "/l/" in word)
    token = link.rpartition("/l/")[2]
    assert link.startswith("https://center.example/l/")
    (row,) = rows(place)
    signature = token.rpartition(".")[2]
    assert signature not in f"{row.plain}{row.html}{row.subject}{row.facts}"
    assert "link.invalid" in str(row.plain)
    assert "link.invalid" not in letter.as_string()


NASTY = (
    "\nBcc: victim@example.com\n\n<script>alert(1)</script>",
    "=?UTF-8?Q?=0ABcc:_victim@example.com?=",
    "/etc/hostname",
    "아주 긴 글 " * 2_000,
    "{{ 7 * 7 }} {% raw %}",
)


@pytest.mark.parametrize("text", NASTY)
def test_what_a_citizen_writes_makes_no_header_and_no_markup(
    place: Workplace, mailbox: Mailbox, text: str
) -> None:
    with place.store.write() as session:
        case = builders.case(session, text=text, author_name=text[:50], author_handle="a<b>")
        builders.desk(session, at=place.now()).route(case, "traffic")
    mail(place)
    (letter,) = mailbox.messages()
    assert letter["Bcc"] is None
    assert letter["To"] == builders.MANAGER
    assert len(str(letter["Subject"])) < 120
    html, plain = letter.get_body(("html",)), letter.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert "<script" not in html.get_content()
    assert text.strip().split("\n")[-1][:40] in plain.get_content()
    assert [part for part in letter.walk() if part.get_filename()] == [], "nothing is attached"


def test_a_mail_queued_while_the_clock_was_ahead_still_goes(
    place: Workplace, mailbox: Mailbox, real_clock: Clock
) -> None:
    real_clock.pass_(days=400)
    record(place)
    real_clock.pass_(days=-400)
    assert mail(place).sent == 1
    assert len(mailbox.messages()) == 1


def test_a_server_that_answers_slowly_is_not_waited_for_without_end(
    at_work: Settle, mailbox: Mailbox
) -> None:
    place = at_work(None, mailbox)
    record(place, 60)
    put_in_words(place)
    assert mail(place, longest=0).sent == 0
    assert mail(place).sent == 60
