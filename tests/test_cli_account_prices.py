"""What X bills is told below the accounts' health, with what it comes to."""

from types import SimpleNamespace

import pytest

from cli.account_health import _tell_month
from store import budgets
from store.engine import Store
from tests.builders import NOW


@pytest.fixture
def database() -> str:
    """One is enough: the counting itself is tried on both elsewhere."""
    return "sqlite"


def test_a_months_calls_are_told_with_their_price(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    with store.write() as session:
        budgets.count(session, {("x", "post read"): 42, ("x", "post created"): 2}, at=NOW)

    _tell_month(SimpleNamespace(store=store, now=lambda: NOW))

    assert capsys.readouterr().out.splitlines() == [
        "2026-11  x  post created: 2, $0.03 at the most",
        "2026-11  x  post read: 42, $0.21 at the most",
        "2026-11  x  in all: $0.24 at the most",
    ]


def test_a_month_without_any_says_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    _tell_month(SimpleNamespace(store=store, now=lambda: NOW))

    assert capsys.readouterr().out == ""
