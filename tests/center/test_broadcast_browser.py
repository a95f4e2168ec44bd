"""The pages for disasters in a real Chromium: written, approved by keyboard, watched, on a phone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from rules.bulletin import BulletinKind, BulletinState, Hazard
from rules.outbox import DeliveryState
from store.tables import Bulletin
from tests.center.broadcasts import (
    SECOND,
    approved,
    draft,
    event_of,
    follow_up,
    give_picture,
    make_ready,
    put,
    read,
    states,
)
from tests.center.browsing import chromium, faults_of, opened, sign_in, site
from tests.center.town import ADMINISTRATOR, COMMS, OTHER_MANAGER, Town

__all__ = ["chromium", "site"]  # the fixtures
pytestmark = pytest.mark.browser

_D = DeliveryState


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def tick(page: Page, label: str) -> None:
    """As people do: the design system lays the label over its box."""
    page.locator("label", has_text=label).click()


def busy(town: Town) -> dict[str | None, list[str]]:
    """Every page for disasters with something on it: who opens which."""
    real = approved(town, exercise=False)
    give_picture(town, real)
    lead = put(town, real, "x_lead", _D.PUBLISHED)
    put(town, real, "blog_relay", _D.NEEDS_PERSON, cause="x" * 200)
    put(town, real, "x_relay", _D.IN_DOUBT, cause="no answer")
    newer = follow_up(town, real, BulletinKind.UPDATE)
    put(town, newer, "blog_relay", _D.NEEDS_PERSON, text="긴글" * 400)
    exercise, waiting = approved(town), draft(town, hazard=Hazard.FIRE, exercise=False)
    with town.store.write() as session:
        session.get_one(Bulletin, newer).stopped_by = COMMS
        session.get_one(Bulletin, newer).stopped_at = town.now
    public = f"/disaster/{event_of(town, real)}"
    return {
        None: ["/disaster", public, f"/disaster/{event_of(town, exercise)}"],
        ADMINISTRATOR: [
            "/broadcast",
            "/broadcast/new",
            f"/broadcast/new?event={read(town, real).event.number}&kind=correction",
            *(f"/broadcast/{number}" for number in (real, newer, exercise, waiting)),
            f"/broadcast/{real}/posts/{lead}",
        ],
        SECOND: [f"/broadcast/{waiting}"],
        COMMS: ["/"],
        OTHER_MANAGER: [f"/broadcast/{newer}/desk/river"],
    }


def test_every_page_for_disasters_is_sound_on_a_phone_and_at_a_desk(
    town: Town, chromium: Browser, site: str
) -> None:
    assert faults_of(town, chromium, site, busy(town)) == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_one_writes_another_approves_from_the_mail(
    town: Town, chromium: Browser, site: str, scripts: bool
) -> None:
    with opened(chromium, site, width=360, scripts=scripts) as page:
        sign_in(town, page, ADMINISTRATOR)
        page.goto("/broadcast")
        page.get_by_role("link", name="새 재난 메시지").click()
        page.get_by_label("재난 (필수)").select_option(label="침수")
        tick(page, "강변구")
        page.get_by_label("유효 시각", exact=True).fill("2026-11-25T10:00")
        page.get_by_role("button", name="올리고 미리보기").click()
        expect(page.get_by_role("alert")).to_contain_text("이미 지났습니다")
        assert page.get_by_label("강변구").is_checked(), "nothing typed is lost"
        page.get_by_label("유효 시각", exact=True).fill("2026-11-25T15:00")
        page.get_by_role("button", name="올리고 미리보기").click()
        expect(page.locator("main")).to_contain_text("올린 분은 승인할 수 없습니다")
        number = int(page.url.split("?")[0].rpartition("/")[2])
    with opened(chromium, site, scripts=scripts) as page:
        page.goto(f"/l/{town.page_token(SECOND, f'/broadcast/{number}')}")
        expect(page.locator("h1")).to_contain_text("[모의훈련] 침수 알림")
        page.get_by_role("button", name="훈련 메시지 승인").click()
        expect(page.get_by_role("status").first).to_contain_text("승인했습니다")
    assert read(town, number).state is BulletinState.APPROVED


def test_a_real_one_is_approved_by_keyboard_alone(town: Town, chromium: Browser, site: str) -> None:
    number = draft(town, exercise=False)
    with opened(chromium, site) as page:
        sign_in(town, page, SECOND)
        page.goto(f"/broadcast/{number}")
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "typed":
                break
        page.keyboard.type("폭설")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("침수")
        assert read(town, number).state is BulletinState.DRAFT
        page.wait_for_load_state()  # or the first keys go to the page before
        page.get_by_label("재난 이름을 그대로").focus()
        page.keyboard.press("Control+A")
        page.keyboard.type("침수")
        expect(page.get_by_label("재난 이름을 그대로")).to_have_value("침수")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "where the focus is can be seen"
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("승인했습니다")
    assert read(town, number).state is BulletinState.APPROVED


def test_unticking_the_exercise_changes_what_the_form_looks_like(
    town: Town, chromium: Browser, site: str
) -> None:
    with opened(chromium, site, scripts=False) as page:
        sign_in(town, page, ADMINISTRATOR)
        page.goto("/broadcast/new")
        expect(page.get_by_text("실제 상황입니다.")).to_be_hidden()
        tick(page, "모의훈련 (훈련 계정에만 나갑니다)")
        expect(page.get_by_text("실제 상황입니다.")).to_be_visible()


def test_the_report_follows_what_is_sent_and_stops_asking_at_the_end(
    town: Town, chromium: Browser, site: str
) -> None:
    number = approved(town)
    asked: list[str] = []
    with opened(chromium, site) as page:
        page.on("request", lambda r: asked.append(r.url) if r.url.endswith("/live") else None)
        sign_in(town, page, COMMS)
        page.goto(f"/broadcast/{number}")
        expect(page.locator("[data-sum]")).to_contain_text("5개 계정 가운데 0개")
        put(town, number, "x_lead", _D.PUBLISHED)
        expect(page.locator("[data-sum]")).to_contain_text("5개 계정 가운데 1개", timeout=10_000)
        expect(page.locator("[data-said]")).to_contain_text("1개에 나갔습니다")
        link = page.get_by_role("link", name="글 보기 x_lead 계정")
        link.focus()
        for account in ("x_relay", "x_river", "page_deputy", "blog_relay"):
            put(town, number, account, _D.PUBLISHED)
        with town.store.write() as session:
            session.get_one(Bulletin, number).finished_at = town.now + timedelta(seconds=3)
        expect(page.locator("[data-finished]")).to_be_visible(timeout=10_000)
        expect(link).to_be_focused()
        expect(page.get_by_role("button", name="발송 멈추기")).to_have_count(0)
        for account in states(town, number):
            put(town, number, account, _D.PUBLISHED, seen_at=town.now)
        expect(page.locator("[data-proved]")).to_be_visible(timeout=10_000)
        before = len(asked)
        page.wait_for_timeout(2_500)
        assert len(asked) == before


def test_one_press_stops_without_a_question(town: Town, chromium: Browser, site: str) -> None:
    number = approved(town)
    with opened(chromium, site, width=360) as page:
        sign_in(town, page, COMMS)
        page.goto(f"/broadcast/{number}")
        page.get_by_role("button", name="발송 멈추기").click()
        expect(page.get_by_role("status").first).to_contain_text("멈췄습니다")
    assert set(states(town, number).values()) == {_D.CANCELLED}
