"""A run that stops at any of its steps is repaired by the next: nothing is lost or done twice.

One case, from the citizen's post to the answer, on which every step that writes dies twice: just
before what it did is kept, and just after. `tests/tasks/test_kill.py` kills the sender itself.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from practice.mailbox import Mailbox
from practice.network import CityAccount
from practice.testing import PracticeServer, practice_server
from rules.case import OPEN, Status
from rules.outbox import DeliveryState
from store.audit import faults
from store.engine import Store, StoreError
from store.tables import Case, Delivery, Mail, MailState, Message, MessageKind
from tasks.workplace import Workplace
from tests.builders import CASEWORKER, COMMS, MANAGER, small_registry
from tests.tasks.citizen import picture, write
from tests.tasks.rounds import answering, collecting

ANSWER = "고쳤습니다. 감사합니다."

#: Where the transactions of a round are that change anything on the way of this case.
STEPS = {
    "assign.py",
    "classify.py",
    "deliver.py",
    "mail.py",
    "open_cases.py",
    "photos.py",
    "reading.py",
    "reply.py",
    "router.py",
}


class Stopped(StoreError):
    """The process is gone from here on; what it was about to do it leaves undone."""


@dataclass
class Deaths:
    """Which steps have died already, each as file and line, and whether what it did was kept."""

    steps: set[tuple[str, int, bool]] = field(default_factory=set)
    now: bool = False

    def strikes(self, step: tuple[str, int], *, kept: bool) -> bool:
        """Whether this step dies here and now: each does once."""
        if self.now or (*step, kept) in self.steps:
            return False
        self.steps.add((*step, kept))
        self.now = True
        return True


class StoppingStore(Store):
    """Stops a run at the first transaction that changes anything and has not been stopped yet."""

    def __init__(self, url: str, deaths: Deaths) -> None:
        super().__init__(url)
        self.deaths = deaths

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.deaths.now:
            raise Stopped
        caller = sys._getframe(2)  # past contextlib's own
        step = Path(caller.f_code.co_filename).name, caller.f_lineno
        with super().write() as session:
            before = _changes(session)
            yield session
            session.flush()
            changed = _changes(session) > before
            if changed and self.deaths.strikes(step, kept=False):
                raise Stopped
        if changed and self.deaths.strikes(step, kept=True):
            raise Stopped


def _changes(session: Session) -> int:
    """How many rows this connection has written so far."""
    connection = session.connection().connection.driver_connection
    return int(connection.total_changes) if connection else 0


def dies(part: Callable[[Workplace], None], place: Workplace, deaths: Deaths) -> bool:
    """Whether this part of a round was stopped; the next time another step is."""
    deaths.now = False
    store = StoppingStore(place.store.url, deaths)
    with suppress(Stopped):
        part(replace(place, store=store))
    store.close()
    return deaths.now


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
        replies = session.scalars(select(Delivery.state)).all()
    return (set(cases), set(mails), set(replies)) == (
        {Status.REPLIED},
        {MailState.SENT},
        {DeliveryState.PUBLISHED},
    )


@pytest.fixture
def network(tmp_path: Path) -> Iterator[PracticeServer]:
    """A network of its own: on a shared one a reply of another test bears the same marker."""
    city = [CityAccount(handle=id_, name=id_) for id_ in small_registry().accounts]
    with practice_server(tmp_path / "network", city=city) as server:
        yield server


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_run_that_stops_at_any_step_is_repaired_by_the_next(
    place: Workplace, network: PracticeServer, mailbox: Mailbox
) -> None:
    place = replace(place, settling=timedelta(0))
    before = len(network.texts("x_seoul"))
    write(network, "jiwoo", "@x_seoul 신호등이 꺼졌어요", photo=picture())
    deaths = Deaths()
    while dies(collecting, place, deaths):
        pass
    for _ in range(100):
        if dies(answering, place, deaths):
            continue
        if settled(place):
            break
        people_do_their_part(place)
    else:
        raise AssertionError("something is stuck")
    assert {file for file, _, _ in deaths.steps} >= STEPS
    all_is_done_once(place, mailbox, network.texts("x_seoul")[before:])


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
