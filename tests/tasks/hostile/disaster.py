"""Bulletins and their corrections on the hostile network: what each account really carries."""

import contextlib
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from channels.exercise import HANDLE
from registry.model import DisasterRole, Network, Registry
from rules.bulletin import BulletinKind, Words
from rules.outbox import UNSETTLED, DeliveryState
from store import waves
from store.bulletins import deliveries_of
from store.tables import Bulletin, Delivery, Event
from tasks.conduct import conduct
from tasks.deliver import deliver
from tasks.workplace import utc_now
from tests import bulletins
from tests.tasks.hostile.kills import LONGEST, MOMENTS, Kills
from tests.tasks.hostile.senders import Sender, start_process
from tests.tasks.hostile.town import LATENESS, Town
from tests.tasks.hostile.world import World

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


def start(town: Town, *, blind: bool = False) -> Sender:
    """A process that conducts bulletins until it is killed."""
    return start_process(send_blindly if blind else send, town)


@dataclass(frozen=True)
class Proof:
    """What the network says of all that was decided. `early`: a correction before its original."""

    bulletins: int
    deliveries: int
    out: int
    doubled: int
    lost: int
    stray: int
    carried: int
    uncorrected: int
    early: int
    unfinished: int

    @property
    def exact(self) -> bool:
        wrong = (self.doubled, self.lost, self.stray, self.uncorrected, self.early, self.unfinished)
        return not any(wrong)

    def __str__(self) -> str:
        return (
            f"{self.bulletins} bulletins, {self.deliveries} deliveries, {self.carried} stand there: "
            f"{self.doubled} doubled, {self.lost} lost, {self.uncorrected} left uncorrected, "
            f"{self.early} corrected too early"
        )


@dataclass
class Disaster:
    """A city in which one thing after the other happens."""

    world: World
    registry: Registry
    corrected: bool = True  # whether some are put right while they are on their way
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- dice
    turn: int = 0

    def decide(self) -> None:
        """Approve something more, unless two bulletins are on their way already.

        An alert, or a correction of what may still be on its way itself.
        """
        with self.world.store.write() as session:
            if len(waves.under_way(session)) >= 2:
                return
            self.turn += 1
            at = utc_now()
            more: dict[str, Any] = {"expires_at": at + timedelta(hours=5)}
            last = session.scalars(select(Bulletin).order_by(Bulletin.id.desc())).first()
            if self.corrected and last is not None and self.dice.random() < 0.6:
                kind = self.dice.choice([BulletinKind.CORRECTION, BulletinKind.UPDATE])
                words = Words(
                    act_now=f"{self.turn}번째로 바로잡습니다.", description="앞의 글은 틀렸습니다."
                )
                bulletins.approved(
                    session,
                    self.registry,
                    at=at,
                    kind=kind,
                    event=last.event.number,
                    ko=words,
                    **more,
                )
            else:
                words = Words(act_now=f"{self.turn}번째 알림입니다.", description="비가 옵니다.")
                bulletins.approved(session, self.registry, at=at, ko=words, again=True, **more)

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
            out=len(wanted),
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
        for handle in self.world.town.handles():
            for status in self.world.network.statuses(f"{HANDLE}{handle}"):
                shared = status["reblog"]
                marker = "[" + status["text"].rpartition("[")[2].partition("]")[0] + "]"
                carried[handle, shared["id"] if shared else marker].append(status["id"])
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


def kill_conductors(made: Disaster, kills: int, *, blind: bool = False, seed: int = 0) -> Kills:
    """Start a conductor and kill it, over and over, while bulletins keep coming; then finish."""
    dice = random.Random(seed)  # noqa: S311 -- dice, not a secret
    fell = Kills()
    world = made.world
    for turn in range(kills):
        made.decide()
        conductor = start(world.town, blind=blind)
        moment = MOMENTS[turn % len(MOMENTS)]
        with contextlib.suppress(TimeoutError):  # it may find nothing that may go now
            world.wait_for(partial(moment, world, conductor.pid), seconds=2)
        time.sleep(dice.uniform(0, LONGEST))
        conductor.kill()
        fell.count(world.counts(held_by=conductor.pid))
    finish(made, blind=blind)
    return fell


def finish(made: Disaster, *, blind: bool = False) -> None:
    """Let a conductor work until nothing is on its way, and end it."""
    conductor = start(made.world.town, blind=blind)
    try:
        made.world.wait_for(lambda: made.under_way() == 0, seconds=60)
    finally:
        conductor.kill()
