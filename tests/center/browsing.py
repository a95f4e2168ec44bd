"""A real Chromium at the center, and everything that must hold of every page."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from settings import HOME
from tests.center.town import Town

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

#: Widths in pixels.
PHONE, DESK = 360, 1280


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
    chromium: Browser, site: str, *, width: int = DESK, scripts: bool = True
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


def faults_of(
    town: Town, chromium: Browser, site: str, pages: Mapping[str | None, Sequence[str]]
) -> list[str]:
    """What is wrong with these pages, each opened once by who may: `{email: paths}`.

    A page asks no other host, breaks no policy of its own, scrolls sideways neither on a phone
    nor at a desk, and fails no check of axe, with everything that folds laid open.
    """
    faults: list[str] = []
    for who, paths in pages.items():
        with opened(chromium, site, width=PHONE) as page:
            if who:
                sign_in(town, page, who)
            for path in paths:
                with _heard(page, site) as heard:
                    page.set_viewport_size({"width": PHONE, "height": 800})
                    page.goto(path)
                    found = list(_too_wide(page))
                found += [*heard, *_against_axe(page)]
                faults += [f"{path}: {fault}" for fault in found]
                page.goto("about:blank")  # what axe itself was told off for is over
    return faults


@contextmanager
def _heard(page: Page, site: str) -> Iterator[list[str]]:
    """What the page asked of others, and what went wrong in it, while the block runs."""
    heard: list[str] = []
    listeners: dict[Any, Callable[[Any], None]] = {
        "request": lambda r: heard.append(f"asks {r.url}") if site not in r.url else None,
        "pageerror": lambda error: heard.append(str(error)),
        "console": lambda said: heard.append(said.text) if "Policy" in said.text else None,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    yield heard
    for event, listener in listeners.items():
        page.remove_listener(event, listener)


def _too_wide(page: Page) -> Iterator[str]:
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        needs = page.evaluate("document.documentElement.scrollWidth")
        if needs > width:
            yield f"{needs} wide, where there are {width}"


def _against_axe(page: Page) -> Iterator[str]:
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE.read_text())
    for fault in page.evaluate(FAULTS):
        nodes = [node["html"][:120] for node in fault["nodes"][:3]]
        yield f"{fault['id']}: {nodes}"
