"""What no program can put up: its people are asked for their hands."""

from store import hands
from tasks.workplace import Workplace


def ask_for_hands(place: Workplace) -> int:
    """Mail who can put up what of a bulletin is theirs, once each; returns for how many posts.

    Parts that stand below such a post go with it. Asked often, it keeps no writer waiting.
    """
    at = place.now()
    with place.store.read() as session:
        if not hands.behind(session) and not hands.for_a_person(session, at=at):
            return 0
    with place.store.write() as session:
        hands.settle_behind(session, at=at)
        return hands.ask(session, place.registry, at=at)
