"""The pages in a real Chromium: for every reader, on a phone, by keyboard, with and without scripts."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from rules.case import Status
from rules.outbox import DeliveryState
from rules.text import TEXT_RULES, TextRule, TextUnit, count
from settings import HOME
from tests.center.pictures import picture
from tests.center.test_outbox_page import delivery
from tests.center.town import CASEWORKER, COMMS, MANAGER, Town

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
AXE = HOME / "node_modules" / "axe-core" / "axe.min.js"
#: What axe finds; the size of what is to be hit (WCAG 2.2) it looks at only when asked.
FAULTS = "axe.run({rules: {'target-size': {enabled: true}}}).then((found) => found.violations)"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def served(town: Town) -> Iterator[str]:
    """The center on a free port, for as long as the block runs; its address."""
    app = town.app()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        sock.close()


@pytest.fixture
def site(town: Town) -> Iterator[str]:
    with served(town) as address:
        yield address


@contextmanager
def opened(
    chromium: Browser, site: str, *, width: int = 1280, scripts: bool = True
) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=site,
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
    )
    try:
        yield context.new_page()
    finally:
        context.close()


def sign_in(town: Town, page: Page, email: str) -> None:
    page.goto(f"/l/{town.sign_in_token(email)}")


def busy_town(town: Town) -> dict[str | None, list[str]]:
    """Every kind of page, with something on it: who opens which."""
    new = town.case(author_handle="a" * 60, place="아주긴장소이름" * 12)
    town.photo(new)
    late = town.case("긴글" * 400, to=CASEWORKER, received=town.now - timedelta(days=9))
    town.photo(town.case("어디 담당인가요", office=None))
    delivery(town, DeliveryState.NEEDS_PERSON, cause="x" * 200)
    gone = town.case("날씨 좋다", office=None)
    town.visitor(COMMS).post(f"/triage/{gone}/dismiss", page="/triage", kind="chatter")
    public = f"/c/{town.public_id(new)}"
    return {
        None: ["/sign-in", public, "/nowhere", "/l/forged.link"],
        MANAGER: ["/", f"/cases/{new}", f"/cases/{late}", "/?view=done"],
        CASEWORKER: [f"/cases/{late}"],
        COMMS: ["/", "/triage", "/triage/dismissed", "/offices", "/outbox", "/accounts"],
    }


def every_page(
    town: Town,
    chromium: Browser,
    site: str,
    listen: Callable[[Page], None] = lambda _page: None,
    *,
    width: int = 1280,
) -> Iterator[tuple[Page, str]]:
    """Each page in the browser of somebody who may open it."""
    for who, paths in busy_town(town).items():
        with opened(chromium, site, width=width) as page:
            listen(page)
            if who:
                sign_in(town, page, who)
            for path in paths:
                yield page, path


def test_no_page_asks_anything_of_another_host_or_breaks_its_own_policy(
    town: Town, chromium: Browser, site: str
) -> None:
    foreign: list[str] = []
    errors: list[str] = []

    def listen(page: Page) -> None:
        page.on("request", lambda r: foreign.append(r.url) if site not in r.url else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if "Policy" in m.text else None)

    for page, path in every_page(town, chromium, site, listen):
        page.goto(path, wait_until="networkidle")
    assert foreign == []
    assert errors == []


def test_no_page_fails_a_check_of_axe(town: Town, chromium: Browser, site: str) -> None:
    failures = []
    for page, path in every_page(town, chromium, site):
        page.goto(path)
        page.evaluate(AXE.read_text())
        failures += [
            (path, fault["id"], [node["html"][:120] for node in fault["nodes"][:3]])
            for fault in page.evaluate(FAULTS)
        ]
    assert failures == []


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_scrolls_sideways(town: Town, chromium: Browser, site: str, width: int) -> None:
    too_wide = []
    for page, path in every_page(town, chromium, site, width=width):
        page.goto(path)
        needs = page.evaluate("document.documentElement.scrollWidth")
        if needs > width:
            too_wide.append((path, needs))
    assert too_wide == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_case_goes_from_the_mail_to_the_answer(
    town: Town, chromium: Browser, site: str, scripts: bool
) -> None:
    number = town.case()
    path = f"/cases/{number}"
    with opened(chromium, site, scripts=scripts) as page:
        page.goto(f"/l/{town.page_token(MANAGER, path)}")
        assert page.url == site + path
        page.get_by_label("실무자").select_option(label="이실무")
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


def test_triage_is_one_keystroke_a_case(town: Town, chromium: Browser, site: str) -> None:
    first, second, third = (town.case(f"{n}번째 글", office=None) for n in (1, 2, 3))
    with opened(chromium, site) as page:
        sign_in(town, page, COMMS)
        page.goto("/triage")
        expect(page.locator("main")).to_contain_text(first)
        page.keyboard.press("2")
        expect(page.locator("main")).to_contain_text(second)
        page.keyboard.press("d")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text(third)
        page.keyboard.press("o")
        page.keyboard.type("공원사업소123")
        assert town.status(third) is Status.TRIAGE, "digits in a field are only typed"
        page.get_by_label("다른 기관").fill("공원사업소")
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_contain_text("분류할 글이 없습니다")
    assert town.office(first) == "river"
    assert town.status(second) is Status.DISMISSED
    assert town.office(third) == "parks"


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
        expect(page.locator("[data-too-long]")).to_contain_text("문장 끝에서 자르고")
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
