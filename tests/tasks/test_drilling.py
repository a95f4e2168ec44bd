"""An exercise while the city is live and no practice network answers: it ends soon, and says so."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.practice import Practice
from practice.testing import PracticeServer, practice_server
from rules.outbox import DeliveryState
from settings import Settings
from store import bulletin_mails, drills, proof
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.engine import Store
from store.tables import Bulletin, Event, Mail
from tasks.drilling import PracticeSilent, check_practice, send
from tasks.workplace import Workplace, utc_now
from tests import bulletins

REGISTRY = bulletins.city()
SILENT = "http://127.0.0.1:9"

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[PracticeServer]:
    """What stands for the real networks here."""
    with practice_server(tmp_path / "network") as server:
        yield server


@pytest.fixture
def place(store: Store, network: PracticeServer, tmp_path: Path) -> Workplace:
    """A live city without a practice network."""
    (tmp_path / "practice.key").write_text(network.key)
    real = Practice(Settings(var=tmp_path, practice_url=network.url))
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=utc_now())
    settings = Settings(var=tmp_path, live=True, practice_url=SILENT, smtp_port=9)
    settled = timedelta(seconds=0.3)
    return Workplace(settings, store, channel_of=lambda _account: real, settling=settled)


def approve(place: Workplace, *, exercise: bool) -> int:
    at = utc_now()
    valid = at + timedelta(hours=1)
    with place.store.write() as session:
        bulletin, _ = bulletins.approved(
            session, REGISTRY, at=at, exercise=exercise, expires_at=valid
        )
        return bulletin.id


def mails(place: Workplace, event: str) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).where(Mail.event == event)))


def test_it_ends_within_seconds_and_those_whom_it_concerns_have_a_mail(place: Workplace) -> None:
    number = approve(place, exercise=True)
    began = time.monotonic()
    assert not send(place, number)
    assert time.monotonic() - began < 10
    with place.store.read() as session:
        bulletin = session.get_one(Bulletin, number)
        assert bulletin.finished_at
        assert bulletin.told_at, "nobody is told a second time that nothing went out"
        rows = deliveries_of(session, number)
        assert {row.state for row in rows} == {DeliveryState.CANCELLED}
        assert all("does not answer" in row.cause for row in rows)
        concerned = bulletin_mails.watchers(session)
    told = mails(place, "exercise_silent")
    assert sorted(mail.to for mail in told) == concerned
    assert told[0].facts["where"] == SILENT
    assert "nothing listens" in told[0].facts["why"]
    assert all(mail.cause.startswith("mail_waits:") for mail in told), "the words are made"


def test_a_real_message_beside_it_is_not_held_up(place: Workplace) -> None:
    practised, real = approve(place, exercise=True), approve(place, exercise=False)
    exercise = threading.Thread(target=partial(send, place, practised))
    exercise.start()
    began = time.monotonic()
    assert send(place, real)
    assert time.monotonic() - began < 10
    exercise.join()
    with place.store.read() as session:
        found = proof.report(session, REGISTRY, session.get_one(Bulletin, real))
    assert found.counts[proof.Fate.VISIBLE] == found.taking_part == len(REGISTRY.accounts)
    assert found.all_seconds is not None
    assert found.all_seconds < 3


def test_the_monthly_exercise_is_not_begun_and_that_is_told_once(place: Workplace) -> None:
    for _ in range(2):
        with pytest.raises(PracticeSilent, match=r"does not answer .*nothing listens.* Start it"):
            check_practice(place)
    with place.store.read() as session:
        assert session.scalars(select(Event)).all() == []
        concerned = bulletin_mails.watchers(session)
    assert sorted(mail.to for mail in mails(place, "exercise_silent")) == concerned


def test_nothing_real_is_given_up_for_the_practice_networks_sake(place: Workplace) -> None:
    number = approve(place, exercise=False)
    with place.store.write() as session, pytest.raises(ValueError, match="no exercise"):
        drills.give_up(session, session.get_one(Bulletin, number), "", at=utc_now())
