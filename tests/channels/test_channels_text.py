"""What a citizen wrote comes out of a server's HTML as it was written."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.html_text import text_of
from practice.text import to_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>가로등이 꺼졌어요</p>", "가로등이 꺼졌어요"),
        ("<p>하나</p><p>둘</p>", "하나\n\n둘"),
        ("<p>하나<br>둘<br />셋</p>", "하나\n둘\n셋"),
        ("<p>1 &lt; 2 &amp;&amp; 3 &gt; 2 &#128161;</p>", "1 < 2 && 3 > 2 💡"),
        (
            '<p><span class="h-card"><a href="https://m/@seoul" class="u-url mention">@<span>seoul</span></a></span> 도와주세요</p>',
            "@seoul 도와주세요",
        ),
        (
            '<p><a href="https://m/tags/x" class="mention hashtag">#<span>동파</span></a></p>',
            "#동파",
        ),
        (
            '<p><a href="https://a.example/very/long"><span class="invisible">https://</span><span class="ellipsis">a.example/very</span><span class="invisible">/long</span></a></p>',
            "https://a.example/very/long",
        ),
        (
            '<p><a href="https://a.example/x">여기</a> 보세요</p>',
            "여기 (https://a.example/x) 보세요",
        ),
        ('<p><a href="javascript:alert(1)">여기</a></p>', "여기"),
        ("<script>alert(1)</script><style>p{}</style><p>글</p>", "글"),
        ("<ul><li>하나</li><li>둘</li></ul>", "하나\n\n둘"),
        ("<p>빈칸   여럿\n줄</p>", "빈칸 여럿 줄"),
        ("<pre>가  나\n다</pre>", "가  나\n다"),
        ("그냥 글", "그냥 글"),
        ("<p>닫지 않은", "닫지 않은"),
        ("", ""),
        ("<p>👨‍👩‍👧‍👦 ㅋㅋ ＠</p>", "👨‍👩‍👧‍👦 ㅋㅋ ＠"),
    ],
)
def test_html_becomes_the_text_that_was_written(html: str, text: str) -> None:
    assert text_of(html) == text


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), max_size=200))
def test_whatever_a_citizen_writes_survives_the_way(written: str) -> None:
    html = to_html(written, base="http://127.0.0.1", known={})

    assert "".join(text_of(html).split()) == "".join(written.split())


@given(st.text(max_size=300))
def test_no_html_breaks_the_reading(html: str) -> None:
    assert text_of(html) == text_of(html).strip()


def test_forty_thousand_characters_are_read() -> None:
    assert len(text_of(f"<p>{'가' * 40_000}</p>")) == 40_000


@pytest.mark.parametrize("unit", ["<a ", "<!--", "<", "</", '<a href="', "<![CDATA[", "<script>"])
@pytest.mark.parametrize("end", ["", ">", "-->"])
def test_html_without_ends_takes_no_time(unit: str, end: str) -> None:
    began = time.monotonic()

    text_of(unit * (500_000 // len(unit)) + end)

    assert time.monotonic() - began < 5


def test_a_tag_without_its_end_is_text() -> None:
    assert text_of("<p>5 < 6 and <b") == "5 < 6 and <b"
