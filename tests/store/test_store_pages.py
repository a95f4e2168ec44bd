"""What the pages ask the store: lists, loads, links, and what a person settles."""

from datetime import timedelta

import pytest

from rules.case import Status
from rules.kind import Urgency
from rules.outbox import DeliveryState
from store.access import mail_sign_in
from store.by_hand import NotWaiting, cancel, published_by_hand, send_again
from store.case_page import (
    add_upload,
    answered_at,
    answers_of,
    last_answers,
    photo_in,
    public_answers,
    said_in,
)
from store.engine import Store
from store.lists import (
    Wanted,
    count_cases,
    decided_since,
    dismissed,
    first_posts,
    in_triage,
    list_cases,
    triage_queue,
)
from store.loads import loads
from store.mails import page_link
from store.tables import Case, Link, Mail, MailState, Photo, PhotoState
from store.visits import links_named, revoke_links
from store.waiting import deliveries_in, delivery_counts, mail_counts, mails_in_trouble
from tests.builders import (
    CASEWORKER,
    COMMS,
    MANAGER,
    NOW,
    assigned_case,
    case,
    delivery,
    desk,
    post,
)

_D = DeliveryState


def numbers(found: tuple[list[Case], int]) -> list[str]:
    assert found[1] == len(found[0])
    return [one.number for one in found[0]]


def test_a_list_is_an_offices_or_a_caseworkers_and_undesignated_comes_first(store: Store) -> None:
    with store.write() as session:
        mine = assigned_case(session)
        waiting = case(session)
        desk(session).route(waiting, "traffic")
        other = assigned_case(session, office_id="mapo")
        office = Wanted(offices=("traffic",))
        assert numbers(list_cases(session, office)) == [waiting.number, mine.number]
        assert numbers(list_cases(session, Wanted(caseworker=CASEWORKER))) == [mine.number]
        both = Wanted(offices=("mapo",), caseworker=CASEWORKER)
        assert set(numbers(list_cases(session, both))) == {mine.number, other.number}
        assert numbers(list_cases(session, Wanted(offices=()))) == []
        assert count_cases(session, Wanted()) == 3


def test_a_list_comes_in_pages_and_knows_how_many_there_are(store: Store) -> None:
    with store.write() as session:
        for _ in range(5):
            assigned_case(session)
        rows, total = list_cases(session, Wanted(), limit=2, offset=4)
        assert (len(rows), total) == (1, 5)


def test_a_list_by_due_date_holds_only_what_an_office_owes(store: Store) -> None:
    with store.write() as session:
        late, answered = assigned_case(session), assigned_case(session)
        desk(session, who=CASEWORKER).answer(answered, "됐습니다", body="됐습니다", more="…")
        assert late.due_at
        after = late.due_at + timedelta(minutes=1)
        assert numbers(list_cases(session, Wanted(due_before=after))) == [late.number]
        assert numbers(list_cases(session, Wanted(due_from=after))) == []


@pytest.mark.parametrize("word", ["포트홀", "GILDONG", "마포", "2026-000001"])
def test_a_search_finds_by_text_author_place_and_number(store: Store, word: str) -> None:
    with store.write() as session:
        wanted = case(session, text="포트홀이 생겼어요", author_handle="gildong", place="마포대로")
        case(session, text="다른 글")
        assert numbers(list_cases(session, Wanted(search=word))) == [wanted.number]


@pytest.mark.parametrize("word", ["%", "100%_", "\\", "포트홀 없는말"])
def test_a_search_takes_signs_as_they_are_and_asks_for_every_word(store: Store, word: str) -> None:
    with store.write() as session:
        case(session, text="포트홀이 생겼어요")
        assert numbers(list_cases(session, Wanted(search=word))) == []


def test_the_first_post_of_a_case_is_the_one_that_still_stands(store: Store) -> None:
    with store.write() as session:
        opened = case(session, text="지운 글", created_at=NOW - timedelta(hours=2))
        second = post(session, text="남은 글", created_at=NOW - timedelta(hours=1))
        second.case_id = opened.id
        first = first_posts(session, [opened])[opened.id]
        first.withdrawn_at = NOW
        session.flush()
        assert first_posts(session, [opened])[opened.id].text == "남은 글"


