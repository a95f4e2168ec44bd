"""A form must come from a page of ours, shown to this person in this browser."""

import pytest

from center.seats import ALLOWED, SECRETS
from rules.bulletin import BulletinState
from tests.center.broadcasts import draft, make_ready, read
from tests.center.town import ADMINISTRATOR, CASEWORKER, COMMS, MANAGER, Town

POSTS = sorted(
    route.split(" ")[1]
    for route in ALLOWED
    if route.startswith("POST ") and route not in SECRETS  # no form: a program's
)
#: Somebody who might press the buttons of these pages.
WHO = {"triage": COMMS, "outbox": COMMS, "broadcast": ADMINISTRATOR, "resume-replies": COMMS}
GETS = {route.split(" ")[1] for route in ALLOWED if route.startswith("GET ")}


@pytest.mark.parametrize("path", POSTS)
def test_a_post_without_a_token_is_refused_and_changes_nothing(town: Town, path: str) -> None:
    number = town.case(to=CASEWORKER)
    make_ready(town)
    bulletin = draft(town)
    visit = town.visitor(WHO.get(path.split("/")[1], MANAGER))
    visit.get("/")
    before = town.status(number)
    answer = visit.post(
        path.format(number=number, delivery_id=1, bulletin_id=bulletin, office_id="river"),
        caseworker=MANAGER,
    )
    assert answer.status_code == 403
    assert town.status(number) == before
    assert read(town, bulletin).state is BulletinState.DRAFT
    assert (town.asked, town.asked_with) == ([], [])


@pytest.mark.parametrize("path", [path for path in POSTS if path not in GETS])
def test_writing_by_get_is_not_possible(town: Town, path: str) -> None:
    number = town.case(to=CASEWORKER)
    answer = town.visitor(MANAGER).get(
        path.format(number=number, delivery_id=1, bulletin_id=1, office_id="river")
    )
    assert answer.status_code == 405
    assert "단추로 다시" in answer.text


def test_a_token_of_another_person_is_refused(town: Town) -> None:
    path = f"/cases/{town.case()}"
    token = town.visitor(COMMS).token(path)
    answer = town.visitor(MANAGER).post(
        f"{path}/designate", form_token=token, caseworker=CASEWORKER
    )
    assert answer.status_code == 403
    assert "새로고침" in answer.text


def test_a_token_from_before_somebody_else_signed_in_here_is_refused(town: Town) -> None:
    path = f"/cases/{town.case()}"
    visit = town.visitor(MANAGER)
    token = visit.token(path)
    visit.get(f"/l/{town.sign_in_token(COMMS)}")
    answer = visit.post(f"{path}/designate", form_token=token, caseworker=CASEWORKER)
    assert answer.status_code == 403


def test_a_stranger_cannot_have_mail_sent_without_our_form(town: Town) -> None:
    assert town.browser().post("/sign-in", email=MANAGER).status_code == 403
    assert town.asked == []
