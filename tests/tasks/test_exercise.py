"""A whole exercise without anybody: it reaches every twin, no real account, and tells how it went."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from channels.base import ChannelError
from channels.directory import citizens_of
from channels.exercise import HANDLE, SIGN, citizen
from practice.testing import PracticeServer, practice_server
from registry.load import load
from registry.model import Registry
from rules.bulletin import (
    HAZARD_NAMES,
    BulletinKind,
    BulletinRefused,
    BulletinState,
    Hazard,
)
from settings import HOME, Settings
from store import approving, drills, proof
from store import registry as registry_store
from store.engine import Store
from store.proof import Fate
from store.tables import MACHINE, Bulletin, Case, Event, Mail, Post
from tasks import exercise as drill
from tasks.conduct import conduct
from tasks.mail import put_in_words
from tasks.read_back import read_back
from tasks.workplace import Workplace, utc_now
from templates.bulletin_words import HAZARDS
from templates.exercise_words import hazard_of, matters
from tests import bulletins
from tests.builders import NOW, Clock


@pytest.fixture(scope="module")
def seoul_registry() -> Registry:
    return load(HOME / "registry" / "seoul")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path / "network") as server:
        yield server


@pytest.fixture
def place(
    store: Store, server: PracticeServer, tmp_path: Path, seoul_registry: Registry
) -> Workplace:
    """All of Seoul with the practice network, by the channels that it really uses."""
    settings = Settings(var=tmp_path, practice_url=server.url)
    (tmp_path / "practice.key").write_text(server.key)
    with store.write() as session:
        registry_store.apply(session, seoul_registry, at=utc_now())
    return Workplace(settings, store, settling=timedelta(seconds=0.3))


@pytest.fixture
def at_desk(store: Store, tmp_path: Path, seoul_registry: Registry, clock: Clock) -> Workplace:
    """The same without a network, at a time that a test chooses."""
    with store.write() as session:
        registry_store.apply(session, seoul_registry, at=clock())
    return Workplace(Settings(var=tmp_path, practice_url="http://127.0.0.1:9"), store, now=clock)


def begun(place: Workplace) -> str:
    number = drill.begun(place)
    assert number is not None
    return number


def send(place: Workplace, number: str, kind: BulletinKind) -> int:
    """As the flow does, without Prefect's tables."""
    bulletin = drill.drafted(place, number, kind)
    assert conduct(place, longest=60)
    read_back(place, bulletin)
    return bulletin


def count(place: Workplace, what: type[Any], *where: Any) -> int:
    with place.store.read() as session:
        return session.scalar(select(func.count()).select_from(what).where(*where)) or 0


def test_a_whole_exercise_reaches_every_twin_and_is_told_of_in_one_mail(
    place: Workplace, server: PracticeServer
) -> None:
    number = begun(place)
    sent = [send(place, number, BulletinKind.ALERT)]
    written = drill.write_reports(place, number)
    assert (written.reports, written.causes) == (5, ())
    assert drill.find_all(place, number, written.reports, within=20) == 5
    sent += [send(place, number, kind) for kind in drill.KINDS[1:]]
    drill.mail_report(place, number, written)
    with place.store.read() as session:
        for bulletin in [session.get_one(Bulletin, id_) for id_ in sent]:
            found = proof.report(session, place.registry, bulletin)
            assert found.counts[Fate.VISIBLE] == found.taking_part > 60
            assert bulletin.led_by == "x_seoul"
        assert drills.event_of(session, number).closed_at
        (facts, *others) = session.scalars(
            select(Mail.facts).where(Mail.event == "exercise_report")
        ).all()
    assert others
    assert [row["out"] == row["taking_part"] for row in facts["rows"]] == [True] * 3
    assert all(
        float(row["lead"]) <= float(row["most"]) <= float(row["all"]) for row in facts["rows"]
    )
    assert (facts["written"], facts["found"], facts["trouble"]) == (5, 5, [])
    assert [matter["people"] for matter in facts["matters"]] == [3, 1, 1]
    assert len({matter["where"] for matter in facts["matters"]} - {""}) == 3
    assert count(place, Case) == 0
    real = [id_ for id_ in place.registry.accounts if server.statuses(id_)]
    assert real == []
    texts = server.texts(f"{HANDLE}x_seoul")
    assert texts
    assert all(SIGN in text for text in texts)


def test_nobody_is_asked_to_approve_it_and_each_reader_hears_of_it_once(
    at_desk: Workplace,
) -> None:
    number = begun(at_desk)
    nobody = ("bulletin_approve", "bulletin_alone", "bulletin_report")
    assert count(at_desk, Mail, Mail.event.in_(nobody)) == 0
    written = drill.Written(reports=5, causes=("503 <b>",))
    drill.mail_report(at_desk, number, written)
    mails = count(at_desk, Mail, Mail.event == "exercise_report")
    assert mails
    assert drill.mail_report(at_desk, number, written)
    assert count(at_desk, Mail, Mail.event == "exercise_report") == mails
    put_in_words(at_desk)
    assert count(at_desk, Mail, Mail.event == "exercise_report", Mail.cause != "") == 0


