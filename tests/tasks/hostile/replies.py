"""Replies to citizens on the hostile network."""

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from rules.outbox import DeliveryState
from store.tables import Delivery
from tests.tasks.hostile import senders
from tests.tasks.hostile.scene import Proof
from tests.tasks.hostile.senders import Sender
from tests.tasks.hostile.town import LATENESS
from tests.tasks.hostile.world import World

_D = DeliveryState
_MARKER = re.compile(r"\[\d+-\d+-\d+\]")


@dataclass
class Replies:
    """Two replies wait on each account."""

    world: World

    def more(self) -> None:
        missing = 2 * self.world.town.accounts - self.world.counts()[_D.QUEUED]
        self.world.enqueue(max(0, missing))

    def start(self, *, blind: bool = False) -> Sender:
        return senders.start(self.world.town, blind=blind)

    def waits(self) -> bool:
        return self.world.unsettled() > 0

    def handles(self) -> Iterable[str]:
        return self.world.town.handles()

    def proof(self) -> Proof:
        time.sleep(LATENESS + 0.2)
        texts = [text for handle in self.handles() for text in self.world.network.texts(handle)]
        accepted = Counter(found[0] for text in texts if (found := _MARKER.search(text)))
        with self.world.store.read() as session:
            rows = session.scalars(select(Delivery)).all()
        known = {row.marker for row in rows}
        return Proof(
            deliveries=len(rows),
            carried=len(accepted),
            doubled=sum(accepted[marker] > 1 for marker in known),
            lost=sum(row.state is _D.PUBLISHED and not accepted[row.marker] for row in rows),
            stray=len(set(accepted) - known),
            unfinished=sum(row.state is not _D.PUBLISHED for row in rows),
        )
