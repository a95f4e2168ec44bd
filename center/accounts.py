"""The city's accounts and how they are."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from center.guard import CenterHere
from center.render import render
from registry.ask import answering_account
from registry.model import Account
from store.registry import load
from store.tables import Reading

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One account, who answers for it, and how its last readings went."""

    account: Account
    answers: Account | None
    reading: Reading | None

    @property
    def state(self) -> str:
        """`closed`, `never` read, `failing`, or `good`."""
        if not self.account.active:
            return "closed"
        if self.reading is None or self.reading.read_at is None:
            return "never"
        refused = self.reading.reads is False or self.reading.writes is False
        return "failing" if self.reading.failures or refused else "good"


#: What needs a look first.
_ORDER = ("failing", "never", "good", "closed")


@router.get("/accounts")
def accounts(request: Request, center: CenterHere) -> HTMLResponse:
    with center.store.read() as session:
        registry = load(session)
        readings = {reading.account_id: reading for reading in session.query(Reading)}
    rows = [
        Health(
            account=account,
            answers=answering_account(registry, account),
            reading=readings.get(account.id),
        )
        for account in registry.accounts.values()
    ]
    rows.sort(key=lambda row: (_ORDER.index(row.state), row.account.network, row.account.name))
    counts = {state: sum(row.state == state for row in rows) for state in _ORDER}
    return render(request, "accounts", rows=rows, counts=counts)
