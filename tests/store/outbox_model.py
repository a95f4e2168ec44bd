"""A network and its senders as a model: it remembers what it really took, whatever it answered."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.builders import NOW

#: How late the model network may take or show a post; less than the settling time.
LATENESS = timedelta(seconds=15)


@dataclass
class Taken:
    """One post that the network has, readable from `shown_at` on."""

    marker: str
    at: datetime
    shown_at: datetime


@dataclass
class ModelNetwork:
    """Keeps what it takes for good, perhaps late, perhaps hidden for a while."""

    taken: list[Taken] = field(default_factory=list)
    coming: list[Taken] = field(default_factory=list)

    def take(self, marker: str, now: datetime, *, late: timedelta, hidden: timedelta) -> str:
        """Accept a post, at `now` or later; its id."""
        at = now + late
        post = Taken(marker, at, at + min(hidden, LATENESS - late))
        self.coming.append(post)
        self.arrive(now)
        return f"id-{len(self.taken) + len(self.coming)}"

    def arrive(self, now: datetime) -> None:
        """What was late and is due is there now."""
        self.taken += [post for post in self.coming if post.at <= now]
        self.coming = [post for post in self.coming if post.at > now]

    def shows(self, now: datetime) -> set[str]:
        """The markers on the timelines."""
        return {post.marker for post in self.taken if post.shown_at <= now}

    def times(self, marker: str) -> int:
        return sum(post.marker == marker for post in (*self.taken, *self.coming))


@dataclass
class ModelSender:
    """A sender: what it has claimed, what is written ahead, which answers it has not recorded."""

    id: str
    claimed: list[int] = field(default_factory=list)
    leaving: list[int] = field(default_factory=list)
    heard: dict[int, str] = field(default_factory=dict)


@dataclass
class TrueTime:
    """The network's time, which is true, and our clock, which may be set wrong."""

    true: datetime = NOW
    off: timedelta = timedelta(0)

    @property
    def ours(self) -> datetime:
        return self.true + self.off
