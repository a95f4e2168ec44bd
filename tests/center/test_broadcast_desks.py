"""A district's desk: its texts, its CAP file, and that it says once that it has them."""

import pytest
from sqlalchemy import delete

from cap.read import read as read_cap
from registry.model import Network
from rules.bulletin import BulletinKind
from rules.measure import TEXT_RULES, fits
from rules.outbox import DeliveryState
from store.notices import notice_of
from store.tables import Notice
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


def test_a_draft_has_no_desk_and_an_unknown_office_neither(town: Town) -> None:
    waiting, sent = draft(town), approved(town, exercise=False)
    visit = town.visitor(COMMS)
    assert visit.get(f"/broadcast/{waiting}/desk/river").status_code == 404
    assert visit.get(f"/broadcast/{waiting}/desk/river/cap.xml").status_code == 404
    assert visit.get(f"/broadcast/{sent}/desk/nowhere").status_code == 404
