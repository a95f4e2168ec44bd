"""When something is wrong the page says what, kindly, in Korean."""

import pytest

from store.engine import StoreBusy
from tests.center.town import MANAGER, Town


@pytest.mark.parametrize("path", ["/nowhere", "/cases/2026-999999", "/cases/x", "/static/none.css"])
def test_what_is_not_there(town: Town, path: str) -> None:
    answer = town.visitor(MANAGER).get(path)
    assert answer.status_code == 404
    assert "찾을 수 없습니다" in answer.text


def test_who_has_no_session_is_led_to_the_sign_in_and_back(town: Town) -> None:
    number = town.case()
    answer = town.browser().get(f"/cases/{number}?done=x")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next=%2Fcases%2F{number}%3Fdone%3Dx"


def test_a_form_without_a_session_is_refused_and_says_so(town: Town) -> None:
    answer = town.browser().post(f"/cases/{town.case()}/designate", caseworker=MANAGER)
    assert answer.status_code == 401
    assert "다시 로그인해 주세요" in answer.text


def test_signing_in_while_the_store_is_busy_says_so(town: Town) -> None:
    browser = town.browser()
    token = browser.token("/sign-in")
    town.stop_writing(StoreBusy("locked"))
    answer = browser.post("/sign-in", form_token=token, email=MANAGER)
    assert answer.status_code == 503
    assert "잠시 뒤 다시" in answer.text


@pytest.mark.parametrize("value", ["javascript:alert(1)", "<script>", "없는말", ""])
def test_a_notice_in_an_address_is_one_of_ours_or_none(town: Town, value: str) -> None:
    answer = town.visitor(MANAGER).get("/", params={"done": value})
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert 'class="notice ok"' not in answer.text


def test_a_cookie_of_nonsense_is_nobody(town: Town) -> None:
    browser = town.browser()
    for value in ("x", "a.b", "....", "e30=.00", "한글".encode().hex()):
        browser.client.cookies.set("haechi_in", value)
        assert browser.get("/").status_code == 303


def test_an_unreadable_form_is_refused(town: Town) -> None:
    answer = town.visitor(MANAGER).client.post(
        f"/cases/{town.case()}/answer",
        content=b"no boundary",
        headers={"content-type": "multipart/form-data"},
    )
    assert answer.status_code in (400, 403)


def test_health_is_one_word(town: Town) -> None:
    assert town.browser().get("/healthz").text == "ok"


def test_there_is_no_documentation_page_that_loads_foreign_scripts(town: Town) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert town.browser().get(path).status_code == 404
