"""A city that broadcasts, on a real practice network."""

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from channels.by_hand import ByHand
from channels.exercise import Exercise
from channels.practice import Practice
from practice.testing import PracticeServer
from registry.model import Account, Registry
from settings import Settings
from store import registry as registry_store
from store.engine import Store
from tasks.workplace import Workplace, utc_now


def broadcasting(
    store: Store,
    server: PracticeServer,
    folder: Path,
    registry: Registry,
    *,
    by_hand: Collection[str] = (),
) -> Workplace:
    """This city at work on that network; some of its accounts have no interface to write by."""
    settings = Settings(var=folder, practice_url=server.url)
    (folder / "practice.key").write_text(server.key)
    with store.write() as session:
        registry_store.apply(session, registry, at=utc_now())
    twins, drills = Practice(settings), Exercise(settings)

    def channel_of(account: Account) -> Practice | ByHand:
        return ByHand() if account.id in by_hand else twins

    return Workplace(
        settings,
        store,
        channel_of=channel_of,
        exercise_channel_of=lambda _account: drills,
        settling=timedelta(seconds=0.3),
    )
