"""Taking posts down that two people agreed on; what stands in the store is copied before."""

from dataclasses import dataclass

from prefect import task

from channels.base import ChannelBusy, ChannelError, Trouble
from store import removing
from store.removing import Doomed
from tasks.deliver import BY_HAND
from tasks.side_by_side import side_by_side
from tasks.workplace import Workplace, workplace

THREADS = 16

#: The kind of a cause where only a person can take it down; `by_hand` speaks of putting up.
REMOVE_BY_HAND = "remove_by_hand"

#: Accounts that take longer to answer, in seconds, are asked again in the next round: a post
#: that is gone by then counts as done.
PATIENCE = 10.0


@dataclass(slots=True)
class TakenDown:
    """What one round of taking down came to."""

    removed: int = 0
    still_up: int = 0

    def __str__(self) -> str:
        return f"{self.removed} taken down, {self.still_up} still up"


@task(name="take posts down")
def take_posts_down() -> TakenDown:
    """Take down what two people agreed on since, and what could not be taken down before."""
    return take_down(workplace())


def take_down(place: Workplace) -> TakenDown:
    """The same for one workplace. Asked often, it keeps no writer waiting.

    Two runs may do it at once: deleting what is gone already counts as done. What is not gone is
    tried again later, with its cause kept.
    """
    with place.store.read() as session:
        doomed = removing.due(session, at=place.now())
    if not doomed:
        return TakenDown()
    outcomes = side_by_side(
        lambda one: _delete(place, one),
        doomed,
        name=lambda one: one.account_id,
        odd=lambda _one, cause: ChannelBusy(cause.partition(": ")[2], kind=Trouble.ODD),
        threads=THREADS,
        patience=PATIENCE,
    )
    taken = TakenDown()
    for one, outcome in zip(doomed, outcomes, strict=True):
        slow = ChannelBusy(f"{one.account_id}: no answer within {PATIENCE:g} s")
        _write_down(place, one, slow if outcome is None else outcome, taken)
    return taken


def _delete(place: Workplace, one: Doomed) -> bool | ChannelBusy | ChannelError:
    """Whether it was there to be deleted; or why it is not known to be gone."""
    account = place.registry.accounts.get(one.account_id)
    if account is None:
        return ChannelError(f"account {one.account_id} is retired", Trouble.BY_HAND)
    if (
        one.put_up
    ):  # its id was read from an address that a person typed: "not there" proves nothing
        return ChannelError(f"{account.id}: a person put it up", Trouble.BY_HAND)
    try:
        return place.channel(account, exercise=one.exercise).delete(account, one.remote_id)
    except (ChannelBusy, ChannelError) as trouble:
        return trouble


def _write_down(
    place: Workplace, one: Doomed, outcome: bool | ChannelBusy | ChannelError, taken: TakenDown
) -> None:
    with place.store.write() as session:
        if isinstance(outcome, bool):
            removing.taken_down(session, one.removal_id, at=place.now())
            taken.removed += 1
            return
        taken.still_up += 1
        by_hand = outcome.kind in BY_HAND
        removing.still_up(
            session,
            place.registry,
            one.removal_id,
            f"{REMOVE_BY_HAND}: {outcome}" if by_hand else outcome.cause,
            at=place.now(),
            asked=outcome.retry_after if isinstance(outcome, ChannelBusy) else None,
            by_hand=by_hand,
            refused=isinstance(outcome, ChannelError),
        )
