"""What an open event asks for while nobody looks: sending on, audits, reminders, updates, digests."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from channels.by_hand import ByHand
from channels.exercise import HANDLE, Exercise
from channels.practice import Practice
from practice.testing import PracticeServer, practice_server
from registry.model import Role
from rules.bulletin import UPDATE_WITHIN, BulletinKind, BulletinState
from rules.bulletin_audit import WRONG, Wrong
from rules.kind import Urgency
from rules.outbox import DeliveryState
from settings import Settings
from store import cases, event_mails, proof
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.engine import Store
from store.posts import store_posts
from store.tables import Bulletin, Delivery, Mail, Post, Removal
from store.watching import AUDITED_AFTER
from tasks import watch_events
from tasks.audit_bulletin import audit
from tasks.conduct import conduct
from tasks.event_digest import AT_LEAST, MOST_PLACES, _places, send_event_digests
from tasks.mail import put_in_words
from tasks.show_bulletin import finished_words
from tasks.workplace import Workplace, utc_now
from tests import builders, bulletins
from tests.builders import COMMS, TZ, Clock
from tests.tasks.citizen import delete

REGISTRY = bulletins.city()
PEOPLE = sorted(
    {p.email for p in REGISTRY.staff if p.role in (Role.ADMINISTRATOR, Role.COMMS_TEAM)}
)
LEAD, RELAY, PAGE, MAPO = "x_lead", "x_relay", "page_relay", "x_mapo"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeServer]:
    with practice_server(tmp_path / "network") as server:
        yield server


@pytest.fixture
def place(store: Store, server: PracticeServer, tmp_path: Path) -> Workplace:
    (tmp_path / "practice.key").write_text(server.key)
    return at_work(store, Settings(var=tmp_path, practice_url=server.url))


@pytest.fixture
def clock() -> Clock:
    return Clock(utc_now())


@pytest.fixture
def quiet(store: Store, tmp_path: Path, clock: Clock) -> Workplace:
    """The same with a clock that stands still, where no network need be reached."""
    return replace(at_work(store, Settings(var=tmp_path)), now=clock)


def at_work(store: Store, settings: Settings) -> Workplace:
    with store.write() as session:
        registry_store.apply(session, REGISTRY, at=utc_now())
    twins, drills = Practice(settings), Exercise(settings)
    return Workplace(
        settings,
        store,
        channel_of=lambda _account: twins,
        exercise_channel_of=lambda _account: drills,
        settling=timedelta(seconds=0.3),
    )


def later(place: Workplace, wait: timedelta) -> Workplace:
    return replace(place, now=Clock(utc_now() + wait))


def approve(place: Workplace, *, hours: float = 6, **asked: Any) -> int:
    at = place.now()
    with place.store.write() as session:
        wanted = {"expires_at": at + timedelta(hours=hours), "again": True, **asked}
        bulletin, _ = bulletins.approved(session, REGISTRY, at=at, **wanted)
        return bulletin.id


def sent(place: Workplace, **asked: Any) -> int:
    """A bulletin that is on every account, and finished."""
    number = approve(place, **asked)
    assert conduct(place, longest=30)
    return number


def mails(place: Workplace, event: str) -> list[Mail]:
    with place.store.read() as session:
        return list(session.scalars(select(Mail).where(Mail.event == event).order_by(Mail.to)))


def bulletin(place: Workplace, number: int) -> Bulletin:
    with place.store.read() as session:
        return session.get_one(Bulletin, number)


def rows(place: Workplace, number: int) -> dict[str, Delivery]:
    with place.store.read() as session:
        return {row.account_id: row for row in deliveries_of(session, number)}


def worded(place: Workplace) -> list[Mail]:
    """Every mail recorded so far, after its words were made."""
    put_in_words(place)
    with place.store.read() as session:
        return list(session.scalars(select(Mail)))


# --- the audit --------------------------------------------------------------------------


def test_what_stands_where_the_table_says_it_does_is_right(place: Workplace) -> None:
    number = sent(place)
    soon, due = later(place, AUDITED_AFTER / 2), later(place, AUDITED_AFTER * 1.1)
    assert watch_events.audit(soon) == {}
    assert watch_events.audit(due) == {number: []}
    assert watch_events.audit(due) == {}
    found = bulletin(place, number)
    assert (found.audit, found.audited_at) == ([], due.now())
    assert mails(place, "bulletin_audit") == []
    with place.store.read() as session:
        report = proof.report(session, REGISTRY, session.get_one(Bulletin, number))
        assert "이상 없음" in finished_words(session.get_one(Bulletin, number), report, place)
    assert report.counts[proof.Fate.VISIBLE] == len(REGISTRY.accounts)


def test_what_vanished_is_told_to_those_who_approve_and_to_the_comms_team(
    place: Workplace, server: PracticeServer
) -> None:
    number = sent(place)
    delete(server, f"{HANDLE}{MAPO}", rows(place, number)[MAPO].remote_id or "")
    (line,) = audit(place, number)
    assert line.startswith(f"x_mapo account ({MAPO}): {WRONG[Wrong.MISSING]} http")
    assert [mail.to for mail in mails(place, "bulletin_audit")] == PEOPLE
    assert audit(place, number) == [line], "a second audit changes nothing"
    assert len(mails(place, "bulletin_audit")) == len(PEOPLE)
    assert all(mail.state == "queued" for mail in worded(place))


def test_what_two_people_took_down_is_not_missed(place: Workplace, server: PracticeServer) -> None:
    number = sent(place)
    row = rows(place, number)[MAPO]
    delete(server, f"{HANDLE}{MAPO}", row.remote_id or "")
    with place.store.write() as session:
        session.add(
            Removal(
                delivery_id=row.id,
                text=row.text,
                why="위험합니다",
                asked_by="a",
                asked_at=utc_now(),
                removed_at=utc_now(),
            )
        )
    assert audit(place, number) == []


def test_what_stands_twice_is_told(place: Workplace, server: PracticeServer) -> None:
    number = sent(place)
    server.post(f"{HANDLE}{PAGE}", rows(place, number)[PAGE].text)
    (line,) = audit(place, number)
    assert WRONG[Wrong.TWICE] in line


def test_a_post_that_the_table_does_not_know_is_told(
    place: Workplace, server: PracticeServer
) -> None:
    server.fault(f"{HANDLE}{PAGE}", refuse="422 no", on=["post"])
    number = sent(place)
    assert rows(place, number)[PAGE].state is DeliveryState.FAILED
    server.heal()
    server.post(f"{HANDLE}{PAGE}", f"누가 썼을까 {bulletin(place, number).marker}")
    (line,) = audit(place, number)
    assert WRONG[Wrong.UNKNOWN] in line


def test_an_account_that_cannot_be_read_proves_nothing_and_says_so(
    place: Workplace, server: PracticeServer
) -> None:
    number = sent(place)
    server.revoke(f"{HANDLE}{RELAY}")
    (line,) = audit(place, number)
    assert WRONG[Wrong.UNREAD] in line


def test_accounts_without_a_timeline_are_nobodys_fault(place: Workplace) -> None:
    number = approve(place, exercise=False)
    assert audit(replace(place, channel_of=lambda _account: ByHand()), number) == []


# --- what was left lying ----------------------------------------------------------------


def test_a_bulletin_whose_run_died_is_sent_reported_and_only_once(place: Workplace) -> None:
    number = approve(place)
    assert watch_events.go_on(place) == 1
    assert bulletin(place, number).finished_at
    assert bulletin(place, number).conducted_at
    assert watch_events.report(place) == 0, "the run that sent it may be about to report"
    soon = later(place, timedelta(minutes=2))
    assert watch_events.report(soon) == 1
    assert watch_events.report(soon) == 0
    assert [mail.to for mail in mails(place, "bulletin_report")] == PEOPLE
    assert watch_events.go_on(place) == 0


def test_a_draft_that_nobody_approved_lapses(place: Workplace) -> None:
    with place.store.write() as session:
        number = bulletins.draft(
            session, REGISTRY, at=utc_now(), expires_at=utc_now() + timedelta(hours=9)
        ).id
    assert watch_events.lapse(place) == 0
    assert watch_events.lapse(later(place, timedelta(hours=2))) == 1
    assert bulletin(place, number).state is BulletinState.LAPSED


def test_what_expired_before_it_was_sent_is_never_sent_and_the_bulletin_ends(
    place: Workplace, server: PracticeServer
) -> None:
    before = len(server.statuses(f"{HANDLE}{LEAD}"))
    number = approve(place, hours=0.5)
    tomorrow = later(place, timedelta(hours=1))
    assert watch_events.go_on(tomorrow, longest=10) == 1
    assert {row.state for row in rows(place, number).values()} == {DeliveryState.CANCELLED}
    assert len(server.statuses(f"{HANDLE}{LEAD}")) == before
    assert bulletin(place, number).finished_at


def test_desks_are_reminded(place: Workplace) -> None:
    approve(place)
    assert watch_events.remind(place) == 0
    assert watch_events.remind(later(place, timedelta(minutes=16))) == 1
    assert mails(place, "bulletin_desk_again")
    assert all(mail.state == "queued" for mail in worded(place))


# --- updates ----------------------------------------------------------------------------


def test_two_hours_of_silence_ask_for_an_update_once_in_two_hours(
    quiet: Workplace, clock: Clock
) -> None:
    place = quiet
    approve(place, hours=9)
    clock.pass_(UPDATE_WITHIN.total_seconds() - 1)
    assert watch_events.ask(place) == 0
    clock.pass_(1)
    assert [watch_events.ask(place) for _ in range(3)] == [1, 0, 0]
    assert [mail.to for mail in mails(place, "event_update_due")] == PEOPLE
    facts = mails(place, "event_update_due")[0].facts
    assert (facts["since"], facts["expired"]) == ("2시간", False)
    clock.pass_(UPDATE_WITHIN.total_seconds())
    assert watch_events.ask(place) == 1
    assert all(mail.state == "queued" for mail in worded(place))


def test_an_update_starts_the_two_hours_anew_and_the_all_clear_ends_them(
    quiet: Workplace, clock: Clock
) -> None:
    place = quiet
    first = approve(place, hours=9)
    clock.pass_(hours=2)
    assert watch_events.ask(place) == 1
    _follow(place, first, BulletinKind.UPDATE)
    clock.pass_(hours=1.9)
    assert watch_events.ask(place) == 0
    clock.pass_(hours=0.2)
    assert watch_events.ask(place) == 1
    _follow(place, first, BulletinKind.ALL_CLEAR)
    clock.pass_(hours=5)
    assert watch_events.ask(place) == 0


def _follow(place: Workplace, first: int, kind: BulletinKind) -> None:
    with place.store.write() as session:
        bulletins.follow_up(
            session,
            REGISTRY,
            session.get_one(Bulletin, first),
            kind,
            at=place.now(),
            expires_at=place.now() + timedelta(hours=5),
        )


def test_an_event_whose_last_word_expired_is_asked_about_at_once(
    quiet: Workplace, clock: Clock
) -> None:
    place = quiet
    approve(place, hours=0.5)
    clock.pass_(minutes=31)
    assert [watch_events.ask(place) for _ in range(2)] == [1, 0]
    assert mails(place, "event_update_due")[0].facts["expired"] is True
    clock.pass_(hours=1.9)
    assert watch_events.ask(place) == 0


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, "1분"), (59, "59분"), (120, "2시간"), (130, "2시간 10분")]
)
def test_how_long_is_said_as_people_say_it(minutes: int, told: str) -> None:
    assert event_mails._long(timedelta(minutes=minutes)) == told


# --- digests ----------------------------------------------------------------------------


def reported(
    place: Workplace, number: int, text: str, *, author: str = "", case: bool = True
) -> Post:
    """A citizen's post under the report hashtag of the bulletin's event."""
    with place.store.write() as session:
        event = session.get_one(Bulletin, number).event
        one = builders.incoming(
            text=text,
            account_id=LEAD,
            created_at=place.now(),
            **({"author_id": author} if author else {}),
        )
        store_posts(session, [one], at=place.now())
        post = session.scalars(select(Post).where(Post.remote_id == one.remote_id)).one()
        post.event_id, post.exercise = event.id, event.exercise
        if case and not event.exercise:
            opened = cases.open_case(session, post, at=place.now(), tz=TZ)
            opened.event_id, opened.urgency = event.id, Urgency.URGENT
        return post


def digests(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        query = select(Mail).where(Mail.event == "event_digest").order_by(Mail.id)
        return list(session.scalars(query))


def test_the_comms_team_hears_how_many_where_and_what_is_new(
    quiet: Workplace, clock: Clock
) -> None:
    place = quiet
    number = approve(place, exercise=False)
    clock.pass_(minutes=5)
    reported(place, number, "공덕역 지하차도가 물에 잠겼어요")
    clock.pass_(minutes=5)
    assert send_event_digests(place) == 1
    (mail,) = digests(place)
    assert mail.to == COMMS
    facts = mail.facts
    assert (facts["total"], facts["new"], facts["urgent"]) == (1, 1, 1)
    assert facts["matters"][0]["short"] == "공덕역 지하차도가 물에 잠겼어요"
    assert facts["matters"][0]["number"]
    assert sum(row["total"] for row in facts["places"]) == 1
    clock.pass_(minutes=5)
    reported(place, number, "신촌역 앞 나무가 쓰러졌어요")
    clock.pass_(minutes=5)
    assert send_event_digests(place) == 1
    facts = digests(place)[-1].facts
    assert (facts["total"], facts["new"]) == (2, 1)
    assert [matter["short"] for matter in facts["matters"]] == ["신촌역 앞 나무가 쓰러졌어요"]
    assert all(mail.state == "queued" for mail in worded(place))


def test_nothing_new_is_told_once_an_hour_and_not_more_often(
    quiet: Workplace, clock: Clock
) -> None:
    place = quiet
    approve(place)
    told = []
    for _ in range(13):
        clock.pass_(minutes=10)
        told.append(send_event_digests(place))
    assert sum(told) == timedelta(minutes=130) // AT_LEAST
    assert told[5] == 1, "after an hour"
    assert [mail.facts["new"] for mail in digests(place)] == [0, 0]


def test_two_runs_at_once_tell_it_once(quiet: Workplace, clock: Clock) -> None:
    place = quiet
    reported(place, approve(place), "물이 찼어요")
    clock.pass_(minutes=1)
    with place.store.write() as session:
        session.execute(update(Post).values(collected_at=clock()))
    assert [send_event_digests(place) for _ in range(2)] == [1, 0]


def test_what_many_say_is_told_once_with_how_many_they_are(quiet: Workplace, clock: Clock) -> None:
    place = quiet
    number = approve(place)
    clock.pass_(minutes=1)
    for author in ("a", "b", "c", "c"):
        reported(place, number, "공덕역 지하차도가 물에 잠겨 차가 못 지나가요", author=author)
    reported(place, number, "전기가 나가서 집이 온통 캄캄합니다 도와주세요", author="d")
    send_event_digests(place)
    (mail,) = digests(place)
    assert [matter["people"] for matter in mail.facts["matters"]] == [3, 1]
    assert mail.facts["total"] == 5
    assert mail.facts["exercise"] is True


def test_what_a_citizen_deleted_is_in_no_digest(quiet: Workplace, clock: Clock) -> None:
    place = quiet
    number = approve(place)
    clock.pass_(minutes=1)
    post = reported(place, number, "물이 찼어요")
    with place.store.write() as session:
        session.get_one(Post, post.id).withdrawn_at = clock()
    assert send_event_digests(place) == 0


def test_after_the_all_clear_there_are_no_digests(quiet: Workplace, clock: Clock) -> None:
    place = quiet
    number = approve(place)
    clock.pass_(minutes=1)
    reported(place, number, "물이 찼어요")
    _follow(place, number, BulletinKind.ALL_CLEAR)
    clock.pass_(hours=2)
    assert send_event_digests(place) == 0


def test_no_more_districts_than_ten_are_named() -> None:
    where = {n: f"{n % 14}구" for n in range(100)} | {100: ""}
    found = _places(where, {100, 0})
    assert len(found) == MOST_PLACES + 1
    assert (found[0]["name"], found[0]["new"]) == ("0구", 1)
    assert found[-1] == {"name": "곳을 알 수 없음", "total": 1, "new": 1}
