"""Every mistake is found, all at once, and said with its sheet, cell, value and what is right."""

from datetime import date, datetime

import pytest

from channels.exercise import HANDLE
from registry.account_rules import DRILL
from registry.mistakes import Mistake
from registry.model import DisasterRole, Network
from registry.sheets import LANGUAGES
from rules.bulletin import Language
from tests.registry.small_city import SmallCity


def only(city: SmallCity) -> Mistake:
    mistakes = city.checked().mistakes
    assert len(mistakes) == 1, [str(mistake) for mistake in mistakes]
    return mistakes[0]


def test_a_well_made_city_has_no_mistakes() -> None:
    assert SmallCity().mistakes() == []


def test_a_mistake_says_sheet_cell_value_and_what_would_be_right() -> None:
    city = SmallCity().put("accounts", 4, network="facebok")
    assert str(only(city)) == (
        "accounts 시트 B4 칸 ‘facebok’: network에 쓸 수 없는 값입니다. 혹시 facebook 아닌가요?"
    )


def test_an_office_by_its_name_is_answered_with_its_id() -> None:
    city = SmallCity().put("offices", 2, name="교통운영과")
    mistake = only(city.put("accounts", 2, office="교통운영과"))
    assert mistake.right == "이름이 아니라 id를 적습니다: traffic."


def test_all_mistakes_are_collected_before_anything_is_said() -> None:
    city = SmallCity().put("accounts", 2, office="trafic").put("staff", 3, email="nobody")
    city.add("days_off", day="내일").add("hashtags", tag="눈 내림")
    places = {(mistake.sheet, mistake.cell) for mistake in city.checked().mistakes}
    assert places == {("accounts", "F2"), ("staff", "A3"), ("days_off", "A2"), ("hashtags", "A2")}


def test_a_refused_city_has_no_registry() -> None:
    assert SmallCity().put("accounts", 2, office="trafic").checked().registry is None


# The issue's own list


def test_a_wrong_sheet_is_named_with_the_one_it_might_be() -> None:
    city = SmallCity()
    city.rows["ofices"] = city.rows.pop("offices")
    city.headers["ofices"] = city.headers["offices"]
    assert (
        "ofices 시트: 모르는 시트입니다. 혹시 offices 아닌가요? 아니면 지우세요." in city.mistakes()
    )
    assert any(
        mistake.startswith("offices 시트: 이 시트(부서)가 없습니다.") for mistake in city.mistakes()
    )


def test_a_missing_sheet_does_not_make_every_reference_to_it_wrong() -> None:
    assert len(SmallCity().without("offices").mistakes()) == 1


def test_a_duplicate_handle_names_both_accounts() -> None:
    city = SmallCity().add("accounts", id="x_copy", handle="@CITY")
    mistake = only(city)
    assert mistake.cell == "D5"
    assert "2행(x_city)" in mistake.problem


def test_full_width_letters_do_not_hide_a_duplicate_handle() -> None:
    assert only(SmallCity().add("accounts", id="x_copy", handle="ｃｉｔｙ")).cell == "D5"


def test_a_look_alike_of_another_alphabet_is_another_handle() -> None:
    assert SmallCity().add("accounts", id="x_copy", handle="сity").mistakes() == []


def test_the_same_handle_on_two_mastodon_servers_is_two_accounts() -> None:
    city = SmallCity()
    city.add("accounts", id="m_one", network="mastodon", server="one.example", handle="city")
    city.add("accounts", id="m_two", network="mastodon", server="two.example", handle="city")
    assert city.mistakes() == []


def test_an_unknown_office_is_named_with_the_closest_one() -> None:
    mistake = only(SmallCity().put("accounts", 3, office="trafic"))
    assert (mistake.cell, mistake.value, mistake.right) == (
        "F3",
        "trafic",
        "혹시 traffic 아닌가요?",
    )


# Columns


def test_a_missing_column_is_named_once_not_for_every_row() -> None:
    city = SmallCity()
    city.headers["accounts"].remove("handle")
    assert "이 열이 없습니다" in only(city).problem


def test_an_unknown_column_is_named_with_the_one_it_might_be() -> None:
    city = SmallCity()
    city.headers["accounts"][3] = "handel"
    assert "accounts 시트 D1 칸 ‘handel’: 모르는 열입니다. 혹시 handle 아닌가요?" in city.mistakes()


def test_a_column_twice_is_a_mistake() -> None:
    city = SmallCity()
    city.headers["hashtags"].append("tag")
    assert only(city).cell == "D1"


def test_columns_may_stand_in_any_order() -> None:
    city = SmallCity()
    city.headers["accounts"].reverse()
    assert city.mistakes() == []


def test_a_value_beside_the_table_is_not_dropped_in_silence() -> None:
    city = SmallCity()
    city.headers["staff"].append("")
    city.put("staff", 2, **{"": "쉼표 뒤"})
    assert only(city).cell == "E2"


