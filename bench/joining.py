"""How fast posts become cases in a disaster hour, and how long other writers wait meanwhile."""

import contextlib
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.table import Row, show
from registry.load import load
from registry.model import Network
from settings import HOME, Settings
from store import registry as registry_store
from store.engine import Store, StoreBusy
from store.open import open_store
from store.posts import Incoming, store_posts
from store.tables import Stamp
from tasks.open_cases import open_cases
from tasks.router import places
from tasks.workplace import Workplace
from tests.postgres import postgres_server

POSTS = 2_000

_WHERE = ("강남역 11번 출구", "신림동", "대치역 사거리", "이수역", "잠수교", "사당역", "")
_WHAT = (
    "물이 무릎까지 찼어요",
    "맨홀 뚜껑이 열렸습니다",
    "지하 주차장이 잠기고 있어요",
    "신호등이 나갔어요",
    "버스가 멈췄는데 사람들이 갇혀 있어요",
    "나무가 쓰러져서 길을 막았습니다",
)
_MORE = ("빨리 와 주세요", "위험합니다", "아이들이 있어요", "어디로 피해야 하나요", "사진 올립니다")


def main() -> None:
    rows = list(_on("SQLite", _sqlite))
    with postgres_server(durable=True) as server:
        rows += list(_on("PostgreSQL", lambda _: server.create()))
    show("joining posts", rows)


def disaster(number: int, *, share: float, begin: datetime) -> list[Incoming]:
    """Posts of one hour in a fixed random order, `share` of them about one place."""
    chance = random.Random(5)  # noqa: S311 -- the same posts each time
    found = []
    for n in range(number):
        where = _WHERE[0] if chance.random() < share else chance.choice(_WHERE)
        text = f"{where} {chance.choice(_WHAT)} {chance.choice(_MORE)} {chance.choice(_MORE)}"
        found.append(
            Incoming(
                network=Network.X,
                remote_id=f"p{n}",
                account_id="x_mayor",
                author_id=f"a{chance.randrange(number)}",
                author_handle="citizen",
                author_name="시민",
                text=f"{text} {chance.randrange(300)}",
                url="https://x.example/1",
                created_at=begin + timedelta(seconds=n / 50),
                in_reply_to=f"p{chance.randrange(n)}" if n and chance.random() < 0.05 else None,
            )
        )
    return found


def _sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'haechi.db'}"


def _on(name: str, address: Callable[[Path], str]) -> Iterator[Row]:
    for share in (0.2, 0.8):
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(database_url=address(Path(folder)), var=Path(folder))
            store = open_store(settings)
            yield from _one(name, Workplace(settings=settings, store=store), share)
            store.close()


def _one(name: str, place: Workplace, share: float) -> Iterator[Row]:
    begin = datetime.now(UTC) - timedelta(hours=1)
    with place.store.write() as session:
        registry_store.apply(session, load(HOME / "registry" / "seoul"), at=begin)
    with place.store.write() as session:
        store_posts(session, disaster(POSTS, share=share, begin=begin), at=begin)
    places(place)  # reading the gazetteer is no part of it
    with _Writer(place.store) as other:
        started = time.perf_counter()
        opened = open_cases(place)
        took = time.perf_counter() - started
    what = f"{name}, {share:.0%} of {POSTS:,} about one place, {opened:,} cases"
    yield Row(what, f"{POSTS / took:,.0f} posts/s", "50 in a disaster hour")
    yield Row("  another writer waited at most", f"{other.longest * 1_000:,.0f} ms", "")


class _Writer:
    """Writes one row again and again, as a page of the center would, and notes the longest wait."""

    def __init__(self, store: Store) -> None:
        self.longest = 0.0
        self._store = store
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> "_Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._enough.wait(0.05):
            started = time.perf_counter()
            with contextlib.suppress(StoreBusy), self._store.write() as session:
                session.merge(Stamp(key="bench", value={}))
            self.longest = max(self.longest, time.perf_counter() - started)


if __name__ == "__main__":
    main()