def test_the_triage_queue_is_urgent_then_running_clocks_then_oldest_and_counts_decisions(
    store: Store,
) -> None:
    with store.write() as session:
        young = case(session, created_at=NOW - timedelta(minutes=1))
        came_back = case(session, created_at=NOW - timedelta(minutes=2))
        desk(session).route(came_back, "traffic")
        desk(session, who=MANAGER).hand_back(came_back, why="소관이 아닙니다")
        old = case(session, created_at=NOW - timedelta(hours=1))
        urgent = case(session, created_at=NOW)
        urgent.urgency = Urgency.URGENT
        for one in (young, old, urgent):
            desk(session).to_triage(one, why="unsure")
        assert triage_queue(session) == [
            urgent.number,
            came_back.number,  # its clock is running
            old.number,
            young.number,
        ]
        desk(session, who=COMMS).route(urgent, "traffic")
        desk(session, who=COMMS).dismiss(old, why="chatter")
        session.flush()
        assert in_triage(session) == 2
        assert decided_since(session, NOW) == 2
        assert decided_since(session, NOW + timedelta(seconds=1)) == 0
        assert numbers(dismissed(session)) == [old.number]


def test_the_load_counts_what_lies_at_each_office(store: Store) -> None:
    with store.write() as session:
        first = assigned_case(session)
        assigned_case(session, created_at=NOW - timedelta(days=20))
        waiting = case(session)
        desk(session).route(waiting, "mapo")
        back = case(session)
        desk(session).route(back, "traffic")
        desk(session, who=MANAGER).hand_back(back, why="not ours")
        session.flush()
        assert first.due_at
        found = loads(session, now=NOW, near_until=first.due_at + timedelta(minutes=1))
        counted = {
            one.office.id: (one.open, one.overdue, one.near, one.undesignated, one.handed_back)
            for one in found
        }
        assert counted == {"traffic": (2, 1, 1, 0, 1), "mapo": (1, 0, 1, 1, 0)}
        assert [one.office.id for one in found] == ["traffic", "mapo"]


def test_a_photo_is_found_only_in_its_own_case(store: Store) -> None:
    with store.write() as session:
        mine, other = assigned_case(session), assigned_case(session)
        upload = add_upload(
            session, mine, file="answers/a.jpg", mime="image/jpeg", size=(1, 1), alt="등"
        )
        sent = Photo(
            post_id=first_posts(session, [mine])[mine.id].id,
            state=PhotoState.KEPT,
            remote_url="https://x.example/1.jpg",
            alt="",
            file="posts/1.jpg",
            mime="image/jpeg",
        )
        session.add(sent)
        session.flush()
        for photo in (upload, sent):
            assert photo_in(session, mine, photo.id) is photo
            assert photo_in(session, other, photo.id) is None
        sent.state = PhotoState.ERASED
        assert photo_in(session, mine, sent.id) is None
        assert photo_in(session, mine, 999) is None


def test_answers_are_public_once_approved_and_not_cancelled(store: Store) -> None:
    with store.write() as session:
        done = assigned_case(session)
        answer = desk(session, who=CASEWORKER).answer(done, "됐습니다", body="됐습니다", more="…")
        assert [a.id for a in public_answers(session, done)] == [answer.id]
        assert [a.id for a in answers_of(session, done)] == [answer.id]
        assert last_answers(session, [done])[done.id] is answer
        assert [one.number for one in answered_at(session, "traffic", but=case(session))] == [
            done.number
        ]
        (said,) = said_in(session, done)
        assert said.delivery.message is said.message
        said.delivery.state = _D.CANCELLED
        session.flush()
        assert public_answers(session, done) == []


def test_an_answer_that_waits_for_review_is_not_public(store: Store) -> None:
    with store.write() as session:
        reviewed = assigned_case(session, office_id="road")
        desk(session, who="worker@road.example").answer(reviewed, "초안", body="초안", more="…")
        assert public_answers(session, reviewed) == []
        assert last_answers(session, [reviewed]) == {}


