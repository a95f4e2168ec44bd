"""An alert from outside becomes the form of a bulletin, or says why it cannot."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cap.inward import CapDraft, Standing, draft_of
from cap.model import Alert, Area, CapRefused, MessageType, Named, Status
from cap.references import Reference, addresses, incidents, quoted, references
from cap.sentences import first_sentence
from registry.load import load
from registry.model import Registry
from rules.bulletin import BulletinKind, Hazard, Language
from tests.cap.alerts import (
    AT,
    SENT,
    SQUARE,
    about,
    an_alert,
    an_area,
    an_info,
    an_update,
    code,
    english,
    within,
)

K = BulletinKind
HOUR = timedelta(hours=1)
FLOOD = Standing(number="D2026-1", hazard=Hazard.FLOOD, exercise=False, districts=("mapo",))


@pytest.fixture(scope="module")
def seoul() -> Registry:
    return load(Path(__file__).parents[2] / "registry" / "seoul")


def draft(alert: Alert, seoul: Registry, **more: Any) -> CapDraft:
    return draft_of(alert, seoul, **{"submitted_by": "chief@seoul.example", "at": AT, **more})


def refusal(alert: Alert, seoul: Registry, **more: Any) -> dict[str, str]:
    with pytest.raises(CapRefused) as refused:
        draft(alert, seoul, **more)
    return {why.rule: why.element for why in refused.value.whys}


def districts(text: str, seoul: Registry) -> list[str]:
    return draft(within(area_desc=text, polygons=()), seoul).form.districts


def test_an_alert_fills_the_form(seoul: Registry) -> None:
    form = draft(an_alert(infos=(an_info(), english())), seoul).form
    assert (form.kind, form.hazard, form.exercise, form.event) == (
        K.ALERT,
        Hazard.FLOOD,
        False,
        "",
    )
    assert form.districts == ["seocho", "gangnam"]
    assert form.ko.act_now == "지하 공간에서 즉시 나오세요."
    assert form.ko.description == (
        "강남역 일대 침수\n강남역과 서초역 사이 도로가 물에 잠겼습니다.\n침수된 도로로 들어가지 마세요."
    )
    assert form.en.act_now == "Leave basements at once."
    assert form.expires_at == SENT + 3 * HOUR
    assert form.polygon.split()[0] == form.polygon.split()[-1] == "37.500000,127.000000"
    assert form.submitted_by == "chief@seoul.example"


def test_what_is_exercise_there_is_exercise_here(seoul: Registry) -> None:
    assert draft(an_alert(status=Status.EXERCISE), seoul).form.exercise
    assert not draft(an_alert(status=Status.ACTUAL), seoul).form.exercise


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SYSTEM, Status.TEST])
def test_no_way_leads_from_a_test_to_a_draft(status: Status, seoul: Registry) -> None:
    assert refusal(an_alert(status=status), seoul) == {"status_broadcast": "alert/status"}


@pytest.mark.parametrize(
    ("event", "hazard"),
    [
        ("호우경보", Hazard.FLOOD),
        ("Flash Flood Warning", Hazard.FLOOD),
        ("Heavy Rain Warning", Hazard.FLOOD),
        ("대설주의보", Hazard.HEAVY_SNOW),
        ("Blizzard", Hazard.HEAVY_SNOW),
        ("폭염특보", Hazard.HEAT),
        ("Heat Wave", Hazard.HEAT),
        ("산불", Hazard.FIRE),
        ("Wildfire", Hazard.FIRE),
        ("지진 발생", Hazard.QUAKE),
        ("Earthquakes", Hazard.QUAKE),
        ("초미세먼지 주의보", Hazard.AIR),
        ("대규모 정전", Hazard.BLACKOUT),
        ("Power Outage", Hazard.BLACKOUT),
        ("인파 밀집", Hazard.CROWD),
    ],
)
def test_event_words_in_korean_and_english_name_the_hazard(
    event: str, hazard: Hazard, seoul: Registry
) -> None:
    assert draft(about(event=event), seoul).form.hazard is hazard


@pytest.mark.parametrize(
    "event",
    ["지진해일", "Tsunami after earthquake", "Heating failure", "Fireworks", "한파", "태풍"],
)
def test_what_is_another_hazard_is_not_taken_for_one_of_ours(event: str, seoul: Registry) -> None:
    assert refusal(about(event=event), seoul) == {"hazard_known": "alert/info/event"}


def test_our_own_code_says_more_than_the_words(seoul: Registry) -> None:
    alert = about(event="도심 상황", event_codes=(code("crowd"),))
    assert draft(alert, seoul).form.hazard is Hazard.CROWD


def test_of_two_hazards_the_category_decides(seoul: Registry) -> None:
    alert = about(event="지진으로 인한 화재", categories=("Fire",))
    assert draft(alert, seoul).form.hazard is Hazard.FIRE
    both = about(event="지진으로 인한 화재", categories=("Fire", "Geo"))
    assert refusal(both, seoul) == {"hazard_one": "alert/info/event"}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("강남구", ["gangnam"]),
        ("서울특별시 강남구 역삼동 일대", ["gangnam"]),
        ("서울강남구와 서초구", ["seocho", "gangnam"]),
        ("서울특별시강남구", ["gangnam"]),
        ("강남구·서초구, 중구", ["junggu", "seocho", "gangnam"]),
        ("서울특별시, 강남구", ["gangnam"]),
        ("서울특별시", []),
        ("서울시 전역", []),
        ("서울 전체", []),
        ("서울 중구, 부산 중구, 서구", ["junggu"]),
        ("부산 중구, 서울 강남구", ["gangnam"]),
        ("강남구, 한강변", ["gangnam"]),
    ],
)
def test_an_area_is_read_as_districts_or_the_whole_city(
    text: str, ids: list[str], seoul: Registry
) -> None:
    assert districts(text, seoul) == ids


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("부산 중구", "area_needed"),
        ("중구 (부산)", "area_needed"),
        ("경기도 광주시", "area_needed"),
        ("부산광역시 중구, 강서구", "area_needed"),
        ("강남규", "area_known"),
        ("한강 하류", "area_known"),
        ("서울 한강공원", "area_known"),
        ("Gangnam", "area_known"),
    ],
)
def test_an_area_that_is_not_ours_never_becomes_the_whole_city(
    text: str, rule: str, seoul: Registry
) -> None:
    assert list(refusal(within(area_desc=text), seoul)) == [rule]


def test_an_unknown_area_is_answered_with_the_names_that_are_known(seoul: Registry) -> None:
    with pytest.raises(CapRefused, match=r"‘강남규’: 서울특별시의 지역이 아닙니다.*강남구"):
        draft(within(area_desc="강남규"), seoul)


def test_an_alert_without_any_area_is_refused_rather_than_sent_to_everybody(
    seoul: Registry,
) -> None:
    assert refusal(about(areas=()), seoul) == {"area_needed": "alert/info/area"}


def test_what_was_left_out_of_the_area_is_told_to_the_desk(seoul: Registry) -> None:
    areas = (an_area(), Area(area_desc="경기도 과천시"))
    note, *_ = draft(about(areas=areas), seoul).notes
    assert "경기도 과천시" in note


def test_our_own_geocodes_say_which_district(seoul: Registry) -> None:
    coded = within(area_desc="강 양쪽", geocodes=(Named("haechi:office", "mapo"),))
    assert draft(coded, seoul).form.districts == ["mapo"]
    wrong = within(geocodes=(Named("haechi:office", "comms_office"),))
    assert refusal(wrong, seoul) == {"area_known": "alert/info/area/areaDesc"}
    foreign = within(geocodes=(Named("행정구역코드", "1168000000"),))
    assert draft(foreign, seoul).form.districts == ["seocho", "gangnam"]


def test_where_our_own_sentences_stand_in_is_said(seoul: Registry) -> None:
    absent, added = draft(an_alert(infos=(an_info(), english())), seoul).notes
    assert "중국어, 일본어 글이 없어 준비된 일반 문안" in absent
    assert "안전 문장을 덧붙였습니다" in added


def test_several_outlines_are_left_to_the_districts_and_said(seoul: Registry) -> None:
    made = draft(within(polygons=(SQUARE, SQUARE)), seoul)
    assert made.form.polygon == ""
    assert "구역 좌표" in made.notes[0]


# Words


def test_a_first_sentence_that_is_too_long_leaves_the_line_to_the_template(seoul: Registry) -> None:
    long = "가 " * 60 + "나오세요."
    made = draft(about(instruction=long), seoul)
    assert made.form.ko.act_now == ""
    assert made.form.ko.description.endswith(long)
    assert "준비된 문안" in made.notes[0]


def test_without_an_instruction_the_template_speaks(seoul: Registry) -> None:
    made = draft(about(instruction=None), seoul)
    assert made.form.ko.act_now == ""
    assert "instruction" in made.notes[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"instruction": None}, "첫 문장이 없거나"),
        ({"instruction": "Leave " * 30}, "첫 문장이 없거나"),
        ({"description": "강남구 is flooded"}, "한글이 섞여"),
        ({"description": "x" * 2_001}, "2,000자보다"),
    ],
)
def test_foreign_words_that_cannot_be_taken_never_hold_up_the_korean_ones(
    changes: dict[str, Any], why: str, seoul: Registry
) -> None:
    made = draft(an_alert(infos=(an_info(), english(**changes))), seoul)
    assert made.form.ko.act_now
    assert made.form.en.act_now == made.form.en.description == ""
    assert why in made.notes[0]


@pytest.mark.parametrize("language", ["zh-TW", "zh-Hant-HK", "vi", "fr-FR"])
def test_languages_that_no_account_speaks_are_left_out_and_said(
    language: str, seoul: Registry
) -> None:
    made = draft(an_alert(infos=(an_info(), english(language=language))), seoul)
    assert language in made.notes[0]
    assert not any(made.form.words(one).act_now for one in Language if one is not Language.KO)


@pytest.mark.parametrize(
    ("language", "ours"), [("zh", Language.ZH), ("zh-Hans-CN", Language.ZH), ("ja-JP", Language.JA)]
)
def test_language_codes_are_read_by_their_first_part(
    language: str, ours: Language, seoul: Registry
) -> None:
    made = draft(an_alert(infos=(an_info(), english(language=language))), seoul)
    assert made.form.words(ours).act_now == "Leave basements at once."


def test_a_text_of_ten_thousand_characters_is_refused_with_its_length(seoul: Registry) -> None:
    with pytest.raises(CapRefused, match=r"10,0[0-9]{2}자입니다. 2,000자까지"):
        draft(about(description="가" * 10_000), seoul)


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        ("나오세요. 돌아가지 마세요.", "나오세요.", "돌아가지 마세요."),
        ("나오세요", "나오세요", ""),
        ("2.5m 이상 \n올라가세요!", "2.5m 이상", "올라가세요!"),
        ("请立即离开。不要返回。", "请立即离开。", "不要返回。"),
        ("“나오세요.” 돌아가지 마세요.", "“나오세요.”", "돌아가지 마세요."),
        ("", "", ""),
    ],
)
def test_a_first_sentence_ends_where_a_reader_would_stop(text: str, first: str, rest: str) -> None:
    assert first_sentence(text) == (first, rest)


# Update and Cancel


def test_an_update_names_the_event_that_the_caller_found(seoul: Registry) -> None:
    made = draft(an_update(), seoul, standing=FLOOD)
    assert (made.form.kind, made.form.event) == (K.UPDATE, "D2026-1")
    assert made.references == (
        Reference("alert@weather.example", "KR-2026-12-2", SENT - timedelta(minutes=90)),
    )


def test_references_to_nothing_that_we_know_are_refused(seoul: Registry) -> None:
    assert refusal(an_update(), seoul) == {"references_known": "alert/references"}


def test_a_cancel_without_any_info_is_the_events_own(seoul: Registry) -> None:
    cancel = an_update(msg_type=MessageType.CANCEL, infos=())
    form = draft(cancel, seoul, standing=FLOOD).form
    assert (form.kind, form.hazard, form.districts) == (K.CANCEL, Hazard.FLOOD, ["mapo"])
    assert form.ko.act_now == ""


def test_a_cancel_of_what_is_over_has_a_time_of_its_own(seoul: Registry) -> None:
    cancel = an_update(msg_type=MessageType.CANCEL)
    made = draft(cancel, seoul, standing=FLOOD, at=SENT + 9 * HOUR)
    assert made.form.expires_at is None


def test_an_update_that_says_all_clear_is_one(seoul: Registry) -> None:
    over = an_update(infos=(an_info(response_types=("AllClear",)),))
    assert draft(over, seoul, standing=FLOOD).form.kind is K.ALL_CLEAR
    half = an_update(infos=(an_info(response_types=("AllClear",)), english()))
    assert draft(half, seoul, standing=FLOOD).form.kind is K.UPDATE


def test_a_parameter_of_ours_cannot_make_an_update_of_an_alert(seoul: Registry) -> None:
    alert = about(parameters=(code("cancel", "haechi:kind"),))
    assert draft(alert, seoul).form.kind is K.ALERT
    update = an_update(infos=(an_info(parameters=(code("correction", "haechi:kind"),)),))
    assert draft(update, seoul, standing=FLOOD).form.kind is K.CORRECTION
    cancel = an_update(infos=(an_info(parameters=(code("cancel", "haechi:kind"),)),))
    assert draft(cancel, seoul, standing=FLOOD).form.kind is K.UPDATE


def test_exercise_and_reality_never_refer_to_each_other(seoul: Registry) -> None:
    drill = replace(FLOOD, exercise=True)
    assert refusal(an_update(), seoul, standing=drill) == {"same_world": "alert/status"}
    update = an_update(status=Status.EXERCISE)
    assert refusal(update, seoul, standing=FLOOD) == {"same_world": "alert/status"}


def test_an_update_of_another_hazard_is_refused(seoul: Registry) -> None:
    update = an_update(infos=(an_info(event="폭염"),))
    assert refusal(update, seoul, standing=FLOOD) == {"same_hazard": "alert/info/event"}


def test_everything_in_the_way_is_told_at_once(seoul: Registry) -> None:
    update = an_update(
        status=Status.EXERCISE,
        infos=(an_info(event="폭염", headline=" ", areas=(an_area(area_desc="달"),)),),
    )
    assert set(refusal(update, seoul, standing=FLOOD)) == {
        "not_blank",
        "same_world",
        "same_hazard",
        "area_known",
    }


# The lists within a text


def test_incidents_and_addresses_keep_words_with_blanks_together() -> None:
    words = ("flood-1", "한강 홍수", "x")
    alert = an_alert(incidents=quoted(words), addresses=quoted(words))
    assert incidents(alert) == addresses(alert) == words


def test_references_may_stand_on_lines_of_their_own() -> None:
    text = "a,1,2026-12-03T13:00:00+09:00\n\t b,2,2026-12-03T13:00:00-00:00 "
    assert [one.identifier for one in references(an_update(references=text))] == ["1", "2"]
