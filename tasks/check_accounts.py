"""Steps of `check-accounts`: does each account still answer?"""

from concurrent.futures import ThreadPoolExecutor

from prefect import task

from channels.base import Health
from registry.ask import active_accounts
from registry.model import Account, Role
from rules.clean import one_line
from store import posts
from store.mails import queue_mail
from store.registry import addresses
from tasks.withdraw import MONTH, notice_withdrawn
from tasks.workplace import Workplace, workplace

THREADS = 16

#: Posts asked about for each account at night, to notice late deletions.
MOST = 500


@task(name="check accounts")
def check_accounts() -> list[tuple[Account, Health]]:
    """Ask every active account whether it may read and write, without publishing."""
    return check(workplace())


@task(name="notice late deletions")
def notice_late_deletions() -> int:
    """Forget what citizens deleted within the last month."""
    return notice_withdrawn(workplace(), since=MONTH, most=MOST)


def check(place: Workplace) -> list[tuple[Account, Health]]:
    """Every active account and its health; the comms team is mailed the ones in trouble."""
    accounts = active_accounts(place.registry)
    with ThreadPoolExecutor(THREADS) as pool:
        found = pool.map(lambda account: place.channel_of(account).check(account), accounts)
        checked = list(zip(accounts, found, strict=True))
    with place.store.write() as session:
        for account, health in checked:
            row = posts.reading(session, account.id)
            row.reads, row.writes, row.checked_at = health.reads, health.writes, place.now()
    _mail_trouble(place, in_trouble(checked))
    return checked


def in_trouble(checked: list[tuple[Account, Health]]) -> list[tuple[Account, Health]]:
    """Accounts that cannot be read, or cannot be written to although they should."""
    return [
        (account, health)
        for account, health in checked
        if not health.reads or not (health.writes or account.personal)
    ]


def _mail_trouble(place: Workplace, trouble: list[tuple[Account, Health]]) -> None:
    if not trouble:
        return
    facts = {
        "accounts": [
            {"id": account.id, "name": account.name, "cause": one_line(health.reason, 300)}
            for account, health in trouble
        ]
    }
    today = place.calendar.local(place.now()).date()
    with place.store.write() as session:
        for address in addresses(session, Role.COMMS_TEAM):
            queue_mail(
                session,
                "account_trouble",
                address,
                key=f"account_trouble:{today}:{address}",
                at=place.now(),
                path="/accounts",
                facts=facts,
            )
