"""`POST /cap`: an alert from outside becomes a draft, once, in somebody's name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import Response

from cap.model import Alert, MessageType
from cap.write import write
from rules.bulletin import BulletinKind, BulletinState, Hazard
from rules.outbox import DeliveryState
from store import approving, broadcast
from store.access import MOST_WRONG
from store.registry import load
from store.tables import Bulletin
from tests.cap.alerts import an_alert, an_area, an_info
from tests.center.broadcasts import SECOND, approved, make_ready, put, read
from tests.center.town import ADMINISTRATOR, COMMS, NOW, Town

TOKEN = "a long word that only two programs know"
HERE = an_area(area_desc="강변구", polygons=())


def alert(**changes: Any) -> Alert:
    info = an_info(areas=(HERE,), expires=NOW + timedelta(hours=3))
    return replace(
        an_alert(sent=NOW - timedelta(minutes=1), infos=(info,)),
        **changes,
    )


@pytest.fixture(autouse=True)
def _ready(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ready(town)
    monkeypatch.setenv("HAECHI_SECRET_CAP", TOKEN)


def send(
    town: Town,
    file: Alert | bytes | None = None,
    *,
    token: str = f"Bearer {TOKEN}",
    submitter: str = ADMINISTRATOR,
    content_type: str = "application/cap+xml",
) -> Response:
    data = file if isinstance(file, bytes) else write(file or alert())
    said = {"Authorization": token, "X-Haechi-Submitter": submitter, "Content-Type": content_type}
    answer: Response = town.browser().client.post("/cap", content=data, headers=said)
    return answer


def drafts(town: Town) -> list[Bulletin]:
    with town.store.read() as session:
        return session.query(Bulletin).order_by(Bulletin.id).all()


def rules_of(answer: Response) -> set[str]:
    return {fault["rule"] for fault in answer.json()["faults"]}


def test_an_alert_becomes_a_draft_that_waits_for_a_second_person(town: Town) -> None:
    answer = send(town)
    assert answer.status_code == 201, answer.text
    (draft,) = drafts(town)
    assert draft.state is BulletinState.DRAFT
    assert not draft.exercise
    assert draft.districts == ["river"]
    assert draft.submitted_by == ADMINISTRATOR
    assert answer.json()["bulletin"] == draft.id
    assert answer.json()["page"].endswith(f"/broadcast/{draft.id}")
    assert town.asked_with == [("take-up", {"bulletin": draft.id})]
    assert "KR-2026-12-3" in town.visitor(SECOND).get(f"/broadcast/{draft.id}").text


@pytest.mark.parametrize(
    "token", ["", TOKEN, "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
)
def test_without_the_secret_nothing_is_taken(town: Town, token: str) -> None:
    answer = send(town, token=token)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert rules_of(answer) == {"token"}
    assert drafts(town) == []


def test_an_address_that_guesses_is_not_listened_to_for_a_while(town: Town) -> None:
    for _ in range(MOST_WRONG):
        assert send(town, token="Bearer guess").status_code == 401
        town.now += timedelta(minutes=1)
    for token in ("Bearer guess", f"Bearer {TOKEN}"):
        answer = send(town, token=token)
        assert answer.status_code == 429
        assert rules_of(answer) == {"too_many"}
        assert "Retry-After" in answer.json()["faults"][0]["said"]
    town.now += timedelta(seconds=int(answer.headers["retry-after"]))
    assert send(town).status_code == 201


def test_a_program_that_knows_the_secret_is_never_counted(town: Town) -> None:
    assert {send(town).status_code for _ in range(MOST_WRONG * 2)} == {200, 201}


def test_where_no_secret_is_set_nobody_has_it(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HAECHI_SECRET_CAP")
    for token in ("Bearer ", "Bearer None", f"Bearer {TOKEN}"):
        assert send(town, token=token).status_code == 401


def test_a_signed_in_person_is_no_program(town: Town) -> None:
    visit = town.visitor(ADMINISTRATOR)
    answer = visit.post("/cap", page="/", form_token=visit.token("/"))
    assert answer.status_code == 401


@pytest.mark.parametrize("who", ["", COMMS, "nobody@town.example"])
def test_it_is_submitted_in_an_administrators_name_or_not_at_all(town: Town, who: str) -> None:
    answer = send(town, submitter=who)
    assert answer.status_code == 403
    assert rules_of(answer) == {"submitter"}
    assert drafts(town) == []


def test_who_it_was_submitted_for_cannot_approve_it(town: Town) -> None:
    number = send(town).json()["bulletin"]
    visit = town.visitor(ADMINISTRATOR)
    page = f"/broadcast/{number}"
    assert visit.post(f"{page}/approve", page=page, typed="침수").status_code == 409


def test_the_form_type_of_a_careless_client_does_not_matter(town: Town) -> None:
    answer = send(town, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 201


def test_the_same_alert_again_is_the_same_draft_whatever_became_of_it(town: Town) -> None:
    first = send(town)
    again = send(town, submitter=SECOND)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["bulletin"] == first.json()["bulletin"]
    with town.store.write() as session:
        bulletin = session.get_one(Bulletin, first.json()["bulletin"])
        broadcast.refuse(session, load(session), bulletin, who=SECOND, why="아님", at=town.now)
    last = send(town)
    assert last.status_code == 200
    assert last.json()["state"] == "refused"
    assert len(drafts(town)) == 1
    assert len(town.asked_with) == 1


def test_the_same_identifier_with_other_content_is_refused(town: Town) -> None:
    send(town)
    other = alert(infos=(an_info(areas=(HERE,), headline="다른 제목", expires=None),))
    answer = send(town, other)
    assert answer.status_code == 409
    assert rules_of(answer) == {"identifier_once"}
    assert len(drafts(town)) == 1


def test_every_fault_is_told_with_its_element(town: Town) -> None:
    wrong = alert(
        identifier="has a blank",
        infos=(an_info(areas=(an_area(area_desc="부산 해운대구"),), expires=NOW, headline=""),),
    )
    answer = send(town, wrong)
    assert answer.status_code == 422
    faults = answer.json()["faults"]
    assert len(faults) >= 2
    assert all({"element", "rule", "said"} == set(fault) for fault in faults)
    assert drafts(town) == []


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxx"><!ENTITY y "&x;&x;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">&y;</alert>"""