def test_empty_rows_are_passed_over() -> None:
    city = SmallCity()
    city.rows["staff"].insert(1, {})
    assert city.mistakes() == []


# Cells


@pytest.mark.parametrize(
    ("sheet", "number", "column", "value"),
    [
        ("accounts", 2, "id", "X City"),
        ("accounts", 2, "id", ""),
        ("accounts", 2, "handle", "https://x.com/city"),
        ("accounts", 2, "network", "twitter"),
        ("accounts", 2, "flagship", "글쎄"),
        ("accounts", 2, "active", "2"),
        ("accounts", 4, "disaster_role", "boss"),
        ("accounts", 2, "answers_as", "nobody"),
        ("accounts", 2, "server", "https://social.example/"),
        ("offices", 2, "kind", "team"),
        ("offices", 2, "regime", "slow"),
        ("offices", 2, "duties", ""),
        ("offices", 2, "email", "traffic@haenam"),
        ("offices", 2, "email", "a@haenam.example, b@haenam.example"),
        ("offices", 2, "email", "a@haenam.example\r\nBcc: all@haenam.example"),
        ("offices", 2, "email", "a@haenam.example\nBcc: all@haenam.example"),
        ("offices", 2, "email", "=?UTF-8?Q?=0A?=@haenam.example"),
        ("staff", 5, "name", "김\n하나"),
        ("city", 4, "value", "Asia/Seul"),
        ("city", 4, "value", "../etc/passwd"),
        ("city", 5, "value", "Korea"),
        ("city", 2, "value", "해 남"),
        ("city", 6, "value", "전화"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(
    sheet: str, number: int, column: str, value: str
) -> None:
    city = SmallCity().put(sheet, number, **{column: value})
    place = f"{chr(ord('A') + city.headers[sheet].index(column))}{number}"
    assert (sheet, place) in {(m.sheet, m.cell) for m in city.checked().mistakes}


@pytest.mark.parametrize("char", ["\0", "\x1b", "\ud800", "\u202e", "\u200b", "\ufeff", "\uffff"])
def test_a_character_that_nobody_can_see_is_refused_and_named(char: str) -> None:
    mistake = only(SmallCity().put("offices", 2, name=f"교통{char}과"))
    assert f"U+{ord(char):04X}" in mistake.problem
    assert char not in str(mistake)


def test_forty_thousand_characters_are_too_many_and_not_repeated() -> None:
    mistake = only(SmallCity().put("offices", 2, duties="길" * 40_000))
    assert "40,000자" in mistake.problem
    assert len(str(mistake)) < 300


def test_a_token_typed_as_credential_is_refused_without_being_repeated() -> None:
    mistake = only(SmallCity().put("accounts", 2, credential="AAAA_secret_token"))
    assert "AAAA_secret_token" not in str(mistake)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("yes", True),
        ("예", True),
        (True, True),
        ("TRUE", True),
        (1, True),
        ("ＹＥＳ", True),
        ("no", False),
        ("아니오", False),
        (False, False),
        ("false", False),
        (0.0, False),
        ("", False),
    ],
)
def test_yes_and_no_may_be_typed_in_many_ways(typed: str | bool | int | float, value: bool) -> None:
    checked = SmallCity().put("offices", 2, review=typed).checked()
    assert checked.accepted().offices["traffic"].review is value


@pytest.mark.parametrize(
    "typed",
    [
        date(2026, 6, 3),
        datetime(2026, 6, 3),
        "2026-06-03",
        "2026. 6. 3.",
        "2026/06/03",
        20260603,
        "2026년 6월 3일",
    ],
)
def test_a_day_may_be_typed_in_many_ways(typed: str | date | int) -> None:
    checked = SmallCity().add("days_off", day=typed).checked()
    assert checked.accepted().days_off[0].day == date(2026, 6, 3)


@pytest.mark.parametrize("typed", ["2026-02-30", 46176, "내일", datetime(2026, 6, 3, 9, 0)])
def test_what_is_no_day_is_refused(typed: str | int | datetime) -> None:
    assert only(SmallCity().add("days_off", day=typed)).cell == "A2"


def test_numbers_stay_text_where_text_is_meant() -> None:
    account = SmallCity().put("accounts", 4, handle=120.0, name=119).checked().accepted()
    assert (account.accounts["page"].handle, account.accounts["page"].name) == ("120", "119")


def test_text_is_stored_nfc_and_stripped() -> None:
    offices = SmallCity().put("offices", 2, name="  교통과 ").checked().accepted().offices
    assert offices["traffic"].name == "교통과"


def test_korean_words_for_choices_are_understood() -> None:
    city = SmallCity().put("accounts", 4, network="페이스북", disaster_role="전파")
    account = city.checked().accepted().accounts["page"]
    assert (account.network, account.disaster_role) == (Network.FACEBOOK, DisasterRole.RELAY)


def test_the_marks_of_handles_and_hashtags_may_be_typed_along() -> None:
    registry = (
        SmallCity().put("accounts", 2, handle="@city").add("hashtags", tag="#해남폭설").checked()
    )
    assert registry.accepted().accounts["x_city"].handle == "city"
    assert registry.accepted().hashtags[0].tag == "해남폭설"


def test_addresses_are_stored_in_small_letters() -> None:
    registry = SmallCity().put("staff", 2, email="Kim@Haenam.example").checked().accepted()
    assert registry.staff[0].email == "kim@haenam.example"


@pytest.mark.parametrize("tag", ["눈 내림", "119", "눈!", "#", "눈#비"])
def test_a_hashtag_that_no_network_would_link_is_refused(tag: str) -> None:
    assert only(SmallCity().add("hashtags", tag=tag)).cell == "A2"


def test_keywords_are_split_and_named_once() -> None:
    city = SmallCity().put("offices", 2, keywords="신호등; 횡단보도,신호등;;보행 신호")
    keywords = city.checked().accepted().offices["traffic"].keywords
    assert keywords == ("신호등", "횡단보도", "보행 신호")


# What rows must agree on


@pytest.mark.parametrize(
    ("sheet", "cells"),
    [
        ("accounts", {"id": "page", "handle": "other"}),
        ("offices", {"id": "mapo", "email": "mapo2@haenam.example"}),
        ("staff", {"email": "kim@haenam.example", "role": "manager"}),
        ("city", {"key": "name", "value": "또"}),
    ],
)
def test_a_key_twice_is_a_mistake(sheet: str, cells: dict[str, str]) -> None:
    assert "이미 있습니다" in only(SmallCity().add(sheet, **cells)).problem


def test_the_same_day_hashtag_or_example_twice_is_a_mistake() -> None:
    city = SmallCity().add("days_off", day="2026-06-03").add("days_off", day=date(2026, 6, 3))
    city.add("hashtags", tag="폭설").add("hashtags", tag="#폭설")
    city.add("examples", text="신호등 고장").add("examples", text="신호등 고장 ")
    found = {(mistake.sheet, mistake.cell) for mistake in city.checked().mistakes}
    assert found == {("days_off", "A3"), ("hashtags", "A3"), ("examples", "A3")}


def test_one_person_may_hold_several_roles() -> None:
    assert SmallCity().add("staff", email="kim@haenam.example", role="caseworker").mistakes() == []


def test_one_address_with_two_names_is_a_mistake() -> None:
    city = SmallCity().add("staff", email="kim@haenam.example", name="김두리", role="caseworker")
    assert "다른 이름" in only(city).problem


def test_an_example_for_an_unknown_office_is_a_mistake() -> None:
    assert only(SmallCity().add("examples", text="글", office="parks")).cell == "B2"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"answers_as": "page"}, "다른 네트워크"),
        ({"answers_as": "x_mayor"}, "개인 계정으로는"),
        ({"answers_as": "x_old"}, "쓰지 않는 계정"),
    ],
)
def test_only_an_active_official_account_of_the_network_stands_in(
    cells: dict[str, str], problem: str
) -> None:
    city = SmallCity().add("accounts", id="x_old", handle="old", active="no")
    assert problem in only(city.put("accounts", 3, **cells)).problem


