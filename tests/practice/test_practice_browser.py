"""The form to write, in a real Chromium: it counts as the server does and names the handle."""

import pytest
from playwright.sync_api import Browser, expect

from practice.network import CityAccount
from practice.testing import PracticeServer
from practice.text import length
from tests.center.browsing import AXE, FAULTS, chromium, opened

__all__ = ["chromium"]  # the fixture of the center's pages
pytestmark = pytest.mark.browser

TEXTS = (
    "",
    "가로등이 꺼졌어요",
    "👨‍👩‍👧‍👦 가족 ❤️ 각가각",
    "https://www.seoul.go.kr/main/index.jsp?a=1&b=2#c. 보세요",
    "https://seoul.go.kr/길 끝, http://x.example/(a)",
    "@x_seoul 안녕 #눈 ＃비_온다 a@b @한글 @alice@host",
    "줄\n바꿈\n\n셋",
    "한글" * 300,
)


def test_the_form_says_how_long_the_post_is_and_which_handle_will_write_it(
    network: PracticeServer, chromium: Browser
) -> None:
    network.network.welcome([CityAccount(handle="x_seoul", name="서울시", network_label="X")])
    errors: list[str] = []
    with opened(chromium, network.url, width=360) as page:
        page.on("console", lambda message: errors.append(message.text))
        page.goto("/write?to=x_seoul")
        page.get_by_label("별명").fill("민들레")
        expect(page.locator("[data-handle]")).to_have_text(
            "새 시민 @c_649c7c428f 계정으로 올립니다."
        )
        counted = [page.evaluate(_COUNT, text) for text in TEXTS]
        assert counted == [length(text) for text in TEXTS]
        page.get_by_label("내용").fill("불이 꺼졌어요")
        expect(page.locator(".counter")).to_have_text("16/500자")
        assert errors == []
        page.evaluate(AXE.read_text())
        assert page.evaluate(FAULTS) == []


_COUNT = "async (text) => (await import('/static/write.js')).count(text)"
