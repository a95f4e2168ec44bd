"""A whole broadcast in Prefect: it waits for a second person, and only for that."""

import importlib
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from rules.bulletin import BulletinForm, BulletinState, Hazard
from store import approving, broadcast, proof
from store.bulletins import deliveries_of
from store.tables import Bulletin
from tasks.workplace import Workplace, workplace
from tests.flows.conftest import Installed

ASKS, AGREES = "ko.eunrin@seoul.example", "jang.eunjin@seoul.example"

pytestmark = pytest.mark.timeout(600)


class Run(threading.Thread):
    """The flow in a thread of its own, as a worker would run it."""

    def __init__(self, flow: str = "broadcast", **parameters: Any) -> None:
        super().__init__(daemon=True)
        self.flow = flow
        self.parameters = parameters
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        flow = getattr(importlib.import_module(f"flows.{self.flow}"), self.flow)
        try:
            flow(**self.parameters)
        except BaseException as error:
            self.error = error


def eventually(ask: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < ends, "it did not come to pass"
        time.sleep(0.2)
    return found


def newest(place: Workplace) -> Bulletin | None:
    with place.store.read() as session:
        return session.query(Bulletin).order_by(Bulletin.id.desc()).first()


def state_in_prefect(run_id: str | None) -> str:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(run_id)).state if run_id else None
        return state.type.value if state else ""


def resume_in_prefect(run_id: str) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        client.resume_flow_run(UUID(run_id))


def approve(place: Workplace, number: int) -> None:
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, number)
        approving.approve(session, place.registry, bulletin, who=AGREES, typed="", at=place.now())


def asked(**more: Any) -> BulletinForm:
    return BulletinForm(**{"hazard": Hazard.FLOOD, "submitted_by": ASKS, **more})


def waiting(place: Workplace, *, after: int = 0) -> Bulletin:
    """The bulletin whose run is shown as paused."""

    def paused() -> Bulletin | None:
        found = newest(place)
        if found is None or found.id <= after:
            return None
        return found if state_in_prefect(found.run_id) == "PAUSED" else None

    found: Bulletin = eventually(paused)
    return found


def test_a_broadcast_waits_paused_and_goes_once_a_second_person_approves(
    installation: Installed,
) -> None:
    place = workplace()
    run = Run(form=asked())
    draft = waiting(place)
    assert draft.run_id
    resume_in_prefect(draft.run_id)  # nobody approved: it must not go
    eventually(lambda: state_in_prefect(draft.run_id) == "PAUSED")
    assert draft.state is BulletinState.DRAFT
    with place.store.read() as session:
        assert deliveries_of(session, draft.id) == []
    approve(place, draft.id)
    run.join(120)
    assert run.error is None
    with place.store.read() as session:
        sent = session.get_one(Bulletin, draft.id)
        found = proof.report(session, place.registry, sent)
    assert found.out == found.taking_part > 60
    assert found.counts[proof.Fate.VISIBLE] == found.out
    assert sent.told_at
    assert state_in_prefect(draft.run_id) == "COMPLETED"


def test_a_refused_one_ends_without_sending_anything(installation: Installed) -> None:
    place = workplace()
    before = newest(place)
    run = Run(form=asked(hazard=Hazard.HEAT))
    draft = waiting(place, after=before.id if before else 0)
    with place.store.write() as session:
        bulletin = session.get_one(Bulletin, draft.id)
        broadcast.refuse(
            session, place.registry, bulletin, who=AGREES, why="지역이 다릅니다", at=place.now()
        )
    run.join(60)
    assert run.error is None
    with place.store.read() as session:
        assert deliveries_of(session, draft.id) == []


def test_one_whose_run_died_is_taken_up_after_its_approval(installation: Installed) -> None:
    place = workplace()
    with place.store.write() as session:
        from store.drafting import draft
        from templates.bulletin_words import bulletin_words
        from templates.card import described_card

        bulletin, _ = draft(
            session,
            place.registry,
            asked(hazard=Hazard.CROWD),
            words=bulletin_words,
            card=described_card,
            media=place.settings.media,
            center=place.settings.center,
            at=place.now(),
        )
        number = bulletin.id
    approve(place, number)
    run = Run("take_up", bulletin=number)
    run.join(120)
    assert run.error is None
    with place.store.read() as session:
        sent = session.get_one(Bulletin, number)
        assert proof.report(session, place.registry, sent).waiting == 0


def test_what_cannot_be_sent_is_told_in_full_by_the_run(installation: Installed) -> None:
    run = Run(form=asked(districts=["없는구"], submitted_by="nobody@seoul.example"))
    run.join(60)
    assert "없는구" in str(run.error) or "관리자가 아닙니다" in str(run.error)
