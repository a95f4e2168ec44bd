"""From a form to a complete message, and everything that a form may get wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.load import load
from registry.model import Hashtag, HashtagPurpose, Registry
from rules.bulletin import (
    REFERRING,
    VALID_FOR,
    BulletinForm,
    BulletinKind,
    BulletinRefused,
    Content,
    Hazard,
    Language,
    Words,
)
from rules.bulletin_area import bulletin_districts
from rules.bulletin_form import form_of
from rules.compose import LONGEST, compose

AT = datetime(2026, 12, 3, 5, 0, tzinfo=UTC)
MARKER = "[서울 재난 2026-12-3]"
SQUARE = "37.50,127.02 37.50,127.03 37.51,127.03 37.51,127.02 37.50,127.02"
OUTSIDE = "37.50,127.02 37.50,127.03 37.51,190.00 37.50,127.02"
CROSSING = "37.50,127.02 37.51,127.03 37.50,127.03 37.51,127.02 37.50,127.02"


@dataclass(frozen=True)
class Filled:
    act_now: str = "지하에서 나오세요."
    description: str = ""
    locked: tuple[str, ...] = ()


def a_template(
    hazard: Hazard, kind: BulletinKind, language: Language, blanks: Mapping[str, str]
) -> Filled:
    """Says what it was given, in a sentence of that language."""
    act_now = {
        Language.KO: "지하에서 나오세요.",
        Language.EN: "Leave basements.",
        Language.ZH: "请离开地下。",
        Language.JA: "地下から出てください。",
    }[language]
    locked = f"{hazard} {kind}"
    description = f"{blanks['where']}|{blanks['since']}|{blanks['measure']}|{blanks['phone']}"
    return Filled(act_now, f"{description}\n{locked}", (locked,))


def an_empty_template(*_asked: Any) -> Filled:
    return Filled(act_now="")


@pytest.fixture(scope="module")
def seoul() -> Registry:
    return load(Path(__file__).parents[2] / "registry" / "seoul")


def form(**more: Any) -> BulletinForm:
    return BulletinForm(**{"hazard": Hazard.FLOOD, "submitted_by": "chief@seoul.example", **more})


def composed(registry: Registry, asked: BulletinForm, **more: Any) -> Content:
    return compose(
        asked,
        registry,
        **{"marker": MARKER, "template": a_template, "page": "https://a.kr/e", "at": AT, **more},
    )


def refused(registry: Registry, asked: BulletinForm, **more: Any) -> tuple[str, ...]:
    with pytest.raises(BulletinRefused) as refusal:
        composed(registry, asked, **more)
    return refusal.value.whys


def test_a_form_with_a_hazard_alone_becomes_a_whole_message(seoul: Registry) -> None:
    content = composed(seoul, form())
    assert content.texts[Language.KO].act_now == "지하에서 나오세요."
    assert content.areas[Language.KO] == "서울특별시"
    assert (content.event_tag, content.report_tag) == ("서울침수", "서울침수제보")
    assert content.expires_at == AT + VALID_FOR
    assert content.emergency == "119"
    assert set(content.texts) == set(content.areas) == set(Language)
    assert content.exercise


def test_the_blanks_are_filled_with_the_area_and_the_citys_number(seoul: Registry) -> None:
    content = composed(seoul, form(districts=["마포구", "gangnam"]))
    assert content.areas[Language.KO] == "마포구, 강남구"
    assert content.texts[Language.KO].description.startswith("마포구, 강남구|||02-120")


def test_korean_blanks_stay_out_of_the_other_languages(seoul: Registry) -> None:
    blanks = {"where": "강남역 일대", "since": "14:30", "measure": "시간당 72mm"}
    content = composed(seoul, form(blanks=blanks))
    korean, english = (content.texts[la].description for la in (Language.KO, Language.EN))
    assert korean.startswith("강남역 일대|14:30|시간당 72mm|02-120")
    assert "강남역" not in english
    assert "|14:30||02-120" in english


def test_a_measure_without_korean_words_is_said_in_every_language(seoul: Registry) -> None:
    content = composed(seoul, form(blanks={"measure": "72mm"}))
    assert all("|72mm|" in words.description for words in content.texts.values())


def test_own_words_stand_instead_of_the_templates_and_its_locked_lines_stay(
    seoul: Registry,
) -> None:
    content = composed(seoul, form(ko=Words(act_now="피하세요.", description="물이 찹니다.")))
    assert content.texts[Language.KO].act_now == "피하세요."
    assert content.texts[Language.KO].description == "물이 찹니다.\nflood alert"


@pytest.mark.parametrize("kind", sorted(REFERRING))
def test_own_words_in_what_follows_stand_alone_in_their_language(
    kind: BulletinKind, seoul: Registry
) -> None:
    own = Words(act_now="강남구만 피하세요.", description="침수된 곳은 강남구입니다.")
    content = composed(seoul, form(kind=kind, event="D2026-1", ko=own))
    assert content.texts[Language.KO] == own
    assert content.texts[Language.EN].description.endswith(f"flood {kind}")


def test_a_hazard_without_tags_of_its_own_takes_those_for_everything(seoul: Registry) -> None:
    without = tuple(tag for tag in seoul.hashtags if tag.hazard != "flood")
    content = composed(replace(seoul, hashtags=without), form())
    assert (content.event_tag, content.report_tag) == ("서울재난", "서울재난제보")


def test_a_tag_may_be_chosen_with_or_without_its_sign(seoul: Registry) -> None:
    assert composed(seoul, form(event_tag="#서울재난")).event_tag == "서울재난"
    assert composed(seoul, form(report_tag="서울재난제보")).report_tag == "서울재난제보"


def test_a_new_event_that_took_its_tag_from_the_form_as_typed_has_the_registrys(
    seoul: Registry,
) -> None:
    asked = form(event_tag="#서울재난")
    assert composed(seoul, asked, event_tag="#서울재난").event_tag == "서울재난"


def test_what_follows_keeps_the_tags_of_its_event(seoul: Registry) -> None:
    update = form(kind=BulletinKind.UPDATE)
    assert composed(seoul, update, event_tag="서울재난").event_tag == "서울재난"
    other = form(kind=BulletinKind.UPDATE, event_tag="서울침수")
    assert any("이미 «#서울재난»" in why for why in refused(seoul, other, event_tag="서울재난"))


def test_the_agreed_tags_may_stand_in_the_words(seoul: Registry) -> None:
    own = Words(act_now="피하세요. #서울침수", description="#서울침수제보 로 알려 주세요. 출구 #1")
    assert composed(seoul, form(ko=own)).texts[Language.KO].act_now == own.act_now


def test_tags_of_the_city_may_stand_in_a_foreign_text(seoul: Registry) -> None:
    own = Words(act_now="Leave now. #서울침수", description="Floods.")
    assert composed(seoul, form(en=own)).texts[Language.EN].act_now == own.act_now


def test_a_language_without_words_is_left_out(seoul: Registry) -> None:
    def korean_only(*asked: Any) -> Filled:
        return Filled() if asked[2] is Language.KO else Filled(act_now="")

    content = composed(seoul, form(), template=korean_only)
    assert set(content.texts) == set(content.areas) == {Language.KO}


def test_the_citys_and_the_given_number_may_stand_in_the_words(seoul: Registry) -> None:
    own = Words(act_now="피하세요.", description="02-120, 119, 02-3153-8000으로 거세요.")
    assert composed(seoul, form(ko=own, blanks={"phone": "02-3153-8000"}))


def test_a_closed_polygon_and_a_windows_line_are_no_mistake(seoul: Registry) -> None:
    own = Words(act_now="피하세요.", description="첫 줄\r\n둘째 줄")
    assert composed(seoul, form(polygon=SQUARE, ko=own))


def test_districts_come_as_ids_each_once_in_the_registrys_order(seoul: Registry) -> None:
    asked = form(districts=["강남구", "mapo", "마 포구", "GANGNAM"])
    assert bulletin_districts(asked, seoul) == ("mapo", "gangnam")
    assert bulletin_districts(form(), seoul) == ()


def test_an_unknown_district_alone_is_refused_too(seoul: Registry) -> None:
    with pytest.raises(BulletinRefused, match="혹시 «마포구»"):
        bulletin_districts(form(districts=["마포"]), seoul)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an expired time": ({"expires_at": AT - timedelta(minutes=1)}, "이미 지났습니다"),
    "a time that is now": ({"expires_at": AT}, "이미 지났습니다"),
    "a time after a week": ({"expires_at": AT + LONGEST + timedelta(minutes=1)}, "너무 멉니다"),
    "the last moment there is": (
        {"expires_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-12)))},
        "너무 멉니다",
    ),
    "a district misspelt": (
        {"districts": ["강넘구"]},
        "«강넘구»은(는) 등록부에 없습니다. 혹시 «강남구»",
    ),
    "a district of elsewhere": ({"districts": ["Brooklyn"]}, "«Brooklyn»은(는) 등록부에 없습니다."),
    "a polygon that is prose": ({"polygon": "강남역 근처"}, "읽을 수 없습니다"),
    "a polygon with too few points": (
        {"polygon": "37.5,127.0 37.6,127.0 37.5,127.0"},
        "점이 모자랍니다",
    ),
    "an open polygon": ({"polygon": SQUARE.rpartition(" ")[0]}, "닫혀 있지 않습니다"),
    "a polygon that crosses itself": ({"polygon": CROSSING}, "엇갈리거나"),
    "a polygon without an inside": ({"polygon": " ".join(["37.5,127.0"] * 4)}, "넓이가 없습니다"),
    "a polygon outside the world": ({"polygon": OUTSIDE}, "지구에 없는 곳"),
    "longitude first": ({"polygon": "127.0,37.5 127.1,37.5 127.1,37.6 127.0,37.5"}, "위도를 먼저"),
    "another event's tag": ({"event_tag": "서울폭설"}, "사건 해시태그: «#서울폭설»"),
    "other people's tag": ({"report_tag": "맛집"}, "제보 해시태그: «#맛집»"),
    "an event's tag for reports": ({"report_tag": "서울침수"}, "제보 해시태그: «#서울침수»"),
    "other people's tag in the words": (
        {"ko": {"act_now": "피하세요. #맛집"}},
        "«#맛집»은(는) 이 사건에 쓰기로 정한 해시태그가 아닙니다. #서울침수, #서울침수제보만",
    ),
    "a tag in wide signs": ({"ko": {"description": "＃맛집"}}, "«#맛집»"),
    "a tag that goes on": ({"en": {"act_now": "Go. #서울침수now"}}, "«#서울침수now»"),
    "HTML": ({"ko": {"description": "<b>물</b>이 찹니다"}}, "«<b>» 같은 태그"),
    "a script that never ends": ({"ko": {"act_now": "피하세요 <script src=x"}}, "같은 태그"),
    "an entity": ({"en": {"act_now": "Go &amp; hide"}}, "«&amp;» 같은 태그"),
    "a template's code": ({"ko": {"description": "{{ config }}"}}, "«{{» 같은 태그"),
    "code in a blank": ({"blanks": {"where": "{% raw %}"}}, "빈칸 «어디»: «{%» 같은 태그"),
    "a turned direction": ({"ko": {"act_now": "피하\u202e세요"}}, "U+202E"),
    "a control character": ({"ko": {"description": "물\x07"}}, "U+0007"),
    "a letter without width": ({"ja": {"act_now": "逃げて\u200bください"}}, "U+200B"),
    "an act-now line of two lines": ({"ko": {"act_now": "피하세요.\n빨리"}}, "한 줄로"),
    "a blank of two lines": ({"blanks": {"where": "여기\n저기"}}, "빈칸 «어디»: 한 줄로"),
    "the same words twice": (
        {"en": {"act_now": "Leave now.", "description": "leave NOW."}},
        "영어: «지금 할 일»과 «상황 설명»이 같습니다",
    ),
    "English that says not what to do": (
        {"en": {"description": "Floods."}},
        "영어: «상황 설명»만 있고 «지금 할 일»이 없습니다",
    ),
    "Japanese that says not what to do": (
        {"ja": {"description": "洪水。"}},
        "일본어: «상황 설명»만",
    ),
    "Korean in the Chinese": ({"zh": {"act_now": "请离开 강남역"}}, "중국어 «지금 할 일»: 한글이"),
    "English in the Korean": ({"ko": {"act_now": "Leave now."}}, "한글이 없습니다"),
    "a stranger's mobile": ({"ko": {"description": "010-1234-5678로 거세요"}}, "«***-****-****로»"),
    "a number not the city's": ({"ko": {"description": "02-777-1234로 거세요"}}, "연락처로 보이는"),
    "a mobile to call": ({"blanks": {"phone": "010-1234-5678"}}, "휴대전화 번호는"),
    "a mobile to call from abroad": ({"blanks": {"phone": "+82 10-1234-5678"}}, "휴대전화 번호는"),
    "no number at all": ({"blanks": {"phone": "아무나"}}, "전화번호가 아닙니다"),
    "another message's marker": ({"ko": {"description": f"앞의 {MARKER}는"}}, "표식은 자동으로"),
    "the placeholder": ({"ko": {"description": "https://lead.invalid/0"}}, "쓸 수 없는 주소"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_form_is_refused_with_one_clear_line(bad: str, seoul: Registry) -> None:
    asked, said = BAD[bad]
    whys = refused(seoul, form(**asked))
    assert len(whys) == 1, whys
    assert said in whys[0]


def test_an_empty_act_now_line_is_refused(seoul: Registry) -> None:
    assert refused(seoul, form(), template=an_empty_template) == (
        "한국어 «지금 할 일»이 비어 있습니다. 시민이 지금 할 일을 한 문장으로 적어 주세요.",
    )


def test_a_city_without_agreed_tags_is_told_to_agree_on_some(seoul: Registry) -> None:
    other = (Hashtag(tag="서울폭설", purpose=HashtagPurpose.EVENT, hazard="heavy_snow"),)
    whys = refused(replace(seoul, hashtags=other), form())
    assert [why.partition(":")[0] for why in whys] == ["사건 해시태그", "제보 해시태그"]


def test_words_too_long_with_the_templates_are_refused(seoul: Registry) -> None:
    whys = refused(seoul, form(), template=lambda *_: Filled(act_now="가" * 81))
    assert "한국어 · 지금 할 일 (첫 줄): 너무 깁니다. 80자까지 적을 수 있습니다." in whys


def test_every_mistake_is_said_at_once(seoul: Registry) -> None:
    asked = form(
        districts=["마포"], polygon="x", expires_at=AT, event_tag="맛집", ko=Words(act_now="<b>")
    )
    whys = refused(seoul, asked)
    said = ["자치구:", "구역 좌표:", "유효 시각:", "사건 해시태그:", "한국어 «지금 할 일»:"]
    assert all(any(why.startswith(title) for why in whys) for title in said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"hazard": "flood"}, "올린 사람 (메일 주소): 비어 있습니다"),
        (
            {"hazard": "tsunami"},
            "재난: 고를 수 없는 값입니다. 다음 가운데 하나를 적어 주세요: flood, ",
        ),
        ({"ko": {"description": "가" * 10_000}}, "한국어 · 상황 설명: 너무 깁니다. 2000자까지"),
        ({"expires_at": "2026-12-03T18:00"}, "유효 시각: 시간대가 없습니다"),
        ({"expires_at": "내일"}, "유효 시각: 시각으로 읽을 수 없습니다"),
        ({"blanks": {"since": "25:00"}}, "언제부터 (예: 14:30): 적는 방식이 다릅니다"),
        ({"districts": ["강남구"] * 101}, "자치구: 너무 많습니다. 100개까지"),
        ({"districts": [1]}, "자치구 · 1번째: 글자로"),
        ({"ko": {"act_now": "\ud800"}}, "한국어 · 지금 할 일 (첫 줄): 글자로 읽을 수 없습니다"),
        ({"picture": "x"}, "그림 번호: 숫자로"),
        ({"exercise": "글쎄"}, "모의훈련: true나 false로"),
        ({"urgent": True}, "urgent: 이런 칸은 없습니다"),
        ({"ko": 3}, "한국어: 읽을 수 없는 값"),
    ],
)
def test_a_form_from_a_file_is_refused_in_korean(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BulletinRefused) as refusal:
        form_of({"hazard": "flood", **values})
    assert any(said in why for why in refusal.value.whys), refusal.value.whys


def test_a_form_from_a_file_is_read() -> None:
    read = form_of({"hazard": "flood", "submitted_by": "a@seoul.example", "ko": {"act_now": "가"}})
    assert read.hazard is Hazard.FLOOD
    assert read.ko.act_now == "가"


tricky = st.text(alphabet=st.sampled_from("가나 aA漢あ.#<>{}%&;\n\u200b\u202e1-0[]@"), max_size=40)


@given(ko=tricky, description=tricky, en=tricky, where=tricky, polygon=tricky, tag=tricky)
def test_whatever_is_typed_makes_a_message_or_a_refusal(
    seoul: Registry, ko: str, description: str, en: str, where: str, polygon: str, tag: str
) -> None:
    asked = form(
        ko={"act_now": ko, "description": description},
        en={"act_now": en},
        blanks={"where": where},
        polygon=polygon,
        event_tag=tag,
    )
    try:
        content = composed(seoul, asked)
    except BulletinRefused as refusal:
        whys = refusal.whys
    else:
        assert content.texts[Language.KO].act_now
        assert content.event_tag in {tag.tag for tag in seoul.hashtags}
        assert "{{" not in content.texts[Language.KO].description
        return
    assert all(whys)
    assert len(set(whys)) == len(whys)


def test_each_language_calls_the_area_by_its_own_name(seoul: Registry) -> None:
    mapo = replace(seoul.offices["mapo"], name_en="Mapo-gu", name_zh="麻浦区", name_ja="麻浦区")
    plain = replace(seoul.offices["gangnam"], name_en="", name_zh="", name_ja="")
    city = replace(seoul.city, name_en="Seoul")
    there = replace(seoul, city=city, offices={**seoul.offices, "mapo": mapo, "gangnam": plain})
    districts = composed(there, form(districts=["Mapo-gu", "gangnam"]))
    assert districts.areas[Language.EN] == "Mapo-gu, 강남구"
    assert districts.texts[Language.JA].description.startswith("麻浦区、강남구|")
    assert composed(there, form()).areas[Language.EN] == "Seoul"
