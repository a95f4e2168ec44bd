"""Secrets that end by themselves: renewed where the network lets us, announced in time elsewhere."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.base import ChannelBusy, ChannelError, Health, Trouble
from channels.credential import NotKept, keep
from registry.model import Account, Role
from rules.clean import one_line
from settings import secret_variable
from store.mails import queue_mail
from store.registry import addresses
from store.tables import Mail, Reading
from tasks.case_words import when
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace
from templates.causes import in_korean

#: From so long before its end a secret is renewed, night after night until that works.
RENEW_WITHIN = timedelta(days=20)

#: So long before its end a secret that nothing renewed is announced.
ANNOUNCE_WITHIN = timedelta(days=7)

EVENT = "account_expires"

THREADS = 16

#: Seconds that the night waits for renewals.
PATIENCE = 120.0

_log = logging.getLogger(__name__)

Checked = list[tuple[Account, Health]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """An account's health after its secret was to be renewed, and why it was not."""

    health: Health
    failed: str = ""


def renew_soon(place: Workplace, checked: Checked) -> tuple[Checked, dict[str, str]]:
    """The same accounts, those whose secret was renewed with their new health; and what failed.

    Where a network does not tell the end, it is the one that the last renewal told; where nobody
    ever told it, the secret is renewed once, to learn it. Only when live: twins hold no secrets.
    What failed is a cause by the account's id.
    """
    before = _before(place)
    checked = [
        (account, _with_end(place, health, before.get(account.id))) for account, health in checked
    ]
    ending = [
        (account, health)
        for account, health in checked
        if place.settings.live
        and (_ends(place, health, RENEW_WITHIN) or _unsaid(health, before.get(account.id)))
    ]
    found = side_by_side(
        lambda one: _renewal(place, *one),
        ending,
        name=lambda one: one[0].id,
        odd=lambda one, cause: Renewal(health=one[1], failed=cause),
        threads=THREADS,
        patience=PATIENCE,
    )
    renewed: dict[str, Renewal] = {}
    for (account, health), renewal in zip(ending, found, strict=True):
        slow = f"busy: {account.id}: not renewed within {PATIENCE:g} s"
        renewed[account.id] = renewal or Renewal(health=health, failed=slow)
        _log_it(account, health, renewed[account.id])
    fresh = [(a, renewed[a.id].health if a.id in renewed else health) for a, health in checked]
    return fresh, {id_: one.failed for id_, one in renewed.items() if one.failed}


def _before(place: Workplace) -> dict[str, Reading]:
    """What the last check wrote down, by the account's id."""
    with place.store.read() as session:
        return {row.account_id: row for row in session.scalars(select(Reading))}


def _with_end(place: Workplace, health: Health, before: Reading | None) -> Health:
    """An end that has passed does not count: who still answers was connected anew."""
    ends = before.expires_at if before else None
    return (
        replace(health, expires=ends)
        if not health.expires and ends and ends > place.now()
        else health
    )


def _unsaid(health: Health, before: Reading | None) -> bool:
    """Whether its end is to be learned: it answers, last night as well (none renews a new one)."""
    return health.expires is None and health.reads and before is not None and before.reads is True


def _renewal(place: Workplace, account: Account, health: Health) -> Renewal:
    channel = place.channel_of(account)
    try:
        renewed = channel.renew(account)
        if renewed is None:
            return Renewal(health=health)
        secret, until = renewed
        _keep(place, account, secret)
    except (ChannelBusy, ChannelError) as failure:
        return Renewal(health=health, failed=failure.cause)
    fresh = channel.check(account)
    if fresh.expires is None:
        fresh = replace(fresh, expires=until)
    return Renewal(health=fresh, failed="" if fresh.reads else fresh.reason)


def _keep(place: Workplace, account: Account, secret: str) -> None:
    if place.settings.secret(account.credential):
        variable = secret_variable(account.credential)
        why = f"{variable} in the environment wins over what is renewed: set it anew, or unset it"
        raise ChannelError(why, Trouble.CREDENTIAL)
    try:
        keep(account.credential, secret, place.settings)
    except NotKept as error:
        raise ChannelError(str(error), Trouble.CREDENTIAL) from error


def tell_of_expiry(
    session: Session, place: Workplace, checked: Checked, failed: Mapping[str, str]
) -> int:
    """Record one mail to the comms team about secrets that end soon; returns how many mails.

    Told are those that end within a week, and those whose renewal was refused; each of the two
    once for each end, however many nights it comes nearer.
    """
    new = [
        _facts(place, account, health.expires, failed.get(account.id, ""))
        for account, health in checked
        if _ends(place, health, ANNOUNCE_WITHIN) or _refused(account, failed)
    ]
    known = _told(session, place.now()) if new else set()
    new = [facts for facts in new if facts["what"] not in known]
    if not new:
        return 0
    return sum(
        queue_mail(
            session,
            EVENT,
            address,
            key=f"{EVENT}:{place.now().isoformat()}:{address}",
            at=place.now(),
            path="/accounts",
            facts={"accounts": new},
        )
        for address in addresses(session, Role.COMMS_TEAM)
    )


def _refused(account: Account, failed: Mapping[str, str]) -> bool:
    """Whether its renewal will not come right by itself in another night."""
    kind = failed.get(account.id, "").partition(":")[0]
    return bool(kind) and kind not in (Trouble.BUSY, Trouble.LIMITED)


def _told(session: Session, at: datetime) -> set[str]:
    """What was announced lately."""
    query = select(Mail.facts).where(Mail.event == EVENT, Mail.queued_at >= at - 2 * RENEW_WITHIN)
    return {one["what"] for facts in session.scalars(query) for one in facts.get("accounts", ())}


def _facts(
    place: Workplace, account: Account, ends: datetime | None, failed: str
) -> dict[str, str]:
    """`what` names this end and how near it is; `ends` says it to people, "" where nobody knows."""
    near = "ends" if ends and ends - place.now() <= ANNOUNCE_WITHIN else "not renewed"
    day = f"{place.calendar.local(ends):%F}" if ends else "?"
    return {
        "id": account.id,
        "name": account.name,
        "what": f"{account.id} {day} {near}",
        "ends": when(ends, place) if ends else "",
        "over": "yes" if ends and ends <= place.now() else "",
        "why": in_korean(one_line(failed, 300)),
    }


def _ends(place: Workplace, health: Health, within: timedelta) -> bool:
    return health.expires is not None and health.expires - place.now() <= within


def _log_it(account: Account, before: Health, renewal: Renewal) -> None:
    """In the run's own log, where there is a run."""
    try:
        log: logging.Logger | logging.LoggerAdapter[logging.Logger] = get_run_logger()
    except MissingContextError:
        log = _log
    if renewal.failed:
        log.warning("%s: its secret was not renewed: %s", account.id, renewal.failed)
    elif renewal.health != before:
        log.info("%s: renewed and verified, until %s", account.id, renewal.health.expires)
