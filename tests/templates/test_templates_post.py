"""What citizens are told names who says it, and none of that is cut off on any network."""

import pytest

import templates
from registry.ask import active_accounts, answering_account
from registry.load import load
from registry.model import Network, Registry
from rules.text import TEXT_RULES, fits
from settings import HOME
from store.messages import as_sent

NOTICES = ("received", "transfer", "progress", "extension", "survey", "survey_ended")
#: As long as X lets a handle be, which is the network with the least room.
HANDLE = "m" * 15
MARKER = "[2026-123456-12]"
MORE = "전체 답변과 이의신청 안내: https://center.seoul.example/c/abcdefghijkl"


@pytest.fixture(scope="module")
def seoul() -> Registry:
    return load(HOME / "registry" / "seoul")


def longest(registry: Registry, **more: str) -> dict[str, str]:
    """Who says it, with the longest names that the registry has."""
    return {
        "city": registry.city.name,
        "office": max((office.name for office in registry.offices.values()), key=len),
        "officer": max((person.name for person in registry.staff), key=len),
        "phone": registry.city.phone,
        "asked": "",
        "due": "12월 30일(수)",
        "why": "부품을 기다립니다.",
        "agreed": "yes",  # the longer words
        "text": "고쳤습니다.",
        **more,
    }


@pytest.mark.parametrize("kind", [*NOTICES, "answer"])
def test_every_message_names_the_office_the_officer_and_a_telephone(
    seoul: Registry, kind: str
) -> None:
    values = longest(seoul)
    said = templates.render_post(kind, **values)
    for name in ("office", "officer", "phone"):
        assert values[name] in said
    alone = templates.render_post(kind, **values | {"officer": ""})
    assert "()" not in alone
    assert values["office"] in alone
    assert "02-120" in alone


@pytest.mark.parametrize("kind", NOTICES)
def test_no_notice_of_seoul_is_cut_on_any_network(seoul: Registry, kind: str) -> None:
    for asked in active_accounts(seoul):
        account = answering_account(seoul, asked)
        if account is None:
            continue  # a person brings it over
        instead = asked.name if asked.personal or asked.answers_as else ""
        said = templates.render_post(kind, **longest(seoul, asked=instead))
        rule = TEXT_RULES[account.network]
        assert fits(f"@{HANDLE} {said} {MARKER}", rule), f"{kind} from {asked.id} is too long"


def test_a_long_answer_on_x_is_cut_behind_who_says_it_and_leads_to_the_whole(
    seoul: Registry,
) -> None:
    account = next(a for a in active_accounts(seoul) if a.network is Network.X)
    values = longest(seoul, asked="서울시장", text="현장을 확인하고 있습니다. " * 30)
    (part,) = as_sent(account, HANDLE, templates.render_post("answer", **values), MARKER, MORE)
    sent = part.text
    assert values["officer"] in sent
    assert "02-120" in sent
    assert "현장을 확인하고 있습니다. 현장을" in sent, "there is room left for what is answered"
    assert sent.endswith(f"{MORE} {MARKER}")
