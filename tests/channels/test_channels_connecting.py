"""What `haechi accounts connect` keeps is what the network's channel can read."""

import json
import os

from channels.connecting import CONNECTING
from registry.model import Network
from settings import secret_variable
from tests.channels.worlds.opening import opened, world
from tests.channels.worlds.world import World

__all__ = ["opened", "world"]  # fixtures


def test_the_secret_that_each_channel_reads_is_made_of_the_parts_that_are_asked_for(
    world: World,
) -> None:
    kept = os.environ[secret_variable(world.account.credential)]
    asked = CONNECTING[Network(world.account.network)]

    if asked.bare:
        assert not kept.startswith("{")
    else:
        assert {part.name for part in asked.parts} == set(json.loads(kept))
