"""Steps of `check-accounts`: does each account still answer, and is what must be gone gone?"""

from prefect import task

from channels.base import ChannelBusy, Health
from channels.by_hand import ByHand
from registry.ask import active_accounts
from registry.model import Account
from store import posts
from store.photos_left import clear_uploads
from tasks.look_back import notice_older
from tasks.photos import sweep
from tasks.side_by_side import side_by_side
from tasks.trouble import tell_comms_team
from tasks.withdraw import MONTH, Search, notice_withdrawn
from tasks.workplace import Workplace, workplace

THREADS = 80

#: Seconds that the check waits for its accounts.
PATIENCE = 120.0

#: How the night looks for late deletions: all of a month, waiting where the network says so.
THOROUGH = Search(since=MONTH, most=5_000, patience=3_600.0, waits=30)

Checked = list[tuple[Account, Health]]


@task(name="check accounts")
def check_accounts() -> Checked:
    """Ask every active account whether it may read and write, without publishing."""
    return check(workplace())


@task(name="notice late deletions")
def notice_late_deletions() -> int:
    """Forget what citizens deleted: all of the last month, and tonight's share of what is older."""
    place = workplace()
    return notice_withdrawn(place, THOROUGH) + notice_older(place, THOROUGH)


@task(name="remove left photos")
def remove_left_photos() -> int:
    """Remove photos that nothing names: of posts that are gone, of previews never sent."""
    place = workplace()
    return sweep(place) + clear_uploads(place.store, place.settings.media, at=place.now())


def check(place: Workplace, *, patience: float = PATIENCE) -> Checked:
    """Every active account that a program reaches, and its health.

    The comms team is mailed those in trouble, once a day.
    """
    accounts = [
        account
        for account in active_accounts(place.registry)
        if not isinstance(place.channel_of(account), ByHand)  # served by people: nothing to ask
    ]
    found = side_by_side(
        lambda account: place.channel_of(account).check(account),
        accounts,
        name=lambda account: account.id,
        odd=lambda _account, cause: Health(reads=False, writes=False, reason=cause),
        threads=THREADS,
        patience=patience,
    )
    checked = [
        (account, health or Health(reads=False, writes=False, reason=_slow(account, patience)))
        for account, health in zip(accounts, found, strict=True)
    ]
    with place.store.write() as session:
        for account, health in sorted(checked, key=lambda one: one[0].id):
            row = posts.reading(session, account.id)
            row.reads, row.writes, row.checked_at = health.reads, health.writes, place.now()
        trouble = [(account, health.reason) for account, health in in_trouble(checked)]
        tell_comms_team(session, place, trouble)
    return checked


def in_trouble(checked: Checked) -> Checked:
    """Accounts that cannot be read, or cannot be written to although they should."""
    return [
        (account, health)
        for account, health in checked
        if not health.reads or not (health.writes or account.personal)
    ]


def _slow(account: Account, patience: float) -> str:
    return ChannelBusy(f"{account.id} ({account.network}): no answer within {patience:g} s").cause
