"""What a stop found: how much was out, how much was already on its way, how much was kept back."""

from collections.abc import Iterable
from dataclasses import dataclass

from store.proof import Fate, Line, Report

_OUT = frozenset({Fate.VISIBLE, Fate.ACCEPTED, Fate.REMOVED})
_UNSURE = frozenset({Fate.WAITS, Fate.IN_DOUBT})
_KEPT = frozenset({Fate.KEPT_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Accounts. What was on its way cannot be called back: it is settled by reading."""

    out: int  # before the stop
    on_its_way: int
    kept_back: int
    came_out: int  # of those on their way
    unsure: int  # of those on their way, and not settled yet
    never_left: int  # of those on their way: proved not to be out, and not sent again

    @property
    def not_out(self) -> int:
        """Of those on their way: settled, and a person has to look."""
        return self.on_its_way - self.came_out - self.unsure - self.never_left

    def __str__(self) -> str:
        way = f"{self.on_its_way} were already on their way"
        if self.on_its_way:
            way += (
                f" ({self.came_out} of them out by now, {self.unsure} still to be settled, "
                f"{self.never_left} never left)"
            )
        return f"{self.out} were out, {way}, {self.kept_back} kept back"


def stopped(found: Report) -> Stopped:
    """The sums of a bulletin that was stopped."""
    caught = [line for line in found.lines if line.caught]
    return Stopped(
        out=_among(found.lines, _OUT) - _among(caught, _OUT),
        on_its_way=len(caught),
        kept_back=found.counts.get(Fate.KEPT_BACK, 0) - _among(caught, _KEPT),
        came_out=_among(caught, _OUT),
        unsure=_among(caught, _UNSURE),
        never_left=_among(caught, _KEPT),
    )


def _among(lines: Iterable[Line], fates: frozenset[Fate]) -> int:
    return sum(line.fate in fates for line in lines)
