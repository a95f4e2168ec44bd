"""The pages in a real Chromium: for every reader, on a phone, by keyboard, with and without scripts."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from rules.case import Status
from rules.outbox import DeliveryState
from rules.text import TEXT_RULES, TextRule, TextUnit, count
from tests.center.browsing import chromium, faults_of, opened, sign_in, site
from tests.center.pictures import picture
from tests.center.replying import reply_on
from tests.center.town import CASEWORKER, COMMS, MANAGER, Town

__all__ = ["chromium", "site"]  # the fixtures
pytestmark = pytest.mark.browser


def busy_town(town: Town) -> dict[str | None, list[str]]:
    """Every kind of page, with something on it: who opens which."""
    new = town.case(author_handle="a" * 60, place="아주긴장소이름" * 12)
    town.photo(new)
    late = town.case("긴글" * 400, to=CASEWORKER, received=town.now - timedelta(days=9))
    town.photo(town.case("어디 담당인가요", office=None))
    reply_on(town, "", DeliveryState.NEEDS_PERSON, cause="x" * 200)
    gone = town.case("날씨 좋다", office=None)
    town.visitor(COMMS).post(f"/triage/{gone}/dismiss", page="/triage", kind="chatter")
    public = f"/c/{town.public_id(new)}"
    return {
        None: ["/sign-in", public, "/nowhere", "/l/forged.link"],
        MANAGER: ["/", f"/cases/{new}", f"/cases/{late}", "/?view=done"],
        CASEWORKER: [f"/cases/{late}"],
        COMMS: ["/", "/triage", "/triage/dismissed", "/offices", "/outbox", "/accounts"],
    }


def test_every_page_is_sound_on_a_phone_and_at_a_desk(
    town: Town, chromium: Browser, site: str
) -> None:
    assert faults_of(town, chromium, site, busy_town(town)) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_case_goes_from_the_mail_to_the_answer(
    town: Town, chromium: Browser, site: str, scripts: bool
) -> None:
    number = town.case()
    path = f"/cases/{number}"
    with opened(chromium, site, scripts=scripts) as page:
        page.goto(f"/l/{town.page_token(MANAGER, path)}")
        assert page.url == site + path
        page.get_by_label("교통운영과 담당자").select_option(label="이실무")
        page.get_by_role("button", name="지정", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("담당자를 지정했습니다")
    with opened(chromium, site, width=360, scripts=scripts) as page:
        page.goto(f"/l/{town.page_token(CASEWORKER, path)}")
        page.get_by_label("답변 내용").fill("전구를 바꿨습니다.")
        page.get_by_label("사진 고르기").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        )
        page.get_by_label("사진 설명").fill("새로 바꾼 신호등")
        if scripts:
            shown = page.get_by_role("region", name="시민이 보게 될 모습")
            expect(shown.get_by_role("img", name="새로 바꾼 신호등")).to_be_visible()
            expect(shown).to_contain_text(
                f"교통운영과 이실무입니다(문의 02-120). 전구를 바꿨습니다. [{number}-1]"
            )
        page.get_by_role("button", name="답변 보내기").click()
        if not scripts:
            page.get_by_role("button", name="이대로 답변 보내기").click()
        expect(page.get_by_role("status").first).to_contain_text("답변을 등록했습니다")
    assert town.status(number) is Status.ANSWERED


def shown(page: Page, number: str) -> None:
    """Wait until triage shows the case and its script takes keys."""
    expect(page.locator("main")).to_contain_text(number)
    expect(page.locator("[data-needs-keys]")).to_be_visible()


def test_triage_is_one_keystroke_a_case(town: Town, chromium: Browser, site: str) -> None:
    first, second, third = (town.case(f"{n}번째 글", office=None) for n in (1, 2, 3))
    with opened(chromium, site) as page:
        sign_in(town, page, COMMS)
        page.goto("/triage")
        shown(page, first)
        page.keyboard.press("2")
        shown(page, second)
        page.keyboard.press("d")
        page.keyboard.press("Enter")
        shown(page, third)
        page.keyboard.press("o")
        page.keyboard.type("공원사업소123")
        assert town.status(third) is Status.TRIAGE, "digits in a field are only typed"
        page.get_by_label("다른 기관").fill("공원사업소")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("분류할 글이 없습니다")
    assert town.office(first) == "river"
    assert town.status(second) is Status.DISMISSED
    assert town.office(third) == "parks"


def test_triage_takes_its_keys_with_the_keyboard_set_to_korean(
    town: Town, chromium: Browser, site: str
) -> None:
    town.case(office=None)
    with opened(chromium, site) as page:
        sign_in(town, page, COMMS)
        page.goto("/triage")
        expect(page.locator("[data-needs-keys]")).to_be_visible()
        page.evaluate(
            "document.body.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'ㅐ', code: 'KeyO', bubbles: true, cancelable: true}))"
        )
        expect(page.get_by_label("다른 기관")).to_be_focused()


def test_the_page_can_be_used_by_keyboard_alone(town: Town, chromium: Browser, site: str) -> None:
    number = town.case()
    with opened(chromium, site) as page:
        sign_in(town, page, MANAGER)
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "본문 바로가기"
        box = page.evaluate("document.activeElement.getBoundingClientRect().top")
        assert box >= 0, "the skip link shows itself when it has the focus"
        page.keyboard.press("Enter")
        for _ in range(12):
            page.keyboard.press("Tab")
            if number in page.evaluate("document.activeElement.textContent"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "where the focus is can be seen"
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text(number)


TEXTS = (
    "",
    "안녕하세요",
    "Hello, 서울! 123",
    "👨‍👩‍👧‍👦 가족",
    "🇰🇷 태극기 1️⃣ ❤️ ☀",
    "한글" * 50,
    "https://www.seoul.go.kr/main/index.jsp?a=1&b=2 보세요",
    "링크https://seoul.go.kr/길 끝",
    "@minji_kim 전화 02-120 [2026-000001-1]",
    "각가각",
    "줄\n바꿈\n\n셋",
    "“따옴표” – 줄표 … 말줄임",
)


@pytest.mark.parametrize(
    "rule", sorted({(r.unit, r.url) for r in TEXT_RULES.values()}, key=str), ids=str
)
def test_the_browser_counts_as_the_server_does(
    town: Town, chromium: Browser, site: str, rule: tuple[TextUnit, int | None]
) -> None:
    unit, url = rule
    with opened(chromium, site) as page:
        page.goto("/sign-in")
        counted = page.evaluate(
            """async ([texts, unit, url]) => {
                const { count } = await import("/static/count.js");
                return texts.map((text) => count(text, unit, url));
            }""",
            [list(TEXTS), unit.value, url or 0],
        )
    assert counted == [count(text, TextRule(limit=1, unit=unit, url=url)) for text in TEXTS]


def test_an_answer_that_is_too_long_is_said_while_typing_and_shown_before_sending(
    town: Town, chromium: Browser, site: str
) -> None:
    number = town.case(to=CASEWORKER)
    with opened(chromium, site) as page:
        sign_in(town, page, CASEWORKER)
        page.goto(f"/cases/{number}")
        page.get_by_label("답변 내용").fill("전구를 바꿨습니다. " * 30)
        expect(page.locator("[data-too-long]")).to_contain_text("길이를 넘습니다")
        page.get_by_role("button", name="답변 보내기").click()
        expect(page.get_by_role("region", name="시민이 보게 될 모습")).to_contain_text("전체 답변")
        assert town.status(number) is Status.ASSIGNED
        page.get_by_role("button", name="이대로 답변 보내기").click()
        expect(page.get_by_role("status").first).to_contain_text("답변을 등록했습니다")


def test_a_script_in_a_post_does_not_run(town: Town, chromium: Browser, site: str) -> None:
    evil = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
    number = town.case(evil, author_name="<b onclick=x>", place=evil)
    with opened(chromium, site) as page:
        sign_in(town, page, MANAGER)
        for path in ("/", f"/cases/{number}", f"/c/{town.public_id(number)}"):
            page.goto(path)
            expect(page.locator("main")).to_contain_text("document.title='taken'")
            assert "taken" not in page.title()
