"""What two people take down is gone where it stood, kept as a copy, and missed by nobody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.exercise import HANDLE
from practice.testing import PracticeServer, practice_server
from registry.model import Network
from rules.bulletin import BulletinKind
from rules.outbox import DeliveryState
from store import proof
from store.bulletin_by_hand import put_up
from store.bulletins import deliveries_of
from store.engine import Store
from store.proof import Fate
from store.removals import agree_removal, ask_removal, removed_by_hand
from store.removed import removal_of
from store.removing import ENOUGH
from store.tables import Bulletin, Delivery, Mail, Removal
from tasks.audit_bulletin import audit
from tasks.conduct import conduct
from tasks.mail import put_in_words
from tasks.read_back import read_back
from tasks.removals import TakenDown, take_down
from tasks.workplace import Workplace, utc_now
from tests import bulletins
from tests.builders import COMMS, Clock
from tests.bulletins import AGREES
from tests.tasks.broadcasting import broadcasting

LEAD, RELAY, PAGE, BLOG = "x_lead", "x_relay", "page_relay", "blog"
REGISTRY = bulletins.city(
    bulletins.account(LEAD, bulletins._D.LEAD),
    bulletins.account(RELAY),
    bulletins.account(PAGE, network=Network.FACEBOOK),
    bulletins.account(BLOG, network=Network.NAVER_BLOG, office="traffic"),
)
TRAFFIC = "manager@traffic.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path / "network") as server:
        yield server


@pytest.fixture
def place(store: Store, server: PracticeServer, tmp_path: Path) -> Workplace:
    """A city whose blog has no interface to write by."""
    return broadcasting(store, server, tmp_path, REGISTRY, by_hand={BLOG})


def sent(place: Workplace, **asked: object) -> int:
    """A bulletin that is on every account of a program's; an exercise unless said otherwise."""
    at = utc_now()
    with place.store.write() as session:
        wanted = {"expires_at": at + timedelta(hours=1), "again": True, **asked}
        number = bulletins.approved(session, REGISTRY, at=at, **wanted)[0].id
    assert conduct(place, longest=30)
    return number


def rows(place: Workplace, number: int) -> dict[str, Delivery]:
    with place.store.read() as session:
        return {row.account_id: row for row in deliveries_of(session, number)}


def doom(place: Workplace, number: int, account: str) -> int:
    """Two people agree that the account's post comes down; the delivery."""
    id_ = rows(place, number)[account].id
    with place.store.write() as session:
        bulletin, row = session.get_one(Bulletin, number), session.get_one(Delivery, id_)
        ask_removal(session, REGISTRY, bulletin, row, who=COMMS, why="위험합니다", at=place.now())
        agree_removal(session, REGISTRY, row, who=AGREES, at=place.now())
    return id_


def removal(place: Workplace, delivery_id: int) -> Removal:
    with place.store.read() as session:
        found = removal_of(session, delivery_id)
        assert found
        return found


def fates(place: Workplace, number: int) -> dict[str, Fate]:
    with place.store.read() as session:
        found = proof.report(session, REGISTRY, session.get_one(Bulletin, number))
        assert sum(found.counts.values()) == len(REGISTRY.accounts)
        return {line.account.id: line.fate for line in found.lines}


def later(place: Workplace, minutes: float) -> Workplace:
    return replace(place, now=Clock(utc_now() + timedelta(minutes=minutes)))


