"""Accounts that do not answer: told to those who can act."""

import hashlib
from collections.abc import Sequence

from sqlalchemy.orm import Session

from registry.model import Account, Role
from rules.clean import one_line
from store.mails import queue_mail
from store.registry import addresses
from tasks.workplace import Workplace
from templates.causes import told


def tell_comms_team(
    session: Session, place: Workplace, trouble: Sequence[tuple[Account, str]]
) -> int:
    """Record one mail about all these accounts and their causes; returns to how many people.

    The same accounts are told of once a day, however often they fall and rise.
    """
    if not trouble:
        return 0
    today = place.calendar.local(place.now()).date()
    names = " ".join(sorted(account.id for account, _ in trouble))
    which = hashlib.sha256(names.encode()).hexdigest()[:16]
    facts = {"accounts": [_facts(account, cause) for account, cause in trouble]}
    return sum(
        queue_mail(
            session,
            "account_trouble",
            address,
            key=f"account_trouble:{today}:{which}:{address}",
            at=place.now(),
            path="/accounts",
            facts=facts,
        )
        for address in addresses(session, Role.COMMS_TEAM)
    )


def _facts(account: Account, cause: str) -> dict[str, str]:
    why = told(one_line(cause, 300))
    return {"id": account.id, "name": account.name, "why": str(why), "cause": why.detail}
