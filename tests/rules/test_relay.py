"""Who carries a disaster message, in which wave, how, and with which words."""

from dataclasses import replace
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.model import Account, DisasterRole, Network, Registry
from rules.bulletin import (
    LEADING,
    LEADS_POST,
    PARTNERS,
    RELAYING,
    BulletinKind,
    Content,
    Language,
    Plan,
    Saying,
    Way,
    Words,
)
from rules.links import unbroken
from rules.measure import TEXT_RULES, fits, graphemes
from rules.relay import WAYS, plan
from tests.rules.said import ACT_NOW, MARKER, STORY, content, speaking, the_city

SEOUL = the_city()
ROLE = DisasterRole


def sayings(of: Plan) -> dict[str, Saying]:
    """Each account's first part."""
    return {saying.account_id: saying for saying in of.sayings if saying.part == 1}


def with_accounts(*accounts: Account) -> Registry:
    return replace(SEOUL, accounts={account.id: account for account in accounts})


def account(id_: str, role: DisasterRole = ROLE.RELAY, **more: Any) -> Account:
    known: dict[str, Any] = {
        "network": Network.X,
        "server": "",
        "handle": id_,
        "name": id_,
        "office": "bus",
    }
    return Account(id=id_, disaster_role=role, **{**known, **more})


def test_every_account_with_a_role_has_its_say_in_seoul() -> None:
    plan_ = plan(content(), SEOUL)
    expected = {
        a.id for a in SEOUL.accounts.values() if a.active and a.disaster_role is not ROLE.NONE
    }
    assert set(sayings(plan_)) == expected
    assert not plan_.refused


def test_the_lead_goes_first_and_the_districts_last() -> None:
    waves = {role: set[int]() for role in ROLE}
    for saying in plan(content(), SEOUL).sayings:
        waves[SEOUL.accounts[saying.account_id].disaster_role].add(saying.wave)
    assert waves == {
        ROLE.LEAD: {LEADING},
        ROLE.DEPUTY: {RELAYING},
        ROLE.RELAY: {RELAYING},
        ROLE.LOCAL: {PARTNERS},
        ROLE.NONE: set(),
    }


def test_sayings_come_in_the_order_in_which_they_go() -> None:
    waves = [saying.wave for saying in plan(content(), SEOUL).sayings]
    assert waves == sorted(waves)


def test_personal_closed_and_uninvolved_accounts_say_nothing() -> None:
    registry = with_accounts(
        account("x_lead", ROLE.LEAD),
        account("x_mayor", personal=True),
        account("x_old", active=False),
        account("x_culture", ROLE.NONE),
    )
    assert set(sayings(plan(content(), registry))) == {"x_lead"}


def test_every_network_has_a_way() -> None:
    assert set(WAYS) == set(Network)


@pytest.mark.parametrize(
    ("id_", "way"),
    [
        ("x_seoul", Way.POST),
        ("x_traffic", Way.REPOST),
        ("facebook_seoul", Way.LINK),
        ("facebook_bus", Way.LINK),
        ("blog_seoul", Way.LINK),
        ("kakao_seoul", Way.LINK),
        ("wordpress_seoul", Way.LINK),
        ("instagram_seoul", Way.POST),
        ("x_mapo", Way.LINK),
        ("facebook_jongno", Way.LINK),
        ("bluesky_seoul", Way.LINK),  # nobody who may lead is there
    ],
)
def test_each_account_carries_it_in_the_way_of_its_network_and_role(id_: str, way: Way) -> None:
    assert sayings(plan(content(), SEOUL))[id_].way is way


def test_a_deputy_on_the_leads_network_reposts_and_has_words_to_lead_with() -> None:
    registry = with_accounts(account("x_lead", ROLE.LEAD), account("x_second", ROLE.DEPUTY))
    said = sayings(plan(content(), registry))["x_second"]
    assert said.way is Way.REPOST
    assert LEADS_POST in said.text
    assert LEADS_POST not in said.direct


def test_nobody_reposts_what_only_they_themselves_could_have_said() -> None:
    deputy = account("toot", ROLE.DEPUTY, network=Network.MASTODON, server="a.example")
    registry = with_accounts(account("x_lead", ROLE.LEAD), deputy)
    assert sayings(plan(content(), registry))["toot"].way is Way.LINK


def test_on_another_server_nothing_can_be_reposted() -> None:
    here, there = (
        account(id_, role, network=Network.MASTODON, server=server)
        for id_, role, server in (
            ("lead", ROLE.LEAD, "a.example"),
            ("far", ROLE.RELAY, "b.example"),
        )
    )
    assert sayings(plan(content(), with_accounts(here, there)))["far"].way is Way.LINK


