"""Sending a bulletin on a real network: who goes when, and what one trouble does to the others."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from channels.exercise import HANDLE
from practice.testing import PracticeServer, practice_server
from rules.bulletin import BulletinKind
from store import broadcast, proof, waves
from store.engine import Store
from store.proof import Fate, Report
from store.tables import Bulletin
from tasks.conduct import advance, conduct
from tasks.workplace import Workplace, utc_now
from tests import bulletins
from tests.bulletins import AGREES
from tests.tasks.broadcasting import broadcasting

REGISTRY = bulletins.city()
ACCOUNTS = set(REGISTRY.accounts)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path / "network") as server:
        yield server


@pytest.fixture
def place(store: Store, server: PracticeServer, tmp_path: Path) -> Workplace:
    return broadcasting(store, server, tmp_path, REGISTRY)


def approve(place: Workplace, **asked: object) -> int:
    """The number of a bulletin that was approved just now."""
    at = utc_now()
    valid = at + timedelta(hours=1)
    with place.store.write() as session:
        bulletin, _ = bulletins.approved(session, REGISTRY, at=at, **{"expires_at": valid, **asked})
        return bulletin.id


def correct(place: Workplace, first: int) -> int:
    at = utc_now()
    with place.store.write() as session:
        bulletin, _ = bulletins.follow_up(
            session,
            REGISTRY,
            session.get_one(Bulletin, first),
            BulletinKind.CORRECTION,
            at=at,
            expires_at=at + timedelta(hours=1),
        )
        return bulletin.id


def report(place: Workplace, bulletin: int) -> Report:
    with place.store.read() as session:
        return proof.report(session, REGISTRY, session.get_one(Bulletin, bulletin))


def posts(server: PracticeServer, account: str) -> int:
    return len(server.statuses(f"{HANDLE}{account}"))


def test_a_bulletin_stands_once_on_every_account(place: Workplace, server: PracticeServer) -> None:
    bulletin = approve(place)
    assert conduct(place, longest=30)
    found = report(place, bulletin)
    assert (found.led_by, found.out, found.taking_part) == ("x_lead", 5, 5)
    assert sum(found.counts.values()) == len(REGISTRY.accounts)
    assert {account: posts(server, account) for account in ACCOUNTS} == dict.fromkeys(ACCOUNTS, 1)
    (lead,) = server.statuses(f"{HANDLE}x_lead")
    (relay,) = server.statuses(f"{HANDLE}x_relay")
    assert relay["reblog"]["id"] == lead["id"]


def test_an_exercise_reaches_no_other_account(place: Workplace, server: PracticeServer) -> None:
    approve(place)
    conduct(place, longest=30)
    assert [server.statuses(account) for account in ACCOUNTS] == [[]] * len(ACCOUNTS)


def test_a_real_one_reaches_no_exercises_account(place: Workplace, server: PracticeServer) -> None:
    approve(place, exercise=False)
    conduct(place, longest=30)
    assert {account: posts(server, account) for account in ACCOUNTS} == dict.fromkeys(ACCOUNTS, 0)
    assert all(len(server.statuses(account)) == 1 for account in ACCOUNTS)


def test_a_dead_account_is_told_and_holds_up_nobody(
    place: Workplace, server: PracticeServer
) -> None:
    server.token(f"{HANDLE}x_relay")
    server.revoke(f"{HANDLE}x_relay")
    bulletin = approve(place)
    assert conduct(place, longest=30)
    found = report(place, bulletin)
    dead = found.lines[0]
    assert (dead.account.id, dead.fate) == ("x_relay", Fate.FAILED)
    assert found.out == 4


def test_a_lost_answer_is_settled_by_reading_and_never_sent_twice(
    place: Workplace, server: PracticeServer
) -> None:
    for account in ("x_lead", "page_relay", "x_mapo"):
        server.fault(f"{HANDLE}{account}", lose_answer=True, count=1)
    server.fault("*", ignore_idempotency=True)
    bulletin = approve(place)
    assert conduct(place, longest=60)
    assert report(place, bulletin).out == 5
    assert {account: posts(server, account) for account in ACCOUNTS} == dict.fromkeys(ACCOUNTS, 1)


def test_a_lead_account_deleted_by_its_network_gives_way_to_the_deputy(
    place: Workplace, server: PracticeServer
) -> None:
    server.token(f"{HANDLE}x_lead")
    server.revoke(f"{HANDLE}x_lead")
    bulletin = approve(place)
    assert conduct(place, longest=30)
    found = report(place, bulletin)
    assert (found.led_by, found.out) == ("page_deputy", 4)


def test_a_correction_answers_the_old_post_where_it_stands(
    place: Workplace, server: PracticeServer
) -> None:
    first = approve(place)
    conduct(place, longest=30)
    second = correct(place, first)
    assert conduct(place, longest=30)
    assert report(place, second).out == 5
    old, new = server.statuses(f"{HANDLE}page_relay")
    assert new["in_reply_to_id"] == old["id"]


def test_stopping_half_way_keeps_back_the_rest(place: Workplace, server: PracticeServer) -> None:
    server.fault(f"{HANDLE}x_lead", slow=1.5, on=["post"])
    bulletin = approve(place)
    sender = threading.Thread(target=partial(conduct, place, longest=30))
    sender.start()
    time.sleep(0.5)
    with place.store.write() as session:
        broadcast.stop(session, session.get_one(Bulletin, bulletin), who=AGREES, at=utc_now())
    sender.join()
    found = report(place, bulletin)
    assert (found.out, found.counts[Fate.KEPT_BACK]) == (1, 4)
    assert found.lines[0].account.id == "x_lead"  # what is out all the same stands on top
    assert {account: posts(server, account) for account in ACCOUNTS - {"x_lead"}} == (
        dict.fromkeys(ACCOUNTS - {"x_lead"}, 0)
    )


def test_two_conductors_at_once_are_as_good_as_one(
    place: Workplace, server: PracticeServer
) -> None:
    server.fault("*", slow=0.1, on=["post", "reblog"])
    bulletin = approve(place)
    threads = [threading.Thread(target=partial(conduct, place, longest=30)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert report(place, bulletin).out == 5
    assert {account: posts(server, account) for account in ACCOUNTS} == dict.fromkeys(ACCOUNTS, 1)


def test_with_nothing_under_way_there_is_nothing_to_do(place: Workplace) -> None:
    assert not advance(place)
    assert conduct(place, longest=5)
    with place.store.read() as session:
        assert waves.under_way(session) == []
