"""The network deletes the account that leads while the others relay it: they say it themselves."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from channels.exercise import HANDLE
from rules.outbox import DeliveryState
from store.bulletins import deliveries_of
from tasks.conduct import advance, conduct
from tasks.deliver import deliver
from tests.tasks.hostile.disaster import Disaster, disaster
from tests.tasks.hostile.world import world

LEAD = f"{HANDLE}a00"


@pytest.fixture
def made(empty_url: str, fast_folder: Path) -> Iterator[Disaster]:
    """A town on each database, with a network that looks at no idempotency key."""
    with world(fast_folder, empty_url, faults=False) as calm:
        yield disaster(calm)


def delete_the_lead(made: Disaster) -> None:
    """Its posts are gone, and its token is worth nothing."""
    network = made.world.network
    headers = {"Authorization": f"Bearer {network.token(LEAD)}"}
    for status in network.statuses(LEAD):
        httpx.delete(f"{network.url}/api/v1/statuses/{status['id']}", headers=headers)
    network.revoke(LEAD)


def test_a_lead_that_is_deleted_after_its_post_leaves_nobody_silent(made: Disaster) -> None:
    place = made.world.town.workplace()
    made.more()
    deliver(place)  # the lead alone: the others wait for it
    advance(place)
    delete_the_lead(made)
    assert conduct(place, longest=60)
    with made.world.store.read() as session:
        states = {row.state for row in deliveries_of(session, 1)}
    assert states == {DeliveryState.PUBLISHED}
    posts = {handle: made.world.network.statuses(handle) for handle in made.handles()}
    assert posts.pop(LEAD) == []
    assert [len(found) for found in posts.values()] == [1] * len(posts)
    assert not any(status["reblog"] for found in posts.values() for status in found)
