"""Collecting Seoul's 80 accounts from their real networks' channels while nobody writes.

    python -m bench.collecting

Each network is a small server of the tests on loopback. Every round is a process of its own, as
every run of a flow is. Counted is the second round, when the cursors stand.
"""

import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from bench.table import Row, show
from channels.base import Channel
from channels.by_hand import ByHand
from registry.ask import active_accounts
from registry.load import load
from registry.model import Account, Registry
from settings import HOME, Settings, secret_variable
from store import registry as registry_store
from store.open import open_store
from tasks.reading import read
from tasks.workplace import Workplace, utc_now
from tests.channels.worlds.opening import WORLDS
from tests.channels.worlds.world import World

MOST_MB = 300


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        worlds = {name: _opened(stack, folder / name, name) for name in WORLDS}
        registry = _moved(load(HOME / "registry" / "seoul"), worlds)
        settings = Settings(var=folder, live=True, city=HOME / "registry" / "seoul")
        store = open_store(settings)
        with store.write() as session:
            registry_store.apply(session, registry, at=utc_now())
        store.close()
        _round(settings, worlds)
        for world in worlds.values():
            world.proxy.asked.clear()
        megabytes, failed = _round(settings, worlds)
        show("collecting 80 idle accounts, a minute", _rows(registry, worlds, megabytes, failed))


def _opened(stack: ExitStack, folder: Path, name: str) -> World:
    folder.mkdir()
    module = import_module(f"tests.channels.worlds.{name}")
    world: World = stack.enter_context(module.open_world(folder, _set_secret))
    return world


def _set_secret(name: str, value: str) -> None:
    os.environ[secret_variable(name)] = value


def _moved(registry: Registry, worlds: Mapping[str, World]) -> Registry:
    """The city with each account on its network's server here, by that one's credential."""

    def moved(account: Account) -> Account:
        world = worlds.get(account.network)
        if world is None:
            return account
        there = world.account
        return replace(
            account, server=there.server, handle=there.handle, credential=there.credential
        )

    return replace(
        registry, accounts={id_: moved(account) for id_, account in registry.accounts.items()}
    )


def _round(settings: Settings, worlds: Mapping[str, World]) -> tuple[float, list[str]]:
    """Read every account in a process of its own: its memory in MB, and what could not be read."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(
        target=_read, args=(settings, worlds, theirs)
    )
    process.start()
    theirs.close()
    told: tuple[float, list[str]] = ours.recv()
    process.join()
    return told


def _read(settings: Settings, worlds: Mapping[str, World], out: Connection) -> None:
    import_module("flows.collect")  # with Prefect, as in a worker

    def channel_of(account: Account) -> Channel:
        world = worlds.get(account.network)
        return world.channel if world else ByHand()

    place = Workplace(settings, open_store(settings), channel_of=channel_of)
    harvests = read(place)
    memory = psutil.Process().memory_info().rss / 1e6
    out.send((memory, [harvest.cause for harvest in harvests if harvest.cause]))


def _rows(
    registry: Registry, worlds: Mapping[str, World], megabytes: float, failed: list[str]
) -> list[Row]:
    accounts = Counter(str(account.network) for account in active_accounts(registry))
    rows = [
        Row(
            f"{name}: requests of {accounts[name]} accounts",
            f"{len(world.proxy.asked)}",
            "printed",
        )
        for name, world in worlds.items()
    ]
    total = sum(len(world.proxy.asked) for world in worlds.values())
    return [
        *rows,
        Row(f"requests in all, of {accounts.total()} accounts", f"{total}", "printed"),
        Row("accounts that could not be read", f"{len(failed)} {failed[:2] or ''}".strip(), "0"),
        Row("memory of the process, with Prefect", f"{megabytes:.0f} MB", f"≤ {MOST_MB} MB"),
    ]


if __name__ == "__main__":
    main()
