"""Steps of `check-accounts`: does each account still answer, and is what must be gone gone?"""

from collections.abc import Callable, Sequence

from prefect import task

from channels.base import Channel, ChannelBusy, Health, Trouble
from channels.by_hand import ByHand
from channels.directory import live_channel
from registry.ask import active_accounts
from registry.model import Account
from store import posts
from store.photos_left import clear_uploads
from tasks.expiry import renew_soon, tell_of_expiry
from tasks.look_back import notice_older
from tasks.photos import sweep
from tasks.pictures import clear_fitted
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
    """Remove photos that nothing names: of posts that are gone, of previews never sent, of sizes."""
    place = workplace()
    left = sweep(place) + clear_uploads(place.store, place.settings.media, at=place.now())
    return left + clear_fitted(place.settings)


def check(place: Workplace, *, patience: float = PATIENCE) -> Checked:
    """Every active account that a program reaches, and its health.

    The comms team is mailed those in trouble, once a day. Secrets that end soon are renewed where
    the network lets us; the team is mailed those that end within a week, once.
    """
    accounts = [
        account
        for account in active_accounts(place.registry)
        if not isinstance(place.channel_of(account), ByHand)  # served by people: nothing to ask
    ]
    checked, not_renewed = renew_soon(place, ask_all(place, accounts, patience=patience))
    with place.store.write() as session:
        for account, health in sorted(checked, key=lambda one: one[0].id):
            row = posts.reading(session, account.id)
            row.reads, row.checked_at = health.reads, place.now()
            row.expires_at = health.expires
            row.writes = None if by_hand(health) else health.writes
        trouble = [(account, health.reason) for account, health in in_trouble(checked)]
        tell_comms_team(session, place, trouble)
        tell_of_expiry(session, place, checked, not_renewed)
    return checked


def ask_all(
    place: Workplace,
    accounts: Sequence[Account],
    *,
    live: bool = False,
    patience: float = PATIENCE,
    done: Callable[[], None] = lambda: None,
) -> Checked:
    """These accounts' health, side by side; `done` is called, in any thread, after each answer.

    `live` asks the real networks, in practice mode, too.
    """

    def channel(account: Account) -> Channel:
        real = live and not place.settings.live
        return live_channel(account, place.settings) if real else place.channel_of(account)

    def ask(account: Account) -> Health:
        try:
            return channel(account).check(account)
        finally:
            done()

    found = side_by_side(
        ask,
        accounts,
        name=lambda account: account.id,
        odd=lambda _account, cause: Health(reads=False, writes=False, reason=cause),
        threads=THREADS,
        patience=patience,
    )
    return [
        (account, health or Health(reads=False, writes=False, reason=_slow(account, patience)))
        for account, health in zip(accounts, found, strict=True)
    ]


def in_trouble(checked: Checked) -> Checked:
    """Accounts that cannot be read, or cannot be written to although they should."""
    return [(account, health) for account, health in checked if not well(account, health)]


def well(account: Account, health: Health) -> bool:
    """Whether an account does what it should: nobody writes on a personal one, people by hand."""
    return by_hand(health) or (health.reads and (health.writes or account.personal))


def by_hand(health: Health) -> bool:
    """Whether people write there, since no program can."""
    return health.reason.startswith(f"{Trouble.BY_HAND}:")


def _slow(account: Account, patience: float) -> str:
    return ChannelBusy(f"{account.id} ({account.network}): no answer within {patience:g} s").cause
