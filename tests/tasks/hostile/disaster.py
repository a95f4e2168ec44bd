"""Bulletins and their corrections on the hostile network: what each account really carries."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.exercise import HANDLE
from registry.model import DisasterRole, Network, Registry
from rules.bulletin import BulletinKind, Words
from rules.outbox import UNSETTLED, DeliveryState
from store import outbox, waves
from store import registry as registry_store
from store.bulletins import deliveries_of
from store.tables import Bulletin, Delivery, Event
from tasks.conduct import conduct
from tasks.deliver import deliver
from tasks.workplace import utc_now
from tests import bulletins
from tests.tasks.hostile.scene import Proof
from tests.tasks.hostile.senders import Sender, start_process
from tests.tasks.hostile.town import LATENESS, Town
from tests.tasks.hostile.world import World

#: So many bulletins on their way are enough; so many at most.
ENOUGH, MOST = 2, 6

_D = DeliveryState
_ROLES = {0: DisasterRole.LEAD, 1: DisasterRole.DEPUTY}


def city(town: Town, *, reposts: bool = True) -> Registry:
    """The town's accounts with a part in a disaster: a lead, a deputy, every third a district's.

    On a network that passes posts on, and on one that does not, in turn.
    """
    accounts = [
        bulletins.account(
            handle,
            _ROLES.get(n, DisasterRole.LOCAL if n % 3 == 2 else DisasterRole.RELAY),
            Network.X if reposts and n % 2 == 0 else Network.FACEBOOK,
        )
        for n, handle in enumerate(town.handles())
    ]
    return bulletins.city(*accounts)


def send(town: Town, threads: int = 16) -> None:
    """What the flow `broadcast` does once it is approved, over and over."""
    place = town.workplace()
    while True:
        conduct(place, threads=threads, longest=30)
        time.sleep(0.02)


def send_blindly(town: Town, threads: int = 16) -> None:
    """The same without looking back: what is in doubt, or was left by the dead, is sent again."""
    place = town.workplace()
    while True:
        with place.store.write() as session:
            session.execute(
                update(Delivery)
                .where(Delivery.state.in_(UNSETTLED))
                .values(state=_D.QUEUED, holder=None, not_before=utc_now())
            )
            for bulletin in waves.under_way(session):
                waves.advance(session, place.registry, bulletin, at=place.now())
        deliver(place, threads=threads)
        time.sleep(0.02)


@dataclass
class Disaster:
    """A city in which one thing after the other happens."""

    world: World
    registry: Registry
    corrected: bool = True  # whether some are put right while they are on their way
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- dice
    turn: int = 0

    def more(self) -> None:
        """Approve something more, unless enough is on its way already.

        An alert, or a correction of what may still be on its way itself. Where everything that is
        on its way only waits for its doubts, an alert: whoever sends has something to do.
        """
        with self.world.store.write() as session:
            at, under_way = utc_now(), len(waves.under_way(session))
            idle = not outbox.waiting(session, at=at)
            if under_way < ENOUGH or (idle and under_way < MOST):
                self._approve(session, at, follows=under_way < ENOUGH)

    def _approve(self, session: Session, at: datetime, *, follows: bool) -> None:
        self.turn += 1
        valid = at + timedelta(hours=5)
        last = session.scalars(select(Bulletin).order_by(Bulletin.id.desc())).first()
        if follows and self.corrected and last is not None and self.dice.random() < 0.6:
            bulletins.approved(
                session,
                self.registry,
                at=at,
                kind=self.dice.choice([BulletinKind.CORRECTION, BulletinKind.UPDATE]),
                event=last.event.number,
                ko=Words(
                    act_now=f"{self.turn}번째로 바로잡습니다.", description="앞의 글은 틀렸습니다."
                ),
                expires_at=valid,
            )
        else:
            words = Words(act_now=f"{self.turn}번째 알림입니다.", description="비가 옵니다.")
            bulletins.approved(
                session, self.registry, at=at, ko=words, again=True, expires_at=valid
            )

    def start(self, *, blind: bool = False) -> Sender:
        return start_process(send_blindly if blind else send, self.world.town)

    def waits(self) -> bool:
        return self.under_way() > 0

    def handles(self) -> Iterable[str]:
        return [f"{HANDLE}{handle}" for handle in self.world.town.handles()]

    def under_way(self) -> int:
        with self.world.store.read() as session:
            return len(waves.under_way(session))

    def proof(self) -> Proof:
        """What came of everything, once nothing more can arrive."""
        time.sleep(LATENESS + 0.2)
        carried = self._carried()
        with self.world.store.read() as session:
            rows = list(session.scalars(select(Delivery)))
            events = list(session.scalars(select(Event.id)))
            told = [self._of_event(event) for event in events]
        wanted = {(row.account_id, row.remote_id) for row in rows if row.state is _D.PUBLISHED}
        out = Counter({key: len(ids) for key, ids in carried.items()})
        return Proof(
            bulletins=self.turn,
            deliveries=len(rows),
            carried=len(out),
            doubled=sum(number > 1 for number in out.values()),
            lost=sum(
                row.state is _D.PUBLISHED and row.remote_id not in carried[self._key(row)]
                for row in rows
            ),
            stray=len({(a, i) for (a, _), ids in carried.items() for i in ids} - wanted),
            uncorrected=sum(uncorrected for uncorrected, _ in told),
            early=sum(early for _, early in told),
            unfinished=self.under_way() + sum(row.state in (*UNSETTLED, _D.QUEUED) for row in rows),
        )

    def _key(self, row: Delivery) -> tuple[str, str]:
        return row.account_id, row.shares or row.marker

    def _carried(self) -> dict[tuple[str, str], list[str]]:
        """What the network holds: (account, marker or shared post) → ids."""
        carried: dict[tuple[str, str], list[str]] = defaultdict(list)
        for handle in self.handles():
            for status in self.world.network.statuses(handle):
                shared = status["reblog"]
                marker = "[" + status["text"].rpartition("[")[2].partition("]")[0] + "]"
                key = handle.removeprefix(HANDLE), shared["id"] if shared else marker
                carried[key].append(status["id"])
        return carried

    def _of_event(self, event: int) -> tuple[int, int]:
        """Accounts that carry an older bulletin without the newest; and corrections too early."""
        by_account = self._by_account(event)
        with self.world.store.read() as session:
            newest = max(
                b.id for b in session.scalars(select(Bulletin).where(Bulletin.event_id == event))
            )
        uncorrected = early = 0
        for said in by_account.values():
            out = [(number, row) for number, row in said if row.state is _D.PUBLISHED]
            uncorrected += bool(out) and out[-1][0] != newest
            ids = [int(row.remote_id or 0) for _, row in out]
            early += ids != sorted(ids)
        return uncorrected, early

    def _by_account(self, event: int) -> dict[str, list[tuple[int, Delivery]]]:
        by_account: dict[str, list[tuple[int, Delivery]]] = defaultdict(list)
        with self.world.store.read() as session:
            query = select(Bulletin.id).where(Bulletin.event_id == event).order_by(Bulletin.id)
            for number in session.scalars(query):
                for row in deliveries_of(session, number):
                    by_account[row.account_id].append((number, row))
        return by_account


def disaster(made: World, *, control: bool = False) -> Disaster:
    """The world's town, ready for one.

    For a control nothing is passed on, which is once however often, and nothing put right.
    """
    registry = city(made.town, reposts=not control)
    with made.store.write() as session:
        registry_store.apply(session, registry, at=utc_now())
    return Disaster(made, registry, corrected=not control)