def test_a_personal_account_needs_somebody_to_answer_for_it() -> None:
    city = SmallCity().add("accounts", id="f_mayor", network="facebook", handle="m", personal="예")
    assert only(city).cell == "I5"


def test_a_personal_account_that_names_its_stand_in_is_fine_without_a_flagship() -> None:
    city = SmallCity()
    city.add(
        "accounts", id="f_mayor", network="facebook", handle="m", personal="예", answers_as="page"
    )
    assert city.mistakes() == []


def test_a_personal_account_where_nobody_can_write_by_machine_needs_no_stand_in() -> None:
    city = SmallCity().add("accounts", id="b_mayor", network="naver_blog", handle="m", personal="y")
    assert city.mistakes() == []


def test_a_personal_account_takes_no_part_in_disasters() -> None:
    assert only(SmallCity().put("accounts", 3, disaster_role="relay")).cell == "J3"


def test_a_personal_account_is_no_flagship() -> None:
    assert (
        "대표계정이 될 수 없습니다"
        in only(
            SmallCity().put("accounts", 4, personal="yes", flagship="yes", answers_as="")
        ).problem
    )


def test_a_network_has_one_active_flagship() -> None:
    city = SmallCity().add("accounts", id="x_two", handle="two", flagship="yes")
    assert only(city).cell == "G5"


