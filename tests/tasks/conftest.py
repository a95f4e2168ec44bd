"""A city at work: the practice network, a mailbox, and the workplace that stands between them."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from channels.practice import Practice
from channels.wire import Timeouts
from practice.mailbox import Mailbox
from practice.network import CityAccount
from practice.tables import Job, Notification
from practice.testing import PracticeServer, mailbox_server, practice_server
from registry.load import load
from settings import HOME, Settings
from store import registry as registry_store
from store.engine import Store
from store.open import open_store
from tasks.router import router
from tasks.workplace import Workplace
from tests.builders import Clock, small_registry
from tests.experience import experienced
from tests.tasks.hostile.world import World, world

#: Tuesday, eight in the morning in Seoul.
MORNING = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)

QUICK = Timeouts(connect=5, read=8, whole=10)


@pytest.fixture(scope="session")
def whole_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeServer]:
    """A practice network with a twin of every account of the small city."""
    city = [CityAccount(handle=id_, name=id_) for id_ in small_registry().accounts]
    with practice_server(tmp_path_factory.mktemp("network"), city=city) as server:
        yield server


@pytest.fixture
def network(whole_network: PracticeServer) -> PracticeServer:
    """The practice network, healed, with nothing said to anyone yet."""
    whole_network.heal()
    with whole_network.network.store.write() as connection:
        for table in (Notification, Job):
            connection.execute(delete(table))
    return whole_network


@pytest.fixture
def mailbox(fast_folder: Path) -> Iterator[Mailbox]:
    """A real SMTP server of its own."""
    with mailbox_server(fast_folder / "mailbox") as server:
        yield server


@pytest.fixture
def real_clock() -> Clock:
    """A clock that was set by the practice network's, which is the machine's, and stands still."""
    return Clock(datetime.now(UTC))


Settle = Callable[..., Workplace]


@pytest.fixture
def work_in(fast_folder: Path, real_clock: Clock) -> Settle:
    """Builds a workplace in any store: `work_in(store, network, mailbox, now=…)`."""

    def build(
        store: Store,
        network: PracticeServer | None = None,
        mailbox: Mailbox | None = None,
        *,
        now: Callable[[], datetime] = real_clock,
    ) -> Workplace:
        settings = Settings(
            var=fast_folder / "var",
            practice_url=network.url if network else "http://127.0.0.1:9",
            smtp_port=mailbox.port if mailbox else 9,
            center_url="https://center.example",
        )
        settings.var.mkdir(exist_ok=True)
        if network:
            (settings.var / "practice.key").write_text(network.key)
        channel = Practice(settings, timeouts=QUICK)
        return Workplace(settings=settings, store=store, now=now, channel_of=lambda _: channel)

    return build


@pytest.fixture
def at_work(store: Store, work_in: Settle) -> Settle:
    """The same in the store of the small city, on each database: `at_work(network, mailbox)`."""

    def build(*around: Any, of_store: Store = store, **more: Any) -> Workplace:
        return work_in(of_store, *around, **more)

    return build


@pytest.fixture
def quiet(at_work: Settle, clock: Clock) -> Workplace:
    """The small city at its desks; nobody is reached, only what is recorded counts."""
    return at_work(now=clock)


@pytest.fixture
def early(quiet: Workplace, clock: Clock) -> Workplace:
    """The same at eight on Tuesday, when the digests go out."""
    clock.moment = MORNING
    return quiet


@pytest.fixture
def place(at_work: Settle, network: PracticeServer, mailbox: Mailbox) -> Workplace:
    """The small city at work, on each database."""
    return at_work(network, mailbox)


@pytest.fixture
def hostile(empty_url: str, fast_folder: Path) -> Iterator[World]:
    """A town on a network with every fault there is."""
    with world(fast_folder, empty_url) as made:
        yield made


@pytest.fixture
def calm(empty_url: str, fast_folder: Path) -> Iterator[World]:
    """A town on a network that is only slow, and looks at no idempotency key."""
    with world(fast_folder, empty_url, faults=False) as made:
        yield made


@pytest.fixture(scope="session")
def seoul_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with Seoul's registry and a router that learned from it, to be copied."""
    folder = tmp_path_factory.mktemp("seoul")
    settings = Settings(database_url=f"sqlite:///{folder / 'haechi.db'}", var=folder)
    store = open_store(settings)
    with store.write() as session:
        registry_store.apply(session, load(HOME / "registry" / "seoul"), at=datetime.now(UTC))
    router(Workplace(settings=settings, store=store))
    store.close()
    return folder / "haechi.db"


@pytest.fixture
def seoul(seoul_file: Path, fast_folder: Path) -> Iterator[Store]:
    """A store of its own with all of Seoul."""
    copy = fast_folder / "seoul.db"
    shutil.copyfile(seoul_file, copy)
    store = experienced(Store(f"sqlite:///{copy}"))
    yield store
    store.close()
