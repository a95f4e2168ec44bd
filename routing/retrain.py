"""When a newly trained router may take over, and which sure decisions people see as well."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from routing.label import Label
from routing.model import Router

ENOUGH = 30
"""Newest labels needed to compare; with fewer the older model stays."""

LEAST = 0.1
"""The share of first guesses that must be right: a router below is of no use to anybody.

Naming one of sixty offices blindly gets a sixtieth right; whoever triages wants one of the machine's
guesses to be worth reading. In a city of few offices, no less than naming them blindly gets.
"""


class Decision(NamedTuple):
    """Whether the new router takes over, why, and the share each got right on the newest labels."""

    replace: bool
    reason: str
    old: float | None = None
    new: float | None = None


def split(labels: Sequence[Label], newest: float = 0.2) -> tuple[Sequence[Label], Sequence[Label]]:
    """Part labels, given oldest first, into those to train a candidate with and the newest.

    Forward in time: a random split flatters by some five points, because citizens' matters drift.
    """
    if not 0 < newest < 1:
        raise ValueError(f"the newest share must lie between 0 and 1, not {newest}")
    at = len(labels) - round(len(labels) * newest)
    return labels[:at], labels[at:]


def compare(old: Router | None, new: Router, newest: Sequence[Label]) -> Decision:
    """The old router stays until the new one is at least as good on the newest labels, and of use.

    Neither may have been trained on `newest` (see `split`), or the comparison means nothing.
    As good: no fewer right at the first guess, and no more wrong of those it would decide alone
    than before or than it promises. Of use: `LEAST` of its first guesses right; where neither is,
    something else is wrong than the router's age, and what was trained on it is no remedy.
    """
    if old is None:
        return Decision(True, "there is no older model")
    if len(newest) < ENOUGH:
        return Decision(False, f"{len(newest)} newest labels, {ENOUGH} are needed to compare")
    before, after = _score(old, newest), _score(new, newest)
    shares = before.right / len(newest), after.right / len(newest)
    if after.right < before.right:
        reason = f"{after.right} right instead of {before.right} of {len(newest)}"
        return Decision(False, reason, *shares)
    # Who decides more may be wrong more often, as far as the precision it promises lets expect.
    if after.wrong > max(before.wrong, round(after.sure * (1 - new.figures.precision))):
        reason = f"{after.wrong} decided wrongly instead of {before.wrong}"
        return Decision(False, reason, *shares)
    if after.right < max(LEAST, 1 / max(len(new.classes), 1)) * len(newest):
        reason = (
            f"{after.right} right of {len(newest)}, {before.right} before: too few to be of use"
        )
        return Decision(False, reason, *shares)
    return Decision(True, f"{after.right} right, {before.right} before, of {len(newest)}", *shares)


class _Score(NamedTuple):
    right: int
    sure: int
    wrong: int


def _score(router: Router, labels: Sequence[Label]) -> _Score:
    """How many first guesses were right, how many were sure, how many of those wrong."""
    routes = router.route([label.text for label in labels], [label.coordinates for label in labels])
    right = [route.office == label.office for route, label in zip(routes, labels, strict=True)]
    wrong = [route.sure and not hit for route, hit in zip(routes, right, strict=True)]
    return _Score(sum(right), sum(route.sure for route in routes), sum(wrong))


def sample(post_id: str, share: float) -> bool:
    """Whether people see this sure decision as well: always the same answer for the same post."""
    number = int.from_bytes(
        hashlib.sha256(post_id.encode("utf-8", "surrogatepass")).digest()[:8], "big"
    )
    return number < share * 2**64