def test_a_repost_has_a_link_text_for_a_lead_elsewhere() -> None:
    said = sayings(plan(content(), SEOUL))["x_traffic"]
    assert LEADS_POST in said.text
    assert said.text.startswith(f"[서울시 교통정보] {ACT_NOW}")


def test_instagram_says_it_itself_without_a_link() -> None:
    said = sayings(plan(content(description=STORY * 40), SEOUL))["instagram_seoul"]
    assert said.text == said.direct
    assert "http" not in said.text
    assert said.with_picture


def test_instagram_without_a_picture_is_refused() -> None:
    plan_ = plan(content(has_picture=False), SEOUL)
    on_instagram = {
        a.id
        for a in SEOUL.accounts.values()
        if a.network is Network.INSTAGRAM and a.disaster_role is not ROLE.NONE
    }
    assert set(plan_.refused) == on_instagram
    assert all("그림" in why for why in plan_.refused.values())
    assert not on_instagram & set(sayings(plan_))
    assert not any(saying.with_picture for saying in plan_.sayings)


def test_a_district_of_the_area_says_that_it_is_concerned() -> None:
    said = sayings(plan(content(), SEOUL))
    assert "\n마포구도 해당 지역입니다.\n" in said["x_mapo"].text
    assert "\n구로구에서 함께 알립니다.\n" in said["x_guro"].text
    assert "강남역" not in said["x_guro"].text  # the story is the lead's


def test_when_it_is_over_no_district_is_concerned() -> None:
    said = sayings(plan(content(kind=BulletinKind.ALL_CLEAR), SEOUL))
    assert "\n마포구에서 함께 알립니다.\n" in said["x_mapo"].text


def test_the_citys_own_accounts_need_no_name() -> None:
    said = sayings(plan(content(), SEOUL))
    for id_ in ("x_seoul", "facebook_seoul", "threads_seoul", "bluesky_seoul"):
        assert said[id_].direct.startswith(ACT_NOW), id_
    for id_ in ("x_traffic", "facebook_bus", "x_guro"):
        assert said[id_].direct.startswith("["), id_


def test_accounts_of_one_name_are_told_apart_by_their_handles() -> None:
    registry = with_accounts(
        account("x_lead", ROLE.LEAD, office="comms_office"),
        account("x_one", name="서울 안내"),
        account("x_two", name="서울 안내"),
    )
    said = sayings(plan(content(), registry))
    assert said["x_one"].direct.startswith("[서울 안내] ")
    assert said["x_two"].direct.startswith("[서울 안내 x_two] ")


def test_two_accounts_that_cannot_be_told_apart_are_not_both_sent() -> None:
    registry = with_accounts(
        account("x_lead", ROLE.LEAD),
        account("x_one", name="서울", handle="같은"),
        account("x_two", name="서울", handle="같은"),
        account("x_three", name="서울", handle="같은"),
    )
    plan_ = plan(content(), registry)
    assert set(plan_.refused) == {"x_three"}
    assert "x_two 계정의 글과 같아집니다" in plan_.refused["x_three"]


def test_what_does_not_fit_names_the_account_and_by_how_much() -> None:
    registry = with_accounts(account("x_lead", ROLE.LEAD), account("x_long", name="긴" * 90))
    plan_ = plan(content(), registry)
    assert set(plan_.refused) == {"x_long"}
    assert "만큼 깁니다" in plan_.refused["x_long"]
    assert set(sayings(plan_)) == {"x_lead"}


@pytest.mark.parametrize(
    ("id_", "role", "parts"),
    [
        ("facebook_bus", ROLE.LEAD, ["ko", "en", "ja"]),
        ("facebook_bus", ROLE.DEPUTY, ["ko", "en", "ja"]),
        ("facebook_bus", ROLE.RELAY, ["ko", "en", "ja"]),  # a link has words of its own
        ("x_bus", ROLE.DEPUTY, ["ko", "en", "ja"]),
        ("x_bus", ROLE.RELAY, ["ko"]),  # what it reposts has its languages below it
        ("x_mapo", ROLE.LOCAL, ["ko", "en", "ja"]),
    ],
)
def test_other_languages_are_further_parts_where_an_account_speaks_itself(
    id_: str, role: DisasterRole, parts: list[str]
) -> None:
    account_ = speaking(SEOUL.accounts[id_], "ja", "en", disaster_role=role)
    said = [
        saying
        for saying in plan(
            content(), replace(SEOUL, accounts={**SEOUL.accounts, id_: account_})
        ).sayings
        if saying.account_id == id_
    ]
    assert [saying.language for saying in said] == parts
    assert [saying.part for saying in said] == list(range(1, len(parts) + 1))
    for further in said[1:]:
        assert further.way is Way.POST
        assert further.text == further.direct
        assert not further.with_picture
        assert MARKER not in further.text


