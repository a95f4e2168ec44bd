"""Tables for whoever watches in the Prefect UI: the accounts' health, and what is on its way."""

from typing import Any

from prefect import task
from prefect.artifacts import create_table_artifact
from sqlalchemy import select

from rules.outbox import DeliveryState
from store.tables import Delivery, Reading
from tasks.case_words import when
from tasks.workplace import Workplace, workplace

#: The latest so many deliveries are listed; the outbox page has all of them.
LATEST = 200


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
                "cause": row.cause if row else "",
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
            "cause": delivery.cause,
        }
        for delivery in found
    ]
    return sorted(rows, key=lambda row: row["state"] != DeliveryState.NEEDS_PERSON)
