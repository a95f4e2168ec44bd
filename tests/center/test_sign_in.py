"""Signing in by mail: strangers learn nothing, scanners change nothing, a link opens its page."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from center.cookies import PAGES, SIGNED_IN
from center.next_page import own_page
from store.access import token_of
from store.cases import by_number
from store.registry import apply
from store.tables import Base, Link, Mail
from tests.center.town import CASEWORKER, COMMS, MANAGER, Town, registry


def mails(town: Town) -> list[str]:
    with town.store.read() as session:
        return list(session.scalars(select(Mail.to).where(Mail.event == "sign_in")))


def everything(town: Town) -> dict[str, list[tuple[object, ...]]]:
    with town.store.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(select(table))]
            for table in Base.metadata.sorted_tables
        }


def test_staff_get_a_link_by_mail_and_the_mail_flow_is_asked(town: Town) -> None:
    answer = town.browser().post("/sign-in", page="/sign-in", email=f" {MANAGER.upper()} ")
    assert answer.status_code == 200
    assert mails(town) == [MANAGER]
    assert town.asked == ["mail"]


def test_whoever_came_by_a_mails_link_is_told_why_there_is_a_sign_in(town: Town) -> None:
    reader = town.reader(MANAGER, f"/cases/{town.case()}")
    there = reader.get("/").headers["location"]
    assert "그 링크가 여는 화면만" in reader.get(there).text
    assert "그 링크가 여는 화면만" not in town.browser().get("/sign-in").text


def test_a_stranger_sees_the_same_page_and_gets_no_mail(town: Town) -> None:
    browser = town.browser()
    staff = browser.post("/sign-in", page="/sign-in", email=MANAGER)
    stranger = browser.post("/sign-in", page="/sign-in", email="nobody@x.example")
    assert stranger.status_code == staff.status_code
    assert stranger.text.replace("nobody@x.example", MANAGER) == staff.text
    assert mails(town) == [MANAGER]


def test_the_sixth_request_in_a_quarter_of_an_hour_is_refused(town: Town) -> None:
    browser = town.browser()
    for _ in range(5):
        assert browser.post("/sign-in", page="/sign-in", email=MANAGER).status_code == 200
    refused = browser.post("/sign-in", page="/sign-in", email=MANAGER)
    assert refused.status_code == 429
    assert "15분 뒤" in refused.text
    town.now += timedelta(minutes=16)
    assert browser.post("/sign-in", page="/sign-in", email=MANAGER).status_code == 200


def test_many_requests_from_one_place_are_refused_whoever_they_name(town: Town) -> None:
    browser = town.browser()
    answers = [
        browser.post("/sign-in", page="/sign-in", email=f"{n}@x.example").status_code
        for n in range(31)
    ]
    assert answers == [200] * 30 + [429]


def test_what_is_no_address_is_said_at_the_field(town: Town) -> None:
    answer = town.browser().post("/sign-in", page="/sign-in", email="김관리")
    assert answer.status_code == 422
    assert "메일 주소를 확인해 주세요" in answer.text
    assert 'value="김관리"' in answer.text


def test_a_link_opened_three_times_by_a_scanner_changes_nothing_and_still_opens(
    town: Town,
) -> None:
    path = f"/cases/{town.case()}"
    token = town.page_token(MANAGER, path)
    before = everything(town)
    for _ in range(3):
        assert town.browser().get(f"/l/{token}").status_code == 303
    assert everything(town) == before
    browser = town.browser()
    browser.get(f"/l/{token}")
    assert browser.get(path).status_code == 200


def test_the_token_leaves_the_address(town: Town) -> None:
    path = f"/cases/{town.case()}"
    answer = town.browser().get(f"/l/{town.page_token(MANAGER, path)}")
    assert answer.headers["location"] == path
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(town: Town) -> None:
    cookie = town.browser().get(f"/l/{town.sign_in_token(MANAGER)}").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "by http a secure cookie would never come back"
    assert MANAGER not in cookie


def test_by_https_the_cookie_is_secure(town: Town) -> None:
    town.set(center_url="https://center.example")
    cookie = town.browser().get(f"/l/{town.sign_in_token(MANAGER)}").headers["set-cookie"]
    assert "Secure" in cookie


@pytest.mark.parametrize("spoil", [lambda t: t[:-1] + "0", lambda t: "x" + t, lambda _: "a.b"])
def test_a_forged_link_opens_nothing_and_says_what_to_do(
    town: Town, spoil: Callable[[str], str]
) -> None:
    token = town.sign_in_token(MANAGER)
    spoilt = spoil(token) if spoil(token) != token else token[:-1] + "1"
    answer = town.browser().get(f"/l/{spoilt}")
    assert answer.status_code == 410
    assert "로그인 링크 받기" in answer.text
    assert "set-cookie" not in answer.headers or SIGNED_IN not in answer.headers["set-cookie"]


def test_a_link_that_ended_opens_nothing(town: Town) -> None:
    token = town.sign_in_token(MANAGER)
    town.now += timedelta(minutes=31)
    assert town.browser().get(f"/l/{token}").status_code == 410


def test_a_link_of_somebody_who_left_opens_nothing(town: Town) -> None:
    token = town.sign_in_token(MANAGER)
    visit = town.visitor(MANAGER)
    stay = tuple(person for person in registry().staff if person.email != MANAGER)
    with town.store.write() as session:
        apply(session, registry(staff=stay), at=town.now)
    assert town.browser().get(f"/l/{token}").status_code == 410
    assert visit.get("/").headers["location"] == "/sign-in", "nor does the cookie they had"


def test_a_mailed_link_opens_its_page_and_no_other(town: Town) -> None:
    mine, other = town.case(), town.case("다른 건입니다")
    reader = town.reader(MANAGER, f"/cases/{mine}")
    assert reader.get(f"/cases/{mine}").status_code == 200
    for path in ("/", f"/cases/{other}", f"/cases/{mine}0"):
        assert reader.get(path).headers["location"].startswith("/sign-in"), path


def test_a_mailed_link_to_the_first_page_opens_the_first_page_only(town: Town) -> None:
    number = town.case()
    reader = town.reader(MANAGER, "/")
    assert reader.get("/").status_code == 200
    assert reader.get(f"/cases/{number}").status_code == 303


def test_from_a_mailed_list_one_press_mails_the_link_that_signs_in_to_a_case(town: Town) -> None:
    number = town.case()
    reader = town.reader(MANAGER, "/")
    text = reader.get("/").text
    assert f'href="/cases/{number}"' not in text
    assert "건을 열려면 로그인해야 합니다" in text
    form = text.split('action="/sign-in"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert (fields["email"], fields["next"]) == (MANAGER, f"/cases/{number}")
    assert "메일을 확인해 주세요" in reader.post("/sign-in", **fields).text
    assert mails(town) == [MANAGER]
    with town.store.read() as session:
        link = session.scalars(select(Link).order_by(Link.id.desc())).first()
        assert link
        token = token_of(link, town.settings.center_key)
    assert reader.get(f"/l/{token}").headers["location"] == f"/cases/{number}"
    assert reader.get(f"/cases/{number}").status_code == 200


@pytest.mark.parametrize("page", ["/triage", "/triage/dismissed", "/outbox"])
def test_from_a_mailed_page_of_the_comms_team_each_case_is_one_press_and_one_mail_away(
    town: Town, page: str
) -> None:
    number = listed(town, page)
    reader, before = town.reader(COMMS, page.removesuffix("/dismissed")), mails(town)
    text = reader.get(page).text
    assert f'href="/cases/{number}"' not in text, "it would ask for a sign-in without a word"
    assert "건을 열려면 로그인해야 합니다" in text
    forms = re.findall(r'<form [^>]*action="/sign-in".*?</form>', text, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', forms[0]))
    assert (fields["email"], fields["next"]) == (COMMS, f"/cases/{number}")
    assert "메일을 확인해 주세요" in reader.post("/sign-in", **fields).text
    assert mails(town) == [*before, COMMS]
    signed_in = town.visitor(COMMS).get(page).text
    assert f'href="/cases/{number}"' in signed_in
    assert "로그인하고 열기" not in signed_in


def listed(town: Town, page: str) -> str:
    """A case that this page lists."""
    if page == "/outbox":
        number = town.case(to=CASEWORKER)
        with town.store.write() as session:
            case = by_number(session, number)
            assert case
            town.desk(session, CASEWORKER).answer(case, "답", body="답", more="…")
        return number
    number = town.case(office=None)
    if page.endswith("dismissed"):
        town.visitor(COMMS).post(f"/triage/{number}/dismiss", page="/triage", kind="chatter")
    return number


def test_who_is_signed_in_opens_cases_from_the_list_at_once(town: Town) -> None:
    number = town.case()
    text = town.visitor(MANAGER).get("/").text
    assert f'href="/cases/{number}"' in text
    assert "로그인하고 열기" not in text


def test_forms_below_the_mailed_page_work_as_that_person(town: Town) -> None:
    path = f"/cases/{town.case()}"
    reader = town.reader(MANAGER, path)
    answer = reader.post(f"{path}/designate", page=path, caseworker=CASEWORKER)
    assert answer.status_code == 303


def test_mailed_pages_and_a_sign_in_of_one_person_live_side_by_side(town: Town) -> None:
    one, two = f"/cases/{town.case()}", f"/cases/{town.case('또 다른 건')}"
    browser = town.reader(MANAGER, one)
    browser.get(f"/l/{town.page_token(MANAGER, two)}")
    browser.get(f"/l/{town.sign_in_token(MANAGER)}")
    assert "김관리" in browser.get(one).text
    assert "김관리" in browser.get(two).text
    assert "김관리" in browser.get("/").text


def test_signing_in_closes_the_pages_that_somebody_else_opened_in_this_browser(town: Town) -> None:
    page = f"/cases/{town.case()}"
    browser = town.reader(MANAGER, page)
    browser.get(f"/l/{town.sign_in_token(COMMS)}")
    assert "소통이" in browser.get(page).text, "who signed in last acts"
    assert "소통이" in browser.get("/triage").text
    browser.get(f"/l/{town.page_token(MANAGER, page)}")
    assert "김관리" in browser.get(page).text, "a mail opened after it is its reader's"


def test_a_page_ends_with_its_own_link_though_a_newer_one_was_opened(town: Town) -> None:
    old, new = f"/cases/{town.case()}", f"/cases/{town.case('새 건')}"
    browser = town.reader(MANAGER, old)
    town.now += timedelta(days=20)
    browser.get(f"/l/{town.page_token(MANAGER, new)}")
    assert browser.get(old).status_code == 200
    town.now += timedelta(days=11)
    assert browser.get(old).status_code == 303, "its 30 days are over"
    assert browser.get(new).status_code == 200


def test_an_older_link_opened_again_does_not_shorten_the_newer_ones_days(town: Town) -> None:
    old, new = f"/cases/{town.case()}", f"/cases/{town.case('새 건')}"
    token = town.page_token(MANAGER, old)
    town.now += timedelta(days=20)
    browser = town.reader(MANAGER, new)
    browser.get(f"/l/{token}")
    town.now += timedelta(days=15)
    assert browser.get(old).status_code == 303
    assert browser.get(new).status_code == 200


def test_a_sign_in_lasts_its_hours_though_its_link_ended_long_before(town: Town) -> None:
    visit = town.visitor(MANAGER)
    town.now += timedelta(hours=9)
    assert visit.get("/").status_code == 200


def test_who_came_by_a_mailed_page_can_sign_out_there(town: Town) -> None:
    path = f"/cases/{town.case()}"
    reader = town.reader(MANAGER, path)
    assert reader.post("/sign-out", page=path).headers["location"] == "/done?what=signed_out"
    assert reader.get(path).status_code == 303


def test_signing_out_ends_the_sign_in_wherever_its_cookie_was_copied(town: Town) -> None:
    visit = town.visitor(MANAGER)
    copied = visit.client.cookies[SIGNED_IN]
    assert visit.post("/sign-out", page="/").status_code == 303
    assert visit.get("/").status_code == 303
    thief = town.browser()
    thief.client.cookies.set(SIGNED_IN, copied)
    assert thief.get("/").status_code == 303


def test_a_sign_in_ends_by_itself(town: Town) -> None:
    visit = town.visitor(MANAGER)
    town.now += timedelta(hours=10, minutes=1)
    visit.client.cookies.set(SIGNED_IN, visit.client.cookies.get(SIGNED_IN) or "")
    assert visit.get("/").status_code == 303


def test_a_cookie_for_pages_does_not_pass_for_a_sign_in(town: Town) -> None:
    reader = town.reader(MANAGER, f"/cases/{town.case()}")
    thief = town.browser()
    thief.client.cookies.set(SIGNED_IN, reader.client.cookies[PAGES])
    assert thief.get("/").status_code == 303


def test_signing_in_leads_back_to_the_page_asked_for(town: Town) -> None:
    path = f"/cases/{town.case()}"
    browser = town.browser()
    sign_in = browser.get(path).headers["location"]
    assert f'name="next" value="{path}"' in browser.get(sign_in).text
    browser.post("/sign-in", page=sign_in, email=MANAGER, next=path)
    with town.store.read() as session:
        assert session.scalar(select(Link.path).order_by(Link.id.desc())) == path
        assert session.scalar(select(func.count()).select_from(Link)) == 2


@given(st.text())
def test_no_address_leads_away_from_us(asked: str) -> None:
    to = own_page(asked)
    assert to.startswith("/")
    assert not to.startswith(("//", "/\\"))
    assert to in (asked, "/")


@pytest.mark.parametrize(
    "asked", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "/\t/x"]
)
def test_addresses_that_a_browser_would_read_as_another_host_lead_home(asked: str) -> None:
    assert own_page(asked) == "/"
