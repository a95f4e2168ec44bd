"""A mail's frame is as tall as the mail, so that no button is cut in half."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from practice.letter import FRAME, LINE, TALLEST, height
from practice.mailbox_page import create_page
from practice.running import in_thread
from practice.testing import mailbox_server
from tests.center.browsing import chromium, opened
from tests.practice.test_practice_mailbox import mail, send

__all__ = ["chromium"]  # the fixture of the center's pages

STYLED = """<div style="max-width:640px;margin:0 auto;padding:24px 16px;line-height:1.6">
<div style="border:1px solid;padding:24px">{}</div></div>"""
PARAGRAPH = "<p>" + "아래 계정에는 사람이 직접 올려야 합니다. " * 12 + "</p>"
ROWS = "<table>" + f"<tr><th>글</th><td>{'강남역 일대 침수 ' * 20}</td></tr>" * 5 + "</table>"
LIST = "<ul>" + "<li>서울교통정보 (x_traffic)</li>" * 40 + "</ul>"


def test_a_longer_mail_needs_more_and_what_is_not_seen_nothing() -> None:
    assert height("<p>안녕하세요</p>") < FRAME + 3 * LINE
    assert height(PARAGRAPH * 2) > height(PARAGRAPH)
    assert height("<style>" + "p { margin: 0 } " * 500 + "</style>") == FRAME
    assert height("<p>가</p>" * 10_000) == TALLEST


@pytest.mark.browser
def test_the_frame_holds_the_whole_mail(tmp_path: Path, chromium: Browser) -> None:
    bodies = [STYLED.format(body) for body in (PARAGRAPH * 6, ROWS, LIST)]
    with mailbox_server(tmp_path) as mailbox, in_thread(create_page(mailbox.maildir)) as site:
        for body in bodies:
            send(mailbox, mail(html=body))
        with opened(chromium, site) as page, opened(chromium, site) as alone:
            for number, body in enumerate(reversed(bodies)):  # newest first
                page.goto("/")
                page.locator("main a[href^='/mail/']").nth(number).click()
                box = page.locator("iframe.letter").bounding_box()
                assert box
                # by itself, as wide: inside the frame nothing can be measured
                alone.set_viewport_size({"width": int(box["width"]) - 2, "height": 100})
                alone.set_content(f"<!doctype html>{body}")
                inside = alone.evaluate("document.documentElement.scrollHeight")
                assert inside <= box["height"] - 2 < inside * 2, number