def test_links_open_until_they_are_revoked_one_by_one(store: Store) -> None:
    with store.write() as session:
        page = page_link(session, MANAGER, "/cases/1", case=None, at=NOW)
        mail_sign_in(session, MANAGER, path="/", at=NOW)
        links = session.query(Link).order_by(Link.id).all()
        names = [link.name for link in links]
        assert links_named(session, names) == links
        assert links_named(session, []) == []
        assert links_named(session, ["unknown"]) == []
        revoke_links(session, names[1:], at=NOW)
        session.flush()
        assert links_named(session, names) == [page]


def test_the_outbox_is_counted_by_state_and_shown_with_case_and_post(store: Store) -> None:
    with store.write() as session:
        stuck = delivery(session, state=_D.NEEDS_PERSON)
        delivery(session)
        assert delivery_counts(session)[_D.NEEDS_PERSON] == 1
        assert delivery_counts(session)[_D.PUBLISHED] == 0
        (waiting,) = deliveries_in(session, [_D.NEEDS_PERSON])
        assert waiting.delivery is stuck
        assert waiting.case.id == stuck.message.case_id
        assert waiting.post.remote_id == stuck.in_reply_to


def test_mails_in_trouble_are_those_refused_or_tried_in_vain(store: Store) -> None:
    with store.write() as session:
        assigned_case(session)
        refused, tried, *_ = session.query(Mail).order_by(Mail.id).all()
        refused.state, tried.tries = MailState.REFUSED, 2
        session.flush()
        assert {mail.id for mail in mails_in_trouble(session)} == {refused.id, tried.id}
        assert mail_counts(session)[MailState.REFUSED] == 1
        assert mail_counts(session)[MailState.SENT] == 0


@pytest.mark.parametrize("state", [_D.FAILED, _D.NEEDS_PERSON])
def test_what_waits_for_a_person_is_settled_once_and_says_by_whom(
    store: Store, state: DeliveryState
) -> None:
    with store.write() as session:
        up, again, never = (delivery(session, state=state, cause="403") for _ in range(3))
        again.tries = 5
        published_by_hand(session, up.id, "https://x.example/me/7/", who=COMMS, at=NOW)
        send_again(session, again.id, who=COMMS, at=NOW)
        cancel(session, never.id, who=COMMS, at=NOW)
        assert (up.state, up.url, up.remote_id) == (_D.PUBLISHED, "https://x.example/me/7/", "7")
        assert (again.state, again.tries, again.settled_at) == (_D.QUEUED, 0, None)
        assert never.state == _D.CANCELLED
        assert all(COMMS in one.cause and "403" in one.cause for one in (up, again, never))
        for one in (up, again, never):
            with pytest.raises(NotWaiting):
                cancel(session, one.id, who=COMMS, at=NOW)


@pytest.mark.parametrize("state", [s for s in _D if s not in (_D.FAILED, _D.NEEDS_PERSON)])
def test_nobody_settles_by_hand_what_the_machine_still_holds(
    store: Store, state: DeliveryState
) -> None:
    with store.write() as session:
        held = delivery(session, state=state)
        for settle in (send_again, cancel):
            with pytest.raises(NotWaiting):
                settle(session, held.id, who=COMMS, at=NOW)
        with pytest.raises(NotWaiting):
            published_by_hand(session, held.id, "https://x.example/1", who=COMMS, at=NOW)
        with pytest.raises(NotWaiting):
            cancel(session, 999, who=COMMS, at=NOW)
        assert held.state == state


def test_a_reopened_case_waits_for_a_caseworker_again(store: Store) -> None:
    with store.write() as session:
        again = assigned_case(session)
        desk(session, who=CASEWORKER).answer(again, "됐습니다", body="됐습니다", more="…")
        again.move(Status.REPLIED, who="haechi", at=NOW)
        desk(session).reopen(again, why="아직이에요")
        session.flush()
        (load,) = loads(session, now=NOW, near_until=NOW)
        assert (load.open, load.undesignated) == (1, 1)
