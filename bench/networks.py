"""Each network's channel beside its bare client library: posts published and fetched a second.

    python -m bench.networks [--only mastodon] [--rounds 5] [--answers-after 0.02]

Both ask the same server on loopback for the same things, in turns. It answers after 20 ms, which is
sooner than any network on the Internet. The server runs in this process and those who ask in
another, so that what is compared is not what the server costs.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

from bench.bare_clients import BARE, Bare
from bench.table import Row, show
from channels.base import Message
from settings import secret_variable
from tasks.workplace import utc_now
from tests.channels.worlds.world import World

POSTS = 30  # published in a round
WAITING = 100  # citizens' posts that are fetched
ASKED = 0.8
ANSWERS_AFTER = 0.02  # seconds

_numbers = itertools.count(1)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", choices=sorted(BARE), action="append")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--answers-after", type=float, default=ANSWERS_AFTER)
    asked = arguments.parse_args()
    rows = []
    for network in asked.only or sorted(BARE):
        rows += _measured(network, asked.rounds, asked.answers_after)
        print(f"… {network}: {rows[-2].measured}; {rows[-1].measured}", flush=True)
    show("the networks: ours ÷ the bare library", rows)


def _measured(network: str, rounds: int, answers_after: float) -> list[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        world = stack.enter_context(
            import_module(f"tests.channels.worlds.{network}").open_world(folder, _set_secret)
        )
        for number in range(WAITING):
            world.citizen_writes(f"가로등이 꺼졌어요 {number}")
        below = None if world.posts else world.citizen_writes("대답할 글")
        world.proxy.delay = answers_after
        ours, theirs = multiprocessing.Pipe(duplex=False)
        asking = multiprocessing.get_context("fork").Process(
            target=_ask, args=(world, below, BARE[network], rounds, theirs)
        )
        asking.start()
        theirs.close()
        told = ours.recv()
        asking.join()
    return [
        _row(f"{network}: posts published a second", told["publish"]),
        _row(f"{network}: posts fetched a second", told["fetch"]),
    ]


def _set_secret(name: str, value: str) -> None:
    os.environ[secret_variable(name)] = value


def _ask(world: World, below: str | None, bare: Bare, rounds: int, out: Connection) -> None:
    def publish() -> int:
        for _ in range(POSTS):
            number = next(_numbers)
            message = Message(
                text=f"@citizen 접수했습니다. [서울 2026-{number}]",
                key=f"bench-{number}",
                at=utc_now(),
                in_reply_to=below,
            )
            world.channel.publish(world.account, message)
        return POSTS

    def fetch() -> int:
        cursor, found = "", 0
        while True:
            page = world.channel.fetch(world.account, cursor)
            cursor, found = page.cursor, found + len(page.items)
            if not page.more:
                return found

    client = bare(world)

    def publish_bare() -> int:
        for _ in range(POSTS):
            client.publish(f"@citizen 접수했습니다. [서울 2026-{next(_numbers)}]", below)
        return POSTS

    out.send(
        {
            "publish": _turns(publish, publish_bare, rounds),
            "fetch": _turns(fetch, client.fetch, rounds),
        }
    )


def _turns(
    ours: Callable[[], int], bare: Callable[[], int], rounds: int
) -> list[tuple[float, float]]:
    """How many a second, ours and bare, round by round; the first is not counted."""
    return [(_a_second(ours), _a_second(bare)) for _ in range(rounds + 1)][1:]


def _a_second(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    return work() / (time.perf_counter() - begun)


def _row(what: str, turns: list[tuple[float, float]]) -> Row:
    ours = statistics.median(mine for mine, _ in turns)
    bare = statistics.median(theirs for _, theirs in turns)
    ratio = statistics.median(mine / theirs for mine, theirs in turns)
    return Row(what, f"{ours:,.0f} / {bare:,.0f} = {ratio:.2f}", f"≥ {ASKED}")


if __name__ == "__main__":
    main()