def asked_hands(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        query = select(Mail).where(Mail.event == "removal_by_hand").order_by(Mail.to)
        return list(session.scalars(query))


def test_it_is_gone_with_its_reposts_and_the_proof_and_the_audit_know(
    place: Workplace, server: PracticeServer
) -> None:
    number = sent(place)
    lead = rows(place, number)[LEAD]
    id_ = doom(place, number, LEAD)
    assert take_down(place) == TakenDown(removed=1)
    assert take_down(place) == TakenDown()
    assert lead.remote_id not in {one["id"] for one in server.statuses(f"{HANDLE}{LEAD}")}
    kept = removal(place, id_)
    assert (kept.text, kept.url, kept.published_at) == (lead.text, lead.url, lead.settled_at)
    assert kept.removed_at
    found = fates(place, number)
    assert (found[LEAD], found[RELAY]) == (Fate.REMOVED, Fate.REMOVED)
    assert found[PAGE] in (Fate.ACCEPTED, Fate.VISIBLE)
    read_back(place, number)
    assert audit(place, number) == []


def test_an_exercises_post_goes_on_its_drill_account_alone_and_a_real_one_on_the_real(
    place: Workplace, server: PracticeServer
) -> None:
    drill, real = sent(place), sent(place, exercise=False)
    before = {name: len(server.statuses(name)) for name in (PAGE, f"{HANDLE}{PAGE}")}
    doom(place, drill, PAGE)
    take_down(place)
    after = {name: len(server.statuses(name)) for name in before}
    assert after == before | {f"{HANDLE}{PAGE}": before[f"{HANDLE}{PAGE}"] - 1}
    doom(place, real, PAGE)
    take_down(place)
    assert len(server.statuses(PAGE)) == before[PAGE] - 1


def test_what_is_gone_already_counts_as_done(place: Workplace, server: PracticeServer) -> None:
    number = sent(place)
    id_ = doom(place, number, PAGE)
    server.fault(f"{HANDLE}{PAGE}", on=["delete"], lose_answer=True, count=1)
    assert take_down(place) == TakenDown(still_up=1)
    assert removal(place, id_).cause.startswith("busy: ")
    assert take_down(place) == TakenDown(), "it is not asked without end"
    assert take_down(later(place, 1)) == TakenDown(removed=1)
    assert removal(place, id_).cause == ""


def test_what_is_refused_is_tried_again_and_its_people_are_asked_once(
    place: Workplace, server: PracticeServer
) -> None:
    number = sent(place, exercise=False)
    id_ = doom(place, number, PAGE)
    server.fault(PAGE, on=["delete"], refuse="403 not allowed")
    for minutes in (0, 1, 2):
        assert take_down(later(place, minutes)) == TakenDown(still_up=1)
    assert removal(place, id_).cause.startswith("forbidden: ")
    put_in_words(place)
    mails = asked_hands(place)
    assert COMMS in [mail.to for mail in mails]
    assert len(mails) == 2, "the comms team and the office, once"
    assert "네트워크가 이 계정에 허락하지 않았습니다." in (mails[0].plain or "")
    server.heal()
    assert take_down(later(place, 9)) == TakenDown(removed=1)
    assert fates(place, number)[PAGE] is Fate.REMOVED


def test_one_that_nobody_answers_for_becomes_a_task_too_but_never_an_exercises(
    place: Workplace, server: PracticeServer
) -> None:
    real, drill = sent(place, exercise=False), sent(place)
    for number in (real, drill):
        doom(place, number, PAGE)
    for name in (PAGE, f"{HANDLE}{PAGE}"):
        server.fault(name, on=["delete"], down=True)
    for nth in range(ENOUGH):
        assert take_down(later(place, 20 * nth)) == TakenDown(still_up=2)
        assert bool(asked_hands(place)) is (nth == ENOUGH - 1)
    assert not any(mail.facts["exercise"] for mail in asked_hands(place))


def test_where_no_program_can_its_owner_does_and_says_so(place: Workplace) -> None:
    number = sent(place, exercise=False)
    id_ = rows(place, number)[BLOG].id
    with place.store.write() as session:
        url = "https://blog.naver.com/town/7"
        bulletin = session.get_one(Bulletin, number)
        put_up(session, bulletin, id_, url=url, who=COMMS, at=place.now())
    doom(place, number, BLOG)
    assert take_down(place) == TakenDown(still_up=1)
    assert [mail.to for mail in asked_hands(place)] == [COMMS, TRAFFIC]
    assert take_down(later(place, 60)) == TakenDown(), "no program tries it again"
    with place.store.write() as session:
        removed_by_hand(session, session.get_one(Delivery, id_), who=TRAFFIC, at=place.now())
    assert removal(place, id_).removed_by == TRAFFIC
    assert fates(place, number)[BLOG] is Fate.REMOVED


def test_what_a_person_put_up_on_any_network_a_person_takes_down(place: Workplace) -> None:
    number = sent(place, exercise=False)
    row = rows(place, number)[PAGE]
    with place.store.write() as session:
        session.get_one(Delivery, row.id).state = DeliveryState.FAILED
        session.flush()
        url = "https://facebook.com/permalink/12"
        bulletin = session.get_one(Bulletin, number)
        put_up(session, bulletin, row.id, url=url, who=COMMS, at=place.now())
    id_ = doom(place, number, PAGE)
    assert take_down(place) == TakenDown(still_up=1)
    assert removal(place, id_).removed_at is None, "a typed id that is not there proves nothing"


def test_a_correction_stands_by_itself_where_the_post_came_down(
    place: Workplace, server: PracticeServer
) -> None:
    first = sent(place)
    doom(place, first, PAGE)
    take_down(place)
    at = utc_now()
    with place.store.write() as session:
        elder = session.get_one(Bulletin, first)
        valid = at + timedelta(hours=1)
        second = bulletins.follow_up(
            session, REGISTRY, elder, BulletinKind.CORRECTION, at=at, expires_at=valid
        )[0].id
    assert conduct(place, longest=30)
    assert rows(place, second)[PAGE].state is DeliveryState.PUBLISHED
    below = {
        one["id"]: one["in_reply_to_id"]
        for account in (PAGE, LEAD)
        for one in server.statuses(f"{HANDLE}{account}")
    }
    assert below[rows(place, second)[PAGE].remote_id] is None
    assert below[rows(place, second)[LEAD].remote_id] == rows(place, first)[LEAD].remote_id
