"""What of a bulletin no program can put up becomes somebody's task, once, and holds up nobody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.base import Channel, ChannelError, Trouble
from practice.testing import PracticeServer, practice_server
from registry.model import Account, Network
from rules.bulletin import BulletinKind, Language
from rules.outbox import DeliveryState
from store import approving, proof
from store.bulletins import deliveries_of
from store.engine import Store
from store.proof import Fate
from store.tables import Bulletin, Delivery, Mail, Message, Said
from tasks.conduct import conduct
from tasks.hands import ask_for_hands
from tasks.workplace import Workplace, utc_now
from tests import bulletins
from tests.builders import COMMS, Clock
from tests.bulletins import AGREES
from tests.tasks.broadcasting import broadcasting

BLOG = "blog"
REGISTRY = bulletins.city(
    bulletins.account("x_lead", bulletins._D.LEAD),
    bulletins.account("x_relay"),
    bulletins.account(BLOG, network=Network.NAVER_BLOG, office="traffic"),
)
TRAFFIC = "manager@traffic.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    with practice_server(tmp_path_factory.mktemp("network")) as server:
        yield server


@pytest.fixture
def place(store: Store, server: PracticeServer, tmp_path: Path) -> Workplace:
    """A city whose blog has no interface to write by."""
    server.heal()
    return broadcasting(store, server, tmp_path, REGISTRY, by_hand={BLOG})


def approve(place: Workplace, *, thread: str = "", **asked: object) -> int:
    """A real one, approved just now; `thread` is an account that says it in English, too."""
    at = utc_now()
    with place.store.write() as session:
        wanted = {"exercise": False, "expires_at": at + timedelta(hours=1), "again": True, **asked}
        draft = bulletins.draft(session, REGISTRY, at=at, **wanted)
        if thread:
            first = next(said for said in draft.said if said.account_id == thread)
            draft.said.append(_in_english(first))
            session.flush()
        approving.approve(session, REGISTRY, draft, who=AGREES, typed="침수", at=at)
        return draft.id


def _in_english(first: Said) -> Said:
    marker = first.marker.replace("]", " EN]")
    return Said(
        account_id=first.account_id,
        wave=first.wave,
        way=first.way,
        part=2,
        language=Language.EN,
        text=f"Leave now. {marker}",
        direct=f"Leave now. {marker}",
        marker=marker,
        with_picture=False,
    )


def asked(place: Workplace) -> list[Mail]:
    with place.store.read() as session:
        query = select(Mail).where(Mail.event == "bulletin_by_hand").order_by(Mail.to)
        return list(session.scalars(query))


def fates(place: Workplace, number: int) -> dict[str, Fate]:
    with place.store.read() as session:
        found = proof.report(session, REGISTRY, session.get_one(Bulletin, number))
        return {line.account.id: line.fate for line in found.lines}


def parts(place: Workplace, number: int, account: str) -> list[DeliveryState]:
    with place.store.read() as session:
        query = (
            select(Delivery.state)
            .join(Message)
            .where(Message.bulletin_id == number, Delivery.account_id == account)
        )
        return list(session.scalars(query.order_by(Delivery.part)))


def settled(place: Workplace, number: int, account: str, state: DeliveryState, cause: str) -> None:
    with place.store.write() as session:
        for row in deliveries_of(session, number):
            if row.account_id == account:
                row.state, row.cause = state, cause


def test_its_office_and_the_comms_team_are_asked_once_and_the_others_are_out(
    place: Workplace,
) -> None:
    number = approve(place)
    assert conduct(place, longest=30)
    for _ in range(2):
        ask_for_hands(place)
    assert fates(place, number) == {
        "x_lead": Fate.ACCEPTED,
        "x_relay": Fate.ACCEPTED,
        BLOG: Fate.NEEDS_PERSON,
    }
    mails = asked(place)
    assert [mail.to for mail in mails] == [COMMS, TRAFFIC]
    assert "지금 지하에서 나오세요." in mails[0].facts["text"]
    assert mails[0].facts["may_be_out"] is False


def test_what_may_be_out_is_asked_for_with_that_word(place: Workplace) -> None:
    number = approve(place)
    settled(place, number, "x_relay", DeliveryState.NEEDS_PERSON, "unread: nobody could look")
    ask_for_hands(place)
    assert all(mail.facts["may_be_out"] for mail in asked(place))


def test_of_an_exercise_nobody_is_asked_to_put_up_anything(place: Workplace) -> None:
    number = approve(place, exercise=True)
    settled(place, number, "x_relay", DeliveryState.NEEDS_PERSON, "unread: nobody could look")
    assert ask_for_hands(place) == 0
    assert asked(place) == []


def test_what_was_put_right_since_is_not_asked_for(place: Workplace) -> None:
    first = approve(place)
    settled(place, first, BLOG, DeliveryState.NEEDS_PERSON, "by_hand: no channel")
    with place.store.write() as session:
        bulletins.follow_up(
            session,
            REGISTRY,
            session.get_one(Bulletin, first),
            BulletinKind.CORRECTION,
            at=utc_now(),
            expires_at=utc_now() + timedelta(hours=1),
        )
    assert ask_for_hands(place) == 0


def test_nobody_is_asked_for_what_expired(place: Workplace) -> None:
    number = approve(place)
    settled(place, number, BLOG, DeliveryState.NEEDS_PERSON, "by_hand: no channel")
    tomorrow = Clock(utc_now() + timedelta(days=1))
    assert ask_for_hands(replace(place, now=tomorrow)) == 0


def test_a_further_part_is_asked_for_with_the_first_and_the_bulletin_ends(
    place: Workplace,
) -> None:
    number = approve(place, thread=BLOG)
    assert conduct(place, longest=30)
    assert parts(place, number, BLOG) == [DeliveryState.NEEDS_PERSON] * 2
    assert {mail.facts["text"] for mail in asked(place) if "Leave now" in mail.facts["text"]}


def test_a_further_part_below_a_refused_post_never_goes_and_the_bulletin_ends(
    place: Workplace, server: PracticeServer
) -> None:
    server.token("x_relay")
    server.revoke("x_relay")
    number = approve(place, thread="x_relay")
    assert conduct(place, longest=30)
    assert parts(place, number, "x_relay") == [DeliveryState.FAILED, DeliveryState.CANCELLED]


def test_an_account_without_its_secret_is_asked_for_as_one_without_an_interface(
    place: Workplace,
) -> None:
    twins = place.channel_of

    def channel_of(account: Account) -> Channel:
        if account.id == "x_relay":
            raise ChannelError("there is no secret 'x-relay'", Trouble.CREDENTIAL)
        return twins(account)

    number = approve(place)
    assert conduct(replace(place, channel_of=channel_of), longest=30)
    assert fates(place, number)["x_relay"] is Fate.NEEDS_PERSON
    (said,) = {m.facts["text"] for m in asked(place) if m.facts["account"].startswith("x_relay")}
    assert "지금 지하에서 나오세요." in said
    assert not any(mail.facts["may_be_out"] for mail in asked(place))
