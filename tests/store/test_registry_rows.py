"""The registry in the store: read as it was applied; what goes is retired, never deleted."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.model import Role, Staff
from settings import Settings
from store import registry as registry_store
from store.engine import Store
from store.open import open_store
from store.registry import NoRegistry, addresses
from store.tables import AccountRow, OfficeRow, StaffRow
from tests import builders
from tests.builders import NOW


@pytest.fixture(autouse=True)
def nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: else a test on one database would read what another one left."""
    monkeypatch.setattr(registry_store, "_last", None)


def test_a_store_without_a_registry_says_what_to_do(empty_url: str) -> None:
    store = open_store(Settings(database_url=empty_url))
    with store.read() as session, pytest.raises(NoRegistry, match="haechi registry import"):
        registry_store.load(session)
    store.close()


def test_what_is_applied_is_what_is_read(store: Store) -> None:
    applied = builders.small_registry(
        offices=(builders.office("water", keywords=("누수", "단수")),)
    )
    with store.write() as session:
        registry_store.apply(session, applied, at=NOW)
    with store.read() as session:
        read = registry_store.load(session)
    assert read.offices == applied.offices
    assert read.accounts == applied.accounts
    assert set(read.staff) == set(applied.staff)
    assert (read.city, read.hashtags, read.days_off, read.examples) == (
        applied.city,
        applied.hashtags,
        applied.days_off,
        applied.examples,
    )


def test_a_process_reads_the_rows_once_and_again_after_an_import(store: Store) -> None:
    with store.read() as session:
        first = registry_store.load(session)
    with store.read() as session:
        assert registry_store.load(session) is first
    larger = builders.small_registry(offices=(builders.office("water"),))
    with contextlib.suppress(ZeroDivisionError), store.write() as session:
        registry_store.apply(session, larger, at=NOW)
        assert "water" in registry_store.load(session).offices
        raise ZeroDivisionError
    with store.read() as session:
        assert registry_store.load(session) == first, "an import that was not kept leaves no trace"


def test_applying_the_same_again_changes_nothing(store: Store) -> None:
    with store.write() as session:
        assert not registry_store.apply(session, builders.small_registry(), at=NOW)


def test_an_import_adds_changes_and_retires_and_deletes_nothing(store: Store) -> None:
    smaller = builders.small_registry()
    offices = {
        **{id_: o for id_, o in smaller.offices.items() if id_ != "metro"},
        "water": builders.office("water"),
        "traffic": builders.office("traffic", review=True),
    }
    changed = builders.small_registry(
        offices=(), staff=tuple(s for s in smaller.staff if s.office != "metro")
    )
    changed = type(changed)(
        **{name: getattr(changed, name) for name in changed.__dataclass_fields__}
        | {"offices": offices}
    )
    with store.write() as session:
        before = session.scalar(select(func.count()).select_from(OfficeRow)) or 0
        changes = registry_store.apply(session, changed, at=NOW + timedelta(days=1))
    assert list(changes["offices"].added) == [("water",)]
    assert [change.key for change in changes["offices"].changed] == [("traffic",)]
    assert list(changes["offices"].retired) == [("metro",)]
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(OfficeRow)) == before + 1
        assert registry_store.office(session, "metro").retired_at == NOW + timedelta(days=1)
        assert "metro" not in registry_store.load(session).offices


def test_a_case_keeps_its_retired_office_and_account(store: Store) -> None:
    with store.write() as session:
        case = builders.case(session, account_id="x_traffic")
        builders.desk(session).route(case, "metro")
        full = builders.small_registry()
        registry_store.apply(
            session,
            type(full)(
                city=full.city,
                offices={id_: o for id_, o in full.offices.items() if id_ != "metro"},
                accounts={id_: a for id_, a in full.accounts.items() if id_ != "x_traffic"},
            ),
            at=NOW,
        )
        assert case.office_id == "metro"
        assert session.get_one(AccountRow, "x_traffic").retired_at == NOW
        assert registry_store.office(session, "metro").name == "metro office"


def test_what_comes_back_is_in_use_again(store: Store) -> None:
    full = builders.small_registry()
    without = type(full)(city=full.city, offices={"comms": full.offices["comms"]}, accounts={})
    with store.write() as session:
        registry_store.apply(session, without, at=NOW)
        registry_store.apply(session, full, at=NOW)
        assert registry_store.load(session).accounts == full.accounts
        assert session.scalars(select(StaffRow.retired_at)).unique().all() == [None]


def test_addresses_are_those_of_the_role_in_use(store: Store) -> None:
    people = (
        Staff(email="a@a.example", name="a", office="traffic", role=Role.MANAGER),
        Staff(email="a@a.example", name="a", office="mapo", role=Role.MANAGER),
        Staff(email="b@b.example", name="b", office="traffic", role=Role.CASEWORKER),
    )
    with store.write() as session:
        registry_store.apply(session, builders.small_registry(staff=people), at=NOW)
        assert addresses(session, Role.MANAGER) == ["a@a.example"]
        assert addresses(session, Role.MANAGER, "metro") == []
        assert addresses(session, Role.CASEWORKER, "traffic") == ["b@b.example"]
