"""What bulletins say when nobody has time to write: whole in four languages, and never code."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Network
from registry.sheets import HAZARDS as AGREED
from rules.bulletin import BulletinKind, Hazard, Language, Words
from rules.measure import TEXT_RULES, fits
from templates.bulletin_check import check_bulletins
from templates.bulletin_words import (
    BLANKS,
    BULLETINS,
    HAZARDS,
    KINDS,
    LANGUAGES,
    BulletinWords,
    TemplateRefused,
    bulletin_words,
    filled_in,
)

FILLED = {"where": "Jongno-gu", "since": "14:30", "measure": "72mm", "phone": "02-120"}
EVERY = [(h, k, language) for h in HAZARDS for k in KINDS for language in LANGUAGES]


def words_of(hazard: str, kind: str, language: str, **blanks: str) -> BulletinWords:
    return bulletin_words(hazard, kind, language, FILLED | blanks)


def town(folder: Path, **alert_ko: Any) -> Path:
    """The shipped words, with another Korean alert for floods."""
    for path in BULLETINS.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    flood = yaml.safe_load((BULLETINS / "flood.yaml").read_text(encoding="utf-8"))
    flood["alert"]["ko"] |= alert_ko
    (folder / "flood.yaml").write_text(yaml.safe_dump(flood, allow_unicode=True), encoding="utf-8")
    return folder


def test_nothing_is_wrong_with_the_shipped_words() -> None:
    assert check_bulletins(BULLETINS) == []


def test_the_names_are_those_of_the_rules_and_of_the_registry() -> None:
    assert HAZARDS == tuple(Hazard) == tuple(AGREED)
    assert tuple(BulletinKind) == KINDS
    assert tuple(Language) == LANGUAGES


@pytest.mark.parametrize(("hazard", "kind", "language"), EVERY)
def test_words_are_whole_with_every_blank_and_with_few(
    hazard: str, kind: str, language: str
) -> None:
    full = words_of(hazard, kind, language)
    bare = words_of(hazard, kind, language, since="", measure="")
    for words in (full, bare):
        Words(act_now=words.act_now, description=words.description)  # a form takes them as they are
        assert "\n" not in words.act_now
        assert set(words.locked) <= set(words.description.split("\n"))
        assert not set("{}") & set(words.description)
        assert all(line == line.strip() and line for line in words.description.split("\n"))
    assert full.locked == bare.locked
    assert set(bare.description.split("\n")) <= set(full.description.split("\n"))
    assert "72mm" not in bare.description


@pytest.mark.parametrize("hazard", HAZARDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_alert_says_where_since_when_how_much_and_whom_to_ask(
    hazard: str, language: str
) -> None:
    for kind in ("alert", "update", "correction"):
        said = words_of(hazard, kind, language).description
        assert all(value in said for value in FILLED.values()), (hazard, kind, language)


@pytest.mark.parametrize(("hazard", "kind", "language"), EVERY)
def test_the_line_to_act_on_fits_x_with_both_hashtags_the_number_and_the_marker(
    hazard: str, kind: str, language: str
) -> None:
    rest = "\n#서울미세먼지 #서울미세먼지제보\n위급하면 119\n[서울 재난 2026-12-30]"
    for room in ("[상황 종료] ", "Correction: "):
        text = room + words_of(hazard, kind, language).act_now + rest
        assert fits(text, TEXT_RULES[Network.X])


@pytest.mark.parametrize(("hazard", "kind"), [(h, k) for h in HAZARDS for k in KINDS])
def test_the_city_speaks_politely_in_whole_sentences(hazard: str, kind: str) -> None:
    words = words_of(hazard, kind, "ko")
    for line in (words.act_now, *words.locked):
        assert line.endswith(("니다.", "세요.")), line


@pytest.mark.parametrize(("hazard", "kind", "language"), EVERY)
def test_what_fills_a_template_is_read_back_from_its_text(
    hazard: str, kind: str, language: str
) -> None:
    full = words_of(hazard, kind, language)
    found = filled_in(hazard, kind, language, full.act_now, full.description)
    assert found is not None
    assert found.items() <= FILLED.items()
    assert {"where", "phone"} <= set(found)
    own = f"{full.description}\n직접 쓴 문장입니다."
    assert filled_in(hazard, kind, language, full.act_now, own) is None
    assert filled_in(hazard, kind, language, "피하세요.", full.description) is None


def test_no_two_templates_of_a_language_begin_alike() -> None:
    for language in LANGUAGES:
        lines = [words_of(h, k, language).act_now for h in HAZARDS for k in KINDS]
        assert len(set(lines)) == len(lines)


# Bad input


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{{ where.__class__ }}", "Getattr"),
        ("{{ where|upper }}", "Filter"),
        ("{{ 7 * 7 }}", "Mul"),
        ("{{ 'x' }}", "Const"),
        ("{{ range(10) }}", "Call"),
        ("{{ city }}", "city"),
        ("{% for x in where %}{{ x }}{% endfor %}", "명령"),
        ("{% if where %}가세요.{% endif %}", "명령"),
        ("{% raw %}가세요.{% endraw %}", "명령"),
        ("가세요.{# 메모 #}", "주석"),
        ("{{ where", "unexpected"),
        ("{{ self }}", "self"),
    ],
)
def test_a_template_with_code_in_it_is_refused_with_its_place(
    tmp_path: Path, text: str, found: str
) -> None:
    folder = town(tmp_path, description=[{"free": f"{{{{ where }}}} {text}"}])
    with pytest.raises(TemplateRefused, match=r"flood\.yaml의 flood/alert/ko") as refused:
        bulletin_words("flood", "alert", "ko", FILLED, folder=folder)
    assert text in str(refused.value)
    assert found in str(refused.value)
    assert any("flood/alert/ko" in wrong for wrong in check_bulletins(folder))


def test_code_in_the_line_to_act_on_is_refused_too(tmp_path: Path) -> None:
    folder = town(tmp_path, act_now="{{ where }} 대피하세요.")
    with pytest.raises(TemplateRefused, match="where"):
        bulletin_words("flood", "alert", "ko", FILLED, folder=folder)


def test_a_locked_line_depends_on_nothing_that_may_be_empty(tmp_path: Path) -> None:
    folder = town(tmp_path, description=[{"locked": "{{ measure }}가 내렸습니다."}])
    with pytest.raises(TemplateRefused, match="measure"):
        bulletin_words("flood", "alert", "ko", FILLED, folder=folder)


@given(st.text(max_size=80))
def test_what_fills_a_blank_is_text_and_stays_on_its_line(value: str) -> None:
    lines = words_of("flood", "alert", "ko").description.split("\n")
    words = words_of("flood", "alert", "ko", where="{{ 1 }}{% x %}" + value)
    assert words.description.startswith("{{ 1 }}{% x %}")
    assert len(words.description.split("\n")) == len(lines)
    assert words.act_now == words_of("flood", "alert", "ko").act_now


@pytest.mark.parametrize("blank", ["where", "phone"])
def test_words_without_a_place_or_a_telephone_are_not_made(blank: str) -> None:
    with pytest.raises(ValueError, match=blank):
        words_of("flood", "alert", "ko", **{blank: " "})


@pytest.mark.parametrize(
    ("hazard", "kind", "language"),
    [("../flood", "alert", "ko"), ("flood", "rumour", "ko"), ("flood", "alert", "fr")],
)
def test_unknown_words_are_named(hazard: str, kind: str, language: str) -> None:
    with pytest.raises(TemplateRefused, match=hazard):
        words_of(hazard, kind, language)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"act_now": "가" * 41}, "41자"),
        ({"act_now": ""}, "빈 줄"),
        ({"act_now": "지금\n나가세요."}, "한 줄 글이 아닙니다"),
        ({"act_now": 5}, "한 줄 글이 아닙니다"),
        ({"act_now": "지금 #대피 하세요."}, "해시태그"),
        ({"description": [{"locked": "안내는 city.example에 있습니다."}]}, "링크"),
        ({"description": [{"locked": "<b>대피하세요.</b>"}]}, "꺾쇠"),
        ({"description": [{"free": "대피하세요."}]}, "locked"),
        ({"description": [{"free": "{{ since }}부터입니다."}]}, "남는 줄"),
        ({"description": [{"open": "대피하세요."}]}, "free나 locked"),
        ({"description": "대피하세요."}, "꼴이 다릅니다"),
        ({"description": [{"locked": "가" * 1001}]}, "1001자"),
    ],
)
def test_the_check_finds_what_is_unfit(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    wrong = check_bulletins(town(tmp_path, **changed))
    assert any(said in line and "flood/alert/ko" in line for line in wrong), wrong


def test_the_check_finds_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    folder = town(tmp_path)
    heat = yaml.safe_load((folder / "heat.yaml").read_text(encoding="utf-8"))
    del heat["cancel"]["ja"]
    heat["rumour"] = heat.pop("all_clear")
    (folder / "heat.yaml").write_text(yaml.safe_dump(heat, allow_unicode=True), encoding="utf-8")
    (folder / "quake.yaml").unlink()
    (folder / "fire.yaml").write_text("a: [", encoding="utf-8")
    (folder / "locusts.yaml").write_text("{}", encoding="utf-8")
    wrong = "\n".join(check_bulletins(folder))
    for place in ("heat/cancel/ja", "heat/all_clear/ko", "rumour", "quake", "fire", "locusts"):
        assert place in wrong, place


def test_korean_in_another_language_is_found(tmp_path: Path) -> None:
    folder = town(tmp_path)
    air = yaml.safe_load((folder / "air.yaml").read_text(encoding="utf-8"))
    air["alert"]["en"]["act_now"] = "Stay indoors 지금."
    (folder / "air.yaml").write_text(yaml.safe_dump(air, allow_unicode=True), encoding="utf-8")
    assert check_bulletins(folder) == [
        "air.yaml의 air/alert/en: 외국어 문안에 한글(지)이 있습니다."
    ]


def test_every_blank_is_one_of_the_form() -> None:
    from rules.bulletin import Blanks

    assert frozenset(Blanks.model_fields) == BLANKS
