"""The whole loop with nothing made up: real Prefect, real SMTP, a real client, a real browser."""

import io
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from mastodon import Mastodon
from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from tests.loop.installation import (
    Installation,
    eventually,
    installation,
    link_in,
    stop,
)

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

#: A matter that one office alone answers, told as in the examples that the machine learned from.
TEXT = "시청역 1번 출구 앞 횡단보도 신호등이 사흘째 꺼져 있어요. 빨리 고쳐 주세요!"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("haechi")) as running:
        api = f"http://127.0.0.1:{running.port('PREFECT')}/api/health"
        eventually(lambda: httpx.get(api).is_success, seconds=300, what="Prefect's server")
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)


def photo() -> io.BytesIO:
    raw = io.BytesIO()
    Image.new("RGB", (640, 480), "darkred").save(raw, "JPEG")
    raw.seek(0)
    return raw


def write_as_citizen(citizen: Mastodon, text: str) -> str:
    media = citizen.media_post(photo(), "image/jpeg", description="꺼진 신호등")
    return str(citizen.status_post(f"@x_mayor {text}", media_ids=[media["id"]])["id"])


def the_one_mail(place: Installation, about: str, *, seconds: float) -> EmailMessage:
    return eventually(lambda: place.mails(about=about), seconds=seconds, what=f"mail: {about}")[0]


def test_on_the_first_start_the_written_day_becomes_cases_and_mail(place: Installation) -> None:
    mails = eventually(place.mails, seconds=300, what="the first managers' mail")
    assert all("연습" in str(mail["Subject"]) for mail in mails)
    runs = place.runs()
    assert runs.get("collect:Completed"), runs
    assert not [name for name in runs if name.endswith((":Failed", ":Crashed"))], runs


def test_a_citizens_post_becomes_a_mail_a_designation_an_answer_and_a_reply(
    place: Installation, browser: Browser
) -> None:
    citizen = place.citizen("jiwoo_kim")
    post = write_as_citizen(citizen, TEXT)
    page = browser.new_page(base_url=place.url("CENTER"))

    mail = the_one_mail(place, TEXT[:20], seconds=300)
    page.goto(link_in(mail))
    expect(page.locator("main")).to_contain_text("시청역 1번 출구")
    assert "/l/" not in page.url, "the link's secret stays out of the address"
    number = re.search(r"\d{4}-\d{6}", page.url)
    assert number

    people = page.locator("select[name=caseworker]")
    manager = str(mail["To"])
    caseworker = next(
        value
        for value in people.locator("option").evaluate_all("all => all.map(one => one.value)")
        if value and value not in manager
    )
    people.select_option(caseworker)
    page.locator("#designate button").first.click()

    designated = eventually(
        lambda: place.mails(to=caseworker, about=number[0]), seconds=150, what="caseworker's mail"
    )[0]
    desk = browser.new_page(base_url=place.url("CENTER"))
    desk.goto(link_in(designated))
    desk.get_by_label(re.compile("답변 내용")).fill("오늘 오후 신호등 전구를 교체했습니다.")
    desk.get_by_role("button", name=re.compile("답변 보내기|검토 요청")).first.click()
    if desk.get_by_role("button", name="이대로 답변 보내기").is_visible():
        desk.get_by_role("button", name="이대로 답변 보내기").click()

    def replies() -> list[str]:
        found = citizen.status_context(post)["descendants"]
        return [s["content"] for s in found if "전구를 교체했습니다" in s["content"]]

    answer = eventually(replies, seconds=300, what="the reply that the citizen's client sees")
    assert len(answer) == 1
    assert number[0] in answer[0]
    told = [n["type"] for n in citizen.notifications()]
    assert "mention" in told, "the citizen's own client shows it"


def test_a_new_account_in_the_workbook_is_collected_from(place: Installation) -> None:
    from openpyxl import load_workbook

    book = place.folder / "city.xlsx"
    place.haechi("registry", "export", str(book))
    workbook = load_workbook(book)
    sheet = workbook["accounts"]
    header = [cell.value for cell in sheet[1]]
    row = {
        "id": "mastodon_newcomer",
        "network": "mastodon",
        "server": "social.seoul.example",
        "handle": "newcomer",
        "name": "새 계정",
        "office": "traffic_ops",
        "flagship": "no",
        "personal": "no",
        "disaster_role": "none",
        "active": "yes",
    }
    sheet.append([row.get(str(name)) for name in header])
    workbook.save(book)
    said = place.haechi("registry", "import", str(book))
    assert "mastodon_newcomer" in said

    text = "새 계정에 처음 씁니다. 세종대로 신호등 보행 시간이 너무 짧아요."
    place.citizen("first_writer").status_post(f"@mastodon_newcomer {text}")
    from store.engine import Store
    from store.tables import Post

    store = Store(f"sqlite:///{place.folder / 'haechi-practice.db'}")

    def collected() -> list[str]:
        with store.read() as session:
            posts = session.query(Post).where(Post.account_id == "mastodon_newcomer").all()
            return [one.text for one in posts]

    assert text in eventually(collected, seconds=300, what="the post to the new account")[0]


def test_the_histories_verify(place: Installation) -> None:
    assert "verifies" in place.haechi("audit")


def test_ctrl_c_leaves_no_process_and_a_new_start_goes_on(place: Installation) -> None:
    before = len(place.mails())
    assert stop(place.process) == []
    with installation(place.folder) as again:
        eventually(lambda: new_run(again), seconds=300, what="a new run")
        assert len(again.mails()) >= before
        eventually(lambda: at_work(again), seconds=300, what="a run at work")
        again.cut_power()
    with installation(place.folder) as after:
        eventually(lambda: new_run(after), seconds=300, what="a run after the power came back")


def at_work(place: Installation) -> bool:
    """Whether a `collect` of this start has begun and is not over."""
    said = place.log_since_start()
    begun = said.count("Beginning flow run 'collect practice'")
    return begun > said.count("Flow run 'collect practice' - Finished in state")


def new_run(place: Installation) -> bool:
    """Whether a `collect` that began after this start is complete."""
    return "Finished in state Completed" in place.log_since_start() and bool(
        re.search(r"collect practice' - \d+ new", place.log_since_start())
    )


def test_a_taken_port_is_named_with_the_variable_that_moves_it(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        with installation(tmp_path / "second", HAECHI_CENTER_PORT=port) as refused:
            refused.process.wait(timeout=60)
            said = refused.log().strip()
    assert len(said.splitlines()) == 1, said
    assert port in said
    assert "HAECHI_CENTER_PORT" in said
