"""What every answer says to the browser."""

import pytest

from tests.center.town import COMMS, Town

PATHS = ("/sign-in", "/", "/triage", "/outbox", "/nowhere", "/static/center.css", "/healthz")


@pytest.mark.parametrize("path", PATHS)
def test_no_answer_lets_foreign_or_inline_scripts_run(town: Town, path: str) -> None:
    answer = town.visitor(COMMS).get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in answer.headers


def test_no_page_carries_inline_scripts_or_styles(town: Town) -> None:
    number = town.case(office=None)
    visit = town.visitor(COMMS)
    for path in ("/", "/triage", f"/cases/{number}", "/outbox", "/offices", "/accounts"):
        page = visit.get(path).text
        assert " style=" not in page, path
        assert "<style" not in page, path
        assert " onclick=" not in page, path
        for script in page.split("<script")[1:]:
            assert script.lstrip().startswith('src="/static/'), path


def test_by_https_the_browser_is_told_to_stay_there(town: Town) -> None:
    town.set(center_url="https://center.example")
    answer = town.browser().get("/sign-in")
    assert "max-age=31536000" in answer.headers["strict-transport-security"]


def test_a_broken_page_carries_the_headers_too_and_nothing_of_the_inside(town: Town) -> None:
    def explode() -> None:
        raise RuntimeError("the database password is hunter2")

    town.broken_clock = explode
    answer = town.browser().get("/sign-in")
    assert answer.status_code == 500
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "hunter2" not in answer.text
    assert "잠시 뒤 다시" in answer.text


def test_pages_with_private_data_are_kept_by_nobody(town: Town) -> None:
    assert town.visitor(COMMS).get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("live", "words"), [(False, "연습 모드"), (True, "실제 운영")])
def test_every_page_names_the_mode(town: Town, live: bool, words: str) -> None:
    town.set(live=live)
    visit = town.visitor(COMMS)
    public = f"/c/{town.public_id(town.case())}"
    for path in ("/", "/triage", "/outbox", "/offices", "/accounts", "/nowhere", public):
        assert words in visit.get(path).text, path
    assert words in town.browser().get("/sign-in").text
