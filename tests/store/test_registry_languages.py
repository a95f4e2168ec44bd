"""What disaster messages need of the registry is in the store as it was in the files."""

from pathlib import Path

from registry.load import load
from store import registry as registry_store
from store.engine import Store
from tests.builders import NOW

SEOUL = Path(__file__).parents[2] / "registry" / "seoul"


def test_names_and_languages_come_back_from_the_store_as_they_went_in(store: Store) -> None:
    seoul = load(SEOUL)
    with store.write() as session:
        registry_store.apply(session, seoul, at=NOW)
    with store.read() as session:
        kept = registry_store.load(session)
    assert kept.city == seoul.city
    assert kept.offices == seoul.offices
    assert kept.accounts == seoul.accounts
    assert kept.accounts["x_seoul"].languages == ("en", "zh", "ja")
