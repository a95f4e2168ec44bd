"""Any interleaving of senders, deaths, late answers and readings sends each message once."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from rules.outbox import MOVES, PATIENCE, SETTLING, DeliveryState
from store import outbox
from store.engine import Store
from store.tables import Delivery
from tests import builders
from tests.store.outbox_model import LATENESS, ModelNetwork, ModelSender, TrueTime

_D = DeliveryState

#: Enough to catch each of the mistakes that were tried: a doubt sent again at once, one reading
#: taken for proof, no wait between two, a dead sender's rows sent again.
EXAMPLES = {"sqlite": 40, "postgresql": 15}  # the rules are one; the second checks its SQL

ACCOUNTS = ("x_seoul", "x_traffic")

WHICH = st.integers(0, 1)
SECONDS = st.sampled_from([timedelta(0), LATENESS / 3, LATENESS])


class OutboxMachine(RuleBasedStateMachine):
    """The store's own functions, in any order that processes could call them.

    Two senders at a time, each replaced when it dies; at most two readings are under way.
    """

    store: Store

    def __init__(self) -> None:
        super().__init__()
        builders.wipe(self.store)
        self.network = ModelNetwork()
        self.time = TrueTime()
        self.born = 0
        self.senders = [self._new_sender(), self._new_sender()]
        self.dead: list[str] = []
        self.readings: list[tuple[datetime, list[int], set[str]]] = []
        self.jumped = False
        self.states: dict[int, DeliveryState] = {}

    def _new_sender(self) -> ModelSender:
        self.born += 1
        return ModelSender(f"{self.born}-sender")

    # --- what our side does -----------------------------------------------------------------

    @initialize(accounts=st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=3))
    def begin(self, accounts: list[str]) -> None:
        for account in accounts:
            self.enqueue(account, False)

    @rule(account=st.sampled_from(ACCOUNTS), two_parts=st.booleans())
    def enqueue(self, account: str, two_parts: bool) -> None:
        with self.store.write() as session:
            first = builders.delivery(session, account_id=account, at=self.time.ours)
            if two_parts:
                second = {c.key: getattr(first, c.key) for c in Delivery.__table__.columns}
                del second["id"]
                marks = {"part": 2, "marker": f"{first.marker}b", "key": f"{first.key}b"}
                session.add(Delivery(**second | marks))

    @rule(which=WHICH, limit=st.integers(1, 4))
    def take(self, which: int, limit: int) -> None:
        sender = self.senders[which]
        with self.store.write() as session:
            taken = outbox.take(session, sender.id, at=self.time.ours, limit=limit)
        assert len({d.account_id for d in taken}) == len(taken) <= limit
        sender.claimed += [d.id for d in taken]

    @precondition(lambda self: any(sender.claimed for sender in self.senders))
    @rule(which=WHICH)
    def depart(self, which: int) -> None:
        sender = self.senders[which]
        with self.store.write() as session:
            leaving = outbox.depart(session, sender.id, sender.claimed, at=self.time.ours)
        sender.leaving += sorted(leaving)
        sender.claimed = []

    @rule(which=WHICH)
    def take_and_depart(self, which: int) -> None:
        self.take(which, 4)
        self.nothing_is_out_twice_and_every_move_is_in_the_table()
        self.depart(which)

    @precondition(lambda self: any(sender.leaving for sender in self.senders))
    @rule(
        which=WHICH,
        answer=st.sampled_from(["doubt", "doubt", "id", "busy", "refused"]),
        accepted=st.booleans(),
        late=SECONDS,
        hidden=SECONDS,
    )
    def send(
        self, which: int, answer: str, accepted: bool, late: timedelta, hidden: timedelta
    ) -> None:
        """The network takes the first that leaves, or not, and says what it says."""
        sender = self.senders[which]
        if not sender.leaving:
            return
        delivery_id = sender.leaving.pop(0)
        sender.heard[delivery_id] = answer
        if answer == "id":
            sender.heard[delivery_id] = self._taken(delivery_id, hidden=hidden)
        elif answer == "doubt" and accepted:
            self._taken(delivery_id, late=late, hidden=hidden)

    def _taken(
        self, delivery_id: int, *, late: timedelta = timedelta(0), hidden: timedelta = timedelta(0)
    ) -> str:
        with self.store.read() as session:
            marker = session.get_one(Delivery, delivery_id).marker
        return self.network.take(marker, self.time.true, late=late, hidden=hidden)

    @precondition(lambda self: any(sender.heard for sender in self.senders))
    @rule(which=WHICH)
    def record(self, which: int) -> None:
        sender = self.senders[which]
        with self.store.write() as session:
            for delivery_id, answer in sender.heard.items():
                at = self.time.ours
                if answer == "busy":
                    outbox.again(session, delivery_id, "429", holder=sender.id, at=at)
                elif answer == "refused":
                    outbox.failed(session, delivery_id, "403", holder=sender.id, at=at)
                elif answer == "doubt":
                    outbox.in_doubt(session, delivery_id, "lost", holder=sender.id, at=at)
                else:
                    outbox.all_published(session, [(delivery_id, answer, "")], at=at)
        sender.heard = {}

    @precondition(lambda self: any(s.leaving or s.claimed or s.heard for s in self.senders))
    @rule(which=WHICH, mid_call=st.booleans(), late=SECONDS)
    def die(self, which: int, mid_call: bool, late: timedelta) -> None:
        """`kill -9`: perhaps its next post was just leaving, and arrives late."""
        sender = self.senders[which]
        if sender.leaving and mid_call:
            self._taken(sender.leaving[0], late=late)
        self.dead.append(sender.id)
        self.senders[which] = self._new_sender()

    @precondition(lambda self: self.dead)
    @rule()
    def take_back(self) -> None:
        with self.store.write() as session:
            outbox.take_back(session, self.dead, at=self.time.ours)
        self.dead = []

    @precondition(lambda self: self._doubts() and len(self.readings) < 2)
    @rule()
    def read(self) -> None:
        """Look for everything in doubt; what it saw is written down later, perhaps much later."""
        ids = [delivery.id for delivery in self._doubts()]
        self.readings.append((self.time.ours, ids, self.network.shows(self.time.true)))

    def _doubts(self) -> list[Delivery]:
        with self.store.read() as session:
            return outbox.doubts(session, at=self.time.ours)

    @precondition(lambda self: self.readings)
    @rule()
    def settle(self) -> None:
        begun, ids, shown = self.readings.pop()
        with self.store.write() as session:
            for delivery_id in ids:
                marker = session.get_one(Delivery, delivery_id).marker
                if marker in shown:
                    outbox.published(
                        session, delivery_id, remote_id=marker, url="", at=self.time.ours
                    )
                else:
                    outbox.not_found(session, delivery_id, at=begun)

    @precondition(lambda self: self._doubts())
    @rule()
    def read_and_settle(self) -> None:
        self.read()
        self.settle()

    @precondition(lambda self: self._doubts())
    @rule()
    def cannot_read(self) -> None:
        with self.store.write() as session:
            for delivery in outbox.doubts(session, at=self.time.ours):
                outbox.unread(session, delivery.id, "down", at=self.time.ours)

    # --- what the world does ----------------------------------------------------------------

    @rule(seconds=st.sampled_from([3, 11, 21]))
    def pass_time(self, seconds: int) -> None:
        self.time.true += timedelta(seconds=seconds)
        self.network.arrive(self.time.true)

    @precondition(lambda self: not self.jumped)
    @rule(hours=st.sampled_from([-30, 1, 30]))
    def jump(self, hours: int) -> None:
        """Somebody sets our clock, once."""
        self.jumped = True
        self.time.off += timedelta(hours=hours)

    # --- what must always hold --------------------------------------------------------------

    def _rows(self) -> list[Delivery]:
        with self.store.read() as session:
            return list(session.scalars(select(Delivery)))

    @invariant()
    def nothing_is_out_twice_and_every_move_is_in_the_table(self) -> None:
        for row in self._rows():
            times = self.network.times(row.marker)
            assert times <= 1, f"{row.marker} is out {times} times"
            assert times or row.state is not _D.PUBLISHED, f"{row.marker} is not out at all"
            before = self.states.get(row.id, _D.QUEUED)
            assert row.state == before or row.state in MOVES[before], (before, row.state)
            self.states[row.id] = row.state
            if times and row.part == 2:
                assert self.network.times(row.marker[:-1]) == 1, "a part overtook the one before"

    def teardown(self) -> None:
        """Everybody dies; one careful sender finishes, and all of it is out, once."""
        with self.store.read() as session:
            held = session.scalars(select(Delivery.holder).where(Delivery.holder.is_not(None)))
            self.dead += sorted({holder for holder in held if holder})
        if self.dead:
            self.take_back()
        self.readings = []
        self.senders[0] = self._new_sender()
        for _ in range(60):
            if not self._pending():
                break
            self.pass_time(700)
            self.nothing_is_out_twice_and_every_move_is_in_the_table()
            self.take_and_depart(0)
            while self.senders[0].leaving:
                self.send(0, "id", True, timedelta(0), timedelta(0))
            self.record(0)
            self.nothing_is_out_twice_and_every_move_is_in_the_table()
            self.read_and_settle()
        for row in self._rows():
            # what a person sees, and what waits behind it; nothing else is kept back
            assert self._is_settled(row), (row.state, row.cause)
            if not row.cause.startswith("unread"):  # where nobody could look, it may be out
                assert self.network.times(row.marker) == (row.state is _D.PUBLISHED)
        super().teardown()

    def _pending(self) -> list[Delivery]:
        return [row for row in self._rows() if not self._is_settled(row)]

    def _is_settled(self, row: Delivery) -> bool:
        return row.state is _D.PUBLISHED or self._is_a_persons(row) or self._waits_for_one(row)

    def _is_a_persons(self, row: Delivery) -> bool:
        """The network refused it, or our clock sprang ahead by more than anybody's patience."""
        sprang = self.time.off >= PATIENCE
        return row.state is _D.FAILED or (sprang and row.state is _D.NEEDS_PERSON)

    def _waits_for_one(self, row: Delivery) -> bool:
        return row.part == 2 and any(
            first.part == 1 and first.message_id == row.message_id and self._is_a_persons(first)
            for first in self._rows()
        )


def test_no_interleaving_doubles_or_loses_a_message(store: Store) -> None:
    machine = type("OnThisStore", (OutboxMachine,), {"store": store})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[store.engine.dialect.name],
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_network_is_never_later_than_we_wait() -> None:
    assert LATENESS < SETTLING
