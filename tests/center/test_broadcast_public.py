"""What everybody sees of disasters: what stands, what was said before, and the same as CAP."""

from datetime import timedelta

import pytest
from defusedxml.ElementTree import fromstring

from cap.model import Status
from cap.read import read as read_cap
from rules.bulletin import BulletinKind, Words
from rules.outbox import DeliveryState
from store.tables import Bulletin
from tests.center.broadcasts import (
    approved,
    draft,
    event_of,
    follow_up,
    give_picture,
    make_ready,
    put,
    read,
)
from tests.center.town import COMMS, Town

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    make_ready(town)


def test_what_stands_is_there_with_every_language_and_119(town: Town) -> None:
    approved(town, exercise=False)
    text = town.browser().get("/disaster").text
    assert "지금 지하에서 나오세요." in text
    assert 'lang="en"' in text
    assert "Leave basements now." in text
    assert 'href="tel:119"' in text


def test_no_draft_no_exercise_and_nothing_expired_stands(town: Town) -> None:
    draft(town, exercise=False)
    approved(town)
    assert "재난 메시지가 없습니다" in town.browser().get("/disaster").text
    approved(town, exercise=False, again=True)
    assert "재난 메시지가 없습니다" not in town.browser().get("/disaster").text
    town.now += timedelta(hours=7)
    assert "재난 메시지가 없습니다" in town.browser().get("/disaster").text


def test_an_event_strikes_out_what_was_superseded_and_points_to_the_new(town: Town) -> None:
    first = approved(town, exercise=False)
    put(town, first, "x_lead", DeliveryState.PUBLISHED)
    second = follow_up(town, first, BulletinKind.CORRECTION)
    text = town.browser().get(f"/disaster/{event_of(town, first)}").text
    assert "<s>지금 지하에서 나오세요.</s>" in text
    assert "대체된 메시지" in text
    assert f'#b{second}"' in text
    assert text.index(f'id="b{second}"') < text.index(f'id="b{first}"'), "newest first"
    assert "<s>지금" not in town.browser().get("/disaster").text


def test_an_exercises_page_cannot_be_mistaken(town: Town) -> None:
    number = approved(town)
    give_picture(town, number)
    text = town.browser().get(f"/disaster/{event_of(town, number)}").text
    assert 'class="band exercise"' in text
    assert "실제 상황이 아닙니다" in text
    assert "/disaster/cap/" not in text


def test_an_event_without_anything_approved_and_an_unknown_one_are_nowhere(town: Town) -> None:
    number = draft(town, exercise=False)
    visit = town.browser()
    for path in (event_of(town, number), "unknown", "feed.atom.x"):
        assert visit.get(f"/disaster/{path}").status_code == 404


def test_a_picture_is_shown_only_with_its_event(town: Town) -> None:
    first, second = approved(town, exercise=False), approved(town)
    give_picture(town, first)
    visit = town.browser()
    assert visit.get(f"/disaster/{event_of(town, first)}/pictures/{first}").status_code == 200
    assert visit.get(f"/disaster/{event_of(town, second)}/pictures/{first}").status_code == 404
    assert 'alt="침수 안내 그림"' in visit.get("/disaster").text


def test_markup_in_a_bulletin_is_text(town: Town) -> None:
    evil = Words(act_now="<img src=x onerror=alert(1)>", description="<script>1</script>")
    number = approved(town, exercise=False, ko=evil)
    for path in ("/disaster", f"/disaster/{event_of(town, number)}"):
        text = town.browser().get(path).text
        assert "<img src=x" not in text
        assert "<script>1" not in text


# --- CAP ----------------------------------------------------------------------------------


def test_each_real_bulletin_has_its_cap_file_superseded_or_not(town: Town) -> None:
    first = approved(town, exercise=False)
    put(town, first, "x_lead", DeliveryState.PUBLISHED)
    follow_up(town, first, BulletinKind.CORRECTION)
    visit = town.browser()
    old, new = (read_cap(visit.get(f"/disaster/cap/2026-11-{n}.xml").content) for n in (1, 2))
    assert (old.status, old.identifier) == (Status.ACTUAL, "haechi-2026-11-1")
    assert new.references
    assert "haechi-2026-11-1" in new.references
    assert {info.language for info in old.infos} == {"ko-KR", "en-US"}


def test_the_cap_file_of_an_exercise_is_for_staff_alone_and_says_exercise(town: Town) -> None:
    number = approved(town)
    assert town.browser().get("/disaster/cap/2026-11-1.xml").status_code == 404
    path = f"/broadcast/{number}/cap.xml"
    assert town.browser().get(path).status_code == 303
    answer = town.visitor(COMMS).get(path)
    assert answer.headers["content-type"].startswith("application/cap+xml")
    assert read_cap(answer.content).status is Status.EXERCISE


@pytest.mark.parametrize("slug", ["2026-11-2", "2026-1", "%25", "..%2f..", "2026-11-1'--"])
def test_no_other_name_is_a_cap_file(town: Town, slug: str) -> None:
    approved(town, exercise=False)
    assert town.browser().get(f"/disaster/cap/{slug}.xml").status_code == 404


def test_a_draft_has_no_cap_file(town: Town) -> None:
    number = draft(town, exercise=False)
    assert town.visitor(COMMS).get(f"/broadcast/{number}/cap.xml").status_code == 404
    assert town.browser().get("/disaster/cap/2026-11-1.xml").status_code == 404


def test_the_feed_lists_what_stands_and_its_links_open(town: Town) -> None:
    number = approved(town, exercise=False)
    approved(town)
    answer = town.browser().get("/disaster/feed.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    (entry,) = fromstring(answer.text).findall(f"{ATOM}entry")
    title, link = entry.find(f"{ATOM}title"), entry.find(f"{ATOM}link")
    assert title is not None
    assert link is not None
    assert read(town, number).marker in str(title.text)
    path = link.get("href", "").removeprefix(town.settings.center)
    assert town.browser().get(path).status_code == 200


def test_an_empty_feed_is_a_feed(town: Town) -> None:
    answer = town.browser().get("/disaster/feed.atom")
    assert fromstring(answer.text).findall(f"{ATOM}entry") == []


def test_looking_changes_nothing(town: Town) -> None:
    number = approved(town, exercise=False)
    before = read(town, number)
    visit = town.browser()
    for path in ("", "/feed.atom", "/cap/2026-11-1.xml", f"/{event_of(town, number)}"):
        assert visit.get(f"/disaster{path}").status_code == 200
    after = read(town, number)
    columns = Bulletin.__table__.columns.keys()
    assert {c: getattr(before, c) for c in columns} == {c: getattr(after, c) for c in columns}