def test_a_closed_account_may_still_be_called_a_flagship() -> None:
    city = SmallCity().add("accounts", id="x_two", handle="two", flagship="yes", active="no")
    assert city.mistakes() == []


def test_somebody_leads_in_a_disaster() -> None:
    assert "lead" in only(SmallCity().put("accounts", 2, disaster_role="deputy")).problem


def test_two_do_not_lead_in_a_disaster() -> None:
    assert only(SmallCity().put("accounts", 4, disaster_role="lead")).cell == "J4"


def test_a_closed_account_does_not_lead() -> None:
    city = SmallCity().put("accounts", 2, disaster_role="none")
    city.add("accounts", id="x_old", handle="old", active="no", disaster_role="lead")
    assert only(city).cell == "J5"


def test_an_office_without_a_manager_is_named() -> None:
    mistake = only(SmallCity().drop("staff", 3))
    assert (mistake.sheet, mistake.cell, mistake.value) == ("offices", "A3", "mapo")


@pytest.mark.parametrize("number", [4, 5])
def test_somebody_decides_and_somebody_triggers(number: int) -> None:
    assert "역할을 맡은 사람이 없습니다" in only(SmallCity().drop("staff", number)).problem


def test_a_mastodon_account_needs_its_server() -> None:
    city = SmallCity().add("accounts", id="m", network="mastodon", handle="city")
    assert only(city).cell == "C5"


def test_the_city_has_every_value() -> None:
    assert only(SmallCity().drop("city", 6)).value == "phone"


@pytest.mark.parametrize(
    ("written", "own"),
    [
        ("061-530;061-531 ; 0615305", ("061-120", "061-530", "061-531", "0615305")),
        ("", ("061-120",)),
    ],
)
def test_a_city_may_name_its_own_numbers_by_how_they_begin(
    written: str, own: tuple[str, ...]
) -> None:
    city = SmallCity().add("city", key="phones", value=written)
    assert city.checked().accepted().city.own_phones() == own


def test_a_city_may_leave_its_own_numbers_out() -> None:
    assert SmallCity().checked().accepted().city.own_phones() == ("061-120",)


@pytest.mark.parametrize(
    "written", ["02", "010-1234", "061-53", "061-530;", "2133", "전화 061-530"]
)
def test_what_would_show_citizens_numbers_too_is_no_number_of_the_city(written: str) -> None:
    mistake = only(SmallCity().add("city", key="phones", value=written))
    assert "phones" in mistake.problem
    assert "쌍반점" in mistake.right


def test_too_few_examples_only_warn() -> None:
    city = SmallCity()
    for number in range(8):
        city.add("examples", text=f"신호등 {number}")
    checked = city.checked()
    assert checked.mistakes == ()
    assert [(warning.cell, warning.value) for warning in checked.warnings] == [("A3", "mapo")]


# What disaster messages need


def test_an_account_may_speak_further_languages() -> None:
    city = SmallCity().put("accounts", 2, languages="en; zh;ja;en")
    accounts = city.checked().accepted().accounts
    assert accounts["x_city"].languages == ("en", "zh", "ja")
    assert accounts["page"].languages == ()


def test_a_language_without_words_is_refused() -> None:
    mistake = only(SmallCity().put("accounts", 2, languages="en;fr"))
    assert mistake.cell == "M2"
    assert "fr" in mistake.problem
    assert "en" in mistake.right


def test_the_languages_are_those_that_bulletins_are_said_in() -> None:
    assert tuple(LANGUAGES) == tuple(Language)


@pytest.mark.parametrize("column", ["name_en", "name_zh", "name_ja"])
def test_a_foreign_name_in_korean_is_refused(column: str) -> None:
    assert "한글" in only(SmallCity().put("offices", 3, **{column: "Mapo구"})).problem
    city = SmallCity()
    row = next(n for n, row in enumerate(city.rows["city"], start=2) if row["key"] == column)
    assert only(city.put("city", row, value="해남")).cell == f"B{row}"
    assert city.put("city", row, value="").mistakes() == []


def test_offices_need_no_foreign_name() -> None:
    office = SmallCity().checked().accepted().offices["mapo"]
    assert (office.name_en, office.name_zh, office.name_ja) == ("", "", "")


@pytest.mark.parametrize("short", ["", "해남 시", "[해남]", "해" * 11])
def test_a_short_name_that_a_marker_cannot_hold_is_refused(short: str) -> None:
    city = SmallCity()
    row = next(n for n, row in enumerate(city.rows["city"], start=2) if row["key"] == "short")
    assert only(city.put("city", row, value=short)).cell == f"B{row}"


def test_no_account_is_called_like_a_twin_of_an_exercise() -> None:
    mistake = only(SmallCity().put("accounts", 4, id="drill_page"))
    assert mistake.cell == "A4"
    assert DRILL == HANDLE
