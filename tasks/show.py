"""Tables for whoever watches in the Prefect UI: the accounts' health, and what is on its way."""

import logging
from collections.abc import Callable
from typing import Any

from prefect import get_client, task
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from sqlalchemy import select

from rules.outbox import DeliveryState
from store.tables import Delivery, Reading
from tasks.case_words import when
from tasks.workplace import Workplace, workplace
from templates.causes import in_korean

#: The latest so many deliveries are listed; the outbox page has all of them.
LATEST = 200

#: Characters of a run's name.
LONGEST_NAME = 200

_log = logging.getLogger(__name__)


def run_name(flow: str) -> Callable[[], str]:
    """What names a flow's run while it is at work: the flow and the mode."""
    return lambda: f"{flow} {workplace().settings.mode}"


def say(what: str) -> None:
    """Say what this run came to: in its log, and behind the name it began with.

    A run that cannot be renamed was no worse for it; the log says so.
    """
    print(what)
    run_id, name = flow_run.id, flow_run.name
    if not run_id:
        return
    try:
        with get_client(sync_client=True) as client:
            client.update_flow_run(run_id, name=f"{name} · {what}"[:LONGEST_NAME])
    except Exception as error:  # a name is not worth a failed run, whatever its client meets
        _log.warning("the run keeps its name %r: %s", name, error)


@task(name="show accounts")
def show_accounts() -> None:
    """A table of every account: when it was read, and what is wrong with it."""
    place = workplace()
    create_table_artifact(
        key="accounts",
        table=account_rows(place),
        description=f"계정 상태 ({place.settings.mode})",
    )


@task(name="show deliveries")
def show_deliveries() -> None:
    """A table of the latest deliveries: account, state, link, cause."""
    place = workplace()
    create_table_artifact(
        key="deliveries",
        table=delivery_rows(place),
        description=f"최근 발송 ({place.settings.mode})",
    )


def account_rows(place: Workplace) -> list[dict[str, Any]]:
    """One row an account, those in trouble first."""
    with place.store.read() as session:
        readings = {row.account_id: row for row in session.scalars(select(Reading))}
    rows = []
    for account in place.registry.accounts.values():
        row = readings.get(account.id)
        rows.append(
            {
                "account": account.id,
                "network": account.network,
                "name": account.name,
                "state": _state(active=account.active, row=row),
                "last read": when(row.good_at, place) if row else "",
                "posts": row.posts if row else 0,
                "cause": in_korean(row.cause) if row else "",
            }
        )
    return sorted(rows, key=lambda r: (not r["cause"], r["account"]))


def _state(*, active: bool, row: Reading | None) -> str:
    if not active:
        return "inactive"
    if row is None or row.read_at is None:
        return "not read yet"
    return f"fails ({row.failures})" if row.failures else "ok"


def delivery_rows(place: Workplace) -> list[dict[str, Any]]:
    """The latest deliveries, those that wait for a person first."""
    with place.store.read() as session:
        query = select(Delivery).order_by(Delivery.id.desc()).limit(LATEST)
        found = session.scalars(query).all()
    rows = [
        {
            "account": delivery.account_id,
            "message": delivery.marker,
            "state": delivery.state,
            "link": delivery.url or "",
            "tries": delivery.tries,
            "cause": in_korean(delivery.cause),
        }
        for delivery in found
    ]
    return sorted(rows, key=lambda row: row["state"] != DeliveryState.NEEDS_PERSON)