def test_an_exercise_whose_run_died_is_taken_up_where_it_was(place: Workplace) -> None:
    number = begun(place)
    assert begun(place) == number
    first = drill.drafted(place, number, BulletinKind.ALERT)
    assert drill.drafted(place, number, BulletinKind.ALERT) == first
    written = drill.write_reports(place, number)
    drill.write_reports(place, number)
    assert drill.find_all(place, number, written.reports, within=20) == 5
    assert count(place, Post) == 5


def test_once_its_report_is_told_the_next_run_is_another_exercise(
    at_desk: Workplace, clock: Clock
) -> None:
    number = begun(at_desk)
    drill.drafted(at_desk, number, BulletinKind.ALL_CLEAR)
    drill.mail_report(at_desk, number, drill.Written(reports=0))
    clock.moment += timedelta(minutes=5)
    assert begun(at_desk) != number


def test_one_that_nobody_ended_is_closed_by_the_next(at_desk: Workplace, clock: Clock) -> None:
    number = begun(at_desk)
    clock.moment += timedelta(days=30)
    assert begun(at_desk) != number
    with at_desk.store.read() as session:
        assert drills.event_of(session, number).closed_at == clock()


def test_while_a_real_event_is_open_there_is_no_exercise(at_desk: Workplace, clock: Clock) -> None:
    with at_desk.store.write() as session:
        session.add(
            Event(
                number="D2026-1",
                exercise=False,
                hazard=Hazard.FLOOD,
                event_tag="서울침수",
                report_tag="서울침수제보",
                opened_at=clock(),
            )
        )
    assert drill.begun(at_desk) is None
    assert count(at_desk, Bulletin) == 0


def test_what_could_not_be_reported_is_told(place: Workplace, server: PracticeServer) -> None:
    number = begun(place)
    server.fault(citizen(2).id, refuse="403 not you")
    written = drill.write_reports(place, number)
    assert written.reports == 4
    assert "403" in written.causes[0]
    assert drill.find_all(place, number, 5, within=2) == 4


def test_a_report_that_does_not_say_that_it_is_an_exercise_is_not_written(
    place: Workplace,
) -> None:
    with pytest.raises(ChannelError, match=SIGN):
        citizens_of(place.settings).report(1, "물이 차요 #서울침수제보", key="1")


# --- the machine speaks in exercises alone ------------------------------------------------


CITY = bulletins.city()


@pytest.fixture
def city(store: Store) -> Store:
    with store.write() as session:
        registry_store.apply(session, CITY, at=NOW)
    return store


def test_the_machine_submits_nothing_real(city: Store) -> None:
    with city.write() as session, pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
        bulletins.draft(session, CITY, exercise=False, submitted_by=MACHINE)


def test_the_machine_approves_nothing_real_whatever_it_types(city: Store) -> None:
    with city.write() as session:
        bulletin = bulletins.draft(session, CITY, exercise=False)
        with pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
            machine_approves(session, bulletin)
        assert bulletin.state is BulletinState.DRAFT


def test_the_machine_approves_no_exercise_of_a_person(city: Store) -> None:
    with city.write() as session:
        bulletin = bulletins.draft(session, CITY)
        with pytest.raises(BulletinRefused, match="관리자가 아닙니다"):
            machine_approves(session, bulletin)


def test_the_machine_gives_its_reason_to_approve_alone(city: Store) -> None:
    with city.write() as session:
        bulletin = bulletins.draft(session, CITY, submitted_by=MACHINE)
        with pytest.raises(BulletinRefused, match="올린 사람"):
            approving.approve(session, CITY, bulletin, who=MACHINE, typed="", at=NOW, alone_why=" ")


@pytest.mark.parametrize("column", ["submitted_by", "approved_by"])
def test_the_store_itself_refuses_a_real_one_by_the_machine(city: Store, column: str) -> None:
    with city.write() as session:
        bulletin = bulletins.draft(session, CITY, exercise=False)
        setattr(bulletin, column, MACHINE)
        with pytest.raises(IntegrityError, match="machine_never_live"):
            session.flush()
        session.rollback()


def machine_approves(session: Any, bulletin: Bulletin) -> None:
    typed = HAZARD_NAMES[bulletin.event.hazard]
    approving.approve(
        session,
        CITY,
        bulletin,
        who=MACHINE,
        typed=typed,
        at=NOW,
        alone_why=drill.ALONE_WHY,
    )


# --- what is practised --------------------------------------------------------------------


def test_a_year_practises_every_hazard() -> None:
    assert {hazard_of(month) for month in range(1, 13)} == set(HAZARDS)


@pytest.mark.parametrize("hazard", HAZARDS)
def test_citizens_report_from_several_places_and_several_of_the_same(hazard: str) -> None:
    found = matters(hazard)
    assert len(found) > 2
    assert max(map(len, found)) > 2
    texts = [text for matter in found for text in matter]
    assert len(set(texts)) == len(texts)
    assert all("{where}" in text for text in texts)
