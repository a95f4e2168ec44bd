"""Everyone asks the registry the same questions and gets the same answers."""

from dataclasses import replace

import pytest

from registry import ask
from registry.model import Account, Network, Registry, Role
from tests.registry.small_city import SmallCity

REGISTRY = SmallCity().add("staff", email="yoon@haenam.example", office="mapo").checked().accepted()


def with_account(account: Account) -> Registry:
    return replace(REGISTRY, accounts={**REGISTRY.accounts, account.id: account})


def answering(account: Account) -> str | None:
    found = ask.answering_account(with_account(account), account)
    return found.id if found else None


MAYOR = REGISTRY.accounts["x_mayor"]
PAGE = REGISTRY.accounts["page"]


def test_an_ordinary_account_answers_for_itself() -> None:
    assert answering(PAGE) == "page"


def test_the_flagship_answers_for_a_personal_account() -> None:
    assert answering(MAYOR) == "x_city"


def test_the_named_account_answers_before_the_flagship() -> None:
    second = replace(PAGE, id="x_two", network=Network.X, handle="two")
    registry = with_account(second)
    mayor = replace(MAYOR, answers_as="x_two")
    assert ask.answering_account(registry, mayor) == second


def test_the_flagship_answers_what_came_to_an_account_closed_since() -> None:
    assert answering(replace(MAYOR, personal=False, active=False)) == "x_city"


def test_nobody_answers_for_a_personal_account_of_a_network_without_a_flagship() -> None:
    assert answering(replace(MAYOR, network=Network.NAVER_BLOG)) is None


def test_a_closed_flagship_is_none() -> None:
    closed = replace(REGISTRY.accounts["x_city"], active=False)
    assert ask.flagship(with_account(closed), Network.X) is None


def test_closed_accounts_are_not_collected_from() -> None:
    closed = with_account(replace(PAGE, active=False))
    assert [account.id for account in ask.active_accounts(closed)] == ["x_city", "x_mayor"]


def test_the_districts_are_known() -> None:
    assert [office.id for office in ask.districts(REGISTRY)] == ["mapo"]


@pytest.mark.parametrize("email", ["kim@haenam.example", " Kim@HAENAM.example "])
def test_an_address_is_known_however_it_is_typed(email: str) -> None:
    assert ask.roles_of(REGISTRY, email) == {Role.MANAGER}


def test_a_stranger_has_no_role() -> None:
    assert ask.roles_of(REGISTRY, "who@elsewhere.example") == frozenset()
