"""What one account says of a disaster message, in the room that its network leaves."""

from typing import Any

import pytest

from registry.model import Network
from rules.bulletin import LEADS_POST, BulletinKind, Content, Language, Words
from rules.fitting import DoesNotFit, Fitter, Voice
from rules.measure import TEXT_RULES, count, fits
from rules.text import MARK
from rules.tongues import TONGUES, marker_in
from tests.rules.said import ACT_NOW, DRILL, MARKER, STORY, content

KO = Language.KO
FOOTER = f"#서울침수 #서울침수제보 위급하면 119 {MARKER}"


def said(what: Content, network: Network = Network.X, language: Language = KO, **of: Any) -> str:
    return Fitter(what).text(network, language, Voice(**of))


def test_a_short_message_is_said_whole() -> None:
    assert said(content(description="침수입니다.")) == f"{ACT_NOW}\n침수입니다.\n{FOOTER}"


def test_a_message_without_a_description_is_said_too() -> None:
    assert said(content(description="")) == f"{ACT_NOW}\n{FOOTER}"


def test_a_long_one_ends_at_a_sentence_with_the_events_page() -> None:
    text = said(content(description=STORY * 5))
    assert text.startswith(f"{ACT_NOW}\n강남역 일대에 침수가 발생했습니다. ")
    assert text.endswith(f"02-120입니다. {content().page}\n{FOOTER}")
    assert fits(text, TEXT_RULES[Network.X])


def test_a_whole_one_needs_no_page() -> None:
    assert content().page not in said(content(), Network.FACEBOOK)


def test_where_links_lead_nowhere_there_is_none() -> None:
    text = said(content(description=STORY * 30), Network.INSTAGRAM, clickable=False)
    assert "https://" not in text
    assert text.endswith(f".{MARK}\n{FOOTER}")
    assert len(text) <= 2_200


def test_a_link_text_has_the_leads_post_and_says_whose_it_is() -> None:
    text = said(content(), Network.FACEBOOK, linked=True)
    assert f"\n서울특별시 안내: {LEADS_POST}\n{FOOTER}" in text


def test_where_room_is_short_the_leads_post_stands_alone_and_the_page_does_not() -> None:
    text = said(content(description=STORY * 5), linked=True)
    assert f"\n{LEADS_POST}\n{FOOTER}" in text
    assert "안내:" not in text
    assert content().page not in text


def test_the_placeholder_counts_like_any_link_on_x_and_as_itself_on_bluesky() -> None:
    on_x = said(content(description="물."), linked=True)
    assert count(on_x, TEXT_RULES[Network.X]) == count(
        on_x.replace(LEADS_POST, "https://x.com/a/1"), TEXT_RULES[Network.X]
    )
    on_bluesky = said(content(description=STORY * 5), Network.BLUESKY, linked=True)
    assert fits(on_bluesky, TEXT_RULES[Network.BLUESKY])
    assert len(LEADS_POST) == 100


def test_a_brief_text_leaves_the_story_to_the_leads_post() -> None:
    text = said(
        content(), name="마포구", local="마포구도 해당 지역입니다.", linked=True, brief=True
    )
    assert text == (
        f"[마포구] {ACT_NOW}\n마포구도 해당 지역입니다.\n서울특별시 안내: {LEADS_POST}\n{FOOTER}"
    )


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        (BulletinKind.UPDATE, "[갱신] "),
        (BulletinKind.CORRECTION, "[정정] "),
        (BulletinKind.CANCEL, "[취소] "),
        (BulletinKind.ALL_CLEAR, "[상황 종료] "),
    ],
)
def test_what_follows_says_first_what_it_is(kind: BulletinKind, sign: str) -> None:
    assert said(content(kind=kind)).startswith(sign + ACT_NOW)
    drill = said(content(kind=kind, exercise=True))
    assert drill.startswith(f"[모의훈련]{sign}실제 상황이 아닙니다.\n{ACT_NOW}\n")


def test_an_alert_begins_with_what_to_do() -> None:
    assert said(content()).startswith(ACT_NOW)


@pytest.mark.parametrize("language", Language)
def test_an_exercise_says_so_first_in_every_language(language: Language) -> None:
    drill = content(exercise=True)
    text = said(drill, Network.MASTODON, language)
    tongue = TONGUES[language]
    assert text.startswith(f"{tongue.exercise} {tongue.not_real}\n")
    assert "훈련" in marker_in(drill, language)
    assert marker_in(drill, language) in text


