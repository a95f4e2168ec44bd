"""What an installation does unless a city says otherwise."""

import pytest

from settings import Settings


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a machine that says nothing."""
    for name in ("LIVE", "SAMPLE", "PRECISION"):
        monkeypatch.delenv(f"HAECHI_{name}", raising=False)
    return Settings()


def test_three_in_a_hundred_sure_cases_go_to_people_as_well(untouched: Settings) -> None:
    assert untouched.sample == 0.03


def test_the_machine_decides_alone_where_it_is_right_in_95_of_100(untouched: Settings) -> None:
    assert untouched.precision == 0.95


def test_nothing_real_is_reached_unless_it_is_asked_for(untouched: Settings) -> None:
    assert untouched.mode == "practice"
