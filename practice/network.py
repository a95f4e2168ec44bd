"""The network itself: its accounts, its limits, its faults, its clock; one object a server."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from practice.accounts import Accounts
from practice.faults import FaultBook
from practice.ids import Ids
from practice.jobs import Later
from practice.limits import Limits, RateLimiter
from practice.media import MediaFolder
from practice.tables import Media, Status, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class CityAccount:
    """An account of the city's. `network_label` is what its real network is called on the page."""

    handle: str
    name: str
    network_label: str = ""
    limit: int = 500
    flagship: bool = False


@dataclass(slots=True)
class Network:
    """Everything a server holds. `folder` receives `practice.db` and `media/`."""

    folder: Path
    key: str
    limits: Limits = field(default_factory=Limits)
    store: Store = field(init=False)
    accounts: Accounts = field(init=False)
    media: MediaFolder = field(init=False)
    faults: FaultBook = field(default_factory=FaultBook)
    rates: RateLimiter = field(init=False)
    ids: Ids = field(init=False)
    later: Later = field(init=False)
    #: Handles of the accounts that stand for the whole city; said anew at each start.
    flagships: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "practice.db")
        self.accounts = Accounts(self.store)
        self.media = MediaFolder(self.folder / "media")
        self.rates = RateLimiter(self.limits)
        self.ids = Ids(self._last_id())
        self.later = Later(self.store)

    def welcome(self, city: Iterable[CityAccount]) -> None:
        """Make the city's accounts known before anyone speaks to them."""
        for account in city:
            self.accounts.enrol(
                account.handle,
                name=account.name,
                city=True,
                label=account.network_label,
                limit=account.limit,
            )
            if account.flagship:
                self.flagships.add(account.handle)

    def close(self) -> None:
        self.store.close()

    def _last_id(self) -> int:
        with self.store.read() as session:
            found = [session.scalar(select(func.max(table.id))) for table in (Status, Media)]
        return max((number for number in found if number), default=0)