@pytest.mark.parametrize(
    "data",
    [b"", b"no xml", BOMB, b'<alert xmlns="urn:other"/>', b"\x00" * 100],
    ids=["empty", "text", "bomb", "other namespace", "null"],
)
def test_a_hostile_file_is_a_fault_and_nothing_else(town: Town, data: bytes) -> None:
    answer = send(town, data)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["said"]
    assert drafts(town) == []


def test_a_file_that_is_too_large_is_stopped_as_it_comes(town: Town) -> None:
    answer = send(town, b"<" * 2_000_000)
    assert answer.status_code == 413
    assert rules_of(answer) == {"size"}


def test_an_update_of_an_alert_that_we_took_in_belongs_to_its_event(town: Town) -> None:
    number = send(town).json()["bulletin"]
    first = alert()
    update = alert(
        identifier="KR-2026-12-4",
        msg_type=MessageType.UPDATE,
        references=f"{first.sender},{first.identifier},{first.sent.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00".replace(
            "+00:00", "-00:00"
        ),
    )
    early = send(town, update)
    assert early.status_code == 422
    assert "열려 있지 않습니다" in early.text, "nobody approved the first one yet"
    with town.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        approving.approve(session, load(session), bulletin, who=SECOND, typed="침수", at=town.now)
    answer = send(town, update)
    assert answer.status_code == 201, answer.text
    assert drafts(town)[-1].event_id == read(town, number).event_id
    assert drafts(town)[-1].kind is BulletinKind.UPDATE


def test_a_cancel_may_refer_to_a_file_of_ours(town: Town) -> None:
    number = approved(town, exercise=False, hazard=Hazard.FLOOD)
    put(town, number, "x_lead", DeliveryState.PUBLISHED)
    sent = read(town, number).approved_at
    assert sent is not None
    cancel = alert(
        msg_type=MessageType.CANCEL,
        sent=NOW,
        references=f"{town.settings.mail_from},haechi-2026-11-1,{sent:%Y-%m-%dT%H:%M:%S}-00:00",
    )
    town.now += timedelta(minutes=1)
    answer = send(town, cancel)
    assert answer.status_code == 201, answer.text
    assert drafts(town)[-1].kind is BulletinKind.CANCEL
    assert drafts(town)[-1].event_id == read(town, number).event_id


def test_a_reference_to_nothing_is_refused(town: Town) -> None:
    update = alert(
        msg_type=MessageType.UPDATE,
        references="alert@weather.example,KR-2026-12-2,2026-11-25T09:00:00+09:00",
    )
    answer = send(town, update)
    assert answer.status_code == 422
    assert "references_known" in rules_of(answer)


def test_references_to_two_events_are_refused(town: Town) -> None:
    for n, hazard in ((1, Hazard.FLOOD), (2, Hazard.FIRE)):
        approved(town, exercise=False, hazard=hazard)
        assert read(town, n).marker.endswith(f"-{n}]")
    sent = datetime.strftime(NOW, "%Y-%m-%dT%H:%M:%S-00:00")
    both = " ".join(f"{town.settings.mail_from},haechi-2026-11-{n},{sent}" for n in (1, 2))
    town.now += timedelta(minutes=1)
    answer = send(town, alert(msg_type=MessageType.CANCEL, references=both, sent=town.now))
    assert answer.status_code == 422
    assert "one_event" in rules_of(answer)


def test_a_store_that_is_busy_says_come_again(town: Town) -> None:
    from store.engine import StoreBusy

    town.stop_writing(StoreBusy("locked"))
    answer = send(town)
    assert answer.status_code == 503
    assert rules_of(answer) == {"busy"}


def test_getting_it_does_nothing(town: Town) -> None:
    answer = town.browser().get("/cap")
    assert answer.status_code == 405
    assert answer.json()["faults"]
