"""What a run came to, as a line of a table, and which promises it broke."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.tasks.hostile.kills import Kills
from tests.tasks.hostile.scene import SETTLED_WITHIN, Proof
from tests.tasks.hostile.stops import Stops

KILL, STOP, LOST, BLIND = "kill -9", "SIGSTOP", "SIGSTOP, lock lost", "blind retry"

HEAD = (
    *("database", "what", "trouble", "kills", "in flight", "rows", "bulletins", "deliveries"),
    *("doubled", "lost", "uncorrected", "early", "stray", "late writes", "settled"),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One sort of trouble, on one database, for one sort of messages."""

    database: str
    what: str
    trouble: str
    fell: Kills | Stops
    proof: Proof

    def cells(self) -> tuple[str, ...]:
        """As `HEAD` names them. `in flight`: kills between write-ahead and result, and their `rows`."""
        fell, proof = self.fell, self.proof
        bulletins = (proof.bulletins, proof.uncorrected, proof.early) if proof.bulletins else None
        said, uncorrected, early = map(str, bulletins) if bulletins else ("", "", "")
        return (
            *(self.database, self.what, self.trouble, str(fell.total)),
            *(str(fell.in_flight if isinstance(fell, Kills) else fell.total), str(fell.rows)),
            *(said, str(proof.deliveries), str(proof.doubled), str(proof.lost)),
            *(uncorrected, early, str(proof.stray)),
            str(fell.late) if isinstance(fell, Stops) else "",
            f"{fell.settled:.1f} s",
        )

    def broken(self) -> Iterator[str]:
        """Promises that do not hold, in words."""
        where = f"{self.database}, {self.what}, {self.trouble}"
        if self.trouble == BLIND:
            if not self.proof.doubles:
                yield f"{where}: the control doubles less than a fifth, so nothing is proved"
            return
        if not self.proof.exact:
            yield f"{where}: {self.proof}"
        if self.fell.settled > SETTLED_WITHIN:
            yield f"{where}: settled after {self.fell.settled:.0f} s, not {SETTLED_WITHIN}"
        if isinstance(self.fell, Kills) and 3 * self.fell.in_flight < self.fell.total:
            yield f"{where}: less than a third of the kills hit posts on their way"
        if isinstance(self.fell, Stops) and (self.fell.late or self.fell.robbed):
            yield f"{where}: {self.fell}, {self.fell.robbed} lost rows though they kept their lock"


def show(outcomes: Sequence[Outcome]) -> None:
    """Print them as one table."""
    table = [HEAD, *(outcome.cells() for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        text, figures = zip(row[:3], widths, strict=False), zip(row[3:], widths[3:], strict=True)
        cells = [*(cell.ljust(w) for cell, w in text), *(cell.rjust(w) for cell, w in figures)]
        print("  ".join(cells).rstrip(), flush=True)
