"""80 replies on 80 accounts that each answer after 0.3 s: `deliver` beside bare threads.

    python -m bench.deliver [--rounds 7]

Both make the same 80 HTTP posts by the same channel, in turns; `deliver` also claims, writes ahead
and records in a store that is synced to disk. The network is a process of its own, which knows
how to post and nothing else, so that it is not what is measured.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from channels.base import Message as Outgoing
from channels.practice import Practice
from registry.model import Account, City, Network, Office, OfficeKind, Registry
from settings import Settings
from store import registry as registry_store
from store.cases import open_case
from store.open import open_store
from store.posts import Incoming, by_remote_ids, store_posts
from store.tables import MACHINE, Case, Delivery, Message, MessageKind
from tasks.deliver import deliver
from tasks.workplace import Workplace, utc_now

ACCOUNTS = 80
ANSWERS_AFTER = 0.3  # seconds
ASKED = 1.5

_ids = itertools.count(1)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every request on a connection is a post, and is answered after a while."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            await reader.readexactly(length)
            await asyncio.sleep(ANSWERS_AFTER)
            body = json.dumps({"id": str(next(_ids)), "url": "", "content": ""}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _serve(door: socket.socket) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(_answer, sock=door, backlog=256)
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def network() -> Iterator[str]:
    """The network's address, for as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as door:
        process = multiprocessing.get_context("fork").Process(
            target=_serve, args=(door,), daemon=True
        )
        process.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            process.kill()
            process.join()


def registry() -> Registry:
    """A city of 80 accounts."""
    office = Office(id="comms", kind=OfficeKind.DEPARTMENT, name="소통담당관")
    accounts = [
        Account(
            id=f"a{n}",
            network=Network.X,
            server="",
            handle=f"a{n}",
            name=f"계정 {n}",
            office="comms",
        )
        for n in range(ACCOUNTS)
    ]
    return Registry(
        city=City(id="seoul", name="서울", timezone="Asia/Seoul", calendar="KR", phone="120"),
        offices={"comms": office},
        accounts={account.id: account for account in accounts},
    )


def enqueue(place: Workplace) -> None:
    """One more reply on every account."""
    with place.store.write() as session:
        for case in session.query(Case).all():
            case.messages += 1
            marker = f"[{case.number}-{case.messages}]"
            message = Message(
                case_id=case.id,
                serial=case.messages,
                post_id=case.id,
                kind=MessageKind.ANSWER,
                text=f"@citizen 고쳤습니다. {marker}",
                by=MACHINE,
                at=place.now(),
            )
            session.add(message)
            session.flush()
            session.add(
                Delivery(
                    account_id=case.account_id,
                    message_id=message.id,
                    text=message.text,
                    in_reply_to="1",
                    marker=marker,
                    key=f"k-{case.number}-{case.messages}",
                    queued_at=place.now(),
                    not_before=place.now() - timedelta(seconds=1),
                )
            )


def bare(place: Workplace, serial: int) -> None:
    """The same posts with nothing around them."""

    def post(account: Account) -> None:
        message = Outgoing(
            text=f"@citizen 고쳤습니다. [{account.id}-{serial}]",
            key=f"bare-{account.id}-{serial}",
            at=place.now(),
            in_reply_to="1",
        )
        place.channel_of(account).publish(account, message)

    with ThreadPoolExecutor(ACCOUNTS) as pool:
        list(pool.map(post, place.registry.accounts.values()))


@contextmanager
def workplace(folder: Path) -> Iterator[Workplace]:
    """A city with one case on each account, on a network that answers slowly."""
    with network() as url:
        settings = Settings(
            var=folder, database_url=f"sqlite:///{folder / 'haechi.db'}", practice_url=url
        )
        store = open_store(settings)
        channel = Practice(settings)
        place = Workplace(settings=settings, store=store, channel_of=lambda _account: channel)
        with store.write() as session:
            registry_store.apply(session, registry(), at=utc_now())
            for account in registry().accounts.values():
                store_posts(session, [_post(account)], at=utc_now())
                (post,) = by_remote_ids(session, "x", [f"r-{account.id}"])
                open_case(session, post, at=utc_now(), tz="Asia/Seoul")
        try:
            yield place
        finally:
            store.close()


def _post(account: Account) -> Incoming:
    return Incoming(
        network=Network.X,
        remote_id=f"r-{account.id}",
        account_id=account.id,
        author_id="1",
        author_handle="citizen",
        author_name="시민",
        text="신호등이 꺼졌어요",
        url="",
        created_at=utc_now(),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="time 80 replies on 80 accounts")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=None, help="where the store lies meanwhile")
    asked = parser.parse_args()
    ours: list[float] = []
    theirs: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="haechi-bench-", dir=asked.folder) as name,
        workplace(Path(name)) as place,
    ):
        for turn in range(-1, asked.rounds):  # the first round only warms up
            enqueue(place)
            began = time.perf_counter()
            sent = deliver(place)
            between = time.perf_counter()
            bare(place, turn)
            ended = time.perf_counter()
            if sent.published != ACCOUNTS:
                raise SystemExit(f"not all of {ACCOUNTS} were published: {sent}")
            if turn >= 0:
                ours.append(between - began)
                theirs.append(ended - between)
    our, bare_ = statistics.median(ours), statistics.median(theirs)
    print(f"{ACCOUNTS} replies on {ACCOUNTS} accounts, each answered after {ANSWERS_AFTER} s")
    print(f"{'deliver':>10}  {'threads':>10}  {'ratio':>6}  asked")
    print(f"{our:>8.3f} s  {bare_:>8.3f} s  {our / bare_:>6.2f}  at most {ASKED}")


if __name__ == "__main__":
    main()
