"""What every step needs at hand: settings, store, registry, channels and a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property

from sqlalchemy.orm import Session

from channels.base import Channel
from channels.directory import channel_for, exercise_channel
from registry.model import Account, DisasterRole, Network, Registry
from rules.bulletin import LEAD_WITHIN
from rules.calendar import WorkingCalendar
from rules.outbox import SETTLING
from settings import Settings
from store import registry as registry_store
from store.desk import Desk, calendar_of
from store.engine import Store
from store.open import open_store
from store.tables import MACHINE, Delivery
from tasks.purse import SharedPurse


def utc_now() -> datetime:
    """The moment, in UTC. The only clock that flows read."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Workplace:
    """One run's surroundings. Tests build their own, with a clock and channels they choose."""

    settings: Settings
    store: Store
    now: Callable[[], datetime] = utc_now
    channel_of: Callable[[Account], Channel] = field(default=None)  # type: ignore[assignment]
    exercise_channel_of: Callable[[Account], Channel] = field(default=None)  # type: ignore[assignment]
    purse: SharedPurse | None = None  # one for all threads of a process, or its own
    settling: timedelta = SETTLING  # how late a network may accept or show a post
    lead_within: timedelta = LEAD_WITHIN  # how long the account that leads has

    def __post_init__(self) -> None:
        if self.channel_of is None:
            purse = self.purse or SharedPurse(self.store, self.now)
            object.__setattr__(self, "channel_of", lambda a: channel_for(a, self.settings, purse))
        if self.exercise_channel_of is None:
            channel = exercise_channel(self.settings)
            object.__setattr__(self, "exercise_channel_of", lambda _account: channel)

    def channel(self, account: Account, *, exercise: bool) -> Channel:
        """The account's channel, or that of its twin for exercises."""
        return self.exercise_channel_of(account) if exercise else self.channel_of(account)

    def only_comments(self, delivery: Delivery) -> bool:
        """Whether a message that takes another's place would be only a comment where it answers it.

        It may load that network's library: never ask inside a transaction.
        """
        account = self.registry.accounts.get(delivery.account_id)
        if account is None or delivery.after_id is None:
            return False
        return self._comments(account, exercise=delivery.exercise)

    def with_comments(self, *, exercise: bool) -> frozenset[Network]:
        """The networks of a disaster's accounts where what answers a post is only a comment.

        It may load all their libraries: never ask inside a transaction.
        """
        taking_part = {
            account.network: account
            for account in self.registry.accounts.values()
            if account.disaster_role is not DisasterRole.NONE
        }
        return frozenset(
            network
            for network, account in taking_part.items()
            if self._comments(account, exercise=exercise)
        )

    def _comments(self, account: Account, *, exercise: bool) -> bool:
        """A channel that cannot be had is told of where it is used, for its own deliveries only."""
        try:
            return self.channel(account, exercise=exercise).comments
        except Exception:
            return False

    @cached_property
    def registry(self) -> Registry:
        """The registry in use when this run began."""
        with self.store.read() as session:
            return registry_store.load(session)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        return calendar_of(self.registry)

    def desk(self, session: Session, *, who: str = MACHINE) -> Desk:
        """What the machine may do with cases, now."""
        return Desk(
            session=session,
            registry=self.registry,
            who=who,
            at=self.now(),
            calendar=self.calendar,
        )


@cache
def _store(settings: Settings) -> Store:
    return open_store(settings)


@cache
def _purse(settings: Settings) -> SharedPurse:
    return SharedPurse(_store(settings), utc_now)


def workplace() -> Workplace:
    """The workplace that the environment describes."""
    settings = Settings()
    return Workplace(settings=settings, store=_store(settings), purse=_purse(settings))
