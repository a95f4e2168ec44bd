"""What a stranger wrote, made safe."""

from email.message import EmailMessage
from io import BytesIO
from unicodedata import is_normalized

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from rules.clean import (
    MOST_CHARACTERS,
    MOST_IN_A_CELL,
    cell_text,
    clean,
    match_form,
    one_line,
    safe_url,
)

FAMILY = "👨‍👩‍👧‍👦"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
odd = st.sampled_from(
    "\x00\r\n\t\x85\u2028\u200b\u200d\u202e\ufe0f\ufeff\ud83d\udc68\ud800=?*🏴👩\U000e0067\U000e007f1ᄒ\u1161"
)
texts = st.lists(st.one_of(odd, st.characters(codec=None), st.text(max_size=5))).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "> 인용\n\"따옴표\" '홑' <b>굵게</b> & 그대로",
        "ㅋㅋㅋㅋ ㅠㅠ\t탭",
        f"{FAMILY} 🏳️‍🌈 👩🏽‍🚒 ☃️ 1️⃣ 🇰🇷 ❤️‍🔥 {SCOTLAND}",
        "葛󠄀城",
        "https://seoul.go.kr/a?b=%EB%88%88#c #서울눈 @seoulmania",
        "/etc/passwd =1+1 ../../x.html",
        "ㅤ빈 칸ㅤ",
    ],
)
def test_what_people_write_stays_as_written(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("가\x00나\x07다\x1b[31m", "가나다[31m"),
        ("a\r\nb\rc\x85d\u2028e", "a\nb\nc\nd\ne"),
        ("한", "한"),
        ("신호\u200b등\ufeff 고\u00ad장", "신호등 고장"),
        ("\u202emoc.live\u202c \u2066x\u2069\u200f", "moc.live x"),
        ("\ud83d\ude00", "😀"),
        ("끝\ud800", "끝�"),
        ("가\u200d나", "가나"),
        ("👩\u200b\u200d💻", "👩\u200d💻"),
        ("👩\u200d", "👩"),
        ("\ufe0f빈\ufe0f\ufe0f", "빈\ufe0f"),
        ("몰래\U000e0067\U000e0062 쓴", "몰래 쓴"),
        ("\ufffe\uffff\ufdd0x", "x"),
    ],
)
def test_what_is_not_seen_goes(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_text_too_long_is_cut_with_a_mark_that_says_how_much() -> None:
    cleaned = clean("가" * 40_000)
    assert len(cleaned) <= MOST_CHARACTERS
    kept = cleaned.count("가")
    assert cleaned.endswith(f"\n…(뒤 {40_000 - kept:,}자 줄임)")
    assert kept > 29_900


def test_a_cut_splits_no_emoji() -> None:
    kept = clean(FAMILY * 6_000).partition("\n")[0]
    assert kept == FAMILY * (len(kept) // len(FAMILY))


@given(texts)
def test_cleaned_text_can_be_stored_anywhere_and_cleaning_it_again_changes_nothing(
    text: str,
) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert is_normalized("NFC", cleaned)
    assert "\x00" not in cleaned
    assert "\r" not in cleaned
    cleaned.encode("utf-8")


def test_matching_folds_width_case_and_what_is_not_seen() -> None:
    assert match_form("＠ＳＥＯＵＬ") == match_form("@se\u200bo\ufe0ful") == "@seoul"
    assert match_form("ﾊﾝｸﾞﾙ ①") == "ハングル 1"
    assert match_form("л") != "l"


@given(texts)
def test_matching_form_is_stable(text: str) -> None:
    assert match_form(match_form(text)) == match_form(text)


@pytest.mark.parametrize(
    "text",
    [
        "제목\r\nBcc: x@evil.example",
        "=?UTF-8?Q?=0A?=Bcc: x@evil.example",
        "=\u200b?UTF-8?Q?=0ABcc=3A_x=40evil.example?=",
        "=\x00?UTF-8?B?Ckhp?=",
        "a\x0bBcc: x\x0cy\x1cz\u2028w",
    ],
)
def test_one_line_never_becomes_a_second_header(text: str) -> None:
    mail = EmailMessage()
    mail["Subject"] = one_line(text)
    parsed = mail.as_string()
    assert mail.keys() == ["Subject"]
    assert "\nBcc" not in parsed
    assert "\n" not in str(mail["Subject"])


@given(texts, st.integers(2, 80))
def test_one_line_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert "=?" not in line
    assert line == line.strip()


def test_one_line_keeps_words_and_shows_what_it_cut() -> None:
    assert one_line("신호등\n 고장\t났어요") == "신호등 고장 났어요"
    assert one_line("신호등 고장", 4) == "신호등…"


@pytest.mark.parametrize(
    "url",
    [
        "https://seoul.go.kr/a?b=c#d",
        "HTTP://Seoul.go.kr:8000",
        "https://한글.kr/눈",
        "https://ko.example/@name",
        "http://[::1]/",
    ],
)
def test_a_web_address_may_be_a_link(url: str) -> None:
    assert safe_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/path",
        "seoul.go.kr",
        "http://",
        "https:///x",
        "https://seoul.go.kr@evil.example/",
        "https://a.kr/ x",
        'https://a.kr/"onclick=x',
        "https://a.kr\\@evil.example",
        "https://a.kr/\u202egpj.exe",
        "http://[::1",
        "http://a.kr:99999",
        "https://a.kr/" + "a" * 3_000,
        "",
        "https://a.example/\ud83d",
    ],
)
def test_anything_else_is_no_link(url: str) -> None:
    assert safe_url(url) is None


def in_a_workbook(text: str) -> object:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    cell = sheet.cell(1, 1)
    cell.value = text
    cell.data_type = "s"
    file = BytesIO()
    workbook.save(file)
    read = load_workbook(file).active
    assert read is not None
    return read.cell(1, 1).value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (12, "12"),
        ("=1+1", "=1+1"),
        ("#REF!", "#REF!"),
        ("가\x00\x0b나\ud800", "가나�"),
        ("a\r\nb", "a\nb"),
    ],
)
def test_a_cell_holds_the_text_as_text(value: object, text: str) -> None:
    assert cell_text(value) == text
    assert in_a_workbook(cell_text(value)) == (text or None)


@pytest.mark.parametrize("character", ["가", "😀"])
def test_a_cell_is_cut_with_a_mark_before_excel_cuts_it_silently(character: str) -> None:
    text = cell_text(character * 40_000)
    assert len(text.encode("utf-16-le")) // 2 <= MOST_IN_A_CELL
    assert text.endswith(f"{character}…(줄임)")


@settings(max_examples=20)  # a whole workbook each
@given(texts)
def test_no_text_stops_a_workbook(text: str) -> None:
    assert in_a_workbook(cell_text(text)) in (cell_text(text), None)
