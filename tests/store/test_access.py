"""Mailed links: signed, for a while, one purpose, and not asked for without end."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import access
from store.engine import Store
from store.mails import page_link
from store.tables import Attempt, Link, LinkPurpose, Mail
from tests.builders import MANAGER, NOW

KEY = "the center's key"


def _link(session: Session) -> Link:
    return page_link(session, MANAGER, "/cases/2026-000001", case=None, at=NOW)


def test_a_token_opens_its_link_until_it_expires(store: Store) -> None:
    with store.write() as session:
        link = _link(session)
        token = access.token_of(link, KEY)
        assert access.link_of(session, token, KEY, at=NOW) is link
        assert access.link_of(session, token, KEY, at=link.expires_at) is None


def test_a_token_outlives_a_restart(store: Store) -> None:
    with store.write() as session:
        token = access.token_of(_link(session), KEY)
    with store.read() as session:
        assert access.link_of(session, token, KEY, at=NOW) is not None


@pytest.mark.parametrize("forge", [
    lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
    lambda token: token.rpartition(".")[0],
    lambda token: token.rpartition(".")[0] + ".",
    lambda token: token + "0",
    lambda token: "x" + token,
    lambda token: "",
    lambda token: ".",
    lambda token: token.rpartition(".")[0] + ".한글",
    lambda token: "\0" + token,
    lambda token: "\udc80" + token,
])  # fmt: skip
def test_a_forged_token_opens_nothing(store: Store, forge: object) -> None:
    with store.write() as session:
        token = access.token_of(_link(session), KEY)
        assert access.link_of(session, forge(token), KEY, at=NOW) is None  # type: ignore[operator]  # each is a function


def test_a_token_of_another_key_opens_nothing(store: Store) -> None:
    with store.write() as session:
        token = access.token_of(_link(session), "another key")
        assert access.link_of(session, token, KEY, at=NOW) is None


@pytest.mark.parametrize(
    "change",
    [
        {"email": "other@traffic.example"},
        {"path": "/registry"},
        {"purpose": LinkPurpose.SIGN_IN},
        {"expires_at": NOW + timedelta(days=999)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_row_that_was_edited_opens_nothing(store: Store, change: dict[str, object]) -> None:
    with store.write() as session:
        link = _link(session)
        token = access.token_of(link, KEY)
        for name, value in change.items():
            setattr(link, name, value)
        session.flush()
        assert access.link_of(session, token, KEY, at=NOW) is None


def test_a_revoked_link_opens_nothing_and_others_still_do(store: Store) -> None:
    with store.write() as session:
        mine, other = _link(session), page_link(session, "b@b.example", "/", case=None, at=NOW)
        access.revoke(session, MANAGER, at=NOW)
        session.expire_all()
        assert access.link_of(session, access.token_of(mine, KEY), KEY, at=NOW) is None
        assert access.link_of(session, access.token_of(other, KEY), KEY, at=NOW) is other


def test_no_row_holds_what_opens_a_page(store: Store) -> None:
    with store.write() as session:
        access.mail_sign_in(session, MANAGER, path="/", at=NOW)
        link = session.scalars(select(Link)).one()
        signature = access.token_of(link, KEY).rpartition(".")[2]
        mail = session.scalars(select(Mail)).one()
        cells = [*vars(link).values(), *vars(mail).values()]
        assert not any(signature in str(cell) for cell in cells)


def test_sign_in_links_are_asked_for_five_times_in_a_quarter_of_an_hour(store: Store) -> None:
    with store.write() as session:
        asked = [
            access.may_ask(session, email=MANAGER, address=f"10.0.0.{n}", at=NOW) for n in range(7)
        ]
        assert asked == [True] * 5 + [False] * 2
        later = NOW + timedelta(minutes=15, seconds=1)
        assert access.may_ask(session, email=MANAGER, address="10.0.0.1", at=later)


def test_one_address_may_not_ask_for_everybody(store: Store) -> None:
    with store.write() as session:
        asked = [
            access.may_ask(session, email=f"p{n}@a.example", address="10.0.0.1", at=NOW)
            for n in range(40)
        ]
        assert asked.count(True) == 30
        assert access.may_ask(session, email="new@a.example", address="10.0.0.2", at=NOW)


def test_old_attempts_are_forgotten(store: Store) -> None:
    with store.write() as session:
        access.may_ask(session, email=MANAGER, address="10.0.0.1", at=NOW)
        access.may_ask(session, email=MANAGER, address="10.0.0.1", at=NOW + timedelta(hours=1))
        assert session.scalar(select(func.count()).select_from(Attempt)) == 2
