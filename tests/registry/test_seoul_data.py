"""The shipped city: Seoul, complete and without a mistake."""

from collections import Counter
from pathlib import Path

import pytest

from registry import ask, workbook
from registry.load import examine, load
from registry.model import DisasterRole, Network, OfficeKind, Registry, Role

SEOUL = Path(__file__).parents[2] / "registry" / "seoul"


@pytest.fixture(scope="module")
def seoul() -> Registry:
    return load(SEOUL)


def test_seoul_has_neither_mistakes_nor_warnings() -> None:
    verdict = examine(SEOUL)
    assert [str(m) for m in (*verdict.mistakes, *verdict.warnings)] == []


def test_seoul_has_eighty_active_accounts_and_the_closed_microblog(seoul: Registry) -> None:
    assert len(ask.active_accounts(seoul)) == 80
    closed = [account for account in seoul.accounts.values() if not account.active]
    assert [(account.id, account.network) for account in closed] == [
        ("me2day_seoul", Network.ME2DAY)
    ]


def test_four_flagship_accounts_are_active(seoul: Registry) -> None:
    flagships = [account.id for account in ask.active_accounts(seoul) if account.flagship]
    assert flagships == ["x_seoul", "facebook_seoul", "instagram_seoul", "blog_seoul"]


def test_one_account_leads_and_one_stands_by(seoul: Registry) -> None:
    roles = {account.disaster_role: account.id for account in seoul.accounts.values()}
    counts = Counter(account.disaster_role for account in seoul.accounts.values())
    assert (roles[DisasterRole.LEAD], counts[DisasterRole.LEAD]) == ("x_seoul", 1)
    assert (roles[DisasterRole.DEPUTY], counts[DisasterRole.DEPUTY]) == ("facebook_seoul", 1)


def test_the_city_answers_what_is_written_to_the_mayor(seoul: Registry) -> None:
    mayor = seoul.accounts["x_mayor"]
    assert mayor.personal
    assert ask.answering_account(seoul, mayor) == seoul.accounts["x_seoul"]


@pytest.mark.parametrize(
    "account",
    [
        "x_traffic",
        "x_metro",
        "facebook_parks",
        "x_fire",
        "x_gangnam",
        "x_mapo",
        "facebook_nowon",
        "instagram_hangang",
    ],
)
def test_the_accounts_of_the_practice_day_are_there(seoul: Registry, account: str) -> None:
    assert seoul.accounts[account].active


def test_every_district_has_an_account_that_joins_in_locally(seoul: Registry) -> None:
    offices = {
        account.office
        for account in seoul.accounts.values()
        if account.disaster_role is DisasterRole.LOCAL
    }
    assert offices == {office.id for office in ask.districts(seoul)}
    assert len(offices) == 25


def test_every_network_has_an_account(seoul: Registry) -> None:
    assert {account.network for account in seoul.accounts.values()} == set(Network)


def test_handles_fit_the_network_with_the_shortest(seoul: Registry) -> None:
    handles = [a.handle for a in seoul.accounts.values() if a.network is Network.X]
    assert all(len(handle) <= 15 for handle in handles)


def test_every_office_has_one_manager_and_two_or_three_caseworkers(seoul: Registry) -> None:
    for office in seoul.offices:
        roles = Counter(person.role for person in seoul.staff if person.office == office)
        assert roles[Role.MANAGER] == 1
        assert roles[Role.CASEWORKER] in {2, 3}


def test_five_people_are_the_comms_team_and_three_administer(seoul: Registry) -> None:
    comms_team = [person for person in seoul.staff if person.role is Role.COMMS_TEAM]
    assert [person.office for person in comms_team] == ["comms_office"] * 5
    assert [person.role for person in seoul.staff].count(Role.ADMINISTRATOR) == 3


def test_staff_have_addresses_where_their_office_has_its_own(seoul: Registry) -> None:
    for person in seoul.staff:
        office = seoul.offices[person.office]
        assert person.email.split("@")[1] == office.email.split("@")[1]
        assert person.email.endswith("seoul.example")


def test_no_two_people_share_a_name(seoul: Registry) -> None:
    people = {(person.email, person.name) for person in seoul.staff}
    assert len({name for _, name in people}) == len(people)
    assert {person.role for person in seoul.staff} == set(Role)


def test_every_hazard_has_a_hashtag_for_the_event_and_one_for_reports(seoul: Registry) -> None:
    purposes = Counter((tag.hazard, tag.purpose) for tag in seoul.hashtags)
    hazards = {tag.hazard for tag in seoul.hashtags}
    assert set(purposes.values()) == {1}
    assert len(purposes) == 2 * len(hazards)


def test_what_the_whole_city_reads_is_said_in_four_languages(seoul: Registry) -> None:
    many = {a.id for a in seoul.accounts.values() if a.languages == ("en", "zh", "ja")}
    assert many == {
        "x_seoul",
        "facebook_seoul",
        "threads_seoul",
        "bluesky_seoul",
        "mastodon_seoul",
        "wordpress_seoul",
        "x_tourism",
    }
    assert not any(a.languages for a in seoul.accounts.values() if a.id not in many)


def test_the_city_has_a_name_in_each_language(seoul: Registry) -> None:
    city = seoul.city
    assert (city.called, city.name_en, city.name_zh, city.name_ja) == (
        "서울",
        "Seoul",
        "首尔",
        "ソウル",
    )


def test_departments_districts_and_agencies_are_all_there(seoul: Registry) -> None:
    assert {office.kind for office in seoul.offices.values()} == set(OfficeKind)


def test_seoul_goes_through_the_workbook_unchanged(seoul: Registry, tmp_path: Path) -> None:
    workbook.write(seoul, tmp_path / "seoul.xlsx")
    assert load(tmp_path / "seoul.xlsx") == seoul
