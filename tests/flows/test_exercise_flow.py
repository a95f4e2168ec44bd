"""A whole exercise in Prefect, as the second Tuesday of a month runs it."""

import importlib

import pytest
from sqlalchemy import select

from rules.bulletin import BulletinKind
from store import proof
from store.tables import Case, Event, Mail
from tasks.workplace import workplace
from tests.flows.conftest import Installed


@pytest.mark.timeout(600)
def test_the_monthly_exercise_runs_from_its_alert_to_its_report(installation: Installed) -> None:
    importlib.import_module("flows.exercise").exercise()
    place = workplace()
    with place.store.read() as session:
        event = session.scalars(select(Event)).one()
        assert event.exercise
        assert event.closed_at
        assert [bulletin.kind for bulletin in event.bulletins] == [
            BulletinKind.ALERT,
            BulletinKind.CORRECTION,
            BulletinKind.ALL_CLEAR,
        ]
        for bulletin in event.bulletins:
            found = proof.report(session, place.registry, bulletin)
            assert found.out == found.taking_part > 60
        facts = session.scalars(select(Mail.facts).where(Mail.event == "exercise_report")).first()
        assert session.scalars(select(Case)).all() == []
    assert facts is not None
    assert facts["written"] == facts["found"] == 5
    assert [id_ for id_ in place.registry.accounts if installation.network.statuses(id_)] == []