@pytest.mark.parametrize(
    ("language", "correction", "emergency"),
    [
        (Language.EN, "[Correction] ", "Emergency: 119"),
        (Language.ZH, "[更正] ", "紧急情况请拨打119"),
        (Language.JA, "[訂正] ", "緊急時は119番"),
    ],
)
def test_other_languages_say_it_in_their_own_words(
    language: Language, correction: str, emergency: str
) -> None:
    text = said(content(kind=BulletinKind.CORRECTION), language=language)
    assert text.startswith(correction)
    assert f"#서울침수 #서울침수제보 {emergency} " in text


def test_each_part_has_a_marker_that_finds_no_other_part() -> None:
    markers = {language: marker_in(content(), language) for language in Language}
    assert markers[KO] == MARKER
    assert markers[Language.EN] == "[서울 재난 2026-12-3 EN]"
    assert not any(a in b for a in markers.values() for b in markers.values() if a != b)


def test_an_exercise_gives_up_its_sentence_before_its_sign() -> None:
    long = "가" * 80
    text = said(content(long, exercise=True), name="서울시 재난안전", linked=True)
    assert text.startswith(f"[모의훈련][서울시 재난안전] {long}\n")
    assert DRILL in text


def test_the_page_alone_stands_where_no_sentence_fits() -> None:
    # the footer weighs 58, the line 196, the page 23: one more is too little for a word
    text = said(content("가" * 98, description=STORY))
    assert text == f"{'가' * 98}\n{content().page}\n{FOOTER}"


def test_what_cannot_fit_is_refused_saying_by_how_much() -> None:
    with pytest.raises(DoesNotFit) as refusal:
        said(content("가" * 80, description=""), name="가" * 40)
    spoken = f"[{'가' * 40}] {'가' * 80}\n{FOOTER}"
    over = count(spoken, TEXT_RULES[Network.X]) - 280
    assert over > 0
    assert str(refusal.value).startswith(
        f"한국어 글이 한도(280, 한글 한 글자를 2로 셈)보다 {over}만큼 깁니다."
    )


def test_bytes_are_counted_too_where_the_network_counts_them() -> None:
    family = "👨‍👩‍👧‍👦"  # 25 bytes, one character to a reader
    long = Words.model_construct(act_now=family * 130, description="")
    with pytest.raises(DoesNotFit, match=r"3000바이트"):
        said(content(texts={KO: long}), Network.BLUESKY)


def test_threads_counts_an_emoji_by_its_bytes() -> None:
    text = said(content(description="🌊🌊 물. " * 100), Network.THREADS)
    assert fits(text, TEXT_RULES[Network.THREADS])
    assert "🌊" in text
    assert f"물. {content().page}\n" in text


def test_nothing_stands_rather_than_half_a_sentence() -> None:
    half = "반지하 주택에서 바로 나오고, " + "지하상가와 " * 20 + "차를 빼러 내려가지 마세요."
    assert said(content(description=half)) == f"{ACT_NOW}\n{content().page}\n{FOOTER}"
    assert said(content(description=half), clickable=False) == f"{ACT_NOW}\n{FOOTER}"
    assert said(content(description=half), linked=True) == f"{ACT_NOW}\n{LEADS_POST}\n{FOOTER}"


def test_one_that_leaves_exactly_no_room_still_goes() -> None:
    room = 280 - count(FOOTER, TEXT_RULES[Network.X]) - 1
    line = "가" * (room // 2) + "a" * (room % 2)
    text = said(content(texts={KO: Words.model_construct(act_now=line, description="물.")}))
    assert text == f"{line}\n{FOOTER}"
    assert count(text, TEXT_RULES[Network.X]) == 280
    with pytest.raises(DoesNotFit, match="보다 1만큼"):
        said(content(texts={KO: Words.model_construct(act_now=line + "a", description="")}))


def test_what_was_cut_for_one_account_is_as_good_for_the_next() -> None:
    what = content(description=STORY * 5)
    fitter = Fitter(what)
    names = ["가" * n for n in (1, 9, 3, 20, 2, 14)]
    together = [fitter.text(Network.X, KO, Voice(name=name)) for name in names]
    assert all(fits(text, TEXT_RULES[Network.X]) for text in together)
    assert together == [said(what, name=name) for name in names]
