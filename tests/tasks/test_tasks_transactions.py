"""No step waits for a network while it keeps other writers out."""

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from rules.case import Status
from store.engine import Store
from store.tables import Case, Mail, MailState, Photo, PhotoState
from tasks.check_accounts import check
from tasks.withdraw import notice_withdrawn
from tasks.workplace import Workplace
from tests.builders import CASEWORKER, COMMS, MANAGER
from tests.tasks.citizen import picture, write
from tests.tasks.rounds import one_round

#: What Python itself announces before anything goes out, whichever library sends it.
OUTWARD = frozenset({"http.client.connect", "http.client.send", "smtplib.connect", "smtplib.send"})

_here = threading.local()
_seen: list[str] = []
_all: set[str] = set()


@cache
def listen() -> None:
    """Hear of every call to a network; such a hook stays for good, so there is one."""
    sys.addaudithook(_hear)


def _hear(event: str, _arguments: tuple[Any, ...]) -> None:
    if event not in OUTWARD:
        return
    _all.add(event)
    if getattr(_here, "writing", False):
        _seen.append(event + "\n" + "".join(traceback.format_stack(limit=12)))


class WatchedStore(Store):
    """Knows which threads hold a transaction that others wait for."""

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            _here.writing = True
            try:
                yield session
            finally:
                _here.writing = False


@contextmanager
def watched(place: Workplace) -> Iterator[Workplace]:
    listen()
    _seen.clear()
    _all.clear()
    store = WatchedStore(place.store.url)
    yield replace(place, store=store)
    store.close()


def test_no_step_reaches_a_network_inside_a_transaction(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    write(network, "jiwoo", "@x_seoul 신호등이 꺼졌어요", photo=picture())
    with watched(place) as at_work:
        one_round(at_work)
        with at_work.store.write() as session:
            case = session.scalars(select(Case)).one()
            at_work.desk(session, who=COMMS).route(case, "traffic")
            at_work.desk(session, who=MANAGER).designate(case, CASEWORKER)
            at_work.desk(session, who=CASEWORKER).answer(case, "끝.", body="끝.", more="")
        one_round(at_work)
        check(at_work)
        notice_withdrawn(at_work)
    with place.store.read() as session:
        assert session.scalars(select(Case.status)).one() is Status.REPLIED
        assert session.scalars(select(Photo.state)).one() is PhotoState.KEPT
        assert set(session.scalars(select(Mail.state))) == {MailState.SENT}
    assert mailbox.messages()
    assert _all == OUTWARD, "posts and mails went out, and were heard"
    assert _seen == []


def test_the_watch_sees_a_network_call_inside_a_transaction(
    place: Workplace, network: PracticeServer
) -> None:
    network.post("jiwoo", "@x_seoul 신호등이 꺼졌어요")
    account = place.registry.accounts["x_seoul"]
    with watched(place) as at_work, at_work.store.write():
        assert at_work.channel_of(account).fetch(account, "").items
    assert _seen
