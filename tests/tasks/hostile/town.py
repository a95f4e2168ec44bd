"""What a sender's process needs to know of the city it sends for."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from channels.exercise import Exercise
from channels.practice import Practice
from registry.model import Registry
from settings import Settings
from store.engine import Store
from tasks.workplace import Workplace
from tests import builders
from tests.tasks.hostile.traces import Traces, traced

#: How late the network may accept or show a post, and how long the sender waits for it.
LATENESS = 0.4
SETTLING = timedelta(seconds=1.2)
#: How long the account that leads has for its post to be out.
LEAD_WITHIN = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Town:
    """A city of `accounts` accounts, as a sender's process needs to know it."""

    folder: Path
    database_url: str
    practice_url: str
    accounts: int = 16

    def handles(self) -> list[str]:
        return [f"a{number:02}" for number in range(self.accounts)]

    @property
    def traces(self) -> Traces:
        """What each sender's process did."""
        return Traces(self.folder / "traces")

    def registry(self) -> Registry:
        return builders.small_registry(accounts=tuple(map(builders.account, self.handles())))

    def settings(self) -> Settings:
        return Settings(
            var=self.folder, database_url=self.database_url, practice_url=self.practice_url
        )

    def workplace(self) -> Workplace:
        """The surroundings of one process; only how long settling takes is scaled down."""
        settings, store = self.settings(), Store(self.database_url)
        channel = traced(Practice, settings, self.traces.sent)
        exercise = traced(Exercise, settings, self.traces.sent)
        self.traces.watch(store.engine)
        return Workplace(
            settings=settings,
            store=store,
            channel_of=lambda _account: channel,
            exercise_channel_of=lambda _account: exercise,
            settling=SETTLING,
            lead_within=LEAD_WITHIN,
        )
