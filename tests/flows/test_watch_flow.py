"""`watch-events` in Prefect: one run does all that is due, and says what it came to."""

import importlib
from datetime import timedelta

import pytest

from store import approving
from store.tables import Bulletin
from tasks.workplace import workplace
from tests import bulletins
from tests.flows.conftest import Installed

ASKS, AGREES = "ko.eunrin@seoul.example", "jang.eunjin@seoul.example"


@pytest.mark.timeout(600)
def test_a_run_takes_up_what_was_left_and_audits_it_when_it_is_time(
    installation: Installed,
) -> None:
    place = workplace()
    at = place.now() - timedelta(minutes=20)
    with place.store.write() as session:
        draft = bulletins.draft(
            session,
            place.registry,
            at=at,
            submitted_by=ASKS,
            expires_at=at + timedelta(hours=3),
        )
        approving.approve(session, place.registry, draft, who=AGREES, typed="", at=at)
        number = draft.id
    watch = importlib.import_module("flows.watch_events").watch_events
    watch()
    with place.store.write() as session:
        sent = session.get_one(Bulletin, number)
        assert sent.finished_at
        sent.finished_at -= timedelta(minutes=11)
    watch()
    with place.store.read() as session:
        audited = session.get_one(Bulletin, number)
        assert audited.audited_at
        assert audited.told_at
        assert audited.audit == []
    assert "1 bulletins taken up" in " ".join(names_of_runs())
    assert "1 audited (0 wrong)" in " ".join(names_of_runs())
    assert installation.folder.exists()


def names_of_runs() -> list[str]:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return [run.name for run in client.read_flow_runs()]
