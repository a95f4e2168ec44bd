"""A district's desk: its texts, its CAP file, and that it says once that it has them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

import templates
from cap.read import read as read_cap
from registry.model import Network
from rules.bulletin import BulletinKind
from rules.measure import TEXT_RULES, fits
from rules.outbox import DeliveryState
from store.broadcast import stop
from store.notices import notice_of
from store.tables import Bulletin, Notice
from tests.center.broadcasts import approved, draft, follow_up, make_ready, put, read
from tests.center.town import COMMS, MANAGER, OTHER_MANAGER, Town

RIVER = OTHER_MANAGER


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def desk(number: int) -> str:
    """The page of the district's desk, which the approval told."""
    return f"/broadcast/{number}/desk/river"


def acknowledged(town: Town, number: int) -> tuple[object, object]:
    with town.store.read() as session:
        notice = notice_of(session, number, "river")
        assert notice
        return notice.acknowledged_by, notice.acknowledged_at


def asks_to_spread(text: str) -> bool:
    """Whether the page tells the desk to put something up, or makes it easy."""
    return "바로 알려 주세요" in text or "그대로 올려 주세요" in text or "data-copy" in text


def test_the_desk_gets_its_texts_in_its_own_name_whole_and_short(town: Town) -> None:
    number = approved(town)
    text = town.reader(RIVER, desk(number)).get(f"/broadcast/{number}/desk/river").text
    assert "[강변구]" in text
    assert "지금 지하에서 나오세요." in text
    assert "긴 글" in text
    assert "짧은 글 (X)" in text
    assert read(town, number).marker in text
    assert 'class="band exercise"' in text


def test_the_short_text_fits_x(town: Town) -> None:
    from center.bulletin_cap import content_of
    from center.desks import texts_for
    from store.registry import load

    number = approved(town, exercise=False)
    with town.store.read() as session:
        city = load(session)
        content = content_of(city, town.settings, read(town, number))
        texts = texts_for(city.offices["river"], content)
    short = [one.text for one in texts if one.short]
    assert short
    assert all(fits(text, TEXT_RULES[Network.X]) for text in short)


def test_the_mailed_link_opens_the_desk_and_its_cap_file_and_nothing_else(town: Town) -> None:
    number = approved(town)
    visit = town.reader(RIVER, desk(number))
    assert visit.get(f"/broadcast/{number}/desk/river").status_code == 200
    file = visit.get(f"/broadcast/{number}/desk/river/cap.xml")
    assert read_cap(file.content).identifier == "haechi-exercise-2026-11-1"
    assert visit.get(f"/broadcast/{number}").status_code == 303
    assert visit.get(f"/broadcast/{number}/desk/lights").status_code == 303


def test_another_offices_desk_is_not_there(town: Town) -> None:
    number = approved(town)
    path = desk(number)
    visit = town.visitor(MANAGER)
    assert visit.get(path).status_code == 404
    assert visit.post(f"{path}/acknowledge", page="/").status_code == 404
    assert acknowledged(town, number) == (None, None)


def test_the_desk_says_once_that_it_has_it(town: Town) -> None:
    number = approved(town)
    path = desk(number)
    visit, second = town.reader(RIVER, path), town.visitor(COMMS)
    token = second.token(path)
    visit.get(path)
    assert acknowledged(town, number) == (None, None), "looking says nothing"
    assert visit.post(f"{path}/acknowledge", page=path).status_code == 303
    assert second.post(f"{path}/acknowledge", form_token=token).status_code == 303
    assert acknowledged(town, number) == (RIVER, town.now)
    assert "최강변님이" in visit.get(path).text
    assert f"{path}/acknowledge" not in visit.get(path).text
    assert "자치구 확인 1/1" in town.visitor(COMMS).get(f"/broadcast/{number}").text


def test_a_desk_that_was_not_told_has_nothing_to_say(town: Town) -> None:
    number = approved(town)
    path = desk(number)
    with town.store.write() as session:
        session.execute(delete(Notice))
    visit = town.visitor(RIVER)
    assert f"{path}/acknowledge" not in visit.get(path).text
    assert visit.post(f"{path}/acknowledge", page="/").status_code == 409


def test_a_desk_is_told_that_something_newer_takes_its_place(town: Town) -> None:
    first = approved(town)
    put(town, first, "x_lead", DeliveryState.PUBLISHED)
    second = follow_up(town, first, BulletinKind.CANCEL)
    text = town.visitor(RIVER).get(desk(first)).text
    assert read(town, second).marker in text
    assert "더 올리지 마세요" in text
    assert not asks_to_spread(text)


def test_an_exercise_is_never_to_be_spread(town: Town) -> None:
    text = town.reader(RIVER, desk(number := approved(town))).get(desk(number)).text
    assert "시민에게는 아래 글을 알리지 마세요" in text
    assert not asks_to_spread(text)


def test_a_real_one_is_to_be_spread_only_where_the_center_is_live(town: Town) -> None:
    number = approved(town, exercise=False)
    practised = town.visitor(RIVER).get(desk(number)).text
    assert "실제 채널에는 아래 글을 올리지 마세요" in practised
    assert not asks_to_spread(practised)
    town.set(live=True)
    assert asks_to_spread(town.visitor(RIVER).get(desk(number)).text)


@pytest.mark.parametrize("why", ["stopped", "expired"])
def test_what_ended_is_not_to_be_spread_and_asks_for_nothing(town: Town, why: str) -> None:
    town.set(live=True)
    number = approved(town, exercise=False)
    if why == "stopped":
        with town.store.write() as session:
            stop(session, session.get_one(Bulletin, number), who=COMMS, at=town.now)
    else:
        town.now += timedelta(hours=7)
    text = town.visitor(RIVER).get(desk(number)).text
    assert not asks_to_spread(text)
    assert f"{desk(number)}/acknowledge" not in text


def test_the_mails_name_the_button_as_the_page_does(town: Town) -> None:
    assert '">확인했습니다</button>' in town.visitor(RIVER).get(desk(approved(town))).text
    folder = Path(templates.__file__).parent / "mail"
    for event in ("bulletin_desk", "bulletin_desk_again"):
        assert "‘확인했습니다’" in (folder / event / "body.txt").read_text()
        assert "‘확인했습니다’" in (folder / event / "body.html").read_text()


def test_a_draft_has_no_desk_and_an_unknown_office_neither(town: Town) -> None:
    waiting, sent = draft(town), approved(town, exercise=False)
    visit = town.visitor(COMMS)
    assert visit.get(f"/broadcast/{waiting}/desk/river").status_code == 404
    assert visit.get(f"/broadcast/{waiting}/desk/river/cap.xml").status_code == 404
    assert visit.get(f"/broadcast/{sent}/desk/nowhere").status_code == 404
