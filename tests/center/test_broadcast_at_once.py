"""Several people press at the same moment, on each database: it is decided once, and clearly."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from registry.model import Role, Staff
from rules.bulletin import BulletinKind, BulletinState, Words
from rules.outbox import DeliveryState
from store.registry import apply
from store.tables import Bulletin
from tests.center.broadcasts import (
    SECOND,
    approved,
    draft,
    put,
    read,
    ready,
    states,
)
from tests.center.town import ADMINISTRATOR, COMMS, ON_BOTH, Town, Visit

THIRD = "third@town.example"

pytestmark = ON_BOTH


@pytest.fixture(autouse=True)
def _ready(town: Town) -> None:
    """Three administrators, so that two may approve what one submitted."""
    third = Staff(email=THIRD, name="박셋째", office="comms", role=Role.ADMINISTRATOR)
    with town.store.write() as session:
        apply(session, ready(staff=(*ready().staff, third)), at=town.now)


def at_once(presses: Sequence[tuple[Visit, str, str, dict[str, str]]]) -> list[int]:
    """Each posts to a path the form that it has open on a page; the answers' status."""
    ready_to_go = Barrier(len(presses))

    def press(one: tuple[Visit, str, str, dict[str, str]]) -> int:
        visit, page, path, fields = one
        token = visit.token(page)
        ready_to_go.wait(timeout=30)
        return visit.post(path, form_token=token, **fields).status_code

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


def pressed(
    town: Town, who: str, number: int, act: str, **fields: str
) -> tuple[Visit, str, str, dict[str, str]]:
    page = f"/broadcast/{number}"
    return town.visitor(who), page, f"{page}/{act}", fields


def test_two_who_approve_send_once(town: Town) -> None:
    number = draft(town)
    answers = at_once([pressed(town, who, number, "approve") for who in (SECOND, THIRD)])
    assert sorted(answers) == [303, 409]
    assert len(states(town, number)) == 5


def test_of_approving_and_refusing_one_holds(town: Town) -> None:
    number = draft(town)
    answers = at_once(
        [
            pressed(town, SECOND, number, "approve"),
            pressed(town, THIRD, number, "refuse", why="지역이 다릅니다"),
        ]
    )
    assert sorted(answers) == [303, 409]
    was_approved = read(town, number).state is BulletinState.APPROVED
    assert answers == ([303, 409] if was_approved else [409, 303])
    assert len(states(town, number)) == (5 if was_approved else 0)


def test_two_who_stop_keep_back_everything_that_is_not_out(town: Town) -> None:
    number = approved(town)
    put(town, number, "x_lead", DeliveryState.PUBLISHED)
    answers = at_once([pressed(town, who, number, "stop") for who in (COMMS, SECOND, THIRD)])
    assert answers == [303, 303, 303]
    assert read(town, number).stopped_by in (COMMS, SECOND, THIRD)
    found = states(town, number)
    assert found.pop("x_lead") is DeliveryState.PUBLISHED
    assert set(found.values()) == {DeliveryState.CANCELLED}


def test_two_follow_ups_that_are_approved_together_know_of_each_other(town: Town) -> None:
    first = approved(town)
    event = read(town, first).event.number
    follow_ups = [
        draft(
            town,
            kind=kind,
            event=event,
            ko=Words(act_now=f"{kind}: 앞의 글을 보지 마세요.", description="바로잡습니다."),
        )
        for kind in (BulletinKind.CORRECTION, BulletinKind.CANCEL)
    ]
    answers = at_once(
        [
            pressed(town, who, number, "approve")
            for who, number in zip((SECOND, THIRD), follow_ups, strict=True)
        ]
    )
    assert answers == [303, 303]
    stands = [number for number in follow_ups if read(town, number).superseded_by_id is None]
    assert len(stands) == 1
    (older,) = set(follow_ups) - set(stands)
    assert read(town, older).superseded_by_id == stands[0]


def test_ten_identical_triggers_are_one_draft_and_nobody_is_told_of_a_mistake(town: Town) -> None:
    asked = {"hazard": "flood", "kind": "alert", "exercise": "yes"}
    visits = [town.visitor(ADMINISTRATOR) for _ in range(10)]
    answers = at_once([(visit, "/broadcast/new", "/broadcast/new", asked) for visit in visits])
    assert answers == [303] * 10
    with town.store.read() as session:
        assert session.query(Bulletin).count() == 1
    assert len(town.asked_with) == 1


def test_two_different_triggers_get_a_marker_each(town: Town) -> None:
    hazards = ("flood", "fire", "quake")
    answers = at_once(
        [
            (
                town.visitor(ADMINISTRATOR),
                "/broadcast/new",
                "/broadcast/new",
                {"hazard": hazard, "kind": "alert", "exercise": "yes"},
            )
            for hazard in hazards
        ]
    )
    assert answers == [303] * len(hazards)
    with town.store.read() as session:
        assert len({bulletin.marker for bulletin in session.query(Bulletin)}) == len(hazards)
