"""A run that stops at one of its transactions is repaired by the next: nothing is lost or doubled.

Every transaction, before it is kept and after it, is some minutes; here it is a few spread over
the whole way from the citizen's post to the answer.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from practice.mailbox import Mailbox
from practice.testing import PracticeServer
from rules.case import OPEN, Status
from store.audit import faults
from store.engine import Store
from store.tables import Case, Mail, MailState, Message, MessageKind
from tasks.workplace import Workplace
from tests.builders import CASEWORKER, COMMS, MANAGER
from tests.tasks.citizen import picture, write
from tests.tasks.rounds import one_round

ANSWER = "고쳤습니다. 감사합니다."


class Stopped(Exception):
    """The process is gone from here on."""


class StoppingStore(Store):
    """Stops a run at its nth transaction: before it is kept, or at once afterwards."""

    def __init__(self, url: str, nth: int, *, kept: bool) -> None:
        super().__init__(url)
        self.left, self.kept = nth, kept

    @contextmanager
    def write(self) -> Iterator[Session]:
        self.left -= 1
        last = self.left == 0
        if self.left < 0:
            raise Stopped
        with super().write() as session:
            yield session
            if last and not self.kept:
                raise Stopped
        if last:
            raise Stopped


def people_do_their_part(place: Workplace) -> None:
    """Whoever has a case does the next thing with it."""
    with place.store.write() as session:
        for case in session.scalars(select(Case).where(Case.status.in_(OPEN))).all():
            if case.status is Status.TRIAGE:
                place.desk(session, who=COMMS).route(case, "traffic")
                place.desk(session, who=MANAGER).designate(case, CASEWORKER)
            elif case.status is Status.ASSIGNED and case.told_office_id:
                place.desk(session, who=CASEWORKER).answer(case, ANSWER, body=ANSWER, more="")


def settled(place: Workplace) -> bool:
    with place.store.read() as session:
        cases = session.scalars(select(Case.status)).all()
        mails = session.scalars(select(Mail.state)).all()
    return set(cases) == {Status.REPLIED} and set(mails) == {MailState.SENT}


def is_stopped(place: Workplace, nth: int, *, kept: bool) -> bool:
    """Rounds and people's work until the nth transaction of the rounds stops one; or all is done."""
    store = StoppingStore(place.store.url, nth, kept=kept)
    try:
        for _ in range(4):
            with suppress(Stopped):
                one_round(replace(place, store=store))
            if store.left <= 0:
                return True
            people_do_their_part(place)
        return False
    finally:
        store.close()


def finish(place: Workplace) -> None:
    """Rounds without trouble until nobody has anything left to do."""
    for _ in range(8):
        people_do_their_part(place)
        one_round(place)
        if settled(place):
            return
    raise AssertionError("something is stuck")


def all_is_done_once(place: Workplace, mailbox: Mailbox, replies: list[str]) -> None:
    with place.store.read() as session:
        case = session.scalars(select(Case)).one()
        said = Counter(session.scalars(select(Message.kind)))
        mails = session.scalars(select(Mail)).all()
        assert list(faults(session)) == []
    assert said == {MessageKind.RECEIVED: 1, MessageKind.ANSWER: 1}
    assert all(case.number in text for text in replies)
    assert len(replies) == 2
    assert len([text for text in replies if ANSWER in text]) == 1
    told = Counter((row.event, row.to) for row in mails)
    assert set(told.values()) == {1}, "one mail for each thing, however often it is sent"
    arrived = {str(letter["Message-ID"]) for letter in mailbox.messages()}
    assert arrived == {row.message_id for row in mails}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("nth", "kept"), [(2, True), (8, True), (12, False), (20, False)])
def test_a_run_that_stopped_is_repaired_by_the_next(
    place: Workplace, network: PracticeServer, mailbox: Mailbox, nth: int, kept: bool
) -> None:
    place = replace(place, settling=timedelta(0))
    said = len(network.texts("x_seoul"))
    write(network, f"stopped{nth}", "@x_seoul 신호등이 꺼졌어요", photo=picture())
    assert is_stopped(place, nth, kept=kept), "there are more transactions than that"
    finish(place)
    all_is_done_once(place, mailbox, network.texts("x_seoul")[said:])