def test_a_language_that_the_message_has_not_is_no_part() -> None:
    korean = {Language.KO: Words(act_now="대피하세요.")}
    lead = speaking(SEOUL.accounts["x_seoul"], "en", "ja")
    assert len(plan(content(texts=korean), with_accounts(lead)).sayings) == 1


# --- whatever the words --------------------------------------------------------------------

FAMILY = "👨‍👩‍👧‍👦"
tokens = st.sampled_from(
    [
        "침수", "대피하세요.", "지하차도", "가지 마세요!", "😀", FAMILY, "🇰🇷", "1️⃣", "e\u0301",
        "각", "#서울침수", "#서울침수제보", "https://seoul.go.kr/a/b?c=1", "seoul.go.kr",
        "@seoulmania", "a.unknownending", "\n", "。", "…", "[강남구]", "아주긴낱말" * 9, "\u0335",
        "\u200d", "http://한글.kr/x", "(괄호)", "02-120",
    ]
)  # fmt: skip
prose = st.lists(st.one_of(tokens, st.text(max_size=8)), max_size=60).flatmap(
    lambda chosen: st.sampled_from([" ", "", "\n"]).map(lambda glue: glue.join(chosen))
)
short = prose.map(lambda text: text.replace("\n", " ")[:80].strip() or "대피하세요.")
languages = st.sets(st.sampled_from(["en", "zh", "ja"]))


@st.composite
def messages(draw: st.DrawFn) -> Content:
    texts = {
        language: Words.model_construct(
            act_now=draw(short), description=draw(prose)[:2_000].strip()
        )
        for language in Language
    }
    return content(
        texts=texts,
        kind=draw(st.sampled_from(BulletinKind)),
        exercise=draw(st.booleans()),
        page=draw(st.sampled_from(["https://seoul.example/d/1", "https://a.kr/" + "d" * 200])),
    )


@st.composite
def cities(draw: st.DrawFn) -> Registry:
    """Seoul, with other roles and languages here and there."""
    changed = draw(
        st.dictionaries(
            st.sampled_from(sorted(SEOUL.accounts)),
            st.tuples(st.sampled_from(ROLE), languages, st.sampled_from(["서울시", "가", "나 다"])),
            max_size=12,
        )
    )
    accounts = {
        id_: speaking(SEOUL.accounts[id_], *sorted(more), disaster_role=role, name=name)
        for id_, (role, more, name) in changed.items()
    }
    return replace(SEOUL, accounts={**SEOUL.accounts, **accounts})


@settings(max_examples=50)
@given(messages(), cities())
def test_whatever_the_words_what_is_said_fits_and_holds_what_must_not_be_cut(
    what: Content, registry: Registry
) -> None:
    plan_ = plan(what, registry)
    for saying in plan_.sayings:
        rule = TEXT_RULES[registry.accounts[saying.account_id].network]
        act_now = normalize("NFC", what.texts[saying.language].act_now)
        for text in (saying.text, saying.direct):
            assert fits(text, rule)
            assert act_now in text
            assert text.endswith(saying.marker)
            assert f"\n#{what.event_tag} #{what.report_tag} " in text
            assert what.emergency in text.rpartition("\n")[2]
        assert LEADS_POST not in saying.direct
        assert what.marker.strip("[]") in saying.marker


@settings(max_examples=50)
@given(messages(), cities())
def test_no_two_x_accounts_say_the_same_of_their_own(what: Content, registry: Registry) -> None:
    by_text: dict[str, str] = {}
    for saying in plan(what, registry).sayings:
        if registry.accounts[saying.account_id].network is Network.X:
            for text in {saying.text, saying.direct}:
                assert by_text.setdefault(text, saying.account_id) == saying.account_id


@settings(max_examples=50)
@given(messages())
def test_no_character_link_or_hashtag_is_cut(what: Content) -> None:
    for saying in plan(what, SEOUL).sayings:
        words = what.texts[saying.language]
        given_ = [normalize("NFC", said) for said in (words.act_now, words.description)]
        around = [what.page, LEADS_POST, f"#{what.event_tag}", f"#{what.report_tag}"]
        whole = {piece for said in (*given_, *around) for piece in _links_and_tags(said)}
        # a line may begin with a mark over nothing, and a name and a space stand before it
        letters = {piece for said in given_ for piece in _letters(said) | _letters(f" {said}")}
        for text in (saying.text, saying.direct):
            assert _links_and_tags(text) <= whole
            # what we add ourselves is plain; what has several code points is theirs
            assert {piece for piece in _letters(text) if len(piece) > 1} <= letters


def _links_and_tags(text: str) -> set[str]:
    found = {text[start:end] for start, end in unbroken(text)}
    return {piece for piece in found if piece.startswith(("#", "http"))}


def _letters(text: str) -> set[str]:
    return {text[start:end] for start, end in graphemes(text)}
